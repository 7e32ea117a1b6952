"""A document's bytes to an article: title, text, date, language, outlet.

extract_html(Document) -> Article | Rejected
extract_text(Document) -> Article | Rejected

The same document gives the same article; only the language model, loaded once, and today's
date (no article is from tomorrow) come from outside.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lxml.html import HtmlElement

from retrieval.addresses import canonical, is_web, outlet_of, url_problem
from retrieval.clean import clean_text, one_line, without_edge_marks
from retrieval.dates import is_day_only, parse_published
from retrieval.feeds.decode import decode, looks_binary
from retrieval.feeds.markdown import first_heading, front_matter, plain
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
_PUBLISHED = (
    "//meta[@property='article:published_time' or @name='article:published_time' "
    "or @itemprop='datePublished' or @name='datePublished']/@content"
    " | //time[@itemprop='datePublished']/@datetime"
)
_CANONICAL = "//link[translate(@rel, 'CANOIL', 'canoil')='canonical']/@href"


def extract_html(document: Document) -> Article | Rejected:
    """The main text of a web page, without navigation, comments and advertising."""
    text = _decoded(document, html=True)
    if isinstance(text, Rejected):
        return text
    try:
        page = parse_html(text)
        declared_language = page.get("lang") or page.get("xml:lang")
        times = [str(value) for value in page.xpath(_PUBLISHED)[:10]]
        claims = [str(value) for value in page.xpath(_CANONICAL)[:1]]
        headings = [one_line(str(heading.text_content())) for heading in page.xpath("//h1")[:2]]
        found = _main_content(page, document.url)
    except MarkupError as error:
        return Rejected(document.url, str(error))
    except Exception as error:  # noqa: BLE001 - the boundary to a heuristic over hostile markup
        kind = type(error).__name__
        return Rejected(document.url, f"the page could not be read as an article ({kind})")
    body = without_edge_marks(clean_text(found.text or "")) if found else ""
    if found is None or len(body) < LEAST_TEXT:
        return Rejected(document.url, "no article text was found on the page")
    title = tidy_title(found.title or "") or tidy_title(headings[0] if headings else "")
    day = parse_published(found.date)
    return _article(
        document,
        url=_address(document.url, claims[0] if claims else None),
        title=title,
        text=body,
        source=found.sitename,
        declared_language=declared_language or found.language,
        published_at=_published(times, day),
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


def _main_content(page: HtmlElement, url: str) -> _Found | None:
    import trafilatura  # noqa: PLC0415 - 0.2 s and 20 MB that a question does not need
    from trafilatura.settings import Document as Extracted  # noqa: PLC0415

    latest = datetime.now(UTC).date().isoformat()
    found = trafilatura.bare_extraction(
        page,
        url=url if is_web(url) else None,
        include_comments=False,
        with_metadata=True,
        # An extensive search takes any number for a date: none is better than a wrong one.
        date_extraction_params={
            "original_date": True,
            "extensive_search": False,
            "max_date": latest,
        },
    )
    return found if isinstance(found, Extracted) else None


def _published(times: list[str], day: datetime | None) -> datetime | None:
    """The declared moment where it has a time of day and agrees with the day found, or the day."""
    for value in times:
        moment = None if is_day_only(value) else parse_published(value)
        if moment and (day is None or abs((moment - day).total_seconds()) < 2 * 86_400):
            return moment
    return day or next(filter(None, map(parse_published, times)), None)


def _too_long(document: Document) -> Rejected:
    return Rejected(
        document.url,
        f"the text is longer than {MAX_TEXT:,} characters; split it into one file per article",
    )
