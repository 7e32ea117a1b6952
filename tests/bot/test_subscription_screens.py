"""What is typed and tapped for a digest: times, buttons, changes, and the screens that show it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.access import Group
from bot.conversation_key import ConversationKey
from bot.digest_preview import marked
from bot.outbox import Troubles
from bot.outbox_check import findings_of
from bot.render import Rendered
from bot.render_subscription_choices import (
    day_choice,
    edition_choice,
    hour_choice,
    late_choice,
    minute_choice,
    source_choice,
    timezone_choice,
    topic_choice,
)
from bot.render_subscriptions import Board, subscription_screen, subscriptions_screen
from bot.richtext import LIMIT, Part, length
from bot.subscription_buttons import (
    SubscriptionAct,
    SubscriptionPress,
    parse_subscription_press,
)
from bot.subscription_changes import Unchanged, changed, with_source_turned, with_topics
from bot.subscriptions import (
    LONGEST_SOURCE,
    LONGEST_TOPIC,
    MOST_SOURCES,
    MOST_TOPICS,
    Edition,
    Subscription,
    Wishes,
)
from bot.texts import LANGUAGES
from bot.time_words import minute_of
from retrieval.findings import Verdict

NOW = datetime(2025, 6, 2, 6, tzinfo=UTC)
WHERE = ConversationKey(7)
BIGGEST_CHANNEL = Group(-(10**14), "News", is_channel=True)

names = st.text(min_size=1, max_size=LONGEST_TOPIC).filter(str.strip)
subscriptions = st.builds(
    Subscription,
    id=st.integers(1, 2**31 - 1),
    where=st.just(WHERE),
    name=st.text(max_size=60),
    at=st.integers(0, 1439),
    days=st.sets(st.integers(0, 6), min_size=1).map(frozenset),
    topics=st.lists(names, max_size=MOST_TOPICS).map(tuple),
    sources=st.lists(names, max_size=MOST_SOURCES).map(tuple),
    timezone=st.sampled_from([None, "America/Argentina/ComodRivadavia", "Mars/Base"]),
    late_hours=st.integers(0, 48),
    active=st.booleans(),
    next_due_at=st.none() | st.just(NOW),
)
boards = st.builds(
    Board,
    language=st.sampled_from(LANGUAGES),
    now=st.just(NOW),
    zone=st.just(UTC),
    is_private=st.booleans(),
    channel=st.sampled_from([None, BIGGEST_CHANNEL]),
)


class TestATimeOfDay:
    @pytest.mark.parametrize(
        ("written", "minute"),
        [
            ("7h30", 450), ("7:30 pm", 1170), ("7.30", 450), ("7", 420), ("19", 1140),
            ("às 7h", 420), ("a las 7 de la tarde", 1140), ("7 p. m.", 1140), ("9 da noite", 1260),
            ("Meio-dia", 720), ("12 am", 0), ("12 pm", 720), ("８:１５", 495), ("8 o'clock", 480),
        ],
    )  # fmt: skip
    def test_is_read_as_people_write_it(self, written: str, minute: int) -> None:
        assert minute_of(written) == minute

    @pytest.mark.parametrize(
        "written", ["", "25", "7:75", "7:3", "-7", "soon", "13 am", "7 or 8", "7" * 50]
    )
    def test_is_not_guessed(self, written: str) -> None:
        assert minute_of(written) is None

    @given(st.integers(0, 23), st.integers(0, 59), st.sampled_from(["{:02}:{:02}", "{}h{:02}"]))
    def test_is_every_minute_of_the_day(self, hour: int, minute: int, form: str) -> None:
        assert minute_of(form.format(hour, minute)) == hour * 60 + minute

    @given(st.text(max_size=300))
    def test_is_within_the_day_whatever_is_typed(self, text: str) -> None:
        found = minute_of(text)
        assert found is None or 0 <= found < 24 * 60


class TestAButton:
    @given(
        st.sampled_from(SubscriptionAct),
        st.integers(0, 2**31 - 1),
        st.integers(-(10**14), 0),
        st.sampled_from(["", "7-30", "America/Argentina/ComodRivadavia", "0123456789ab", "-"]),
    )
    def test_says_in_64_bytes_what_it_does(
        self, act: SubscriptionAct, number: int, elsewhere: int, value: str
    ) -> None:
        press = SubscriptionPress(act, number, elsewhere, value)
        assert len(press.data.encode()) <= 64
        assert parse_subscription_press(press.data) == press

    @given(st.text(max_size=64) | st.from_regex(r"e:[a-z]:\S{0,40}"))
    def test_of_anybody_changes_to_what_can_be_wished_or_not_at_all(self, data: str) -> None:
        press = parse_subscription_press(data)
        if press is not None:
            assert isinstance(changed(Subscription(id=1, where=WHERE), press), Wishes | Unchanged)


class TestTopics:
    def test_are_parted_at_commas_and_lines_and_kept_once(self) -> None:
        found = with_topics(Wishes(topics=("Energy",)), "energy, ports ; AI\nrules,,")
        assert isinstance(found, Wishes)
        assert found.topics == ("Energy", "ports", "AI", "rules")

    def test_are_bounded(self) -> None:
        many = ",".join(f"topic {number}" for number in range(MOST_TOPICS + 1))
        assert with_topics(Wishes(), many) is Unchanged.ENOUGH

    @given(st.text(max_size=3000))
    def test_of_any_text_can_be_kept(self, text: str) -> None:
        found = with_topics(Wishes(), text)
        if isinstance(found, Wishes):
            assert found.topics

    def test_and_outlets_are_turned_up_to_a_bound(self) -> None:
        full = Wishes(sources=tuple(f"o{number}" for number in range(MOST_SOURCES)))
        assert with_source_turned(full, "one more") is Unchanged.ENOUGH
        less = with_source_turned(full, "o3")
        assert isinstance(less, Wishes)
        assert len(less.sources) == MOST_SOURCES - 1


def test_a_weekly_edition_offers_one_day_and_no_whole_week() -> None:
    board = Board("en", NOW, UTC)
    weekly = Subscription(id=1, where=WHERE).wishing(Wishes().as_edition(Edition.WEEKLY))
    labels = [button.label for row in day_choice(board, weekly).buttons for button in row]
    assert "✅ Friday" in labels
    assert len(labels) == 8


@given(boards, subscriptions, st.lists(st.text(max_size=LONGEST_SOURCE), max_size=30))
def test_every_screen_is_one_telegram_takes(
    board: Board, one: Subscription, outlets: list[str]
) -> None:
    shown: list[Rendered] = [
        subscriptions_screen(board, [one] * 10, [BIGGEST_CHANNEL] * 30),
        subscription_screen(board, one),
        hour_choice(board, one, "note"),
        minute_choice(board, one, 23),
        day_choice(board, one),
        timezone_choice(board, one),
        topic_choice(board, one),
        source_choice(board, one, outlets, 99),
        edition_choice(board, one),
        late_choice(board, one),
    ]
    for screen in shown:
        (part,) = screen.parts
        assert max(length(part.html), length(part.plain)) <= LIMIT
        buttons = [button for row in screen.buttons for button in row]
        assert 0 < len(buttons) <= 100
        for button in buttons:
            assert button.label.strip()
            assert parse_subscription_press(button.data) is not None


@given(st.integers(1, LIMIT))
def test_a_preview_is_marked_also_where_its_first_message_is_full(size: int) -> None:
    parts = marked((Part("x" * size, "x" * size), Part("y", "y")), "A <preview>")
    assert parts[0].html.startswith("<i>A &lt;preview&gt;</i>")
    assert parts[0].plain.startswith("A <preview>")
    assert all(length(part.html) <= LIMIT for part in parts)
    assert "".join(part.plain for part in parts).count("x") == size


def test_the_doctor_tells_of_each_trouble_of_the_outbox_and_of_none() -> None:
    found = list(findings_of(Troubles(unknown=1, overdue=2, gone=3, paused=4)))
    assert [one.verdict for one in found] == [Verdict.WARNING] * 3 + [Verdict.OK]
    assert [number for number in "2143" if any(one.message.endswith(number) for one in found)] == [
        *"2143"
    ]
    (fine,) = findings_of(Troubles(0, 0, 0, 0))
    assert fine.verdict is Verdict.OK
