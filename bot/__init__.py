"""Pauta as people meet it: in Telegram, in a terminal, as a command.

The path of one question:

    Telegram update -> handlers.access -> handlers.ask ┐
    terminal line   -> terminal.chat                   ├-> Assistant.answer(question, history)
    pauta ask       -> commands.ask                    ┘
      -> offload.search                 blocking work leaves the event loop here
      -> Retriever.search(Query)        passages of the coverage
      -> quoting.answer_by_quoting      exact sentences, cited; or that nothing answers
      or, with a language model, research.ResearchAssistant:
      -> agent.Agent, tools             it looks things up and drafts
      -> judging, grounding/            every claim of the draft looked up in what it cites
    -> Answer -> render (Telegram HTML) | console (text) | wire (JSON)

`app.build` wires it all; `settings` is the only reader of the environment.
"""
