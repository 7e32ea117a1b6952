"""Markdown as plain text, and the front matter above it.  (pure)"""

from __future__ import annotations

import re
from collections.abc import Iterable

from markdown_it import MarkdownIt
from markdown_it.token import Token

_MAX_FIELDS = 100
_LONGEST_FIELD = 2_000
_FIELD = re.compile(r"([A-Za-z_][A-Za-z0-9_-]{0,40})\s*:\s*(.*)")
_ALIASES = {
    "published_at": "date",
    "published": "date",
    "outlet": "source",
    "lang": "language",
    "link": "url",
}
_HEADING = re.compile(r"#{1,6}[ \t]+(\S.*)")
_TAG = re.compile(r"<[^<>]*>")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


def front_matter(text: str) -> tuple[dict[str, str], str]:
    """The `key: value` lines between `---` at the top, keys in lower case, and what follows.

    Not YAML: nested values and lists are passed over. Without a closing `---` within 100
    lines there is no front matter.
    """
    lines = text.lstrip("\ufeff").split("\n", _MAX_FIELDS + 2)
    if lines[0].strip() != "---":
        return {}, text
    fields: dict[str, str] = {}
    for number, line in enumerate(lines[1 : _MAX_FIELDS + 2], start=1):
        if line.strip() in ("---", "..."):
            return fields, "\n".join(lines[number + 1 :])
        match = _FIELD.match(line[:_LONGEST_FIELD].rstrip())
        if match:
            key = match.group(1).lower()
            fields[_ALIASES.get(key, key)] = _unquoted(match.group(2).strip())
    return {}, text


def _unquoted(value: str) -> str:
    quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value


def first_heading(text: str) -> tuple[str, str]:
    """The heading a text opens with, as plain text, and the text without it; else `""`."""
    body = text.lstrip("\ufeff \t\r\n")
    line, _, rest = body.partition("\n")
    match = _HEADING.fullmatch(line.rstrip()) if len(line) <= _LONGEST_FIELD else None
    return (plain(match.group(1).rstrip("# \t")), rest) if match else ("", text)


def plain(markdown: str) -> str:
    """What a reader of the rendered page would read; paragraphs parted by a blank line.

    Images, HTML tags and comments are left out; of a link stays its text.
    """
    parser = MarkdownIt("commonmark", {"maxNesting": 20}).enable(["table", "strikethrough"])
    return "".join(_blocks(parser.parse(markdown))).strip()


def _blocks(tokens: Iterable[Token]) -> Iterable[str]:
    row = False
    for token in tokens:
        match token.type:
            case "inline":
                yield _inline(token.children or ())
                yield " " if row else "\n"
            case "fence" | "code_block":
                yield f"{token.content}\n"
            case "html_block":
                yield f"{_TAG.sub(' ', _COMMENT.sub('', token.content)).strip()}\n\n"
            case "tr_open" | "tr_close":
                row = token.type == "tr_open"
                yield "" if row else "\n"
            case "heading_close" | "bullet_list_close" | "ordered_list_close" | "table_close":
                yield "\n"
            case "paragraph_close" if not token.hidden:
                yield "\n"


def _inline(tokens: Iterable[Token]) -> str:
    parts: list[str] = []
    for token in tokens:
        if token.type in ("text", "code_inline"):
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
    return "".join(parts)
