"""What a page says of itself for machines: JSON-LD (schema.org), Open Graph, meta, <time>.  (pure)

facts_of(page, url) -> PageFacts
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml.html import HtmlElement

from retrieval.clean import one_line
from retrieval.feeds.page_dates import Claim

_MOST_SCRIPTS = 30
_MOST_JSON = 600_000
"""Characters of all scripts together."""
_MOST_NODES = 3_000
_MOST_METAS = 500
_LONGEST = 500
_LONGEST_OUTLET = 200
_INTO = ("@graph", "mainEntity", "mainEntityOfPage")

_PUBLISHED = (
    *("article:published_time", "og:article:published_time", "datepublished", "parsely-pub-date"),
    *("sailthru.date", "article.published", "dc.date.issued", "dcterms.created", "pubdate"),
    *("publishdate", "publication_date", "dc.date", "date"),
)
_MODIFIED = (
    *("article:modified_time", "og:article:modified_time", "datemodified", "lastmod"),
    *("article.updated", "dcterms.modified", "last-modified", "og:updated_time"),
)
_AUTHORS = (
    *("author", "byl", "parsely-author", "sailthru.author", "article:author", "dc.creator"),
    *("dcterms.creator", "cxenseparse:author"),
)
_OUTLETS = ("og:site_name", "application-name", "publisher", "dc.publisher", "article:publisher")
_LOCKED = frozenset({"locked", "metered", "premium", "paid", "subscriber", "false"})

_JSON_WRAPPING = re.compile(
    r"\A\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)\s*\Z"
)


@dataclass(frozen=True, slots=True)
class PageFacts:
    """Nothing here is believed yet: claims, best source first."""

    authors: tuple[tuple[str, ...], ...] = ()
    """The names each source gives, as written."""
    published: tuple[Claim, ...] = ()
    modified: tuple[Claim, ...] = ()
    hints: tuple[Claim, ...] = ()
    """Of a <time> that may be the article's: to tell a time of day and timezone, no more."""
    outlet: str = ""
    language: str | None = None
    free: bool | None = None
    """Whether everybody may read it; None where the page does not say."""


def facts_of(page: HtmlElement, url: str = "") -> PageFacts:
    """What `page`, read from `url`, declares. Broken JSON is passed over."""
    nodes = list(_nodes(page))
    known = {str(node["@id"]): node for node in nodes if isinstance(node.get("@id"), str)}
    article = _article(nodes, url)
    web_page = next((node for node in nodes if "webpage" in _types(node)), {})
    metas = _metas(page)
    return PageFacts(
        authors=_authors(page, article, known, metas),
        published=(
            *_claims("JSON-LD", _strings(article.get("datePublished"))),
            *_meta_claims(metas, _PUBLISHED),
            *_claims("microdata", _microdata(page, "datePublished")),
            *_claims("JSON-LD", _strings(web_page.get("datePublished"))),
        ),
        modified=(
            *_claims("JSON-LD", _strings(article.get("dateModified"))),
            *_meta_claims(metas, _MODIFIED),
            *_claims("microdata", _microdata(page, "dateModified")),
        ),
        hints=_claims("time", _values(page, "(//article//time | //main//time)/@datetime", 1)),
        outlet=_outlet(article, nodes, known, metas),
        language=_language(page, article, metas),
        free=_free(article or web_page, metas),
    )


def _nodes(page: HtmlElement) -> Iterator[dict[str, Any]]:
    """The objects at the top of the page's JSON-LD and in its graphs."""
    left, nodes = _MOST_JSON, 0
    for script in page.xpath("//script[@type]")[:_MOST_SCRIPTS]:
        if script.get("type", "").strip().lower() != "application/ld+json":
            continue
        text = script.text or ""
        left -= len(text)
        if left < 0:
            return
        pending = [_loaded(text)]
        while pending and nodes < _MOST_NODES:
            one = pending.pop(0)
            nodes += 1
            if isinstance(one, list):
                pending[:0] = one[: _MOST_NODES - nodes]
            elif isinstance(one, dict):
                yield one
                pending += [one[key] for key in _INTO if isinstance(one.get(key), list | dict)]


def _loaded(text: str) -> object:
    try:
        return json.loads(_JSON_WRAPPING.sub("", text).strip().rstrip(";"), strict=False)
    except (ValueError, RecursionError):
        return None


def _types(node: dict[str, Any]) -> set[str]:
    return {name.rpartition("/")[2].lower() for name in _strings(node.get("@type"))}


def _article(nodes: list[dict[str, Any]], url: str) -> dict[str, Any]:
    """The one that names this address, else the first; a page may list others too."""
    found = [
        node
        for node in nodes
        if any(
            kind.endswith(("article", "blogposting")) or kind == "report" for kind in _types(node)
        )
    ]
    path = _bare(url)
    for node in found if path else ():
        places = (node.get("url"), node.get("@id"), node.get("mainEntityOfPage"))
        if any(_bare(place) == path for value in places for place in _strings(value)):
            return node
    return found[0] if found else {}


def _bare(url: str) -> str:
    return re.sub(r"\Ahttps?://(?:www\.)?|[?#].*\Z|/+(?=[?#]|\Z)", "", url[:2_000], flags=re.S)


def _strings(value: object) -> list[str]:
    """The texts in a value that may be one, a list of them, or an object that wraps one."""
    values = value if isinstance(value, list) else [value]
    found = []
    for one in values[:20]:
        inner = one
        if isinstance(one, dict):
            inner = next((one[key] for key in ("@value", "name", "@id") if one.get(key)), None)
        if isinstance(inner, str) and inner.strip():
            found.append(inner[:_LONGEST])
    return found


def _named(value: object, known: dict[str, dict[str, Any]]) -> list[str]:
    """Names of persons or organisations, references within the page resolved."""
    names = []
    for one in (value if isinstance(value, list) else [value])[:20]:
        if isinstance(one, dict) and not one.get("name"):
            one = known.get(str(one.get("@id")), one)  # noqa: PLW2901
        if isinstance(one, dict):
            first_and_last = " ".join(_strings([one.get("givenName"), one.get("familyName")]))
            names += _strings(one.get("name")) or [first_and_last]
        else:
            names += _strings(one)
    return [name for name in names if name]


def _metas(page: HtmlElement) -> dict[str, list[str]]:
    metas: dict[str, list[str]] = {}
    for meta in page.xpath("//meta[@content]")[:_MOST_METAS]:
        content = meta.get("content", "").strip()[:_LONGEST]
        names = {meta.get(key, "").strip().lower() for key in ("property", "name", "itemprop")}
        for name in names - {""} if content else ():
            metas.setdefault(name, []).append(content)
        if meta.get("http-equiv", "").strip().lower() == "content-language":
            metas.setdefault("content-language", []).append(content)
    return metas


def _claims(where: str, values: list[str]) -> tuple[Claim, ...]:
    return tuple(Claim(where, value) for value in values[:3])


def _meta_claims(metas: dict[str, list[str]], names: tuple[str, ...]) -> tuple[Claim, ...]:
    return tuple(Claim("meta", metas[name][0]) for name in names if name in metas)


def _values(page: HtmlElement, path: str, most: int) -> list[str]:
    return [str(value)[:_LONGEST] for value in page.xpath(path)[:most]]


def _microdata(page: HtmlElement, name: str) -> list[str]:
    return _values(page, f"//time[@itemprop='{name}']/@datetime", 2)


def _authors(
    page: HtmlElement,
    article: dict[str, Any],
    known: dict[str, dict[str, Any]],
    metas: dict[str, list[str]],
) -> tuple[tuple[str, ...], ...]:
    sources = [_named(article.get("author"), known), _named(article.get("creator"), known)]
    sources += [metas[name] for name in _AUTHORS if name in metas]
    links = page.xpath("//a[@rel='author'] | //*[@itemprop='author']")[:5]
    sources.append([one_line(str(link.text_content())[:_LONGEST]) for link in links])
    return tuple(tuple(source) for source in sources if source)


def _outlet(
    article: dict[str, Any],
    nodes: list[dict[str, Any]],
    known: dict[str, dict[str, Any]],
    metas: dict[str, list[str]],
) -> str:
    names = [metas["og:site_name"][0]] if "og:site_name" in metas else []
    names += _named(article.get("publisher"), known)
    for node in nodes:
        if _types(node) & {"newsmediaorganization", "website"}:
            names += _named(node, known)
    names += [metas[name][0] for name in _OUTLETS if name in metas]
    lines = (one_line(name)[:_LONGEST_OUTLET] for name in names)
    return next((name for name in lines if name and "://" not in name), "")


def _language(
    page: HtmlElement, article: dict[str, Any], metas: dict[str, list[str]]
) -> str | None:
    declared = [page.get("lang") or "", page.get("xml:lang") or ""]
    languages = article.get("inLanguage")
    if isinstance(languages, dict):
        languages = languages.get("alternateName") or languages.get("name")
    declared += _strings(languages)
    declared += [metas[name][0] for name in ("og:locale", "content-language") if name in metas]
    return next((language for language in declared if language.strip()), None)


def _free(article: dict[str, Any], metas: dict[str, list[str]]) -> bool | None:
    said = _yes_or_no(article.get("isAccessibleForFree"))
    if said is None:
        parts = article.get("hasPart")
        for part in (parts if isinstance(parts, list) else [parts])[:20]:
            if isinstance(part, dict) and _yes_or_no(part.get("isAccessibleForFree")) is False:
                return False
    if said is None and "article:content_tier" in metas:
        return metas["article:content_tier"][0].lower() not in _LOCKED
    return said


def _yes_or_no(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    word = value.rpartition("/")[2].strip().lower() if isinstance(value, str) else ""
    return {"true": True, "yes": True, "false": False, "no": False}.get(word)
