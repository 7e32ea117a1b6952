"""A document's bytes to an article: title, text, authors, dates, language, outlet.

extract_html(Document) -> Article | Rejected
extract_text(Document) -> Article | Rejected

The same document gives the same article; only the language model, loaded once, and today's
date (no article is from tomorrow) come from outside.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lxml.html import HtmlElement

from retrieval.addresses import canonical, is_web, outlet_of, url_problem
from retrieval.clean import clean_text, one_line, without_edge_marks
from retrieval.dates import parse_published
from retrieval.feeds.boilerplate import without_boilerplate
from retrieval.feeds.bylines import byline
from retrieval.feeds.decode import decode, looks_binary
from retrieval.feeds.entries import ParsedEntry
from retrieval.feeds.hidden import without_hidden
from retrieval.feeds.markdown import first_heading, front_matter, plain
from retrieval.feeds.page_dates import FIRST_FEED, FIRST_PAGE, Claim, Dates, agreed_dates
from retrieval.feeds.paywall import has_mark, has_plea, is_behind_wall, is_cut
from retrieval.feeds.structured import PageFacts, facts_of
from retrieval.feeds.tree import MarkupError, parse_html
from retrieval.language import detect
from retrieval.models import Article, Document, Rejected
from retrieval.titles import tidy_title, title_from_text, without_leading_title

if TYPE_CHECKING:
    from trafilatura.settings import Document as _Found

MAX_BYTES = 10_000_000
MAX_TEXT = 500_000
"""Characters of one article: a long book chapter, not an archive in one file."""

LEAST_TEXT = 40
"""Characters; a page with less is a login form, a menu or a script's shell."""

_LONGEST_SOURCE = 200
_CANONICAL = "//link[translate(@rel, 'CANOIL', 'canoil')='canonical']/@href"
_MAIN_PART = (
    "//body//text()[not(parent::script or parent::style or ancestor::nav or ancestor::aside "
    "or ancestor::footer or ancestor::header)]"
)


def extract_html(
    document: Document, *, entry: ParsedEntry | None = None, now: datetime | None = None
) -> Article | Rejected:
    """The main text of a web page, without what it hides, navigation, comments and pleas.

    `entry` is the feed's entry that led here: a further witness for dates and authors.
    """
    now = now or datetime.now(UTC)
    text = _decoded(document, html=True)
    if isinstance(text, Rejected):
        return text
    try:
        page = parse_html(text)
        claims = [str(value) for value in page.xpath(_CANONICAL)[:1]]
        url = _address(document.url, claims[0] if claims else None)
        facts = facts_of(page, url)
        without_hidden(page, text)
        headings = [one_line(str(heading.text_content())) for heading in page.xpath("//h1")[:2]]
        marked = has_mark(page)
        pleads = has_plea("\n".join(map(str, page.xpath(_MAIN_PART))))
        found = _main_content(page, document.url, now)
    except MarkupError as error:
        return Rejected(document.url, str(error))
    except Exception as error:  # noqa: BLE001 - the boundary to a heuristic over hostile markup
        kind = type(error).__name__
        return Rejected(document.url, f"the page could not be read as an article ({kind})")
    whole = clean_text(found.text or "") if found else ""
    body = without_edge_marks(without_boilerplate(whole))
    partial = is_behind_wall(body, free=facts.free, pleads=pleads, marked=marked, cut=is_cut(whole))
    if found is None or len(body) < LEAST_TEXT:
        why = "the page shows its text to subscribers only" if partial and whole else ""
        return Rejected(document.url, why or "no article text was found on the page")
    title = tidy_title(found.title or "") or tidy_title(headings[0] if headings else "")
    source = facts.outlet or found.sitename
    dates = _dates(facts, found.date, entry, now)
    result = _article(
        document,
        url=url,
        title=title,
        text=body,
        source=source,
        declared_language=facts.language or found.language,
        published_at=dates.published_at,
    )
    if isinstance(result, Rejected):
        return result
    return replace(
        result,
        author=_author(facts, found.author, entry, (result.source, outlet_of(url))),
        modified_at=dates.modified_at,
        partial=partial,
        notes=dates.notes,
    )


def extract_text(document: Document) -> Article | Rejected:
    """A text or Markdown file, with or without front matter (`---`, `key: value` lines)."""
    text = _decoded(document, html=False)
    if isinstance(text, Rejected):
        return text
    fields, body = front_matter(text)
    if len(body) > 2 * MAX_TEXT:
        return _too_long(document)
    title = tidy_title(fields.get("title", ""))
    heading, without_heading = first_heading(body)
    if tidy_title(heading) and (not title or tidy_title(heading) == title):
        title, body = tidy_title(heading), without_heading
    if document.content_type == "text/markdown":
        body = plain(body)
    body = without_edge_marks(clean_text(body))
    if not body:
        return Rejected(document.url, "the file is empty: it holds no text")
    address = fields.get("url", "")
    return _article(
        document,
        url=address if is_web(address) and not url_problem(address) else document.url,
        title=title,
        text=body,
        source=fields.get("source"),
        declared_language=fields.get("language"),
        published_at=parse_published(fields.get("date")),
    )


def _address(url: str, claimed: str | None) -> str:
    """A saved page is cited by the address it says it came from."""
    if not is_web(url) and claimed and is_web(claimed) and not url_problem(claimed):
        return claimed
    return canonical(url, claimed)


def _article(
    document: Document,
    *,
    url: str,
    title: str,
    text: str,
    source: str | None,
    declared_language: str | None,
    published_at: datetime | None,
) -> Article | Rejected:
    if len(text) > MAX_TEXT:
        return _too_long(document)
    outlet = one_line((source or "")[:_LONGEST_SOURCE]).removeprefix("www.") or outlet_of(url)
    title = title or title_from_text(text)
    return Article(
        url=url,
        title=title,
        text=without_leading_title(text, title),
        source=outlet,
        language=detect(text, declared_language),
        published_at=published_at,
    )


def _decoded(document: Document, *, html: bool) -> str | Rejected:
    content = document.content
    if len(content) > MAX_BYTES:
        limit = f"{MAX_BYTES / 1_000_000:g} MB"
        return Rejected(document.url, f"the document is larger than the limit of {limit}")
    if not content.strip():
        return Rejected(document.url, "the file is empty")
    if looks_binary(content):
        return Rejected(document.url, "this looks like a binary file, not text")
    text = decode(content, document.charset, html=html)
    if text is None:
        return Rejected(document.url, "this looks like a binary file, not text")
    return text


def _main_content(page: HtmlElement, url: str, now: datetime) -> _Found | None:
    import trafilatura  # noqa: PLC0415 - 0.2 s and 20 MB that a question does not need
    from trafilatura.settings import Document as Extracted  # noqa: PLC0415

    found = trafilatura.bare_extraction(
        page,
        url=url if is_web(url) else None,
        include_comments=False,
        with_metadata=True,
        # An extensive search takes any number for a date: none is better than a wrong one.
        date_extraction_params={
            "original_date": True,
            "extensive_search": False,
            "max_date": now.astimezone(UTC).date().isoformat(),
        },
    )
    return found if isinstance(found, Extracted) else None


def _dates(facts: PageFacts, day: str | None, entry: ParsedEntry | None, now: datetime) -> Dates:
    of_feed = [Claim("feed", entry.published_at)] if entry and entry.published_at else []
    updated = [Claim("feed", entry.updated_at)] if entry and entry.updated_at else []
    return agreed_dates(
        [*facts.published, *([Claim("text", day)] if day and not _is_guess(day, facts) else [])],
        [*facts.modified, *updated],
        hints=facts.hints,
        of_feed=of_feed,
        now=now,
        earliest=FIRST_FEED if entry else FIRST_PAGE,
    )


def _is_guess(day: str, facts: PageFacts) -> bool:
    """The first of a month, made of a declared date that is too late to be true."""
    declared = [str(claim.value) for claim in facts.published]
    month = day[: len("2025-03")]
    return day.endswith("-01") and any(
        value.startswith(month) and not value.startswith(day) for value in declared
    )


def _author(
    facts: PageFacts, found: str | None, entry: ParsedEntry | None, outlets: tuple[str, ...]
) -> str:
    told = entry.author if entry else ""
    return byline([*facts.authors, [told] if told else [], [found] if found else []], outlets)


def _too_long(document: Document) -> Rejected:
    return Rejected(
        document.url,
        f"the text is longer than {MAX_TEXT:,} characters; split it into one file per article",
    )
