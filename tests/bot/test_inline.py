"""What is offered to who types `@bot words`, how it is shown, and what is worked on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import inline_desk
from bot.answers import Answer, Citation, Headline
from bot.app import build
from bot.asker import TERMINAL, Asker
from bot.inline import (
    LONGEST_ASKED,
    MOST_QUOTES,
    MOST_RESULTS,
    InlineSearch,
    Offer,
    asked_for,
    choose,
)
from bot.inline_desk import KEPT_SECONDS, InlineDesk
from bot.live import feed_desk, services_of
from bot.offload import Offload
from bot.render_inline import one_message, render_offer
from bot.richtext import length
from bot.settings import Settings
from retrieval.browse import Catalogue
from retrieval.models import Passage
from retrieval.terms import Terms, read_terms
from tests.archive import NOW, Archive, an_archive
from tests.builders import a_passage, an_article
from tests.fakes import FakeEmbedder
from tests.telegram_bot import ANSWER, CITATION, QUOTE, ScriptedLookUp
from tests.telegram_html import parse

LEAD = "The plant opened on Monday after two years of work."
STARGATE = "Stargate will cost US$ 500 billion over four years."
FARMS = "Farmers in the valley harvested their first olives."


def terms_of(text: str) -> Terms:
    return Terms(read_terms(text), {}, 100)


def passage(text: str, article: str = "a", *, held: float = 1.0, near: float = 0.0) -> Passage:
    url = f"https://news.example.com/{article}"
    return replace(a_passage(text, article_id=article, url=url), coverage=held, similarity=near)


class TestWhatIsAskedFor:
    def test_is_the_words_on_one_line(self) -> None:
        assert asked_for("  star\n gate\t") == "star gate"

    @pytest.mark.parametrize("typed", ["", " ", "s", "\u202e \x00"])
    def test_is_nothing_where_somebody_has_only_begun(self, typed: str) -> None:
        assert asked_for(typed).strip("\u202e") == ""

    @given(st.text(max_size=600))
    def test_is_short_and_stays_what_it_is(self, typed: str) -> None:
        asked = asked_for(typed)
        assert len(asked) <= LONGEST_ASKED
        assert asked_for(asked) == asked


class TestWhatIsOffered:
    def test_is_the_sentence_that_holds_the_words_and_the_headline(self) -> None:
        offer = choose([passage(f"{LEAD} {STARGATE} {FARMS}")], terms_of("stargate"), 0.9)

        assert [one.quote.startswith(STARGATE) for one in offer.quotes] == [True]
        assert [one.url for one in offer.headlines] == ["https://news.example.com/a"]

    def test_is_the_lead_where_the_words_are_of_another_language(self) -> None:
        text = f"{LEAD} {STARGATE}"
        offer = choose([passage(text, held=0.0, near=0.95)], terms_of("usina"), 0.9)

        assert offer.quotes[0].quote.startswith(LEAD)

    def test_is_nothing_that_is_neither_near_nor_holds_the_words(self) -> None:
        assert choose([passage(STARGATE, held=0.2, near=0.89)], terms_of("cake"), 0.9) == Offer()

    def test_is_one_headline_for_each_article(self) -> None:
        found = [passage(STARGATE), passage(f"{STARGATE} Again."), passage(FARMS, "b")]
        offer = choose(found, terms_of("stargate"), 0.9)

        assert [one.url[-1] for one in offer.headlines] == ["a", "b"]

    def test_is_at_most_ten_results(self) -> None:
        found = [passage(f"{STARGATE} Part {n}.", f"{n}") for n in range(30)]
        offer = choose(found, terms_of("stargate"), 0.9)

        assert len(offer.quotes) == MOST_QUOTES
        assert len(offer.quotes) + len(offer.headlines) == MOST_RESULTS


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with an_archive(Path(tmp_path_factory.mktemp("inline"))) as opened:
        opened.ingest.add(
            [
                an_article(
                    f"{LEAD} {STARGATE}", url="https://news.example.com/1", title="Stargate"
                ),
                an_article(
                    FARMS,
                    url="https://news.example.com/2",
                    title="Olives",
                    published_at=datetime(2025, 5, 1, 12, tzinfo=UTC),
                ),
            ]
        )
        yield opened


@pytest.fixture
def search(archive: Archive) -> InlineSearch:
    catalogue = Catalogue(archive.store.engine)
    return InlineSearch(archive.retriever, archive.embedder, catalogue, lambda: NOW)


class TestTheSearch:
    def test_finds_the_sentence(self, search: InlineSearch) -> None:
        assert STARGATE in search("stargate", TERMINAL).quotes[0].quote

    def test_gives_the_latest_headlines_without_words(self, search: InlineSearch) -> None:
        assert search("", TERMINAL).quotes == ()
        assert [one.title for one in search("", TERMINAL).headlines] == ["Olives", "Stargate"]

    def test_leaves_out_what_somebody_does_not_want_to_hear(self, search: InlineSearch) -> None:
        deaf = Asker(hidden_sources=("Folha",))
        assert search("stargate", deaf) == search("", deaf) == Offer()

    def test_finds_what_is_older_than_all_that_is_hidden(self, tmp_path: Path) -> None:
        with an_archive(tmp_path) as archive:
            loud = [
                an_article(
                    f"Report number {number}.",
                    url=f"https://loud.example.com/{number}",
                    source="Loud",
                    published_at=NOW - timedelta(minutes=number),
                )
                for number in range(31)
            ]
            quiet = an_article(STARGATE, title="Stargate", published_at=NOW - timedelta(days=2))
            archive.ingest.add([*loud, quiet])
            catalogue = Catalogue(archive.store.engine)
            look_up = InlineSearch(archive.retriever, archive.embedder, catalogue, lambda: NOW)
            offer = look_up("", Asker(hidden_sources=("Loud",)))
        assert [one.title for one in offer.headlines] == ["Stargate"]

    @pytest.mark.parametrize("asked", ['"', "NEAR(", "* OR *", "🦀🦀", "ا" * 50, "-- ;"])
    def test_takes_whatever_is_typed(self, search: InlineSearch, asked: str) -> None:
        offer = search(asked, TERMINAL)
        assert len(offer.quotes) + len(offer.headlines) <= MOST_RESULTS


async def test_a_running_pauta_offers_what_its_archive_holds(tmp_path: Path) -> None:
    chosen = Settings(home=tmp_path / "home")
    with build(chosen, purpose="test", embedder=FakeEmbedder(), clock=lambda: NOW) as pauta:
        pauta.ingest.add([an_article(STARGATE, title="Stargate")])
        inline = services_of(pauta, feed_desk(pauta)).inline

        offer = await inline.offer(Asker(1), "stargate")

    assert offer is not None
    assert [one.quote for one in offer.quotes] == [STARGATE]


@pytest_asyncio.fixture
async def offload() -> AsyncIterator[Offload]:
    made = Offload()
    yield made
    made.close()


class TestTheDesk:
    async def test_looks_the_same_words_up_once_in_thirty_seconds(self, offload: Offload) -> None:
        look_up, now = ScriptedLookUp(), [0.0]
        desk = InlineDesk(look_up, offload, pause=0.0, clock=lambda: now[0])
        for typed in ("Stargate", " stargate", "STARGATE"):
            await desk.offer(Asker(1), typed)
        assert len(look_up.asked) == 1

        now[0] += KEPT_SECONDS
        await desk.offer(Asker(1), "stargate")
        assert len(look_up.asked) == 2

    async def test_looks_up_anew_for_who_hears_other_outlets(self, offload: Offload) -> None:
        look_up = ScriptedLookUp()
        desk = InlineDesk(look_up, offload, pause=0.0)
        for asker in (Asker(1), Asker(2), Asker(3, hidden_sources=("Folha",))):
            await desk.offer(asker, "stargate")
        assert [one.person for one in look_up.askers] == [1, 3]

    async def test_forgets_what_was_looked_up_longest_ago(
        self, offload: Offload, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(inline_desk, "MOST_KEPT", 3)
        look_up = ScriptedLookUp()
        desk = InlineDesk(look_up, offload, pause=0.0)
        for typed in ("one", "two", "three", "four", "one", "four"):
            await desk.offer(Asker(1), typed)
        assert look_up.asked == ["one", "two", "three", "four", "one"]
        assert len(desk._kept) == 3

    async def test_drops_all_but_the_last_of_a_person(self, offload: Offload) -> None:
        look_up = ScriptedLookUp()
        desk = InlineDesk(look_up, offload, pause=0.01)
        offers = await asyncio.gather(*(desk.offer(Asker(1), "stargate"[:n]) for n in range(2, 9)))
        assert [offer is None for offer in offers] == [True] * 6 + [False]
        assert look_up.asked == ["stargate"]
        assert desk._newest == {}

    async def test_works_on_one_at_a_time_whoever_types(self, offload: Offload) -> None:
        running, most, lock = [0], [0], threading.Lock()

        def count(_asked: str) -> None:
            with lock:
                running[0] += 1
                most[0] = max(most[0], running[0])
            threading.Event().wait(0.01)
            with lock:
                running[0] -= 1

        look_up = ScriptedLookUp(before=count)
        desk = InlineDesk(look_up, offload, pause=0.0)
        await asyncio.gather(*(desk.offer(Asker(person), f"words {person}") for person in range(8)))
        assert (most[0], len(look_up.asked)) == (1, 8)

    async def test_goes_on_after_a_look_up_that_failed(self, offload: Offload) -> None:
        def fail(asked: str) -> None:
            if asked == "broken":
                raise RuntimeError(asked)

        desk = InlineDesk(ScriptedLookUp(before=fail), offload, pause=0.0)
        with pytest.raises(RuntimeError):
            await desk.offer(Asker(1), "broken")
        assert await desk.offer(Asker(1), "stargate") == Offer()
        assert desk._newest == {}


ODD = st.text(max_size=1500)
LINKS = st.sampled_from(
    ["https://a.example/x", "file:///a", "", "https://[", "http://" + "a" * 3000]
)
MOMENTS = st.none() | st.datetimes(timezones=st.just(UTC))
QUOTES = st.builds(
    lambda url, title, source, at, quote, sample: Citation(
        1, title, url, source, at, quote, sample=sample
    ),
    LINKS, ODD, ODD, MOMENTS, ODD, st.booleans(),
)  # fmt: skip
HEADLINES = st.builds(Headline, ODD, LINKS, ODD, MOMENTS, st.booleans())


class TestHowItIsShown:
    def test_a_quote_is_its_outlet_and_date_then_the_sentence(self) -> None:
        (result,) = render_offer(Offer((CITATION,)), "en")
        assert (result.title, result.description) == ("Folha, Jan 21, 2025", QUOTE)

    def test_the_language_is_the_readers(self) -> None:
        (result,) = render_offer(Offer((CITATION,)), "pt")
        assert result.title == "Folha, 21 de jan. de 2025"

    def test_what_only_comes_with_pauta_says_so_where_it_is_posted(self) -> None:
        (result,) = render_offer(Offer((replace(CITATION, sample=True),)), "en")
        assert "sample articles" in result.message.plain

    def test_the_same_twice_is_listed_once(self) -> None:
        assert len(render_offer(Offer((CITATION, replace(CITATION, label=2))), "en")) == 1

    @given(st.lists(QUOTES, max_size=3), st.lists(HEADLINES, max_size=3))
    def test_whatever_is_found_telegram_takes_it(
        self, quotes: list[Citation], headlines: list[Headline]
    ) -> None:
        results = render_offer(Offer(tuple(quotes), tuple(headlines)), "es")
        assert len({one.id for one in results}) == len(results)
        for one in results:
            assert 1 <= len(one.id.encode()) <= 64
            assert one.title.strip()
            text, _ = parse(one.message.html)
            assert text.strip()
            assert max(length(text), length(one.message.plain)) <= 4096

    @settings(max_examples=40, deadline=None)
    @given(st.lists(QUOTES, max_size=8), ODD)
    def test_an_answer_is_one_message_with_nothing_but_links(
        self, quotes: list[Citation], text: str
    ) -> None:
        cited = tuple(replace(one, label=at, context="x" * 600) for at, one in enumerate(quotes, 1))
        rendered = one_message(Answer(text, answered=True, language="en", citations=cited))
        assert len(rendered.parts) == 1
        assert all(button.url for row in rendered.buttons for button in row)

    def test_a_short_answer_keeps_what_surrounds_its_quotes(self) -> None:
        (part,) = one_message(ANSWER).parts
        assert CITATION.context in part.plain
