"""Digests composed from a real archive: in quotes, and by a language model that is checked."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot import alert_rows, digest_candidates, story_wishes
from bot.agent import Agent
from bot.answer_book import StoredAnswers
from bot.answers import Answer, Citation
from bot.asker import Length
from bot.chat_settings import ChatSettings
from bot.conversation_key import ConversationKey
from bot.database import usage
from bot.digest import DigestDesk
from bot.digest_choice import Candidate
from bot.digest_quotes import DigestQuotes
from bot.digest_sentences import Known
from bot.digest_taste import Wish
from bot.digest_tastes import Tastes
from bot.digest_writer import DigestWriter, stories_of
from bot.llm import ModelSpec, open_model
from bot.offload import Offload
from bot.outgoing import Delivery, Kind, packed, unpacked
from bot.render_told_story import told_story_screen
from bot.settings_book import SettingsBook
from bot.shown_answers import Reason, ShownAnswer
from bot.story_wishes import note_wish, wishes_of
from bot.subscriptions import Edition, Missed, QuietDay
from bot.told_stories import ToldStories
from bot.usage import Allowance, UsageBook
from retrieval.ingest import Ingest
from retrieval.models import Article
from retrieval.story_facts import StoryArticle
from retrieval.story_store import StoryStore
from tests.archive import Archive, an_archive
from tests.builders import a_passage, an_article
from tests.desk import QUICK, without_certificates
from tests.digests import NOW, a_due, a_subscription
from tests.llm_server import LlmServer, Reply, Request, fails, says, stalls
from tests.people import people_database
from tests.telegram_bot import NOTHING_TO_CHOOSE

HERE = ConversationKey(7)

HARBOUR = (
    "The harbour of Vale Pomar opened again on Tuesday after the storm. "
    "The repair of the harbour cost 412 million euros, said the port authority of Vale Pomar. "
    "Fishermen of Vale Pomar had waited for eleven months."
)
PORTO = (
    "O porto de Vale Pomar reabriu na terça-feira depois da tempestade. "
    "A reparação do porto de Vale Pomar custou 412 milhões de euros, disse a autoridade portuária."
)
QUARRY = (
    "The quarry of Monte Claro closes in autumn, its owner Graniteira announced. "
    "Graniteira employs 230 people at the quarry of Monte Claro. "
    "The mayor of Monte Claro called the closure a blow."
)
LATER = (
    "Graniteira will pay 9 million euros to the workers of the Monte Claro quarry. "
    "The quarry of Monte Claro closes in autumn, its owner Graniteira announced."
)


def written(
    name: str, title: str, text: str, hours_ago: float, source: str, language: str = "en"
) -> Article:
    host = source.lower().replace(" ", "")
    return an_article(
        text,
        url=f"https://{host}.example/{name}",
        title=title,
        source=source,
        language=language,
        published_at=NOW - timedelta(hours=hours_ago),
    )


ARTICLES = (
    written("harbour", "Vale Pomar harbour opens again", HARBOUR, 3, "Folha"),
    written("porto", "Porto de Vale Pomar reabre", PORTO, 2, "Lusa", "pt"),
    written("quarry", "Graniteira closes Monte Claro quarry", QUARRY, 30, "Gazette"),
    written("later", "Graniteira pays Monte Claro quarry workers", LATER, 1, "Courier"),
)


@dataclass(frozen=True)
class Newsroom:
    archive: Archive
    people: Engine
    stories: StoryStore


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with an_archive(tmp_path_factory.mktemp("digest")) as opened:
        for article in ARTICLES:
            moment = article.published_at or NOW
            took = Ingest(opened.store, opened.vectors, opened.embedder, lambda: moment)  # noqa: B023
            took.add([article])
        yield opened


@pytest.fixture
def newsroom(archive: Archive) -> Newsroom:
    return Newsroom(archive, people_database(), StoryStore(archive.store.engine))


@asynccontextmanager
async def a_desk(
    newsroom: Newsroom, server: LlmServer | None = None, allowance: Allowance | None = None
) -> AsyncIterator[DigestDesk]:
    offload = Offload()
    settings = SettingsBook(newsroom.people, offload, lambda: NOW, NOTHING_TO_CHOOSE)
    writer = agent = None
    if server is not None:
        agent = Agent(open_model(ModelSpec("openai:scripted", server.url, "key", 1.0)), None, QUICK)
        book = UsageBook(newsroom.people, offload, lambda: NOW)
        writer = DigestWriter(agent, book, allowance or Allowance(), offload, seconds=1.0)
    archive = newsroom.archive
    try:
        yield DigestDesk(
            newsroom.stories, archive.store, archive.embedder, newsroom.people, settings, offload,
            writer,
        )  # fmt: skip
    finally:
        if agent is not None:
            await agent.close()
        offload.close()


async def composed(newsroom: Newsroom, **changes: object) -> Delivery:
    async with a_desk(newsroom) as desk:
        found = await desk.compose(a_subscription(**changes), a_due())
    assert found is not None
    return found


async def complained(
    newsroom: Newsroom, reason: Reason, article_id: str, where: ConversationKey = HERE
) -> None:
    cited = Citation(1, "Title", "https://folha.example/a", "Folha", None, "Much", "Much", "c",
                     article_id=article_id)  # fmt: skip
    answer = Answer("So much [1]", True, "en", (cited,))
    shown = ShownAnswer(where, (1,), 0, 7, "How much?", answer, NOW)
    offload = Offload()
    await StoredAnswers(newsroom.people, offload, lambda: NOW).complain(shown, 7, reason)
    offload.close()


def a_read(newsroom: Newsroom, article: Article) -> StoryArticle:
    story = newsroom.stories.of_article(article.id) or ""
    return next(one for one in newsroom.stories.articles_of(story) if one.id == article.id)


def text_of(delivery: Delivery) -> str:
    return "\n".join(part.plain for part in delivery.screen.parts)


class TestInQuotes:
    async def test_each_story_is_told_in_exact_sentences_with_its_sources(
        self, newsroom: Newsroom
    ) -> None:
        text = text_of(await composed(newsroom))

        assert "1) Vale Pomar harbour opens again" in text
        assert "“The harbour of Vale Pomar opened again on Tuesday after the storm.” [1]" in text
        assert "[1] Folha, Lusa · 2 independent sources" in text

    async def test_a_running_story_tells_only_what_is_new(self, newsroom: Newsroom) -> None:
        text = text_of(await composed(newsroom))

        assert "New: “Graniteira will pay 9 million euros" in text
        assert "closes in autumn" not in text
        assert text.endswith("day 2")

    async def test_it_quotes_in_the_chats_language_where_an_article_has_it(
        self, newsroom: Newsroom
    ) -> None:
        text = text_of(await composed(newsroom, language="pt"))

        assert "1) Porto de Vale Pomar reabre" in text
        assert "412 milhões de euros" in text
        assert text.endswith("dia 2 · em inglês")

    async def test_the_delivery_tells_what_an_outbox_and_a_log_need(
        self, newsroom: Newsroom
    ) -> None:
        delivery, due = await composed(newsroom), a_due()

        assert (delivery.key, delivery.kind, delivery.where) == (due.key, Kind.DIGEST, HERE)
        assert (delivery.due_at, delivery.expires_at) == (due.due_at, due.expires_at)
        assert (delivery.about, delivery.language) == (12, "en")
        assert [one.place for one in delivery.told] == [1, 2]
        assert delivery.told[1].why == "2 origins; day 2, 1 new"
        assert all(one.article_ids for one in delivery.told)
        assert unpacked(packed(delivery)) == delivery

    async def test_a_short_one_tells_each_story_in_one_sentence(self, newsroom: Newsroom) -> None:
        text = text_of(await composed(newsroom, length=Length.SHORT))

        assert text.count("“") == 2

    async def test_hidden_outlets_are_not_heard(self, newsroom: Newsroom) -> None:
        offload = Offload()
        book = SettingsBook(newsroom.people, offload, lambda: NOW, NOTHING_TO_CHOOSE)
        await book.choose(HERE, ChatSettings(hidden_sources=("Folha", "Courier")))
        offload.close()

        text = text_of(await composed(newsroom))

        assert "Porto de Vale Pomar reabre" in text
        assert "Folha" not in text
        assert "Graniteira" not in text

    async def test_topics_and_outlets_of_the_subscription_choose(self, newsroom: Newsroom) -> None:
        by_topic = text_of(await composed(newsroom, topics=("quarry workers",)))
        by_outlet = text_of(await composed(newsroom, sources=("Lusa",)))

        assert "Graniteira" in by_topic
        assert "harbour" not in by_topic
        assert "Vale Pomar" in by_outlet
        assert "Graniteira" not in by_outlet

    async def test_what_the_chat_wants_less_of_is_left_out(self, newsroom: Newsroom) -> None:
        before = await composed(newsroom)
        note_wish(newsroom.people, HERE, before.told[0].story_id, Wish.LESS, NOW)

        after = await composed(newsroom)

        assert [one.headline for one in after.told] == [before.told[1].headline]

    async def test_what_was_opened_is_lifted_and_the_log_says_so(self, newsroom: Newsroom) -> None:
        before = await composed(newsroom)
        note_wish(newsroom.people, HERE, before.told[1].story_id, Wish.OPENED, NOW)

        after = await composed(newsroom)

        assert [one.headline for one in after.told] == [one.headline for one in before.told[::-1]]
        assert "opened before" in after.told[0].why
        assert "opened" not in after.told[1].why

    async def test_what_was_opened_of_an_alert_tells_what_is_liked_though_it_is_followed(
        self, newsroom: Newsroom
    ) -> None:
        story = (await composed(newsroom)).told[1].story_id
        offload = Offload()
        book = SettingsBook(newsroom.people, offload, lambda: NOW, NOTHING_TO_CHOOSE)
        archive = newsroom.archive
        tastes = Tastes(newsroom.stories, archive.store, archive.embedder, newsroom.people)
        with newsroom.people.begin() as connection:
            alert_rows.add(connection, HERE, 1, story, "an article", NOW)
        assert not tastes.of(a_subscription(), book.of(HERE), NOW).like_opened

        note_wish(newsroom.people, HERE, story, Wish.OPENED, NOW)
        taste = tastes.of(a_subscription(), book.of(HERE), NOW)
        offload.close()

        assert len(taste.like_opened) == 1
        assert taste.wishes[story] is Wish.FOLLOW

    async def test_the_log_says_which_story_an_answer_rested_on_that_was_not_right(
        self, newsroom: Newsroom
    ) -> None:
        await complained(newsroom, Reason.FIGURE, ARTICLES[0].id)

        told = (await composed(newsroom)).told

        (harbour,) = [one for one in told if "found not right" in one.why]
        assert harbour.story_id == newsroom.stories.of_article(ARTICLES[0].id)

    @pytest.mark.parametrize("where", [ConversationKey(8), ConversationKey(7, 3), HERE])
    async def test_complaints_of_other_places_and_of_misunderstandings_say_nothing_of_a_story(
        self, newsroom: Newsroom, where: ConversationKey
    ) -> None:
        reason = Reason.MISUNDERSTOOD if where == HERE else Reason.FIGURE
        await complained(newsroom, reason, ARTICLES[0].id, where)

        assert "not right" not in " ".join(one.why for one in (await composed(newsroom)).told)

    async def test_to_open_a_story_takes_back_nothing_that_was_said_of_it(
        self, newsroom: Newsroom
    ) -> None:
        for wish in (Wish.LESS, Wish.OPENED):
            note_wish(newsroom.people, HERE, "a" * 24, wish, NOW)

        assert wishes_of(newsroom.people, HERE) == {"a" * 24: Wish.LESS}

    async def test_who_presses_on_and_on_does_not_fill_the_table(
        self, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(story_wishes, "MOST_KEPT", 5)
        for number in range(12):
            moment = NOW + timedelta(seconds=number)
            note_wish(newsroom.people, HERE, f"{number:024x}", Wish.MUTE, moment)

        assert len(wishes_of(newsroom.people, HERE)) == 5
        assert f"{11:024x}" in wishes_of(newsroom.people, HERE)

    @pytest.mark.parametrize(
        "wish", [{"topics": ("quarry workers",)}, {"sources": ("Courier",)}],
        ids=["topic", "outlet"],
    )  # fmt: skip
    async def test_of_a_flood_of_stories_those_of_a_topic_or_outlet_are_still_found(
        self, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, wish: dict[str, object]
    ) -> None:
        monkeypatch.setattr(digest_candidates, "MOST_STORIES", 1)
        monkeypatch.setattr(digest_candidates, "MOST_WISHED", 1)

        assert "Graniteira" in text_of(await composed(newsroom, **wish))

    async def test_two_chats_that_hide_different_outlets_do_not_read_what_the_other_hides(
        self, newsroom: Newsroom
    ) -> None:
        """Of a running story each hears three articles, but not the same."""
        story = newsroom.stories.story(newsroom.stories.of_article(ARTICLES[3].id) or "")
        assert story is not None
        quotes = DigestQuotes(newsroom.archive.store, newsroom.archive.embedder)
        latest = story.articles[-1:]
        others = tuple(a_read(newsroom, one) for one in (ARTICLES[0], ARTICLES[2]))
        for earlier in others:
            heard = replace(story, articles=(earlier, *latest), article_count=2)
            reading = quotes.read(Candidate(heard, latest), "en", 2, NOW)
            assert {one.article_id for one in reading.before} == {earlier.id}

    async def test_a_week_covers_what_a_day_does_not(self, newsroom: Newsroom) -> None:
        weekly = a_subscription(edition=Edition.WEEKLY, days=frozenset({1}))
        async with a_desk(newsroom) as desk:
            found = await desk.compose(weekly, a_due(NOW - timedelta(days=7)))

        assert found is not None
        assert "The week's news" in text_of(found)
        assert "day 2" not in text_of(found), "all of the story is of this week"

    async def test_digests_it_stands_for_are_told(self, newsroom: Newsroom) -> None:
        day = a_due().day
        due = replace(a_due(), missed=Missed(day - timedelta(2), day - timedelta(1), 2))
        async with a_desk(newsroom) as desk:
            found = await desk.compose(a_subscription(), due)

        assert found is not None
        assert "never sent: 2" in text_of(found)


class TestAQuietDay:
    QUIET = a_due(NOW + timedelta(days=1), NOW + timedelta(days=2))

    async def test_is_said_in_one_line(self, newsroom: Newsroom) -> None:
        async with a_desk(newsroom) as desk:
            found = await desk.compose(a_subscription(), self.QUIET)

        assert found is not None
        assert text_of(found).endswith("A quiet day: nothing new.")
        assert found.told == ()

    async def test_is_skipped_for_who_wants_no_word_of_it(self, newsroom: Newsroom) -> None:
        async with a_desk(newsroom) as desk:
            skipped = a_subscription(quiet_day=QuietDay.SKIP)
            assert await desk.compose(skipped, self.QUIET) is None


def numbers(request: Request) -> dict[str, int]:
    """Of the passages the model was shown, by outlet."""
    found = re.findall(r'<passage (?:known="yes" )?n="(\d+)".*? outlet="([^"]*)"', request.texts)
    return {outlet: int(number) for number, outlet in found}


class TestWritten:
    @pytest.fixture(autouse=True)
    def quick(self, monkeypatch: pytest.MonkeyPatch) -> None:
        without_certificates(monkeypatch)

    async def test_the_model_writes_all_stories_in_one_request(self, newsroom: Newsroom) -> None:
        async with LlmServer() as server, a_desk(newsroom, server) as desk:
            server.answering = lambda request: says(
                f"STORY 1: After the storm the harbour of Vale Pomar opened again; its repair "
                f"cost 412 million euros [{numbers(request)['Folha']}].\n"
                f"STORY 2: Graniteira will pay 9 million euros to the quarry's workers "
                f"[{numbers(request)['Courier']}]."
            )
            found = await desk.compose(a_subscription(), a_due())

        assert found is not None
        assert len(server.requests) == 1
        assert "After the storm the harbour of Vale Pomar opened again" in text_of(found)
        assert "New: Graniteira will pay 9 million euros to the quarry's workers [2]." in text_of(
            found
        )
        assert "“" not in text_of(found)
        assert 'known="yes"' in server.requests[0].texts

    async def test_what_is_not_borne_out_is_quoted_instead(self, newsroom: Newsroom) -> None:
        async with LlmServer() as server, a_desk(newsroom, server) as desk:
            server.answering = lambda request: says(
                f"STORY 1: The repair cost 512 million euros [{numbers(request)['Folha']}].\n"
                f"STORY 2: Graniteira will pay 9 million euros to the quarry's workers "
                f"[{numbers(request)['Courier']}]."
            )
            found = await desk.compose(a_subscription(), a_due())

        assert found is not None
        assert "512" not in text_of(found)
        assert "“The harbour of Vale Pomar opened again on Tuesday" in text_of(found)
        assert "New: Graniteira will pay 9 million euros" in text_of(found)

    async def test_a_story_may_not_rest_on_the_passages_of_another(
        self, newsroom: Newsroom
    ) -> None:
        async with LlmServer() as server, a_desk(newsroom, server) as desk:
            server.answering = lambda request: says(
                f"STORY 1: Graniteira will pay 9 million euros [{numbers(request)['Courier']}]."
            )
            found = await desk.compose(a_subscription(), a_due())

        assert found is not None
        assert "“The harbour of Vale Pomar opened again on Tuesday" in text_of(found)

    @pytest.mark.parametrize(
        "reply", [fails(500), fails(401), says(""), says("I cannot."), stalls()],
        ids=["fails", "refuses", "silent", "talks", "stalls"],
    )  # fmt: skip
    async def test_a_model_that_fails_leaves_a_digest_in_quotes(
        self, newsroom: Newsroom, reply: Reply
    ) -> None:
        async with LlmServer() as server, a_desk(newsroom, server) as desk:
            server.answering = lambda _: reply
            found = await desk.compose(a_subscription(), a_due())

        assert found is not None
        assert "“The harbour of Vale Pomar opened again on Tuesday" in text_of(found)

    async def test_what_was_written_of_today_is_not_told_tomorrow(self, newsroom: Newsroom) -> None:
        async with LlmServer() as server, a_desk(newsroom, server) as desk:
            server.answering = lambda request: says(
                f"STORY 1: The harbour of Vale Pomar opened again "
                f"[{numbers(request)['Folha']}].\n"
                f"STORY 2: Graniteira will pay 9 million euros [{numbers(request)['Courier']}]."
            )
            for until in (NOW, NOW + timedelta(days=1)):
                assert await desk.compose(a_subscription(), a_due(until=until)) is not None

        assert len(server.requests) == 2

    async def test_the_same_stories_are_written_once_for_many_chats(
        self, newsroom: Newsroom
    ) -> None:
        async with LlmServer() as server, a_desk(newsroom, server) as desk:
            server.answering = lambda request: says(
                f"STORY 1: The harbour of Vale Pomar opened again "
                f"[{numbers(request)['Folha']}].\n"
                f"STORY 2: Graniteira will pay 9 million euros [{numbers(request)['Courier']}]."
            )
            for chat in (7, 8, 9):
                other = a_subscription(where=ConversationKey(chat), created_by=chat)
                assert await desk.compose(other, a_due()) is not None

        assert len(server.requests) == 1
        with newsroom.people.connect() as connection:
            (row,) = connection.execute(usage.select()).all()
        assert row.person == 7

    async def test_an_allowance_used_up_asks_no_model(self, newsroom: Newsroom) -> None:
        async with LlmServer() as server, a_desk(newsroom, server, Allowance(tokens=0)) as desk:
            found = await desk.compose(a_subscription(), a_due())

        assert found is not None
        assert server.requests == []
        assert "“The harbour" in text_of(found)


def test_a_draft_is_read_story_by_story() -> None:
    draft = "Here:\nSTORY 1: One [1].\n\n**Story 3**: Three [2].\nMore [2].\nSTORY 3: Again."

    assert stories_of(draft) == {1: "One [1].", 3: "Three [2].\nMore [2]."}


def test_words_are_new_only_beside_those_of_the_same_language() -> None:
    known = Known.of([a_passage("The train passed a red signal at Pancorbo.", language="en")])

    assert known is not None
    assert known.lacks("The union calls pilots out on strike.", "en")
    assert not known.lacks("El tren pasó una señal en rojo en Pancorbo.", "es")
    assert known.lacks("El tren llevaba a 58 pasajeros.", "es")


class TestLookedAtAgain:
    @pytest.fixture
    def told(self, newsroom: Newsroom) -> Iterator[ToldStories]:
        offload = Offload()
        archive = newsroom.archive
        yield ToldStories(
            newsroom.stories, archive.store, archive.retriever, newsroom.people, offload,
            lambda: NOW,
        )  # fmt: skip
        offload.close()

    async def test_a_story_shows_all_its_articles_with_a_sentence_each(
        self, newsroom: Newsroom, told: ToldStories
    ) -> None:
        quarry = (await composed(newsroom)).told[1]
        view = await told.view(quarry.story_id, "en")

        assert view is not None
        assert [row.article.source for row in view.page.rows] == ["Gazette", "Courier"]
        assert view.page.rows[1].sentence.startswith("Graniteira will pay 9 million euros")
        assert view.page.origins == ("Gazette", "Courier")
        assert "Day 2\n2. Courier" in told_story_screen(view, "en", NOW).parts[0].plain

    async def test_a_story_marks_what_a_later_article_takes_back(self, tmp_path: Path) -> None:
        said = "The Graniteira plant at Monte Claro will create 1,150 permanent jobs."
        wrong = written("wrong", "Graniteira plant at Monte Claro", said, 30, "Gazette")
        righted = written(
            "righted", "Correction: Graniteira plant at Monte Claro creates 115 jobs, not 1,150",
            f"Correction. {said.replace('1,150', '115')} It is 115 and not 1,150 permanent jobs.",
            2, "Gazette",
        )  # fmt: skip
        with an_archive(tmp_path) as archive:
            took = Ingest(archive.store, archive.vectors, archive.embedder, lambda: NOW)
            took.add([wrong, righted])
            stories, offload = StoryStore(archive.store.engine), Offload()
            told = ToldStories(
                stories, archive.store, archive.retriever, people_database(), offload, lambda: NOW
            )
            view = await told.view(stories.of_article(wrong.id) or "", "en")
            offload.close()

        assert view is not None
        before, after = view.page.rows
        assert [(one.was, one.now) for one in before.corrected] == [("1,150", "115")]
        assert after.corrects == before.corrected

    async def test_it_can_be_meant_as_if_a_message_had_just_told_it(
        self, newsroom: Newsroom, told: ToldStories
    ) -> None:
        quarry = (await composed(newsroom)).told[1]
        meant = await told.told(quarry.story_id, "en")

        assert meant is not None
        assert (meant.place, meant.story_id) == (1, quarry.story_id)
        assert set(meant.article_ids) == {ARTICLES[2].id, ARTICLES[3].id}
        assert await told.told(quarry.story_id, "en", ("Gazette", "Courier")) is None
        heard = await told.told(quarry.story_id, "en", ("gazette",))
        assert heard is not None
        assert heard.article_ids == (ARTICLES[3].id,)

    async def test_not_those_of_hidden_outlets(self, newsroom: Newsroom, told: ToldStories) -> None:
        quarry = (await composed(newsroom)).told[1]
        view = await told.view(quarry.story_id, "en", ("gazette",))

        assert view is not None
        assert [row.article.source for row in view.page.rows] == ["Courier"]
        assert await told.view(quarry.story_id, "en", ("Gazette", "Courier")) is None

    async def test_its_context_asks_by_names_alone_and_cites_exactly(
        self, newsroom: Newsroom, told: ToldStories
    ) -> None:
        quarry = (await composed(newsroom)).told[1]
        asked, answered = await told.about((quarry,), "en")

        assert "Graniteira" in asked.text
        assert "pays" not in asked.text, "a headline is a stranger's sentence"
        texts_of = {article.url: article.text for article in ARTICLES}
        assert [one.label for one in answered.citations] == [1, 2]
        assert all(one.quote in texts_of[one.url] for one in answered.citations)

    async def test_of_a_whole_digest_each_story_is_quoted(
        self, newsroom: Newsroom, told: ToldStories
    ) -> None:
        stories = (await composed(newsroom)).told
        _, answered = await told.about(stories, "en")

        assert {one.source for one in answered.citations} == {"Folha", "Courier"}

    async def test_a_story_that_is_gone_gives_nothing(self, told: ToldStories) -> None:
        assert await told.view("0" * 24, "en") is None
        assert await told.told("0" * 24, "en") is None
        assert await told.followed_name("0" * 24) == ""
        assert not await told.wish(HERE, "0" * 24, Wish.LESS)

    async def test_its_rarest_name_is_what_to_follow(
        self, newsroom: Newsroom, told: ToldStories
    ) -> None:
        quarry = (await composed(newsroom)).told[1]

        assert await told.followed_name(quarry.story_id) in ("Graniteira", "Monte Claro")

    async def test_a_wish_is_kept_in_place_of_the_one_before(
        self, newsroom: Newsroom, told: ToldStories
    ) -> None:
        quarry = (await composed(newsroom)).told[1].story_id
        await told.wish(HERE, quarry, Wish.FOLLOW)
        await told.wish(HERE, quarry, Wish.LESS)

        assert wishes_of(newsroom.people, HERE) == {quarry: Wish.LESS}
        assert wishes_of(newsroom.people, ConversationKey(8)) == {}
