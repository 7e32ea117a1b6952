"""What a language model is told: Markdown files of this folder, with named variables.

A file begins with its version and the names it takes:

    version: 2
    takes: question, today
    ---
    Today is {{today}}. ...

`load("answer", question=..., today=...)` fills them in. What is filled in is never read for
variables itself, so that an article cannot name one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_NAME = re.compile(r"[a-z][a-z_]{0,40}")
_VARIABLE = re.compile(r"\{\{([a-z][a-z_]*)\}\}")
_HEAD = re.compile(r"\Aversion: (\d+)\ntakes:([^\n]*)\n---\n")


class PromptError(ValueError):
    """A prompt is not there, is not well-formed, or was given the wrong variables."""


@dataclass(frozen=True, slots=True)
class Prompt:
    name: str
    version: int
    takes: frozenset[str]
    text: str


def load(name: str, **values: str) -> str:
    """The prompt `name` with its variables filled in.

    Raises PromptError that names a variable which is missing, or not the prompt's.
    """
    prompt = read(name)
    for kind, names in (
        ("lacks", prompt.takes - values.keys()),
        ("does not take", values.keys() - prompt.takes),
    ):
        if names:
            raise PromptError(f"the prompt {name!r} {kind} {', '.join(sorted(names))}")
    return _VARIABLE.sub(lambda match: values[match.group(1)], prompt.text)


@cache
def read(name: str) -> Prompt:
    """The prompt as it is written. Raises PromptError."""
    if not _NAME.fullmatch(name):
        raise PromptError(f"{name!r} is no name of a prompt")
    file = files(__name__).joinpath(f"{name}.md")
    if not file.is_file():
        raise PromptError(f"there is no prompt {name!r}")
    content = file.read_text(encoding="utf-8")
    head = _HEAD.match(content)
    if head is None:
        raise PromptError(f"the prompt {name!r} does not begin with `version:` and `takes:`")
    takes = frozenset(one.strip() for one in head.group(2).split(",") if one.strip())
    text = content[head.end() :].strip()
    used = frozenset(_VARIABLE.findall(text))
    if used != takes:
        odd = ", ".join(sorted(used ^ takes))
        raise PromptError(f"the prompt {name!r} does not agree with what it says it takes: {odd}")
    return Prompt(name, int(head.group(1)), takes, text)
