"""Who really reported: outlets put together by their common origins.  (pure)

An article comes from the agency it credits; else from the publisher that had its text first;
else from its own publisher, which is the registrable domain of its address by the Public
Suffix List (publicsuffix.org), private suffixes included: two blogs of one host are two.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

from retrieval.agencies import DOMAINS, agency_of
from retrieval.folding import folded_words

_LONGEST_HOST = 253


@dataclass(frozen=True, slots=True)
class Coverage:
    """One article of an event, as far as its origin is concerned."""

    source: str
    """The outlet as people know it."""
    url: str
    text_head: str
    """Its first 500 characters or more; with the whole text, credits at the end are seen."""
    copy_group: str | None = None
    """The same for articles that are copies of each other; see `copies.is_copy`."""
    byline: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    name: str
    """The agency, or the outlet that stands for its publisher: the first in the sequence."""
    outlets: tuple[str, ...]
    """Every source that carried it, each once, in the order of the sequence."""


def origins(articles: Sequence[Coverage]) -> tuple[Origin, ...]:
    """The independent origins of some coverage, in order of appearance.

    `articles` are given earliest first: a text without an agency's credit is taken to come
    from the publisher that had it first. If one copy of a text credits an agency, all are its.
    """
    publishers = [publisher(article) for article in articles]
    agencies = [_agency(article) for article in articles]
    agency_of_group: dict[str, str] = {}
    publisher_of_group: dict[str, str] = {}
    for article, own, agency in zip(articles, publishers, agencies, strict=True):
        if article.copy_group:
            publisher_of_group.setdefault(article.copy_group, own)
            if agency:
                agency_of_group.setdefault(article.copy_group, agency)

    names: dict[tuple[str, str], str] = {}
    outlets: dict[tuple[str, str], dict[str, None]] = {}
    for article, own, agency in zip(articles, publishers, agencies, strict=True):
        group = article.copy_group or ""
        credited = agency_of_group.get(group) or agency
        key = ("agency", credited) if credited else ("", publisher_of_group.get(group, own))
        names.setdefault(key, credited or article.source)
        outlets.setdefault(key, {})[article.source] = None
    return tuple(Origin(name, tuple(outlets[key])) for key, name in names.items())


def publisher(article: Coverage) -> str:
    """What all outlets of one publisher share: `globo.com` for G1 and O Globo.

    Of an article that is not on the web, its source, folded.
    """
    host = _host(article.url)
    return registrable_domain(host) if host else " ".join(folded_words(article.source))


def registrable_domain(host: str) -> str:
    """The part of a host name that somebody registered; an address or bare name as it is."""
    name = host.lower().strip(".")[:_LONGEST_HOST]
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return _suffixes().privatesuffix(_in_ascii(name)) or name
    return name


def _agency(article: Coverage) -> str | None:
    host = _host(article.url)
    if host:
        host = host.removeprefix("www.")
        if own := DOMAINS.get(host) or DOMAINS.get(registrable_domain(host)):
            return own
    return agency_of(article.text_head, article.byline)


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return ""
    return host if parts.scheme in ("http", "https") else ""


def _in_ascii(name: str) -> str:
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


@cache
def _suffixes() -> PublicSuffixList:
    """The list that comes with the package; 60 ms to read."""
    return PublicSuffixList()
