"""JSON Feed 1.0 and 1.1 (jsonfeed.org).  (pure)"""

from __future__ import annotations

import html
import json
from datetime import datetime
from itertools import islice

from retrieval.feeds.entries import (
    MAX_ENTRIES,
    MAX_HTML,
    Draft,
    NotAFeed,
    Notes,
    ParsedFeed,
    dated,
    iso_moment,
    name_line,
    web_link,
    with_keys,
)
from retrieval.titles import tidy_title


def parse_json_feed(text: str, url: str, now: datetime) -> ParsedFeed | NotAFeed:
    """`text` begins with `{`; what a field of it holds against the format counts as missing."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return NotAFeed("this is not valid JSON")
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list):
        return NotAFeed("this is JSON, but not a JSON Feed: it has no list of items")
    notes = Notes()
    if "jsonfeed.org/version/" not in _string(document, "version"):
        notes.add("it does not say which version of JSON Feed it is")
    if len(items) > MAX_ENTRIES:
        notes.add(f"only the first {MAX_ENTRIES:,} of {len(items):,} entries were taken")
    drafts = [
        _draft(item, url, notes) for item in islice(items, MAX_ENTRIES) if isinstance(item, dict)
    ]
    unreadable = min(len(items), MAX_ENTRIES) - len(drafts)
    notes.count("could not be read", unreadable)
    entries = with_keys(dated(drafts, now, notes), notes)
    return ParsedFeed(
        kind="json",
        title=tidy_title(_string(document, "title")),
        site_url=web_link(_string(document, "home_page_url"), url),
        language=_string(document, "language").strip()[:35] or None,
        check_every=None,
        entries=entries,
        notes=notes.all(),
    )


def _draft(item: dict[str, object], base: str, notes: Notes) -> Draft:
    content = _string(item, "content_html")
    if not content.strip():
        content = as_html(_string(item, "content_text") or _string(item, "summary"))
    if len(content) > MAX_HTML:
        notes.count(f"had more than {MAX_HTML:,} characters and was cut there")
    links = (_string(item, "url"), _string(item, "external_url"))
    return Draft(
        guid=_string(item, "id").strip(),
        url=next(filter(None, (web_link(link, base) for link in links)), None),
        title=tidy_title(_string(item, "title")),
        html=content[:MAX_HTML],
        published_at=iso_moment(item.get("date_published")),
        updated_at=iso_moment(item.get("date_modified")),
        author=_author(item),
    )


def _author(item: dict[str, object]) -> str:
    authors = item.get("authors")
    if not isinstance(authors, list):
        authors = [item.get("author")]  # version 1.0
    names = [_string(author, "name") for author in authors[:10] if isinstance(author, dict)]
    return name_line(", ".join(filter(None, names)))


def _string(record: dict[str, object], field: str) -> str:
    value = record.get(field)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 64:
        return str(value)  # ids are written as numbers all the same
    # No database takes a NUL in a text, and no address or id has one on purpose.
    return value.replace("\x00", "") if isinstance(value, str) else ""


def as_html(text: str) -> str:
    """Plain text as paragraphs."""
    if not text.strip():
        return ""
    paragraphs = html.escape(text[:MAX_HTML], quote=False).strip().split("\n\n")
    return "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs if paragraph.strip())
