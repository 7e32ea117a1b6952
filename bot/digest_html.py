"""A digest as a page of its own, to look at in a browser.  (pure)"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from bot.outgoing import Delivery

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem}"
    "article{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid #ccc;"
    "border-radius:.8rem;padding:1rem;margin:1rem 0}blockquote{margin:0}"
)
_HEAD = (
    '<!doctype html>\n<html lang="{language}">\n<meta charset="utf-8">\n'
    '<meta name="viewport" content="width=device-width">\n<meta http-equiv="Content-Security-'
    "Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    "<title>{title}</title>\n<style>{style}</style>\n"
)


def page_of(digests: Iterable[tuple[str, Delivery]]) -> str:
    """A page of digests by name, a box a message; markup is as Telegram gets it."""
    shown = list(digests)
    language = shown[0][1].language if shown else "en"
    pieces = [_HEAD.format(language=escape(language), title="Pauta", style=_STYLE)]
    for name, delivery in shown:
        pieces.append(f"<h1>{escape(name)}</h1>\n")
        for part in delivery.screen.parts:
            body = part.html or escape(part.plain)
            pieces.append(f"<article>{body}</article>\n")
    return "".join(pieces)
