"""Who is told that a figure they were given has been corrected, and what they read."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from bot import texts
from bot.answers import Citation, Reliance, Turn
from bot.conversation_key import ConversationKey
from bot.conversations import StoredConversations
from bot.correction_desk import LEAST_GAP, NEWS_FOR, CorrectionDesk
from bot.corrections import (
    LONGEST_MESSAGE,
    MOST_TIMES,
    ChatCorrections,
    CorrectionNotice,
    Told,
    corrections_to_tell,
    digest,
)
from bot.database import open_people
from bot.figure_changes import FigureChange, figure_changes
from bot.offload import Offload
from retrieval.article_history import ArticleHistory, Version
from retrieval.models import Article
from tests.archive import NOW, Archive, an_archive
from tests.builders import an_article

SENTENCE = "The union said 5,000 dockers had joined the strike on Monday."
CORRECTED = "The union said 4,500 dockers had joined the strike on Monday."
AROUND = "The port stood still all day. {} Ships waited outside the harbour until the night."
HOUR = timedelta(hours=1)
ANA, RUI = ConversationKey(7), ConversationKey(8)


def text(sentence: str = SENTENCE) -> str:
    return AROUND.format(sentence)


def history(*versions: str, **changes: object) -> ArticleHistory:
    """Each version an hour after the one before; the first was taken at NOW."""
    article = replace(an_article(versions[-1]), **changes)  # type: ignore[arg-type]
    return ArticleHistory(
        article,
        tuple(
            Version(NOW + at * HOUR, article.title, one, article.published_at)
            for at, one in enumerate(versions)
        ),
    )


def given_at(hours: float, quote: str = SENTENCE, chat: ConversationKey = ANA) -> Reliance:
    return Reliance(chat, NOW + hours * HOUR, f"This is what it says:\n\n“{quote}” [1]", quote)


def told(
    past: ArticleHistory,
    *reliances: Reliance,
    heard: dict[ConversationKey, list[Told]] | None = None,
) -> list[tuple[ConversationKey, tuple[FigureChange, ...]]]:
    found = corrections_to_tell("a1", past, reliances or [given_at(0.5)], heard or {})
    return [(one.where, one.changes) for one in found]


def having_heard(hours: float, quote: str = SENTENCE, at: float = 0) -> Told:
    return Told(digest(quote), NOW + hours * HOUR, NOW + at * HOUR)


FIVE_TO_FOUR = (FigureChange("5,000", "4,500"),)


class TestACorrectedFigure:
    def test_is_told_to_whoever_was_given_it(self) -> None:
        assert told(history(text(), text(CORRECTED))) == [(ANA, FIVE_TO_FOUR)]

    def test_is_told_with_the_sentence_as_it_is_now(self) -> None:
        (one,) = corrections_to_tell("a1", history(text(), text(CORRECTED)), [given_at(0.5)], {})
        assert one.sentence == CORRECTED
        assert one.as_of == NOW + HOUR

    def test_is_told_once_to_a_chat_that_was_given_it_twice(self) -> None:
        past = history(text(), text(CORRECTED))
        assert told(past, given_at(0.9), given_at(0.5)) == [(ANA, FIVE_TO_FOUR)]

    def test_is_told_to_each_chat(self) -> None:
        past = history(text(), text(CORRECTED))
        found = told(past, given_at(0.5), given_at(0.5, chat=RUI))
        assert found == [(ANA, FIVE_TO_FOUR), (RUI, FIVE_TO_FOUR)]

    def test_is_not_told_again(self) -> None:
        past = history(text(), text(CORRECTED))
        assert told(past, heard={ANA: [having_heard(1)]}) == []
        assert told(past, heard={RUI: [having_heard(1)]}) == [(ANA, FIVE_TO_FOUR)]

    def test_is_told_also_for_an_answer_that_was_under_way_meanwhile(self) -> None:
        assert told(history(text(), text(CORRECTED)), given_at(1.01)) == [(ANA, FIVE_TO_FOUR)]

    def test_is_told_with_where_it_ended_up_after_several_corrections(self) -> None:
        third = CORRECTED.replace("4,500", "4,600")
        past = history(text(), text(CORRECTED), text(third))
        assert told(past) == [(ANA, (FigureChange("5,000", "4,600"),))]

    def test_is_told_from_what_the_chat_last_heard(self) -> None:
        third = CORRECTED.replace("4,500", "4,600")
        past = history(text(), text(CORRECTED), text(third))
        heard = {ANA: [having_heard(1)]}
        assert told(past, heard=heard) == [(ANA, (FigureChange("4,500", "4,600"),))]

    def test_is_told_when_the_sentence_was_taken_out(self) -> None:
        past = history(text(), AROUND.replace("{} ", "And so did the town, shops and schools. "))
        assert told(past)[0][1][0] == FigureChange("5,000", "")

    def test_may_be_a_date(self) -> None:
        before = "The plant is to open in March 2029 after all the tests."
        past = history(text(before), text(before.replace("March 2029", "January 2030")))
        found = told(past, given_at(0.5, before))
        assert found == [(ANA, (FigureChange("March 2029", "January 2030"),))]

    def test_is_found_in_the_second_sentence_of_a_quote_over_two_paragraphs(self) -> None:
        quote = f"The port stood still all day.\n\n{SENTENCE}"
        first = f"{quote}\n\nShips waited outside the harbour until the night."
        past = history(first, first.replace("5,000", "4,500"))
        assert told(past, given_at(0.5, quote)) == [(ANA, FIVE_TO_FOUR)]


class TestNothingIsTold:
    @pytest.mark.parametrize(
        "after",
        [
            text(SENTENCE.replace("5,000", "5 thousand")),
            text(SENTENCE.replace("joined", "entered")),
            text() + " By Tuesday 7,000 people had signed a letter.",
            text().replace("all day", "for 3 days"),
            text().replace(". ", ".\n\n"),
        ],
        ids=["written otherwise", "other words", "something added", "elsewhere", "white space"],
    )
    def test_when_the_figures_of_the_quote_stand(self, after: str) -> None:
        assert told(history(text(), after)) == []

    def test_when_it_was_corrected_back_before_anybody_heard(self) -> None:
        assert told(history(text(), text(CORRECTED), text())) == []

    def test_to_who_was_given_the_corrected_text(self) -> None:
        assert told(history(text(), text(CORRECTED)), given_at(2, CORRECTED)) == []

    def test_when_the_rest_went_behind_a_wall(self) -> None:
        beginning = "The port stood still all day."
        assert told(history(text(), beginning, partial=True)) == []
        assert told(history(text(), beginning)) == []

    def test_more_than_a_few_times_of_one_article(self) -> None:
        past = history(text(), text(CORRECTED))
        heard = {ANA: [having_heard(-9, at=number) for number in range(MOST_TIMES)]}
        assert told(past, heard=heard) == []


TOLL = "The quake killed 12 people in Lisbon on Monday."
LISTED = "The strike involved 5,000 dockers and 300 ships."


class TestAFalseCorrectionIsNotTold:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (
                "The union said 5,000 dockers had joined the strike, and 3 ships waited.",
                "The union said 5,000 dockers had joined the strike. Three ships waited.",
            ),
            (SENTENCE, "On Monday, 5,000 workers walked out, according to leaders."),
            (SENTENCE, "On Monday some five thousand workers walked out."),
            ("Revenue rose 5% to $12 million.", "Revenue rose to $12 million, up 5%."),
            ("Lisbon has 12 dead.", "Lisbon, the capital, has 12 dead, they said."),
        ],
        ids=["split", "reworded", "in words", "turned round", "more told"],
    )
    def test_of_a_figure_that_still_stands_somewhere(self, before: str, after: str) -> None:
        assert told(history(text(before), text(after)), given_at(0.5, before)) == []

    def test_of_a_sentence_that_was_gone_for_a_while(self) -> None:
        past = history(text(), AROUND.replace("{} ", "The town rested, and the shops. "), text())
        assert told(past) == []

    def test_with_the_figure_of_another_place(self) -> None:
        past = history(text(TOLL), text("The quake killed 7 people in Porto on Monday."))
        assert told(past, given_at(0.5, TOLL)) == [(ANA, (FigureChange("12", ""),))]

    def test_with_the_figure_of_a_neighbour_that_is_as_like(self) -> None:
        after = "The flood killed 7 people in Lisbon on Monday."
        other = "The storm killed 9 people in Lisbon on Monday."
        past = history(text(TOLL), text(f"{after} {other}"))
        assert told(past, given_at(0.5, TOLL)) == []

    def test_with_the_figure_of_a_sentence_that_another_one_became(self) -> None:
        other = "The quake killed 7 old people in Lisbon on Monday."
        past = history(text(f"{TOLL} {other}"), text(other.replace("7", "8")))
        assert told(past, given_at(0.5, TOLL)) == []

    def test_when_much_was_dropped_at_once(self) -> None:
        old = " ".join(f"They sold {number} boats in town {number}." for number in range(100, 112))
        rest = " ".join(f"The harbour master of pier {number} spoke." for number in range(99))
        past = history(f"{text()} {old} {rest}", f"Calm. {rest}")
        assert told(past) == []

    def test_where_the_quote_is_a_part_of_a_longer_sentence(self) -> None:
        part = "The union said 5,000 dockers had joined the strike"
        past = history(text(), text("The union said dockers had joined the strike on 3 days."))
        assert told(past, given_at(0.5, part)) == []

    def test_when_more_changed_than_is_compared(self) -> None:
        def long(word: str) -> str:
            return " ".join(f"Line {number} was {word} by the desk." for number in range(6_000))

        assert told(history(f"{long('told')} {SENTENCE}", long("written"))) == []


def test_a_correction_among_hundreds_of_changed_sentences_is_told() -> None:
    lines = " ".join(f"Line {number} was told by the desk." for number in range(300))
    past = history(f"{lines} {SENTENCE}", f"{lines.replace('told', 'written')} {CORRECTED}")
    assert told(past) == [(ANA, FIVE_TO_FOUR)]


@pytest.mark.parametrize(
    ("was", "now", "pairs"),
    [
        ("It rose to 12 from 10.", "It rose to 14 from 12.", [("12", "14"), ("10", "12")]),
        ("Up from 5% to 6% there.", "Up from 4% to 5% there.", [("5%", "4%"), ("6%", "5%")]),
        ("12 people and 3 dogs died.", "14 people died, and 4 dogs.", [("12", "14"), ("3", "4")]),
        ("Ana won 45% and Rui won 30%.", "Rui won 31% and Ana won 44%.", None),
        ("It cost $5 million.", "In euros it cost €5 million.", None),
        ("It cost $5 million.", "It cost much.", [("$5 million", "")]),
    ],
)
def test_figures_are_paired_only_where_their_places_tell_which_became_which(
    was: str, now: str, pairs: list[tuple[str, str]] | None
) -> None:
    found = figure_changes(was, now, "en")
    assert (found and [(one.was, one.now) for one in found]) == pairs


@given(st.lists(st.sampled_from(["12", "$5 million", "3%", "dead", "in Rome", "3 May 2026"])))
def test_a_sentence_has_no_figures_that_changed_to_itself(words: list[str]) -> None:
    assert figure_changes(" ".join(words), "  ".join(words), "en") == ()


@pytest.mark.parametrize(
    ("was", "now", "language", "changed"),
    [
        ("Custa R$ 340 milhões.", "Custa R$ 430 milhões.", "pt", [("R$ 340 milhões",) * 1]),
        ("It pays $5m to 12 towns.", "It pays €5m to 12 towns.", "en", [("$5m",)]),
        ("3 dead and 40 hurt.", "4 dead and 40 hurt.", "en", [("3",)]),
        ("Se fueron 40 el 3 de mayo de 2026.", "Se fueron 40 el 4 de mayo de 2026.", "es",
         [("3 de mayo de 2026",)]),
        ("Nothing to count.", "Nothing at all.", "en", []),
    ],
)  # fmt: skip
def test_what_changed_is_given_as_it_was_written(
    was: str, now: str, language: str, changed: list[tuple[str]]
) -> None:
    assert [(one.was,) for one in figure_changes(was, now, language) or ()] == changed


def notice(number: int = 1, **changes: object) -> CorrectionNotice:
    made = CorrectionNotice(
        where=ANA,
        answered_at=datetime(2026, 3, 3, 12, tzinfo=UTC),
        answer="This is what it says.",
        article_id=f"a{number}",
        title=f"Dockers {number}",
        source="Folha",
        url=f"https://folha.example/{number}",
        changes=FIVE_TO_FOUR,
        sentence=CORRECTED,
        as_of=NOW,
        quoted=frozenset({digest(SENTENCE)}),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


class TestTheMessage:
    def test_says_what_it_was_what_it_is_and_where(self) -> None:
        assert ChatCorrections(ANA, (notice(),), "en").text() == (
            "A figure I gave you on March 3, 2026 has been corrected:\n\n"
            "“Dockers 1” (Folha) said 5,000 and now says 4,500.\n"
            f"“{CORRECTED}”\nhttps://folha.example/1"
        )

    def test_speaks_the_language_of_the_answer(self) -> None:
        assert "dizia 5,000 e agora diz 4,500" in ChatCorrections(ANA, (notice(),), "pt").text()
        assert "decía 5,000 y ahora dice 4,500" in ChatCorrections(ANA, (notice(),), "es").text()

    def test_says_that_a_figure_is_no_longer_given(self) -> None:
        gone = notice(changes=(FigureChange("5,000", ""),), sentence="")
        assert "said 5,000 and no longer does." in ChatCorrections(ANA, (gone,), "en").text()

    def test_names_all_figures_that_are_no_longer_given(self) -> None:
        past = history(text(LISTED), AROUND.replace("{} ", "The town rested, and the shops. "))
        found = corrections_to_tell("a1", past, [given_at(0.5, LISTED)], {})
        said = ChatCorrections(ANA, found, "en").text()
        assert "said 5,000 and 300 and no longer does." in said

    def test_leaves_out_what_is_gone_beside_what_was_replaced(self) -> None:
        mixed = notice(changes=(FigureChange("300", ""), *FIVE_TO_FOUR))
        assert "said 5,000 and now says 4,500." in ChatCorrections(ANA, (mixed,), "en").text()

    @pytest.mark.parametrize("language", texts.LANGUAGES)
    def test_only_quotes_the_sentence_where_figures_have_no_pairs(self, language: str) -> None:
        before = "Ana won 45% and Rui won 30% of the votes."
        after = "Rui won 31% and Ana won 44% of the votes."
        past = history(text(before), text(after))
        found = corrections_to_tell("a1", past, [given_at(0.5, before)], {})
        said = ChatCorrections(ANA, found, language).text()
        assert f":\n“{after}”" in said
        assert "45%" not in said

    def test_is_one_for_any_number_of_corrections(self) -> None:
        many = tuple(notice(number) for number in range(100))
        said = ChatCorrections(ANA, many, "en").text()
        assert said.startswith("Figures I gave you have been corrected:\n\n“Dockers 0”")
        assert "“Dockers 1”" in said
        assert said.endswith("more.")
        assert len(said) < 4_096

    @given(
        st.text(max_size=400),
        st.text(max_size=400),
        st.text(max_size=800),
        st.text(max_size=80),
        st.sampled_from([*texts.LANGUAGES, "", "und"]),
    )
    def test_is_bounded_and_clean_whatever_the_article_holds(
        self, title: str, source: str, sentence: str, figure: str, language: str
    ) -> None:
        odd = notice(
            title=title, source=source, sentence=sentence, changes=(FigureChange(figure, figure),)
        )
        said = ChatCorrections(ANA, (odd,), language).text()
        assert len(said) < LONGEST_MESSAGE
        assert "\x00" not in said.replace(figure, "")


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with an_archive(tmp_path) as opened:
        yield opened


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Engine]:
    engine = open_people(tmp_path / "people.db")
    yield engine
    engine.dispose()


def everybody(_where: ConversationKey) -> bool:
    return True


async def tell(people: Engine, article: Article, quote: str, chat: ConversationKey = ANA) -> None:
    cited = Citation(1, article.title, article.url, article.source, None, quote,
                     article_id=article.id)  # fmt: skip
    offload = Offload()
    conversations = StoredConversations(people, offload, lambda: NOW)
    said = texts.say("pt", "quoted_intro")
    await conversations.append(chat, Turn("assistant", f"{said}\n\n“{quote}” [1]", (cited,)))
    offload.close()


class TestTheDesk:
    async def test_tells_each_chat_once(self, archive: Archive, people: Engine) -> None:
        article = an_article(text())
        archive.ingest.add([article])
        await tell(people, article, SENTENCE)
        await tell(people, article, SENTENCE, chat=RUI)
        desk = CorrectionDesk(archive.store.engine, people)
        assert desk.due(NOW, everybody) == ()

        archive.ingest.add([replace(article, text=text(CORRECTED))])
        first, second = desk.due(NOW, everybody)
        assert (first.where, second.where) == (ANA, RUI)
        assert first.text().startswith("Um número que dei a você em 1 de junho de 2025")
        desk.told(first, NOW)
        assert [one.where for one in desk.due(NOW, everybody)] == [RUI]
        desk.told(second, NOW)
        assert desk.due(NOW, everybody) == ()
        assert CorrectionDesk(archive.store.engine, people).due(NOW, everybody) == ()

    async def test_gathers_for_an_hour_what_a_chat_is_to_hear_next(
        self, archive: Archive, people: Engine
    ) -> None:
        article = an_article(text())
        archive.ingest.add([article])
        await tell(people, article, SENTENCE)
        desk = CorrectionDesk(archive.store.engine, people)
        archive.ingest.add([replace(article, text=text(CORRECTED))])
        (first,) = desk.due(NOW, everybody)
        desk.told(first, NOW)
        sentence = "The mayor of the town counted 30 closed shops by the evening."
        other = replace(
            an_article(text(sentence), url="https://folha.example/other"), title="Shops"
        )
        archive.ingest.add([other])
        await tell(people, other, sentence)
        await tell(people, other, sentence, chat=RUI)
        archive.ingest.add([replace(other, text=text(sentence.replace("30", "40")))])

        soon = NOW + LEAST_GAP - timedelta(minutes=1)
        assert [one.where for one in desk.due(soon, everybody)] == [RUI]
        again = CorrectionDesk(archive.store.engine, people)
        assert [one.where for one in again.due(soon, everybody)] == [RUI]
        assert [one.where for one in desk.due(NOW + LEAST_GAP, everybody)] == [ANA, RUI]

    async def test_tells_of_another_sentence_that_was_given_late(
        self, archive: Archive, people: Engine
    ) -> None:
        shops = "The mayor said 30 shops had closed by the evening."
        article = an_article(f"{text()} {shops}")
        archive.ingest.add([article])
        await tell(people, article, SENTENCE)
        archive.ingest.add(
            [replace(article, text=f"{text(CORRECTED)} {shops.replace('30', '40')}")]
        )
        desk = CorrectionDesk(archive.store.engine, people)
        (first,) = desk.due(NOW, everybody)
        desk.told(first, NOW)
        await tell(people, article, shops)
        (second,) = desk.due(NOW + LEAST_GAP, everybody)
        assert [one.changes for one in second.notices] == [(FigureChange("30", "40"),)]

    async def test_leaves_out_who_is_not_to_hear(self, archive: Archive, people: Engine) -> None:
        article = an_article(text())
        archive.ingest.add([article])
        await tell(people, article, SENTENCE)
        archive.ingest.add([replace(article, text=text(CORRECTED))])
        desk = CorrectionDesk(archive.store.engine, people)
        assert desk.due(NOW, lambda where: where == RUI) == ()

    async def test_does_not_tell_old_news(self, archive: Archive, people: Engine) -> None:
        article = an_article(text())
        archive.ingest.add([article])
        await tell(people, article, SENTENCE)
        archive.ingest.add([replace(article, text=text(CORRECTED))])
        desk = CorrectionDesk(archive.store.engine, people)
        assert desk.due(NOW + NEWS_FOR + HOUR, everybody) == ()
        assert len(desk.due(NOW + NEWS_FOR - HOUR, everybody)) == 1

    async def test_looks_no_further_into_what_is_settled(
        self, archive: Archive, people: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        looked: list[str] = []
        monkeypatch.setattr(
            "bot.correction_desk.history_of", lambda _engine, one: looked.append(one)
        )
        article = an_article(text())
        archive.ingest.add([article])
        await tell(people, article, SENTENCE)
        archive.ingest.add([replace(article, text=text(SENTENCE) + " A line more.")])
        desk = CorrectionDesk(archive.store.engine, people)
        for minutes in (1, 20, 40, 60):
            desk.due(NOW + timedelta(minutes=minutes), everybody)
        assert len(looked) == 2


def test_many_long_versions_are_compared_quickly() -> None:
    def long(word: str) -> str:
        return "\n".join(f"In line {at} of this page {at * 7} {word} came." for at in range(14_000))

    boats, ships = long("boats"), long("ships")
    past = history(*[boats, ships] * 9, boats, ships + "\nEnd.")
    answers = [given_at(at % 18 + 0.5, f"In line {at} of this page {at * 7} boats came.")
               for at in range(200)]  # fmt: skip
    began = time.monotonic()
    assert told(past, *answers) == []
    assert time.monotonic() - began < 5


def test_a_long_table_that_changed_all_over_is_given_up_quickly() -> None:
    def table(more: int) -> str:
        return "\n".join(f"In line {at} of it {at * 7 + more} boats came." for at in range(1_400))

    past = history(table(0), table(1))
    answers = [given_at(0.5, f"In line {at} of it {at * 7} boats came.") for at in range(1_000)]
    began = time.monotonic()
    assert told(past, *answers) == []
    assert time.monotonic() - began < 5
