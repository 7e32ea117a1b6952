"""Example questions: made of what is in the news, tried, kept for an hour."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from bot.answers import Answer, Citation
from bot.example_desk import KEPT_FOR, MOST_TRIED, ExampleDesk
from bot.examples import Form, Guess, Recent, choose, guesses, is_answered, subject_of
from bot.offload import Offload
from bot.texts import LANGUAGES
from retrieval.browse import Catalogue
from tests.archive import NOW, Archive, an_archive
from tests.builders import a_long_text, an_article

PORT = Recent(
    "port", "Harbour of Porto Cedro opens", "The harbour of Porto Cedro cost US$ 4 million.", "en"
)
STRIKE = Recent(
    "strike", "Greve em Puerto Almenar acaba", "A greve em Puerto Almenar acabou na segunda.", "pt"
)


class TestAGuess:
    def test_is_about_the_headlines_name_and_what_the_text_tells(self) -> None:
        (guess,) = guesses([PORT], "en")
        assert guess == Guess(
            "How much money is at stake with Porto Cedro?", Form.MONEY, "Porto Cedro", "port"
        )

    def test_is_in_the_readers_language_and_begins_with_what_is_written_in_it(self) -> None:
        first, second = guesses([PORT, STRIKE], "pt")
        assert first.question == "O que se sabe sobre Puerto Almenar?"
        assert second.question == "Quanto dinheiro está em jogo com Porto Cedro?"

    def test_is_made_of_each_name_once(self) -> None:
        assert len(guesses([PORT, replace(PORT, article_id="other")], "es")) == 1

    def test_is_not_made_of_a_headline_without_a_name_that_the_text_has(self) -> None:
        assert (
            guesses([replace(PORT, title="It opens"), replace(PORT, text="Nothing.")], "en") == []
        )

    def test_does_not_ask_for_the_money_of_a_city(self) -> None:
        paris = replace(
            PORT, title="The mayor of Paris", text="The mayor of Paris pays US$ 5 million."
        )
        (guess,) = guesses([paris], "en")
        assert guess.form is not Form.MONEY

    def test_counts_a_first_word_that_is_a_name_in_the_text(self) -> None:
        article = replace(
            PORT, title="Quelvar builds", text="On Monday Quelvar said it would build."
        )
        assert subject_of(article) == "Quelvar"

    @given(st.text(max_size=200), st.text(max_size=400), st.sampled_from(LANGUAGES))
    def test_can_be_made_of_any_text(self, title: str, text: str, language: str) -> None:
        for guess in guesses([Recent("a", title, text, "en")], language):
            assert guess.name in guess.question


def an_answer(guess: Guess, quote: str, article_id: str = "") -> Answer:
    cited = Citation(1, "Harbour", "https://a.example", "Folha", NOW, quote,
                     article_id=article_id or guess.article_id)  # fmt: skip
    return Answer(quote, True, "en", (cited,))


class TestAnAnswer:
    guess = guesses([PORT], "en")[0]

    def test_counts_when_it_says_what_was_asked_of_whom(self) -> None:
        assert is_answered(self.guess, an_answer(self.guess, "Porto Cedro paid US$ 4 million."))

    @pytest.mark.parametrize("quote", ["Porto Cedro opened.", "It cost US$ 4 million."])
    def test_does_not_count_when_it_says_something_else(self, quote: str) -> None:
        assert not is_answered(self.guess, an_answer(self.guess, quote))

    def test_does_not_count_from_another_article_or_without_any(self) -> None:
        said = an_answer(self.guess, "Porto Cedro paid US$ 4 million.", "other")
        assert not is_answered(self.guess, said)
        assert not is_answered(self.guess, Answer("Nothing.", False, "en"))


def test_of_each_form_one_is_shown_before_there_is_a_second() -> None:
    forms = [Form.MONEY, Form.MONEY, Form.NEW, Form.MONEY, Form.KNOWN]
    known = [Guess(str(at), form, "x", "a") for at, form in enumerate(forms)]
    assert choose(known, 3) == ("0", "2", "4")
    assert choose(known[:2], 3) == ("0", "1")


@dataclass
class Asked:
    """An assistant that answers from the article it is asked about."""

    archive: Archive
    now: datetime = NOW
    questions: list[str] = field(default_factory=list)
    answers: bool = True
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, question: str) -> Answer:
        self.questions.append(question)
        await self.go_on.wait()
        if not self.answers:
            return Answer("Nothing.", False, "en")
        article = next(iter(self.archive.store.all_articles()))
        cited = Citation(1, article.title, article.url, "Folha", NOW, article.text,
                         article_id=article.id)  # fmt: skip
        return Answer("So it is.", True, "en", (cited,))


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Asked]:
    with an_archive(tmp_path) as archive:
        yield Asked(archive)


@pytest_asyncio.fixture
async def desk(asked: Asked) -> AsyncIterator[ExampleDesk]:
    offload = Offload()
    store = asked.archive.store
    made = ExampleDesk(Catalogue(store.engine), store, asked, offload, lambda: asked.now)
    yield made
    await made.close()
    offload.close()


def add_news(archive: Archive) -> None:
    archive.ingest.add(
        [
            an_article(
                f"{PORT.text} {a_long_text(1, first=at)}",
                url=f"https://a.example/{at}",
                title=PORT.title,
            )
            for at in range(1)
        ]
    )


class TestTheDesk:
    async def test_shows_what_is_answered_and_asks_again_after_an_hour(
        self, asked: Asked, desk: ExampleDesk
    ) -> None:
        add_news(asked.archive)
        asked.go_on.set()
        shown = ("How much money is at stake with Porto Cedro?",)
        assert await desk.questions("en") == shown
        assert await desk.questions("en") == shown
        assert len(asked.questions) == 1
        asked.now += KEPT_FOR
        asked.answers = False
        assert await desk.questions("en") == shown
        while await desk.questions("en"):  # noqa: ASYNC110 - the renewal goes on beside
            await asyncio.sleep(0.01)
        assert len(asked.questions) == 2

    async def test_shows_nothing_that_is_not_answered(
        self, asked: Asked, desk: ExampleDesk
    ) -> None:
        add_news(asked.archive)
        asked.answers = False
        asked.go_on.set()
        assert await desk.questions("en") == ()
        assert 1 <= len(asked.questions) <= MOST_TRIED

    async def test_of_no_coverage_asks_nothing(self, asked: Asked, desk: ExampleDesk) -> None:
        assert await desk.questions("pt") == ()
        assert asked.questions == []

    async def test_keeps_nobody_waiting_and_asks_once_for_all(
        self, asked: Asked, desk: ExampleDesk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bot.example_desk.WAIT_SECONDS", 0.05)
        add_news(asked.archive)
        assert await asyncio.gather(*(desk.questions("en") for _ in range(5))) == [()] * 5
        assert len(asked.questions) <= 1
