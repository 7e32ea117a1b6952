"""Questions that are not about the coverage but about the answer before them.  (pure)

"Shorter", "translate that", "show me the original sentence", "who said that?": searched as
words they would find anything but what is meant.
"""

from __future__ import annotations

import re
from enum import StrEnum

from bot import texts
from bot.answers import Turn
from retrieval.folding import fold

LONGEST = 80
"""Characters; a longer question says what it is about."""


class About(StrEnum):
    REWRITING = "rewriting"
    """Shorter, longer, in other words, in another language: work for a language model."""
    SOURCES = "sources"
    """Who says so, and in which words: what the answer cited."""


_REWRITING = re.compile(
    r"\W*(please,? |por favor,? |(can|could) you |(voce )?(pode|podes|puedes|podrias) )?("
    r"(a (bit|little) |much |um pouco |mucho |muito )?"
    r"(shorter|longer|simpler|mais (curto|curta|breve|longo|longa|simples)"
    r"|mas (corto|corta|breve|largo|larga|simple|sencillo))"
    r"|(make|say|put|explain|write) (it|that|this)( again)?"
    r"( (shorter|simpler|in (fewer|other) words))?"
    r"|(in|with) more detail|in detail|more detail|(com|con) mais detalhes?|com mais detalhe"
    r"|(con )?mas detalles?|em detalhe|en detalle"
    r"|(translate|traduz|traduza|traduce|traduzir|traducir|traduzca)"
    r"( (it|that|this|isso|isto|eso|esto))?"
    r"( (in)?to \w+| (para|al|a|em|en)( (o|el))? \w+)?"
    r"|(in|em|en) (english|portuguese|spanish|ingles|portugues|espanhol|espanol)"
    r"|(summari[sz]e|resum[ae]|resuma|resume|resumir)( (it|that|this|isso|isto|eso|esto))?"
    r"|rephrase( (it|that|this))?|reformul[ae]\w*( (isso|isto|eso|esto))?"
    r"|(in|em|en) (one|a single|uma|um|una|una sola|uma so) (sentence|line|frase|linha|linea)"
    r"),?( please| por favor)?\W*"
)
_SOURCES = re.compile(
    r"\W*(and |e |y )?("
    r"(who|which (paper|outlet)) (said|says|reported|wrote) (that|this|so|it)"
    r"|quem (disse|diz|publicou|escreveu) (isso|isto)|quien (dijo|dice|publico|escribio) (eso|esto)"
    r"|(show( me)?|give( me)?|quote|what is|mostr[ae](-me)?|me mostre|qual (e|era)|muestra(me)?"
    r"|cual es)?"
    r" ?(the |a |o |la |el )?"
    r"(original|exact) (sentence|words|quote|wording|text)s?"
    r"|(mostr[ae](-me)? |me mostre |qual (e|era) |muestra(me)? |cual es )?"
    r"(a |as |o |la |las |el )?(frases?|palavras|palabras|texto|citacao|citacoes|cita|citas)"
    r" (origina(l|is)|originales|exatas?|exactas?)"
    r"|sources?|fontes?|fuentes?|where (is|was) (that|this|it) from"
    r"|de onde vem isso|de donde sale eso"
    r"),?( please| por favor)?\W*"
)


def found_nothing(last_answer: Turn | None) -> bool:
    """Whether there is nothing in the last answer that could be put otherwise: it was none, or
    said that nothing was found, perhaps with what came near."""
    if last_answer is None or not last_answer.citations:
        return True
    said = (texts.say(language, "nothing_found") for language in texts.LANGUAGES)
    return last_answer.text.startswith(tuple(said))


def about_answer(question: str) -> About | None:
    """What a message wants of the answer before it; None when it asks something of its own."""
    if len(question) > LONGEST:
        return None
    folded = fold(question)
    if _REWRITING.fullmatch(folded):
        return About.REWRITING
    return About.SOURCES if _SOURCES.fullmatch(folded) else None
