"""Bytes to text, whatever they were written in.  (pure)"""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

_SAMPLE = 64_000
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WESTERN = "cp1252"

# By the name Python gives the codec. What is not here is not believed: among Python's codecs
# are some that are no charsets, and some that take quadratic time.
_SUPERSETS = {
    "ascii": _WESTERN,
    "iso8859-1": _WESTERN,
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "tis-620": "cp874",
    "iso8859-11": "cp874",
    "iso8859-9": "cp1254",
}
_BELIEVED = frozenset(
    [
        "utf-8",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "gb18030",
        "big5",
        "cp932",
        "euc_jp",
        "iso2022_jp",
        "cp949",
        "cp866",
        "cp874",
        "koi8-r",
        "koi8-u",
        "mac-roman",
        "iso8859-2",
        "iso8859-3",
        "iso8859-4",
        "iso8859-5",
        "iso8859-6",
        "iso8859-7",
        "iso8859-8",
        "iso8859-10",
        "iso8859-13",
        "iso8859-14",
        "iso8859-15",
        "iso8859-16",
        "cp1250",
        "cp1251",
        "cp1252",
        "cp1253",
        "cp1254",
        "cp1255",
        "cp1256",
        "cp1257",
        "cp1258",
    ]
)
_STATEFUL = ("iso2022_jp", "utf-16", "utf-16-le", "utf-16-be")
"""Charsets whose bytes can pass for UTF-8."""

_GUESSED = [
    "cp1251",
    "koi8_r",
    "cp932",
    "euc_jp",
    "gb18030",
    "big5",
    "cp949",
    "cp1253",
    "cp1255",
    "cp1256",
]
_ACCENTS_ONLY = 0.3

_META_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s{0,10}=\s{0,10}[\"']?\s{0,10}([\w.:-]{1,40})", re.I
)

_BINARY_STARTS = (
    *(b"%PDF-", b"{\\rtf", b"\xd0\xcf\x11\xe0", b"SQLite format 3\x00"),
    *(b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"OggS", b"ID3", b"\x00\x00\x01\x00"),
    *(b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"BZh", b"\xfd7zXZ", b"Rar!", b"\x28\xb5\x2f\xfd"),
    *(b"\x7fELF", b"MZ\x90"),
)
_CONTROLS = bytes({*range(32), 127} - {*b"\t\n\v\f\r\x1b"})
_MOST_CONTROLS = 0.02
_MOST_UNREADABLE = 0.05


def looks_binary(content: bytes) -> bool:
    """Whether the bytes are something else than text: a known format, or full of controls."""
    if content.startswith(_BINARY_STARTS):
        return True
    if _bom(content):
        return False
    sample = content[:_SAMPLE]
    return len(sample) - len(sample.translate(None, _CONTROLS)) > len(sample) * _MOST_CONTROLS


def decode(content: bytes, declared: str | None = None, *, html: bool = False) -> str | None:
    """Text in the charset that fits best; None when the bytes are not text in any.

    Order: byte order mark, UTF-8 if it is flawless, what the server and then the page
    declare, UTF-8 with a few flaws, what the letters suggest.
    """
    bom = _bom(content)
    if bom:
        mark, name = bom
        return _readable(content[len(mark) :].decode(name, "replace"))
    meta = _META_CHARSET.search(content[:4096]) if html else None
    declarations = (declared, meta.group(1).decode("ascii", "replace") if meta else None)
    claims = [name for name in map(_codec, declarations) if name]
    # Flawless UTF-8 beyond ASCII is UTF-8, whatever a careless server says.
    attempts = [claim for claim in claims if claim in _STATEFUL and _plausible(content, claim)]
    for name in (*attempts, "utf-8", *claims):
        try:
            return _readable(content.decode(name))
        except UnicodeError:
            continue
    lenient = content.decode("utf-8", "replace")
    flaws = lenient.count("\ufffd")
    letters_beyond_ascii = (
        len(lenient) - flaws - len(content.translate(None, bytes(range(128, 256))))
    )
    if letters_beyond_ascii > flaws:
        return lenient
    guess = claims[0] if claims else _guess(content)
    return _readable(content.decode(guess, "replace"))


def _bom(content: bytes) -> tuple[bytes, str] | None:
    return next((bom for bom in _BOMS if content.startswith(bom[0])), None)


def _codec(name: str | None) -> str | None:
    """Python's name of a declared charset, if it is one to believe."""
    if not name or len(name) > 40 or not name.isascii():
        return None
    try:
        python_name = codecs.lookup(name.strip()).name
    except (LookupError, ValueError):
        return None
    python_name = _SUPERSETS.get(python_name, python_name)
    return python_name if python_name in _BELIEVED else None


def _plausible(content: bytes, name: str) -> bool:
    return b"\x1b" in content if name == "iso2022_jp" else b"\x00" in content[:_SAMPLE]


def _guess(content: bytes) -> str:
    """From a sample around the first byte beyond ASCII; Western where nothing is suggested."""
    first = re.search(rb"[\x80-\xff]", content)
    start = max(0, (first.start() if first else 0) - 1_000)
    sample = content[start : start + _SAMPLE]
    beyond = len(sample) - len(sample.translate(None, bytes(range(128, 256))))
    # Mostly plain letters with some accents: the detector takes `são` for Romanian.
    if beyond < len(sample) * _ACCENTS_ONLY:
        return _WESTERN
    best = from_bytes(sample, steps=5, chunk_size=512, cp_isolation=_GUESSED).best()
    return (best and _codec(best.encoding)) or _WESTERN


def _readable(text: str) -> str | None:
    """The text, unless too much of it could not be read."""
    return text if text.count("\ufffd") <= len(text) * _MOST_UNREADABLE else None
