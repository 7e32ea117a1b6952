"""The screens of Pauta over the coverage there is: real answers, the handlers' own renderers.

Nothing is sent or stored; the people in it are invented.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot import texts
from bot.access import Group, Person, Role
from bot.answer_buttons import answer_screen, source_page, what_was_wrong
from bot.answers import Answer, Turn
from bot.app import Pauta
from bot.asker import terminal_asker
from bot.chat_settings import ChatSettings
from bot.conversation_key import ConversationKey
from bot.feeds import ROWS_A_PAGE, FeedPage, FeedRow
from bot.greeting import described, greeting
from bot.preview_page import Bubble, Chat, Offered, Screen, Sender, Words, bubbles_of
from bot.render import Rendered
from bot.render_article import article_screen
from bot.render_browse import latest_screen
from bot.render_feeds import feed_list
from bot.render_inline import render_offer
from bot.render_settings import Desk, settings_main
from bot.render_story import story_screen
from bot.render_team import team_list
from bot.richtext import Span, paginate
from bot.subscriptions import Due, Edition, Subscription, Wishes

ME, COLLEAGUE, PAUTA = Sender("Ana", is_me=True), Sender("Bruno Lima"), Sender("Pauta")
NAME = "@pauta_bot"
MOST_OFFERED = 5
HEARD = "👀"
_WHERE = ConversationKey(1)
_ADMINS = 1
_ARTICLES_A_WEEK = 12.0


def words_of(language: str) -> Words:
    """What the page itself says."""
    return Words(*(texts.say(language, f"preview_{key}") for key in _OF_THE_PAGE))


_OF_THE_PAGE = ("title", "about", "message")


async def tour(pauta: Pauta, language: str, asked: str = "") -> tuple[Screen, ...]:
    """The main screens, in `language`; the first question is `asked`, else one of the examples
    that the coverage answers. Screens without anything to show are left out."""
    questions = await pauta.browsing.examples(language)
    own = [asked] if asked else []
    chosen = [*own, *questions, *_sample_questions(language)]
    guide = _Guide(pauta, language)
    first = await guide.answered(chosen[0])
    second = await guide.answered(chosen[-1])
    found = [
        guide.an_answer(chosen[0], first),
        await guide.a_topic(second),
        guide.a_source(first),
        await guide.inline(first),
        *await guide.browsing(first),
        await guide.digest(),
        guide.what_was_wrong(first),
        guide.settings(),
        await guide.feeds(),
        guide.team(),
        guide.help(questions),
    ]
    return tuple(one for one in found if one is not None)


def _sample_questions(language: str) -> list[str]:
    lines = texts.say(language, "welcome").splitlines()
    return [line.removeprefix("• ") for line in lines if line.startswith("• ")]


@dataclass(frozen=True, slots=True)
class _Asked:
    question: str
    answer: Answer


class _Guide:
    def __init__(self, pauta: Pauta, language: str) -> None:
        self._pauta = pauta
        self._language = language
        self._asker = terminal_asker(pauta.settings)
        self._zone = ZoneInfo(pauta.settings.timezone)
        self._now = pauta.clock().astimezone(self._zone)
        self._writes = bool(pauta.settings.llm)
        self._private = Chat("Pauta", self._say("bot"))

    async def answered(self, question: str, history: Sequence[Turn] = ()) -> _Asked:
        return _Asked(question, await self._pauta.assistant.answer(question, history, self._asker))

    def an_answer(self, question: str, asked: _Asked) -> Screen:
        mine = replace(self._mine(question), reaction=HEARD)
        rendered = answer_screen(asked.answer, writes=self._writes)
        return self._screen("answer", mine, *self._theirs(rendered))

    async def a_topic(self, asked: _Asked) -> Screen:
        """Somebody asks in a topic of a group, somebody else goes on from the answer."""
        chat = Chat(self._say("topic"), self._say("group"), is_group=True, is_topic=True)
        theirs = Bubble(COLLEAGUE, f"{NAME} {asked.question}", self._now, reaction=HEARD)
        rendered = answer_screen(asked.answer, writes=self._writes)
        answer = bubbles_of(rendered, PAUTA, self._now, theirs)
        return Screen(self._caption("topic"), chat, (theirs, *answer))

    def a_source(self, asked: _Asked) -> Screen | None:
        return self._shown("source", source_page(asked.answer, 0))

    def what_was_wrong(self, asked: _Asked) -> Screen | None:
        return self._shown("wrong", what_was_wrong(asked.answer))

    async def inline(self, asked: _Asked) -> Screen | None:
        """The list above the keyboard while somebody types in a chat of their own."""
        words = " ".join(_telling_words(asked))
        offer = await self._pauta.offload.search(self._pauta.inline_search, words, self._asker)
        results = render_offer(offer, self._language)
        if not results:
            return None
        offered = tuple(Offered(one.title, one.description) for one in results[:MOST_OFFERED])
        posted = Bubble(ME, results[0].message.html, self._now, is_html=True)
        chat = Chat(COLLEAGUE.name)
        typed = f"{NAME} {words}"
        return Screen(self._caption("inline"), chat, (posted,), offered, typed)

    async def browsing(self, asked: _Asked) -> list[Screen]:
        browsing, found = self._pauta.browsing, list[Screen]()
        latest = await browsing.latest("", self._asker)
        rendered = latest_screen(latest, self._language, self._now)
        found.append(self._screen("latest", self._mine("/latest"), *self._theirs(rendered)))
        story = await browsing.story(" ".join(_telling_words(asked)), self._asker)
        if story.rows:
            rendered = story_screen(story, self._language, self._now)
            typed = self._mine(f"/story {' '.join(_telling_words(asked))}")
            found.append(self._screen("story", typed, *self._theirs(rendered)))
        if latest.rows:
            view = await browsing.article(latest.rows[0].article_id)
            if view is not None:
                rendered = article_screen(view, self._language, self._now)
                typed = self._mine("/article 1")
                found.append(self._screen("article", typed, *self._theirs(rendered)))
        return found

    async def digest(self) -> Screen | None:
        """What one of the week that ends with the newest article tells."""
        latest = await self._pauta.browsing.latest("", self._asker)
        newest = latest.rows[0].published_at if latest.rows else None
        # A feed may bring an article some hours after its date.
        until = min(newest + timedelta(days=1), self._now) if newest else self._now
        days = frozenset({self._now.weekday()})
        wishes = Wishes(days=days, language=self._language, edition=Edition.WEEKLY)
        subscription = Subscription(id=0, where=_WHERE, days=days).wishing(wishes)
        due = Due(
            subscription_id=0,
            day=self._now.date(),
            due_at=self._now,
            since=until - Edition.WEEKLY.usual,
            until=until + timedelta(seconds=1),  # exclusive
            late=False,
            late_after=self._now,
            expires_at=self._now,
        )
        delivery = await self._pauta.digests.compose(subscription, due)
        if delivery is None or not delivery.told:
            return None
        return self._screen("digest", *self._theirs(delivery.screen))

    def settings(self) -> Screen:
        own = ChatSettings()
        desk = Desk(_WHERE, own, own, self._language, self._now)
        rendered = settings_main(desk, ())
        return self._screen("settings", self._mine("/settings"), *self._theirs(rendered))

    async def feeds(self) -> Screen:
        feeds = await self._pauta.offload.search(self._pauta.feeds.all)
        rows = tuple(FeedRow(one, _ARTICLES_A_WEEK) for one in feeds[:ROWS_A_PAGE])
        page = FeedPage(rows, 0, max(1, -(-len(feeds) // ROWS_A_PAGE)), len(feeds))
        rendered = feed_list(page, self._language, self._now, may_change=True)
        return self._screen("feeds", self._mine("/feeds"), *self._theirs(rendered))

    def team(self) -> Screen:
        people = (
            Person(2, COLLEAGUE.name, Role.MEMBER),
            Person(3, "Carla Prado", Role.GUEST, self._now + timedelta(days=7)),
        )
        groups = (Group(-100, self._say("group")),)
        rendered = team_list(people, groups, _ADMINS, 0, self._language, self._now, self._zone)
        return self._screen("team", self._mine("/team"), *self._theirs(rendered))

    def help(self, questions: Sequence[str]) -> Screen:
        from bot.handlers.start import ADMIN_COMMANDS  # noqa: PLC0415 - python-telegram-bot

        greeted = greeting(questions, self._language)
        commands = described(ADMIN_COMMANDS, self._language)
        rendered = Rendered(paginate([Span(f"{greeted}\n\n{commands}")]))
        return self._screen("help", self._mine("/help"), *self._theirs(rendered))

    def _screen(self, key: str, *bubbles: Bubble) -> Screen:
        return Screen(self._caption(key), self._private, bubbles)

    def _shown(self, key: str, rendered: Rendered | None) -> Screen | None:
        if rendered is None:
            return None
        return self._screen(key, *self._theirs(rendered))

    def _mine(self, text: str) -> Bubble:
        return Bubble(ME, text, self._now)

    def _theirs(self, rendered: Rendered) -> tuple[Bubble, ...]:
        return bubbles_of(rendered, PAUTA, self._now)

    def _caption(self, key: str) -> str:
        return self._say(f"shows_{key}")

    def _say(self, key: str) -> str:
        return texts.say(self._language, f"preview_{key}")


def _telling_words(asked: _Asked) -> list[str]:
    """Two words that both the question and what answers it hold: names, most often."""
    told = " ".join(one.quote for one in asked.answer.citations)
    words = [word.strip("?!.,:;¿¡“”\"'") for word in asked.question.split()]
    named = [word for word in words if word[:1].isupper() and word in told]
    return named[:2] or [max(words, key=len)]
