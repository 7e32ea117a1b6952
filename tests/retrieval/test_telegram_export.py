"""A channel's exported history."""

from __future__ import annotations

import json
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.models import Article, Rejected
from retrieval.telegram_export import MAX_EXPORT, SHORTEST, read_export

DATA = Path(__file__).parents[1] / "data/feeds"
TEXT = "A Câmara aprovou o orçamento do município na noite de terça-feira, com doze votos a favor."


def message(number: Any = 1, text: Any = TEXT, **fields: Any) -> dict[str, Any]:
    return {"id": number, "type": "message", "date": "2025-02-10T18:30:00", "text": text, **fields}


def export(folder: Path, *messages: Any, **header: Any) -> Path:
    path = folder / "result.json"
    fields = {"name": "Canal", "type": "public_channel", "id": 99, **header}
    path.write_text(json.dumps({**fields, "messages": messages}), encoding="utf-8")
    return path


def articles(path: Path) -> list[Article]:
    found = list(read_export(path))
    assert all(isinstance(item, Article) for item in found), found
    return [item for item in found if isinstance(item, Article)]


def reason(path: Path) -> str:
    (item,) = read_export(path)
    assert isinstance(item, Rejected), item
    return item.reason


def test_a_channels_messages_become_articles() -> None:
    first, second = articles(DATA / "channel.json")
    assert first.url == "https://t.me/c/1234567890/2"
    assert (first.source, first.language) == ("Canal da Redação", "pt")
    assert first.title == "Porto volta a operar"
    assert first.text.startswith("O porto retomou")
    assert first.text.endswith("depois de uma greve de nove dias. Leia em gazeta.")
    assert first.published_at == datetime(2025, 2, 10, 21, 30, tzinfo=UTC)
    assert second.url.endswith("/4")
    assert second.published_at == datetime(2025, 2, 12, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "start"),
    [
        ({"username": "canal_x"}, "https://t.me/canal_x/"),
        ({"username": "../evil"}, "https://t.me/c/99/"),
        ({"id": -1001234567890}, "https://t.me/c/1234567890/"),
        ({"id": "x"}, "file://"),
    ],
)
def test_the_address_is_the_messages_own_where_it_is_known(
    tmp_path: Path, header: dict[str, Any], start: str
) -> None:
    one, two = articles(export(tmp_path, message(7), message(8), **header))
    assert one.url.startswith(start)
    assert one.url.endswith("7")
    assert one.id != two.id


def test_remarks_and_service_messages_are_passed_over(tmp_path: Path) -> None:
    short = message(1, "x" * (SHORTEST - 1))
    assert articles(export(tmp_path, short, message(2, type="service"), message(3, ""))) == []


def test_a_message_without_a_number_is_named(tmp_path: Path) -> None:
    found = list(read_export(export(tmp_path, message(), message("7"), "text", message(3))))
    assert [type(item) for item in found] == [Article, Rejected, Rejected, Article]
    assert isinstance(found[1], Rejected)
    assert found[1].name.endswith("result.json:message 2")


def test_what_is_no_export_of_a_channel_is_told_in_words(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    for content, words in (
        (b"", "not JSON"),
        (b"hello", "not JSON"),
        (b"[1, 2]", "no list of messages"),
        (b'{"messages": 3}', "no list of messages"),
        (b'{"about": "x", "chats": {"list": []}}', "export of an account"),
        (b'{"type": "personal_chat", "messages": []}', "export of a personal chat"),
    ):
        path.write_bytes(content)
        assert words in reason(path), content


def test_files_that_cannot_be_read_are_told_in_words(tmp_path: Path) -> None:
    assert reason(tmp_path / "none.json") == "there is no such file"
    assert reason(tmp_path) == "this is not a regular file"
    os.mkfifo(tmp_path / "pipe.json")
    assert reason(tmp_path / "pipe.json") == "this is not a regular file"
    with (tmp_path / "big.json").open("wb") as file:
        file.truncate(MAX_EXPORT + 1)
    assert "larger than the limit of 200 MB" in reason(tmp_path / "big.json")


def test_an_export_that_was_cut_off_gives_the_messages_before(tmp_path: Path) -> None:
    path = export(tmp_path, *(message(number) for number in range(1, 6)))
    path.write_bytes(path.read_bytes()[:-40])
    *read, last = read_export(path)
    assert len(read) == 4
    assert isinstance(last, Rejected)
    assert "after message 4; the ones before were read" in last.reason


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
FIELDS = st.sampled_from(["id", "type", "date", "date_unixtime", "text", "name", "messages"])


@given(st.lists(st.dictionaries(FIELDS, JSON) | JSON, max_size=4), st.dictionaries(FIELDS, JSON))
def test_no_json_raises(messages: list[Any], header: dict[str, Any]) -> None:
    made = [
        {**item, "text": TEXT + str(item.get("text"))} if isinstance(item, dict) else item
        for item in messages
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "result.json")
        path.write_text(json.dumps({**header, "messages": made}), encoding="utf-8")
        assert all(isinstance(item, Article | Rejected) for item in read_export(path))


@given(st.binary(max_size=60), st.integers(0, 900))
def test_no_bytes_raise(noise: bytes, position: int) -> None:
    good = (DATA / "channel.json").read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "result.json")
        path.write_bytes(good[:position] + noise + good[position:])
        list(read_export(path))
