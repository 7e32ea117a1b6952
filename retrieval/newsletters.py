"""A newsletter saved as .eml to an article. Reads no file: bytes come in.

read_eml(bytes, url, now) -> Article | Rejected
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.headerregistry import AddressHeader, DateHeader
from email.message import EmailMessage, MIMEPart
from email.policy import default

from retrieval.addresses import outlet_of
from retrieval.clean import clean_text, one_line, without_edge_marks
from retrieval.feeds.boilerplate import without_boilerplate
from retrieval.feeds.decode import decode
from retrieval.feeds.entries import believed, name_line
from retrieval.feeds.extract import MAX_BYTES, MAX_TEXT, extract_html
from retrieval.language import detect
from retrieval.models import Article, Document, Rejected
from retrieval.titles import tidy_title, title_from_text, without_leading_title

MAX_PARTS = 20
"""Multiparts and attached messages. The parser looks at every line once for each around it."""
MAX_LINES = 200_000
_LONGEST_HEADER = 5_000
_READ_OF_HEADER = 2_000
_SHORTEST_TEXT = 80

_NESTING = re.compile(rb"multipart\s{0,9}/|message\s{0,9}/\s{0,9}(?:rfc822|partial|ext|glob)", re.I)
_PART_HEADER = re.compile(rb"^content-[a-z-]{1,30}:[^\n]*(?:\n[ \t][^\n]*)*", re.I | re.M)
_HEADERS = re.compile(rb"[!-9;-~]{1,80}:|From ")
_SIGNATURE = re.compile(r"^-- ?\r?$", re.M)


def read_eml(content: bytes, url: str, now: datetime | None = None) -> Article | Rejected:
    """Source, title and date from the headers, text from the HTML part or else the plain one.

    `url` becomes the article's: the file's address (`file:///...`). A date before 1990 or
    more than a day after `now` is dropped. Nothing the bytes hold raises.
    """
    problem = _problem(content)
    if problem:
        return Rejected(url, problem)
    try:
        message = message_from_bytes(content, policy=default)
        return _article(message, url, now or datetime.now(UTC))
    except Exception as error:  # noqa: BLE001 - the boundary to a parser that trips over bad headers
        return Rejected(url, f"the message could not be read ({type(error).__name__})")


def _problem(content: bytes) -> str | None:
    if len(content) > MAX_BYTES:
        return f"the message is larger than the limit of {MAX_BYTES / 1_000_000:g} MB"
    if not _HEADERS.match(content.removeprefix(b"\xef\xbb\xbf").lstrip()[:100]):
        return "this is not an e-mail message: it does not begin with headers"
    if max(content.count(b"\n"), content.count(b"\r")) > MAX_LINES:
        return f"the message has more than {MAX_LINES:,} lines"
    if sum(1 for _ in _NESTING.finditer(content)) > MAX_PARTS:
        return f"the message nests more than {MAX_PARTS} parts"
    if any(len(header.group()) > _LONGEST_HEADER for header in _PART_HEADER.finditer(content)):
        return f"a header of the message is longer than {_LONGEST_HEADER:,} characters"
    return None


def _article(message: EmailMessage, url: str, now: datetime) -> Article | Rejected:
    found = _body(message, url)
    if isinstance(found, Rejected):
        return found
    title = tidy_title(_header(message, "subject")) or found.title
    text = without_leading_title(found.text, title)
    return replace(
        found,
        title=title,
        text=text,
        source=_sender(message) or outlet_of(url),
        published_at=_date(message, now),
        modified_at=None,
        notes=(),
    )


def _body(message: EmailMessage, url: str) -> Article | Rejected:
    html, plain = (message.get_body((kind,)) for kind in ("html", "plain"))
    rejected = Rejected(url, "the message holds no text")
    if html is not None:
        found = extract_html(Document(url, *_decoded(html, "text/html")))
        if isinstance(found, Article) and (plain is None or len(found.text) >= _SHORTEST_TEXT):
            return replace(found, url=url)
        rejected = found if isinstance(found, Rejected) else rejected
    return _plain(plain, url) if plain is not None else rejected


def _decoded(part: MIMEPart, content_type: str) -> tuple[bytes, str, str | None]:
    payload = part.get_payload(decode=True)
    charset = part.get_content_charset()
    return payload if isinstance(payload, bytes) else b"", content_type, charset


def _plain(part: MIMEPart, url: str) -> Article | Rejected:
    payload, _, charset = _decoded(part, "text/plain")
    raw = _SIGNATURE.split(decode(payload, charset) or "", maxsplit=1)[0]
    if len(raw) > 2 * MAX_TEXT:
        return Rejected(url, f"the text is longer than {MAX_TEXT:,} characters")
    text = without_edge_marks(without_boilerplate(clean_text(raw)))
    if not text:
        return Rejected(url, "the message holds no text")
    if len(text) > MAX_TEXT:
        return Rejected(url, f"the text is longer than {MAX_TEXT:,} characters")
    return Article(url, title_from_text(text), text, outlet_of(url), detect(text), None)


def _raw(message: EmailMessage, name: str) -> str:
    """The header as it stands, unfolded and cut: the header parser takes its time."""
    values = (str(value) for key, value in message.raw_items() if key.lower() == name)
    value = next(values, "")[:_READ_OF_HEADER]
    if not value.isascii():  # bytes beyond ASCII, against the standard, come as surrogates
        value = decode(value.encode("utf-8", "surrogateescape")) or ""
    return one_line(value)


def _header(message: EmailMessage, name: str) -> str:
    return str(default.header_factory(name, _raw(message, name)))


def _sender(message: EmailMessage) -> str:
    """The display name of the first address in From; the domain where there is none."""
    header = default.header_factory("from", _raw(message, "from"))
    addresses = header.addresses if isinstance(header, AddressHeader) else ()
    if not addresses:
        return ""
    first = addresses[0]
    return name_line(first.display_name) or name_line(first.domain.removeprefix("www."))


def _date(message: EmailMessage, now: datetime) -> datetime | None:
    header = default.header_factory("date", _raw(message, "date"))
    moment = header.datetime if isinstance(header, DateHeader) else None
    if moment is None:
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return believed(moment, now)
