"""Bulk files: one article a line, whatever else stands there."""

from __future__ import annotations

import gzip
import io
import json
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.jsonl import MAX_LINE, UNREADABLE_DATE, count_lines, read_jsonl
from retrieval.models import Article, Rejected

SHARED = Path(__file__).parents[3] / "shared/data/eval"

RECORD: dict[str, Any] = {
    "url": "https://www.folha.example/a",
    "title": "Comissão aprova plano",
    "text": "A Comissão aprovou o plano na segunda-feira.\n\nO custo será de 3 bilhões.",
    "published_at": "2025-02-10T18:30:00-03:00",
    "source": "Folha",
    "language": "pt",
}


def line(**changes: Any) -> bytes:
    return json.dumps({**RECORD, **changes}).encode() + b"\n"


def read(folder: Path, content: bytes) -> list[Article | Rejected]:
    path = folder / "bulk.jsonl"
    path.write_bytes(content)
    return list(read_jsonl(path))


def one(folder: Path, content: bytes) -> Article:
    (item,) = read(folder, content)
    assert isinstance(item, Article), item
    return item


def reasons(items: list[Article | Rejected]) -> list[str]:
    return [item.reason for item in items if isinstance(item, Rejected)]


def test_a_whole_record_is_taken_as_it_is(tmp_path: Path) -> None:
    assert one(tmp_path, line()) == Article(
        url="https://www.folha.example/a",
        title="Comissão aprova plano",
        text=RECORD["text"],
        source="Folha",
        language="pt",
        published_at=datetime(2025, 2, 10, 21, 30, tzinfo=UTC),
    )


def test_what_is_missing_is_filled_in(tmp_path: Path) -> None:
    article = one(tmp_path, json.dumps({"url": RECORD["url"], "text": RECORD["text"]}).encode())
    assert article.title == "A Comissão aprovou o plano na segunda-feira."
    assert article.source == "folha.example"
    assert article.language == "pt"
    assert article.published_at is None


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("2025-02-10", datetime(2025, 2, 10, tzinfo=UTC)),
        ("2025-02-10T18:30:00Z", datetime(2025, 2, 10, 18, 30, tzinfo=UTC)),
        ("2025-02-10 18:30", datetime(2025, 2, 10, 18, 30, tzinfo=UTC)),
        (None, None),
        ("yesterday", None),
        (1739200000, None),
        ("1812-02-10", None),
        ("2199-01-01", None),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
def test_dates_are_understood_or_left_out(
    tmp_path: Path, written: object, understood: datetime | None
) -> None:
    article = one(tmp_path, line(published_at=written))
    assert article.published_at == understood
    is_lost = understood is None and written not in {None, ""}
    assert article.notes == ((UNREADABLE_DATE,) if is_lost else ())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"not json\n", "not valid JSON"),
        (b"[" * 100_000 + b"\n", "not valid JSON"),
        (b"[1, 2]\n", "not a JSON object"),
        (line(url=None), '"url" is missing'),
        (line(url=7), '"url" is not a string'),
        (line(url="  "), '"url" is missing'),
        (line(url="id-17"), "must start with http"),
        (line(url="javascript:alert(1)"), "must start with http"),
        (line(url="https://"), "names no host"),
        (line(url="https://[x/"), "not a valid URL"),
        (line(url="https://a.example/ b"), "spaces"),
        (line(url="https://a.example/" + "b" * 2000), "longer than 2000"),
        (line(text=""), '"text" is missing'),
        (line(text=" \x00 . "), '"text" is missing'),
        (line(text=["a"]), '"text" is not a string'),
        (line(title={}), '"title" is not a string'),
        (line(source=1), '"source" is not a string'),
        (line(text="a " * 300_000), "longer than 500,000"),
    ],
)
def test_a_bad_line_is_named_and_the_rest_goes_on(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    before, bad, after = read(tmp_path, line() + content + line())
    assert isinstance(before, Article)
    assert isinstance(after, Article)
    assert isinstance(bad, Rejected)
    assert bad.name == f"{tmp_path / 'bulk.jsonl'}:2"
    assert reason in bad.reason


def test_broken_characters_do_not_cost_the_article(tmp_path: Path) -> None:
    content = line(text="Um\x00 texto \ud800com defeitos.") + line().replace(b"plano", b"pl\xffno")
    first, second = read(tmp_path, b"\xef\xbb\xbf" + content)
    assert isinstance(first, Article)
    assert first.text == "Um texto com defeitos."
    assert isinstance(second, Article)


def test_blank_lines_and_a_missing_last_line_end_are_nothing_special(tmp_path: Path) -> None:
    items = read(tmp_path, b"\n" + line() + b"  \r\n" + line().rstrip())
    assert [type(item) for item in items] == [Article, Article]


def test_a_line_too_long_is_passed_over(tmp_path: Path) -> None:
    items = read(tmp_path, line() + b"x" * (MAX_LINE * 2) + b"\n" + line())
    assert [type(item) for item in items] == [Article, Rejected, Article]
    assert "longer than 2 MB" in reasons(items)[0]


def test_gzip_is_known_by_its_bytes_not_its_name(tmp_path: Path) -> None:
    assert one(tmp_path, gzip.compress(line())).title == RECORD["title"]


def test_of_a_gzip_file_cut_off_the_lines_before_are_kept(tmp_path: Path) -> None:
    whole = gzip.compress(b"".join(line(title=str(n) * 50) for n in range(3000)), compresslevel=0)
    items = read(tmp_path, whole[: len(whole) // 2])
    assert len(items) > 500
    assert all(isinstance(item, Article) for item in items[:-1])
    assert "cut off" in reasons(items)[0]


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    assert reasons(list(read_jsonl(tmp_path / "none.jsonl"))) == ["there is no such file"]
    assert "cannot be read" in reasons(list(read_jsonl(tmp_path)))[0]


def test_an_endless_device_is_left() -> None:
    device = Path("/dev/zero")
    if not device.exists():
        pytest.skip("this system has no /dev/zero")
    assert "not a JSON Lines file" in reasons(list(read_jsonl(device)))[0]


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO(line() + b"?\n")))
    monkeypatch.setattr(sys, "stdin", stdin)
    good, bad = read_jsonl("-")
    assert isinstance(good, Article)
    assert isinstance(bad, Rejected)
    assert bad.name == "standard input:2"


def test_articles_can_be_marked_as_sample(tmp_path: Path) -> None:
    path = tmp_path / "sample.jsonl"
    path.write_bytes(line())
    assert [item.sample for item in read_jsonl(path, sample=True) if isinstance(item, Article)] == [
        True
    ]


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_lines_are_counted_for_a_progress_bar(tmp_path: Path, compress: Any) -> None:
    path = tmp_path / "bulk"
    path.write_bytes(compress(line() * 3))
    assert count_lines(path) == 3
    path.write_bytes(compress((line() * 3).rstrip()))
    assert count_lines(path) == 3
    path.write_bytes(b"")
    assert count_lines(path) == 0


def test_what_cannot_be_counted_has_no_count(tmp_path: Path) -> None:
    assert count_lines("-") is None
    assert count_lines(tmp_path) is None
    assert count_lines(tmp_path / "none") is None


@given(st.binary(max_size=500))
def test_no_bytes_make_it_raise(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for item in read(Path(folder), content):
            assert isinstance(item, Rejected)


@given(
    st.fixed_dictionaries(
        {}, optional={key: st.none() | st.integers() | st.text(max_size=50) for key in RECORD}
    )
)
def test_any_record_gives_an_article_or_a_reason(record: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for item in read(Path(folder), line(**record)):
            if isinstance(item, Article):
                assert item.title
                assert item.text
                assert item.source
            else:
                assert item.reason


@pytest.mark.parametrize("name", ["followups", "languages", "news"])
def test_the_shared_articles_are_all_taken(name: str) -> None:
    path = SHARED / name / "articles.jsonl.gz"
    if not path.exists():
        pytest.skip("the shared articles are not beside this checkout")
    items = list(read_jsonl(path))
    assert reasons(items) == []
    assert len(items) == count_lines(path)
