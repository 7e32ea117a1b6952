"""Questions files are written by hand: whatever is in them, the line and the reason come back."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval import questions_file
from retrieval.models import Rejected
from retrieval.questions_file import KnownQuestion, read_questions


def a_file(folder: Path, *lines: object) -> Path:
    file = folder / "questions.jsonl"
    written = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    file.write_text("\n".join(written), encoding="utf-8")
    return file


def reasons(file: Path) -> list[str]:
    return [item.reason for item in read_questions(file) if isinstance(item, Rejected)]


def test_a_question_with_everything(tmp_path: Path) -> None:
    file = a_file(
        tmp_path,
        {
            "id": "s2",
            "question": "E em quanto tempo?",
            "language": "pt-BR",
            "answers": ["500 bilhões", "quatro anos"],
            "all_answers": True,
            "relevant_urls": ["https://a.example/1"],
            "asked_on": "2023-03-09",
            "answerable": True,
            "kind": "Follow-up",
            "history": [
                {"role": "user", "text": "Quanto?"},
                {"role": "assistant", "text": "500 [1]."},
            ],
        },
    )

    assert list(read_questions(file)) == [
        KnownQuestion(
            id="s2",
            text="E em quanto tempo?",
            language="pt",
            answers=("500 bilhões", "quatro anos"),
            all_answers=True,
            relevant_urls=frozenset({"https://a.example/1"}),
            answerable=True,
            asked_on=date(2023, 3, 9),
            history=(("user", "Quanto?"), ("assistant", "500 [1].")),
            label="Follow-up",
        )
    ]


def test_a_question_alone_is_enough(tmp_path: Path) -> None:
    file = a_file(tmp_path, "", {"question": "¿Cuánto dinero prometió el gobierno?"})

    assert list(read_questions(file)) == [
        KnownQuestion(id="2", text="¿Cuánto dinero prometió el gobierno?", language="es")
    ]


def test_null_is_as_good_as_absent(tmp_path: Path) -> None:
    fields = ("id", "language", "answers", "all_answers", "relevant_urls", "asked_on",
              "answerable", "kind", "history")  # fmt: skip
    file = a_file(tmp_path, {"question": "When?", **dict.fromkeys(fields)})

    assert reasons(file) == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("[1]", "not a JSON object"),
        ({}, '"question" is missing or empty'),
        ({"question": " \u200b"}, '"question" is missing or empty'),
        ({"question": 7}, '"question" is not a string'),
        ({"question": "x" * 5_000}, "more than 4,096 characters"),
        ({"question": "x", "answers": "Paris"}, '"answers" is not a list'),
        ({"question": "x", "answers": [1]}, '"answers" is not a list of strings'),
        ({"question": "x", "answers": ["∞ %"]}, "no letter and no digit"),
        ({"question": "x", "answers": ["a"] * 2_000}, "more than 1,000 items"),
        ({"question": "x", "relevant_urls": ["u" * 5_000]}, "4,000 characters at once"),
        ({"question": "x", "answerable": "no"}, '"answerable" is not true or false'),
        ({"question": "x", "asked_on": "yesterday"}, "not a date"),
        ({"question": "x", "history": [{"role": "system", "text": "a"}]}, '"history" is not'),
        ({"question": "x", "history": ["a"]}, '"history" is not'),
        ({"question": "x", "history": [{"role": [], "text": "a"}]}, '"history" is not'),
        ({"question": "x", "history": [{"role": "user", "text": 1}]}, '"text" is not a string'),
    ],
)
def test_what_is_wrong_with_a_line_is_told_with_its_number(
    tmp_path: Path, line: object, reason: str
) -> None:
    file = a_file(tmp_path, {"question": "Who?"}, line, {"question": "When?"})

    good, bad, also_good = read_questions(file)

    assert isinstance(good, KnownQuestion)
    assert isinstance(also_good, KnownQuestion)
    assert isinstance(bad, Rejected)
    assert bad.name == f"{file}:2"
    assert reason in bad.reason


def test_an_id_stands_for_one_question(tmp_path: Path) -> None:
    file = a_file(tmp_path, {"id": "a", "question": "x"}, {"id": "a", "question": "y"})

    assert reasons(file) == ["the \"id\" 'a' stands in line 1 already"]


def test_a_file_of_something_else_is_not_read_to_its_end(tmp_path: Path) -> None:
    file = a_file(tmp_path, *["not a question"] * 1_000)

    assert len(reasons(file)) == questions_file.MOST_REJECTED


def test_an_endless_line_is_not_read(tmp_path: Path) -> None:
    file = a_file(tmp_path, "x" * 3_000_000, {"question": "When?"})

    assert reasons(file) == ["the line is longer than 1 MB"]


def test_more_questions_than_anyone_asks_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions_file, "MOST_QUESTIONS", 2)

    assert reasons(a_file(tmp_path, *[{"question": "x"}] * 3)) == [
        "there are more than 2 questions"
    ]
    assert reasons(a_file(tmp_path, *[{"question": "x"}] * 2)) == []


def test_a_file_without_questions_says_so(tmp_path: Path) -> None:
    assert reasons(a_file(tmp_path, "", " ")) == ["the file holds no questions"]


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    assert "cannot be read" in reasons(tmp_path / "absent")[0]
    assert "cannot be read" in reasons(tmp_path)[0]
    assert "not a valid path" in reasons(Path("a\0b"))[0]


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_bytes(b'\xef\xbb\xbf{"question": "Who?"}\r\n{"question": "When?"}\r\n')

    assert [item.text for item in read_questions(file) if isinstance(item, KnownQuestion)] == [
        "Who?",
        "When?",
    ]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
_FIELDS = st.sampled_from(
    ["question", "id", "language", "answers", "all_answers", "relevant_urls", "answerable",
     "asked_on", "kind", "history"]
)  # fmt: skip


@given(record=st.dictionaries(_FIELDS, _JSON))
def test_whatever_a_line_holds_it_is_a_question_or_a_reason(
    tmp_path_factory: pytest.TempPathFactory, record: dict[str, Any]
) -> None:
    found = list(read_questions(a_file(tmp_path_factory.mktemp("q"), record)))

    assert len(found) == 1
    assert isinstance(found[0], KnownQuestion | Rejected)
