"""How long an answer is, and whose words it rests on, as the asker's chat has chosen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.agent import LENGTH_IN_WORDS, Asking
from bot.answers import Citation, Headline, Turn
from bot.asker import Asker, Length
from bot.assistant import QuotingAssistant, last_cited, query_of
from bot.bylines import byline
from bot.offload import Offload
from bot.questions import Question, wanted_by
from bot.quoting import answer_by_quoting
from bot.shown import ShownPassages
from bot.tools import NewsTools
from retrieval.models import Passage
from retrieval.terms import Terms, read_terms
from tests.archive import NOW, Archive, an_archive
from tests.builders import a_passage, an_article
from tests.fakes import FakeEmbedder

RECIFE = ZoneInfo("America/Recife")
TEXT = "Why did the dam of Lindoia close?"
QUESTION = Question(TEXT, None, "en", wanted_by(TEXT), Terms(read_terms(TEXT), {}, 100))


def told(
    number: int, text: str = "The dam of Lindoia did close because of a flood, the town says."
) -> Passage:
    words = text.replace("says", f"says for the {number}th time")
    return replace(
        a_passage(words, title="The dam of Lindoia", source=f"Outlet {number}"),
        article_id=f"{number}",
        similarity=0.9,
        coverage=0.9,
    )


class TestAQuotedAnswer:
    @pytest.mark.parametrize(
        ("length", "quotes"), [(Length.SHORT, 1), (Length.NORMAL, 3), (Length.DETAILED, 5)]
    )
    def test_has_as_many_quotes_as_its_length_allows(self, length: Length, quotes: int) -> None:
        passages = [told(number) for number in range(8)]
        answer = answer_by_quoting(QUESTION, passages, FakeEmbedder(), length)
        assert len(answer.citations) == quotes

    def test_that_is_short_still_tells_of_another_figure(self) -> None:
        text = "How much will the dam of Lindoia cost?"
        question = Question(text, None, "en", wanted_by(text), Terms(read_terms(text), {}, 100))
        passages = [
            told(1, "The dam of Lindoia will cost 1.2 billion reais, the mayor says."),
            told(2, "The dam of Lindoia will cost 1.4 billion reais, the owner says."),
        ]
        answer = answer_by_quoting(question, passages, FakeEmbedder(), Length.SHORT)
        assert len(answer.citations) == 2
        assert "different figures" in answer.text


class TestTheModelsPrompt:
    @pytest.mark.parametrize("length", sorted(Length))
    def test_says_how_long_the_answer_is_to_be(self, length: Length) -> None:
        asking = Asking(TEXT, "", "en", NOW, length=length)
        assert f"{LENGTH_IN_WORDS[length]}; more or fewer only when asked." in asking.system


class TestADayInAByline:
    moment = datetime(2025, 6, 1, 1, 30, tzinfo=ZoneInfo("UTC"))
    here = NOW.astimezone(RECIFE)

    def test_is_that_of_the_chats_time_zone(self) -> None:
        headline = Headline("T", "https://x.example.com", "Folha", self.moment)
        assert byline(headline, "en", NOW) == "Folha, Jun 1, 2025 (today)"
        assert byline(headline, "en", self.here) == "Folha, May 31, 2025 (1 day ago)"
        corrected = Citation(1, "T", "", "Folha", self.moment, "", corrected_at=self.moment)
        assert byline(corrected, "en", self.here).endswith("updated May 31")

    def test_is_the_same_everywhere_for_a_date_without_a_time(self) -> None:
        dated = Headline("T", "", "Folha", self.moment.replace(hour=0, minute=0))
        assert byline(dated, "en", self.here) == "Folha, Jun 1, 2025 (today)"


ASKER = Asker(
    hidden_sources=("Folha",), preferred_sources=("Correio",), preferred_feeds=("f",)
)  # fmt: skip


class TestWhatTheChatHides:
    @pytest.fixture
    def archive(self, tmp_path: Path) -> Iterator[Archive]:
        with an_archive(tmp_path) as opened:
            opened.ingest.add(
                an_article(
                    f"The dam of Lindoia lost {water} cubic metres of water.",
                    url=f"https://{outlet.lower()}.example.com/dam",
                    source=outlet,
                )
                for outlet, water in (("Folha", 412), ("Correio", 97))
            )
            yield opened

    def test_goes_into_every_search(self) -> None:
        query = query_of(TEXT, (), ASKER, NOW, limit=3)
        assert query.hidden_sources == ("Folha",)
        assert query.preferred_sources == ("Correio",)
        assert query.preferred_feeds == ("f",)

    async def test_is_not_found_by_the_model_either(self, archive: Archive) -> None:
        async def nobody(_text: str) -> None:
            pass

        offload = Offload()
        shown = ShownPassages()
        tools = NewsTools(archive.retriever, archive.store, offload, shown, nobody, ASKER)
        for text in (
            await tools.search_news("water of the dam of Lindoia"),
            await tools.search_news("water of the dam of Lindoia", source="Folha"),
            await tools.compare_sources("the dam of Lindoia lost water"),
            await tools.coverage_timeline("the dam of Lindoia"),
        ):
            assert "Folha" not in text
        assert "97" in await tools.search_news("water of the dam of Lindoia")
        offload.close()

    async def test_is_not_repeated_from_an_answer_before_it_was_hidden(
        self, archive: Archive
    ) -> None:
        cited = tuple(
            Citation(label, "T", "", outlet, None, f"{outlet} said so.")
            for label, outlet in enumerate(("Folha", "Correio"), start=1)
        )
        history = (Turn("user", TEXT), Turn("assistant", "So [1] [2].", cited))
        assert [one.source for one in last_cited(history, ASKER)] == ["Correio"]
        assert last_cited(history, Asker()) == cited
        offload = Offload()
        assistant = QuotingAssistant(
            archive.retriever, archive.embedder, offload, archive.store.coverage, lambda: NOW
        )
        again = await assistant.answer("who said so?", history, ASKER)
        assert "Folha" not in again.text
        offload.close()
