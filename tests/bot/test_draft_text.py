"""Of a reply only what is meant to be read is left."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.draft_text import said_so_far, whole_sentences, without_markup, without_thinking

SAID = "It costs 5 < 7 million [1]."


@pytest.mark.parametrize(
    "reply",
    [
        SAID,
        f"<think>No.</think>{SAID}",
        f"<THINKING depth=2>No.\n\nNo.</thinking>\n{SAID}",
        f"No.</think>{SAID}",
        f"<think>a</think>{SAID}<think>never ended",
        f"[THINK]No.[/THINK]{SAID}",
        f"◁think▷No.◁/think▷{SAID}",
        f"<|channel|>analysis<|message|>No.<|end|><|start|>assistant<|channel|>final<|message|>{SAID}",
        f"{SAID}<|im_end|>",
    ],
)
def test_what_a_model_says_to_itself_is_left_out(reply: str) -> None:
    assert without_thinking(reply) == SAID


@pytest.mark.parametrize("reply", ["<think>no end", "<|channel|>analysis<|message|>no end", ""])
def test_a_thought_without_end_says_nothing(reply: str) -> None:
    assert without_thinking(reply) == ""


def test_while_it_is_written_no_part_of_a_tag_is_shown() -> None:
    reply = f"<think>No.</think>{SAID}"
    assert all(SAID.startswith(said_so_far(reply[:end])) for end in range(len(reply) + 1))


@pytest.mark.parametrize(
    "written",
    [
        "**It costs** 5 < 7 million [1].",
        "# Costs\nIt costs 5 < 7 million [1].",
        "<p>It costs 5 < 7 million [1].</p>",
        "<!-- note -->`It costs` 5 < 7 million [1].",
        "It costs 5 < 7 million [1].<script>steal()</script>",
        "> It costs 5 < 7 million [1].",
        "<<b>b>It costs 5 < 7 million [1].",
    ],
)
def test_markup_is_left_out(written: str) -> None:
    assert without_markup(written).strip() == SAID


_TEXT = st.text(st.sampled_from("ab <>/|*_#`!-[]THINKthink◁▷\n"), max_size=120)


@given(_TEXT)
def test_doing_it_again_changes_nothing(text: str) -> None:
    plain = without_markup(text)
    assert without_markup(plain) == plain
    assert len(plain) <= len(text)


@pytest.mark.parametrize("piece", ["<think>", "</think>", "<b>", "**a", "<|a|>", "[THINK]", "<!--"])
def test_a_long_reply_of_marks_alone_is_read_in_good_time(piece: str) -> None:
    text = piece * (8_000 // len(piece))
    started = time.perf_counter()
    without_markup(without_thinking(text))
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    ("written", "whole"),
    [
        ("It costs 1.4 billion [1]. It will se", "It costs 1.4 billion [1]."),
        ("It costs 1.4 billion. [1] It wi", "It costs 1.4 billion. [1]"),
        ("It opens in 2029. It", "It opens in 2029."),
        ("It costs 1.", ""),
        ("It costs 1.4 bi", ""),
    ],
)
def test_of_what_was_cut_off_whole_sentences_are_left(written: str, whole: str) -> None:
    assert whole_sentences(written) == whole
