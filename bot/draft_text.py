"""What a model means to be read of what it writes: no thinking aloud, no markup.  (pure)"""

from __future__ import annotations

import re

_THOUGHT = r"(?:think|thinking|thought|thoughts|reasoning|reflection|analysis|scratchpad)"
_OPEN = rf"(?:<{_THOUGHT}(?:\s[^<>]{{0,100}})?>|\[THINK\]|◁think▷)"
_CLOSE = rf"(?:</{_THOUGHT}>|\[/THINK\]|◁/think▷)"
_THINKING = re.compile(rf"{_OPEN}.*?(?:{_CLOSE}|\Z)", re.DOTALL | re.IGNORECASE)
# Templates of some models open the thought themselves: only its end is written.
_END_OF_THINKING = re.compile(rf"\A.*{_CLOSE}", re.DOTALL | re.IGNORECASE)
# Of models with channels, such as gpt-oss: all but the last is for themselves.
_CHANNEL = re.compile(
    r"<\|channel\|>(?:analysis|commentary)\b.*?(?:(?=<\|channel\|>final)|\Z)", re.DOTALL
)
_SPECIAL = re.compile(r"<\|[\w ]{1,30}\|>(?:(?:assistant|final)\b)?|<｜[^｜<>]{1,40}｜>")
_MARKS = frozenset("<◁[")
_BEGUN_TAG = re.compile(r"(?:<[|｜]?/?[\w|｜ ]{0,20}|\[/?T?H?I?N?K?|◁/?\w{0,6})\Z")

_SENTENCE_END = re.compile(
    r"(?:\][.!?…]|[^\W\d][.!?…][”\"»)]{0,2}(?=\s)|[\d%)][.!?…](?= \[\d|\n| [A-ZÀ-Þ¿“\"«]))"
    r"(?:[ ]?\[\d{1,3}\]){0,9}"
)
"""After a figure a stop may be a decimal point: another sentence or a label must follow it."""

_TAG = re.compile(
    r"<(script|style)\b[^<>]{0,500}>.{0,4000}?</\1>"
    r"|</?[a-zA-Z][a-zA-Z0-9]{0,15}(?:\s[^<>]{0,500})?/?>|<!--.{0,2000}?-->",
    re.DOTALL,
)
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[^\n]{0,40}$\n?|`+", re.MULTILINE)
_HEADING = re.compile(r"^[ \t]*#{1,6}[ \t][^\n]*$\n?|^[ \t]*>[ \t]+", re.MULTILINE)
_EMPHASIS = re.compile(r"(\*{2,3}|_{2,3})(?=\S)(.{1,500}?)(?<=\S)\1")


def without_thinking(text: str) -> str:
    """The reply without what the model said to itself."""
    if not _MARKS.intersection(text):  # as good as always, and asked for with every word
        return text.lstrip()
    text = _END_OF_THINKING.sub("", _THINKING.sub("", _CHANNEL.sub("", text)))
    return _SPECIAL.sub("", text).lstrip()


def said_so_far(text: str) -> str:
    """The same of a reply that is still being written: the beginning of a tag may be one."""
    return _BEGUN_TAG.sub("", without_thinking(text)).replace("**", "")


def whole_sentences(text: str) -> str:
    """A text that was cut off, up to the end of its last sentence, with the labels after it."""
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    return text[: ends[-1]].rstrip() if ends else ""


def without_markup(text: str) -> str:
    """Plain sentences: no HTML, headings, fences or emphasis. Doing it again changes nothing."""
    while (plain := _stripped_once(text)) != text:
        text = plain
    return plain


def _stripped_once(text: str) -> str:
    return _EMPHASIS.sub(r"\2", _HEADING.sub("", _FENCE.sub("", _TAG.sub("", text))))
