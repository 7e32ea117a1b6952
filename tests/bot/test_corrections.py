"""Who is told that a figure they were given has been corrected, and what they read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from bot import texts
from bot.answers import Citation, Reliance, Turn
from bot.conversations import StoredConversations
from bot.corrected_figures import FigureChange, figure_changes
from bot.correction_desk import NEWS_FOR, CorrectionDesk
from bot.corrections import (
    LONGEST_MESSAGE,
    MOST_TIMES,
    ChatCorrections,
    CorrectionNotice,
    corrections_to_tell,
)
from bot.database import open_people
from bot.offload import Offload
from retrieval.article_history import ArticleHistory, Version
from retrieval.models import Article
from tests.archive import NOW, Archive, an_archive
from tests.builders import an_article

SENTENCE = "The union said 5,000 dockers had joined the strike on Monday."
CORRECTED = "The union said 4,500 dockers had joined the strike on Monday."
AROUND = "The port stood still all day. {} Ships waited outside the harbour until the night."
HOUR = timedelta(hours=1)
ANA, RUI = 7, 8


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


def given_at(hours: float, quote: str = SENTENCE, chat: int = ANA) -> Reliance:
    return Reliance(chat, NOW + hours * HOUR, f"This is what it says:\n\n“{quote}” [1]", quote)


def told(
    past: ArticleHistory, *reliances: Reliance, heard: dict[int, set[datetime]] | None = None
) -> list[tuple[int, tuple[FigureChange, ...]]]:
    found = corrections_to_tell("a1", past, reliances or [given_at(0.5)], heard or {})
    return [(one.chat_id, one.changes) for one in found]


FIVE_TO_FOUR = (FigureChange("5,000", "4,500"),)


class TestACorrectedFigure:
    def test_is_told_to_whoever_was_given_it(self) -> None:
        assert told(history(text(), text(CORRECTED))) == [(ANA, FIVE_TO_FOUR)]

    def test_is_told_with_the_sentence_as_it_is_now(self) -> None:
        (one,) = corrections_to_tell("a1", history(text(), text(CORRECTED)), [given_at(0.5)], {})
        assert one.sentence == CORRECTED
        assert one.corrections == (NOW + HOUR,)

    def test_is_told_once_to_a_chat_that_was_given_it_twice(self) -> None:
        past = history(text(), text(CORRECTED))
        assert told(past, given_at(0.9), given_at(0.5)) == [(ANA, FIVE_TO_FOUR)]

    def test_is_told_to_each_chat(self) -> None:
        past = history(text(), text(CORRECTED))
        found = told(past, given_at(0.5), given_at(0.5, chat=RUI))
        assert found == [(ANA, FIVE_TO_FOUR), (RUI, FIVE_TO_FOUR)]

    def test_is_not_told_again(self) -> None:
        past = history(text(), text(CORRECTED))
        assert told(past, heard={ANA: {NOW + HOUR}}) == []
        assert told(past, heard={RUI: {NOW + HOUR}}) == [(ANA, FIVE_TO_FOUR)]

    def test_is_told_also_for_an_answer_that_was_under_way_meanwhile(self) -> None:
        assert told(history(text(), text(CORRECTED)), given_at(1.01)) == [(ANA, FIVE_TO_FOUR)]

    def test_is_told_with_where_it_ended_up_after_several_corrections(self) -> None:
        third = CORRECTED.replace("4,500", "4,600")
        past = history(text(), text(CORRECTED), text(third))
        assert told(past) == [(ANA, (FigureChange("5,000", "4,600"),))]

    def test_is_told_from_what_the_chat_last_heard(self) -> None:
        third = CORRECTED.replace("4,500", "4,600")
        past = history(text(), text(CORRECTED), text(third))
        heard = {ANA: {NOW + HOUR}}
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
        heard = {ANA: {NOW - number * HOUR for number in range(MOST_TIMES)}}
        assert told(past, heard=heard) == []


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
    assert [(one.was,) for one in figure_changes(was, now, language)] == changed


def notice(number: int = 1, **changes: object) -> CorrectionNotice:
    made = CorrectionNotice(
        chat_id=ANA,
        answered_at=datetime(2026, 3, 3, 12, tzinfo=UTC),
        answer="This is what it says.",
        article_id=f"a{number}",
        title=f"Dockers {number}",
        source="Folha",
        url=f"https://folha.example/{number}",
        changes=FIVE_TO_FOUR,
        sentence=CORRECTED,
        corrections=(NOW,),
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
    @settings(max_examples=60, deadline=None)
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


def everybody(_chat_id: int) -> bool:
    return True


async def tell(people: Engine, article: Article, quote: str, chat: int = ANA) -> None:
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
        assert (first.chat_id, second.chat_id) == (ANA, RUI)
        assert first.text().startswith("Um número que dei a você em 1 de junho de 2025")
        desk.told(first)
        assert [one.chat_id for one in desk.due(NOW, everybody)] == [RUI]
        desk.told(second)
        assert desk.due(NOW, everybody) == ()
        assert CorrectionDesk(archive.store.engine, people).due(NOW, everybody) == ()

    async def test_leaves_out_who_is_not_to_hear(self, archive: Archive, people: Engine) -> None:
        article = an_article(text())
        archive.ingest.add([article])
        await tell(people, article, SENTENCE)
        archive.ingest.add([replace(article, text=text(CORRECTED))])
        desk = CorrectionDesk(archive.store.engine, people)
        assert desk.due(NOW, lambda chat_id: chat_id == RUI) == ()

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
