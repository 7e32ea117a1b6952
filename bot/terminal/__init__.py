"""`pauta chat`: what Telegram's buttons do, with words and numbers in a terminal.

chat        the loop: reads a line, has it carried out, is stopped by Ctrl-C
line        what a typed line means                                        (pure)
seat        who sits here: language, time zone, where things are printed
answers     questions; sources by number, another length, what was not right
browse      /latest /story /article /search /sources /feeds, paged by `more`
digest      /digest: a look at what one would tell
settings    /settings
streaming   an answer while it is made
screens     the screens made for Telegram, as styled lines                 (pure)
editing     tab completion, and the history of what was typed
"""
