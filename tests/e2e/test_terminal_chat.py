"""`pauta chat` as a person sits before it: a process with a terminal of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.terminal import PROMPT, in_a_terminal, without_styles

pytest.importorskip("readline")
CTRL_C, CTRL_D, TAB, UP = "\x03", "\x04", "\t", "\x1b[A"
TYPE_A_LINE = """
import sys
from pathlib import Path
from bot.terminal.editing import line_editing
with line_editing(Path(sys.argv[1])):
    print(repr(input("› ")))
"""


def test_a_sitting_from_the_first_line_to_the_second_ctrl_c(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with in_a_terminal("-m", "tests.terminal_process", str(home)) as chat:
        assert "articles: 15" in chat.until(PROMPT)

        chat.types(f"/lat{TAB}energy\r")
        latest = without_styles(chat.until("opens that one"))
        assert "/latest energy" in latest
        assert "The latest · energy" in latest

        chat.until(PROMPT)
        chat.types("the endless question\r")
        assert "committed 500 billion" in without_styles(chat.until("not checked yet"))
        chat.types(CTRL_C)
        chat.until("Stopped. Ctrl-C once more leaves.")

        chat.until(PROMPT)
        chat.types("How much did Stargate commit to invest?\r")
        assert "US$500 billion" in without_styles(chat.until("in its passage"))
        chat.until(PROMPT)
        chat.types("1\r")
        chat.until("kestrel-review.example")

        chat.until(PROMPT)
        assert chat.exit_code_after(CTRL_C) == 0
    assert "owned" in chat.shown
    assert "\x1b]" not in chat.shown
    assert "\x07" not in chat.shown
    kept = (home / "terminal_history").read_text().splitlines()
    assert kept[:2] == ["/latest energy", "the endless question"]


def test_what_was_typed_comes_back_in_the_next_sitting_and_is_for_its_owner_alone(
    tmp_path: Path,
) -> None:
    file = tmp_path / "history"
    file.touch(0o644)
    for keys, typed in (
        (f"/sea{TAB}harbour", "/search harbour"),
        (UP, "/search harbour"),
        (f"what{TAB} is new?", "what is new?"),
    ):
        with in_a_terminal("-c", TYPE_A_LINE, str(file)) as terminal:
            terminal.until(PROMPT)
            terminal.types(f"{keys}\r")
            terminal.until(repr(typed))
            assert terminal.exit_code() == 0
        assert file.stat().st_mode & 0o777 == 0o600


def test_typing_works_where_the_history_cannot_be_kept(tmp_path: Path) -> None:
    with in_a_terminal("-c", TYPE_A_LINE, str(tmp_path / "absent" / "history")) as terminal:
        terminal.until(PROMPT)
        terminal.types("hello\r")
        terminal.until("'hello'")
        assert terminal.exit_code() == 0
