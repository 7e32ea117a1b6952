"""Newsletters saved as e-mail."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.models import Article, Rejected
from retrieval.newsletters import read_eml

DATA = Path(__file__).parents[1] / "data/feeds"
URL = "file:///cartas/boletim.eml"
NOW = datetime(2025, 3, 20, tzinfo=UTC)
BODY = "O porto retomou as operações na manhã desta sexta-feira, depois de nove dias de greve."


def eml(
    body: str = BODY, *, headers: str = "", subject: str = "Porto", sender: str = "a@b.example"
) -> bytes:
    return (
        f"From: {sender}\r\nSubject: {subject}\r\n{headers}"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"
    ).encode()


def article(content: bytes) -> Article:
    found = read_eml(content, URL, NOW)
    assert isinstance(found, Article), found
    return found


def reason(content: bytes) -> str:
    found = read_eml(content, URL, NOW)
    assert isinstance(found, Rejected), found
    return found.reason


def test_the_html_part_is_the_text_and_the_headers_tell_the_rest() -> None:
    found = article((DATA / "newsletter.eml").read_bytes())
    assert found.url == URL
    assert found.title == "Porto volta a operar após greve"
    assert found.source == "Boletim da Redação"
    assert found.published_at == datetime(2025, 3, 15, 1, 15, tzinfo=UTC)
    assert found.language == "pt"
    assert "que deixou 42 navios à espera na barra" in found.text
    assert "Versão em texto" not in found.text
    assert "Cancele" not in found.text


def test_a_plain_message_is_read_up_to_its_signature() -> None:
    found = article(eml(BODY + "\r\n-- \r\nCancele aqui"))
    assert found.text == BODY
    assert (found.title, found.source) == ("Porto", "b.example")
    assert found.published_at is None


def test_an_empty_html_part_leaves_the_plain_one() -> None:
    source = (DATA / "newsletter.eml").read_bytes()
    start, end = source.index(b"<html>"), source.index(b"--b1--")
    found = article(source[:start] + b"<html><body></body></html>\n" + source[end:])
    assert found.text.startswith("Versão em texto")


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        ("Fri, 14 Mar 2025 22:15:00 -0300", datetime(2025, 3, 15, 1, 15, tzinfo=UTC)),
        ("Fri, 14 Mar 2031 22:15:00 -0300", None),
        ("Thu, 01 Jan 1970 00:00:00 +0000", None),
        ("nonsense", None),
    ],
)
def test_only_a_believable_date_is_taken(date: str, moment: datetime | None) -> None:
    assert article(eml(headers=f"Date: {date}\r\n")).published_at == moment


def test_headers_with_bytes_beyond_ascii_are_read_all_the_same() -> None:
    found = article(eml(subject="Eleição já", sender="Redação <a@b.example>"))
    assert (found.title, found.source) == ("Eleição já", "Redação")


def test_without_a_subject_the_text_gives_the_title() -> None:
    assert article(eml(f"Porto reabre\n\n{BODY}", subject="")).title == "Porto reabre"


def test_an_attachment_is_not_the_text() -> None:
    source = (
        b"From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n"
        b"--x\nContent-Type: text/plain; charset=utf-8\n\n" + BODY.encode() + b"\n"
        b"--x\nContent-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nANEXO\n"
        b"--x--\n"
    )
    assert article(source).text == BODY


NESTED = b"".join(
    b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(5_000)
)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "does not begin with headers"),
        (b"<html>", "does not begin with headers"),
        (eml(""), "holds no text"),
        (b"From: a@b.example\n" + NESTED, "nests more than 20 parts"),
        (b"From: a@b.example\n" + b"Content-Type: message/rfc822\n\n" * 5_000, "nests more than"),
        (eml("a\n" * 400_000), "lines"),
        (eml("a" * 10_000_001), "larger than the limit"),
        (eml(headers="Content-Type: text/plain" + ";\n x" * 100_000 + "\n"), "header"),
        (eml("palavra " * 200_000), "longer than 500,000"),
    ],
)
def test_what_is_not_taken_is_told_in_words_and_in_time(content: bytes, words: str) -> None:
    started = time.perf_counter()
    assert words in reason(content)
    assert time.perf_counter() - started < 3


@pytest.mark.parametrize("sender", ["(" * 50_000, '"' * 50_000, "a," * 50_000, "<" * 50_000])
def test_a_hostile_sender_takes_no_time(sender: str) -> None:
    started = time.perf_counter()
    assert isinstance(read_eml(eml(sender=sender), URL, NOW), Article | Rejected)
    assert time.perf_counter() - started < 3


@given(st.binary(max_size=100), st.integers(0, 1400))
def test_no_bytes_raise(noise: bytes, position: int) -> None:
    good = (DATA / "newsletter.eml").read_bytes()
    for content in (noise, good[:position] + noise + good[position:]):
        assert isinstance(read_eml(content, URL, NOW), Article | Rejected)
