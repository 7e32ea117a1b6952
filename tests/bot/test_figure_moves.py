"""What a story counts now, beside what it counted before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.figure_moves import moved
from retrieval.story_figures import Telling

MORNING = datetime(2026, 5, 4, 6, tzinfo=UTC)


def telling(text: str, hours: float = 0, title: str = "") -> Telling:
    return Telling(f"{text} {hours}", "Folha", MORNING + timedelta(hours=hours), title, text)


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ("Six people died in the flood.", "Ya son nueve los muertos.", ("dead", 6, 9, False)),
        ("Há 12 feridos.", "At least 40 people were injured.", ("injured", 12, 40, True)),
        ("17 mortos confirmados.", "The toll was revised to 15 dead.", ("dead", 17, 15, False)),
    ],
)
def test_a_count_that_is_another_one_now_is_told_whatever_the_language(
    was: str, now: str, told: tuple[str, int, int, bool]
) -> None:
    (found,) = moved([telling(was)], [telling(now, 20)])

    assert (found.about, int(found.was), int(found.now), found.at_least) == told


@pytest.mark.parametrize(
    ("was", "now", "hours"),
    [
        ("Nine people died.", "Nueve muertos.", 20),
        ("Nine people died.", "About 20 people died.", 20),
        ("Nine people died.", "Six people died.", -5),
        ("Nine people died.", "Twelve people were injured.", 20),
        ("Nine people died.", "Of the 58 aboard, 31 were rescued.", 20),
    ],
)
def test_the_same_a_rough_an_older_and_another_count_tell_nothing(
    was: str, now: str, hours: float
) -> None:
    assert moved([telling(was)], [telling(now, hours)]) == ()


def test_an_amount_of_money_may_be_another_one_and_is_never_told() -> None:
    before, now = telling("", title="Deal of $2 billion"), telling("", 9, "Fine of $9 million")

    assert moved([before], [now]) == ()


def test_the_latest_of_each_side_counts_in_whatever_order_they_come() -> None:
    before = [telling("Nine people died.", 5), telling("Four people died.")]
    fresh = [telling("Twelve people died.", 30), telling("Eleven people died.", 20)]
    (found,) = moved(before, fresh)

    assert (int(found.was), int(found.now)) == (9, 12)
    assert found.article_id == fresh[0].article_id


def test_of_a_new_story_its_first_count_and_its_latest() -> None:
    (found,) = moved([], [telling("Five people died.", 3), telling("Al menos cuatro muertos.")])

    assert (int(found.was), int(found.now)) == (4, 5)
