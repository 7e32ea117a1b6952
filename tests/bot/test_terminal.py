"""The terminal twin: a real assistant over the sample, and a person who types."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from bot import texts
from bot.answers import Answer, Citation
from bot.app import Pauta
from bot.asker import Length
from bot.chat_settings import NOTHING_CHOSEN, ChatSettings
from bot.cities import City
from bot.conversation_key import TERMINAL
from bot.feedback_command import write_questions
from bot.terminal import chat as chat_module
from bot.terminal.chat import Table, chat
from bot.terminal.line import COMMANDS
from bot.terminal.seat import Seat
from retrieval.errors import ArchiveCorrupt
from tests.builders import an_article
from tests.telegram_bot import ScriptedAssistant
from tests.terminal import NOW, Person, a_pauta, a_person, answered_by

STARGATE = "How much did Stargate commit to invest?"
FEED = "https://folha.example/feed"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pauta]:
    with a_pauta(tmp_path_factory.mktemp("terminal") / "home") as pauta:
        yield pauta


@pytest.fixture
async def pauta(whole: Pauta) -> Pauta:
    """As if nothing had been said or chosen before."""
    await whole.conversations.start_afresh(TERMINAL)
    await whole.chat_settings.choose(TERMINAL, NOTHING_CHOSEN)
    whole.browsing.remember(TERMINAL, {1: ""})
    return whole


@pytest.fixture
def ana(pauta: Pauta, capsys: pytest.CaptureFixture[str]) -> Person:
    return a_person(pauta, capsys)


class TestAnAnswer:
    async def test_is_quoted_with_its_source_by_number(self, ana: Person) -> None:
        shown = await ana.types(STARGATE)
        assert "US$500 billion" in shown
        assert "[1] Kestrel Review, Sep 17, 2026: What Stargate promised" in shown

    @pytest.mark.parametrize("typed", ["1", "[1]", "/source 1", "/source"])
    async def test_shows_a_source_in_its_passage(self, ana: Person, typed: str) -> None:
        shown = await ana.types(STARGATE, typed)
        assert shown.startswith("[1] What Stargate promised, and who made the promise")
        assert "Kestrel Review, Sep 17, 2026" in shown
        assert "   https://kestrel-review.example/2026/09/what-stargate-promised\n" in shown
        assert "US$500 billion" in shown
        assert "The partners divided the work." in shown

    async def test_keeps_what_a_follow_up_refers_to_until_new(
        self, ana: Person, pauta: Pauta
    ) -> None:
        await ana.types(STARGATE)
        turns = await pauta.conversations.recent(TERMINAL)
        assert [turn.role for turn in turns] == ["user", "assistant"]
        assert "new conversation" in (await ana.types("/new")).lower()
        assert await pauta.conversations.recent(TERMINAL) == ()
        assert "no answer yet" in await ana.types("/source 1")

    async def test_has_no_source_with_another_number(self, ana: Person) -> None:
        assert "no number 9" in await ana.types(STARGATE, "9")
        assert "no number x" in await ana.types("/source x")

    async def test_takes_a_bare_more_for_a_question(self, ana: Person, pauta: Pauta) -> None:
        await ana.types(STARGATE, "more")
        turns = await pauta.conversations.recent(TERMINAL)
        assert [turn.text for turn in turns if turn.role == "user"] == [STARGATE, "more"]

    async def test_is_refused_to_a_question_that_is_too_long(self, ana: Person) -> None:
        assert "5,000 characters; 4,096 at most" in await ana.types("x" * 5_000)

    async def test_cannot_command_the_terminal(
        self, pauta: Pauta, capsys: pytest.CaptureFixture[str]
    ) -> None:
        evil = "\x1b]0;owned\x07\x1b[2J"
        citation = Citation(
            1, f"Title{evil}", f"https://folha.example/{evil}", f"Folha{evil}", NOW,
            f"Quote{evil}", f"Before Quote{evil} after", also_in=(f"G1{evil}",), author=evil,
        )  # fmt: skip
        answer = Answer(
            f"It says so{evil} [1]", True, "en", (citation,),
            note=evil, emphasis=(evil,), origins=1, sole_origin=evil,
        )  # fmt: skip
        person = a_person(answered_by(pauta, ScriptedAssistant(lambda _: answer)), capsys)
        for shown in (await person.types("Hm?"), await person.types("1")):
            assert "owned" in shown
            assert not {"\x1b", "\x07"} & set(shown)


class TestAnotherLength:
    async def test_needs_a_language_model(self, ana: Person) -> None:
        assert "no answer yet" in await ana.types("/shorter")
        shown = await ana.types(STARGATE, "/shorter")
        assert "Without a language model" in shown

    @pytest.mark.parametrize(
        ("typed", "asks"), [("/shorter", "ask_shorter"), ("/detail", "ask_in_detail")]
    )
    async def test_is_asked_for_as_a_follow_up_in_the_answers_language(
        self, pauta: Pauta, capsys: pytest.CaptureFixture[str], typed: str, asks: str
    ) -> None:
        said = Answer("Foram 500.", answered=True, language="pt")
        assistant = ScriptedAssistant(lambda _: said)
        person = a_person(answered_by(pauta, assistant, llm="openai:x"), capsys)
        await person.types("Quanto foi?", typed)
        question, history = assistant.asked[-1]
        assert question == texts.say("pt", asks)
        assert [turn.text for turn in history] == ["Quanto foi?", "Foram 500."]

    @pytest.mark.parametrize("typed", ["/shorter", "/detail"])
    @pytest.mark.parametrize(
        "reply", [Answer("Nothing.", answered=False, language="en"), ArchiveCorrupt("Broken.")],
        ids=["not-found", "failed"],
    )  # fmt: skip
    async def test_of_what_found_nothing_is_not_made_longer(
        self,
        pauta: Pauta,
        capsys: pytest.CaptureFixture[str],
        reply: Answer | Exception,
        typed: str,
    ) -> None:
        said = Answer("It was 500.", answered=True, language="en")
        assistant = ScriptedAssistant(lambda question: reply if "?" in question else said)
        person = a_person(answered_by(pauta, assistant, llm="openai:x"), capsys)
        await person.types("Tell me")
        with contextlib.suppress(ArchiveCorrupt):
            await person.types("Why?")
        assert "nothing to shorten" in await person.types(typed)
        assert len(assistant.asked) == 2


class TestNotRight:
    async def test_is_told_by_number_and_kept_as_in_telegram(
        self, ana: Person, pauta: Pauta, tmp_path: Path
    ) -> None:
        asked = await ana.types(STARGATE, "/wrong")
        assert "2. Old" in asked
        assert "4. Misunderstood me" in asked
        assert "no number 5" in await ana.types("5")
        assert "Thank you" in await ana.types("2")
        assert write_questions(pauta.settings, tmp_path / "out.jsonl") >= 1
        last = json.loads((tmp_path / "out.jsonl").read_text().splitlines()[-1])
        assert (last["question"], last["kind"]) == (STARGATE, "old")
        assert "US$500 billion" in last["answered_then"]
        assert last["urls_then"]

    async def test_may_be_told_at_once_and_then_numbers_are_sources_again(
        self, ana: Person
    ) -> None:
        assert "Thank you" in await ana.types(STARGATE, "/wrong 1")
        assert (await ana.types("1")).startswith("[1] What Stargate promised")

    async def test_of_two_answers_is_two_complaints(
        self, ana: Person, pauta: Pauta, tmp_path: Path
    ) -> None:
        before = write_questions(pauta.settings, tmp_path / "before.jsonl")
        await ana.types(STARGATE, "/wrong 1", "/wrong 3", STARGATE, "/wrong 3")
        assert write_questions(pauta.settings, tmp_path / "after.jsonl") == before + 2

    async def test_needs_an_answer(self, ana: Person) -> None:
        assert "no answer yet" in await ana.types("/wrong")


class TestLookingThrough:
    async def test_the_latest_turns_its_pages_and_opens_an_article(self, ana: Person) -> None:
        first = await ana.types("/latest")
        assert "\n8. " in first
        second = await ana.types("more")
        assert "\n9. Correção: data center da Quelvar" in second
        assert "\n15. " in second
        assert "That was all" in await ana.types("/more")
        assert "no number 99" in await ana.types("99")
        opened = await ana.types("9")
        assert opened.startswith("Correção: data center da Quelvar terá 115 empregos")
        assert "Key figures" in opened

    async def test_the_latest_takes_an_outlet_or_a_topic(self, ana: Person) -> None:
        shown = await ana.types("/latest kestrel review")
        assert "Kestrel Review, Sep 17, 2026" in shown
        assert "\n2. " not in shown
        assert "nothing of that" in await ana.types("/latest qqqq")

    async def test_a_story_is_told_of_a_topic_or_an_article(self, ana: Person) -> None:
        assert "Which story" in await ana.types("/story")
        told = await ana.types("/story Stargate")
        assert "How it developed: Stargate" in told
        assert "1. Kestrel Review" in told
        again = await ana.types("/latest dockers", "/story 1")
        assert "How it developed:" in again
        assert "no number 77" in await ana.types("/story 77")

    async def test_an_article_is_found_by_number_link_or_words(self, ana: Person) -> None:
        link = "https://kestrel-review.example/2026/09/what-stargate-promised"
        assert "What Stargate promised" in await ana.types(f"/article {link}")
        assert "What Stargate promised" in await ana.types(STARGATE, "/article 1")
        assert "Which article?" in await ana.types("/article")
        assert "no number 44" in await ana.types("/article 44")
        assert "no such article" in await ana.types("/article https://absent.example/x")

    async def test_about_makes_later_questions_refer_to_an_article(
        self, ana: Person, pauta: Pauta
    ) -> None:
        assert "Which article?" in await ana.types("/about")
        shown = await ana.types("/latest kestrel review", "1", "/about")
        assert "refer to What Stargate promised" in shown
        turns = await pauta.conversations.recent(TERMINAL)
        assert "Stargate" in turns[0].text
        assert turns[-1].citations[0].url.endswith("what-stargate-promised")
        assert await pauta.conversations.article(TERMINAL) == turns[-1].citations[0].article_id
        asked = ScriptedAssistant()
        bea = a_person(answered_by(pauta, asked), ana.output)
        await bea.types("What was the sum?", "/new", "What was the sum?")
        stargate = turns[-1].citations[0].article_id
        assert [one.about_article for one in asked.askers] == [stargate, ""]

    async def test_what_is_asked_of_an_article_comes_with_its_correction(self, ana: Person) -> None:
        await ana.types("/article Quelvar anuncia data center de R$ 4,8 bilhões", "/about")
        assert "64 hectares" in await ana.types("Quantos hectares o complexo ocupará?")
        shown = await ana.types("Quantos empregos permanentes vai gerar?")
        assert "115 empregos permanentes, e não 1.150" in shown

    async def test_search_shows_raw_passages_and_turns_pages(self, ana: Person) -> None:
        assert "What shall I look for?" in await ana.types("/search")
        assert "Found by" in await ana.types("/search data center")
        assert "\n5. " in await ana.types("more")

    async def test_the_outlets_lead_to_what_they_published_last(self, ana: Person) -> None:
        shown = await ana.types("/sources")
        assert "Outlets: 8; articles: 15" in shown
        assert "1. La Crónica de Puerto Almenar" in shown
        assert "The latest · La Crónica de Puerto Almenar" in await ana.types("1")
        assert "no number 31" in await ana.types("/sources", "31")

    async def test_the_feeds_are_listed_and_shown(self, ana: Person, pauta: Pauta) -> None:
        feed = pauta.feeds.add(FEED, "Folha\x1b[31m", None, NOW)
        try:
            shown = await ana.types("/feeds")
            assert "1. Folha[31m" in shown
            assert "pauta feeds" in shown
            assert FEED in await ana.types("1")
            assert "no number 2" in await ana.types("2")
        finally:
            pauta.feeds.remove(feed)

    async def test_a_digest_can_be_looked_at_and_its_stories_opened(
        self, ana: Person, pauta: Pauta
    ) -> None:
        assert "Nothing new on what this digest is about." in await ana.types("/digest week qqq")
        article = an_article(
            "The harbour of Ostby opened on Friday and cost 412 million euros.",
            url="https://folha.example/ostby", title="Ostby opens its harbour",
            published_at=NOW - timedelta(hours=3),
        )  # fmt: skip
        pauta.ingest.add([article])
        try:
            shown = await ana.types("/digest")
            assert "1) " in shown
            assert "412 million euros" in shown
            assert "Ostby opens its harbour" in await ana.types("1")
            assert "no number 9" in await ana.types("/digest", "9")
        finally:
            pauta.ingest.remove([article.id])

    async def test_a_number_means_nothing_before_anything_was_shown(self, ana: Person) -> None:
        assert "nothing to choose from yet" in await ana.types("1")
        assert "That was all" in await ana.types("/more")


class TestSettings:
    async def test_language_is_that_of_the_last_question_until_one_is_chosen(
        self, ana: Person
    ) -> None:
        await ana.types("Quanto o Stargate vai investir nos Estados Unidos?")
        assert "As últimas" in await ana.types("/latest")
        assert texts.say("es", "terminal_settings_done") in await ana.types("/settings language ES")
        assert texts.say("es", "browse_latest") in await ana.types("/latest")
        await ana.types("/settings language -")
        assert "As últimas" in await ana.types("/latest")

    async def test_what_is_chosen_holds_for_questions_and_lists(
        self, ana: Person, pauta: Pauta
    ) -> None:
        await ana.types("/settings length short", "/settings hide kestrel review")
        chosen = pauta.chat_settings.own(TERMINAL)
        assert chosen == ChatSettings(length=Length.SHORT, hidden_sources=("Kestrel Review",))
        assert "Kestrel" not in await ana.types("/latest", "more")
        assert "kestrel-review.example" not in await ana.types(STARGATE)
        shown = await ana.types("/settings")
        assert "Answers: short" in shown
        assert "Hidden: Kestrel Review" in shown
        await ana.types("/settings prefer kestrel review")
        assert pauta.chat_settings.own(TERMINAL).preferred_sources == ("Kestrel Review",)
        await ana.types("/settings neither kestrel review", "/settings length -")
        assert pauta.chat_settings.own(TERMINAL) == NOTHING_CHOSEN

    async def test_outlets_are_turned_by_number(self, ana: Person, pauta: Pauta) -> None:
        assert "  1.    Diário de Vale Pomar" in await ana.types("/settings sources")
        assert "  1. ⭐ Diário de Vale Pomar" in await ana.types("1")
        assert "  1. 🚫 Diário de Vale Pomar" in await ana.types("1")
        assert pauta.chat_settings.own(TERMINAL).hidden_sources == ("Diário de Vale Pomar",)
        assert "no number 50" in await ana.types("50")

    async def test_the_time_zone_is_taken_from_a_city_and_asked_back_where_there_are_two(
        self, ana: Person, pauta: Pauta, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lisbon = City("Lisbon", "PT", "Europe/Lisbon")
        known = {
            "Lisboa": (lisbon,),
            "Cordoba": (City("Córdoba", "ES", "Europe/Madrid"),
                        City("Córdoba", "AR", "America/Argentina/Cordoba")),
        }  # fmt: skip
        monkeypatch.setattr("bot.settings_book.cities_called", lambda name: known.get(name, ()))
        await ana.types("/settings timezone Lisboa")
        assert pauta.chat_settings.own(TERMINAL).timezone == "Europe/Lisbon"
        asked = await ana.types("/settings timezone Cordoba")
        assert "1. Córdoba, Spain · 10:00" in asked
        assert "2. Córdoba, Argentina · 06:00" in asked
        await ana.types("2")
        assert "America/Argentina/Cordoba (06:00)" in await ana.types("/settings")
        assert "no city called “Nowhere”" in await ana.types("/settings timezone Nowhere")
        await ana.types("/settings timezone -")
        assert pauta.chat_settings.own(TERMINAL) == NOTHING_CHOSEN

    @pytest.mark.parametrize(
        ("typed", "says"),
        [
            ("/settings language xx", "en, pt, es, -"),
            ("/settings length long", "short, normal, detailed, -"),
            ("/settings hide Nobody's Herald", "No outlet in the coverage"),
            ("/settings frobnicate", "language, timezone, length, prefer, hide"),
            ("/settings hide", "language, timezone, length, prefer, hide"),
        ],
    )
    async def test_what_cannot_be_chosen_is_told(
        self, ana: Person, pauta: Pauta, typed: str, says: str
    ) -> None:
        assert says in await ana.types(typed)
        assert pauta.chat_settings.own(TERMINAL) == NOTHING_CHOSEN


class TestCommands:
    async def test_help_tells_all_of_them_and_questions_the_coverage_answers(
        self, ana: Person, pauta: Pauta, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[str] = []

        async def examples(language: str) -> tuple[str, ...]:
            asked.append(language)
            return ("Who pays for Stargate?",) if len(asked) > 1 else ()

        monkeypatch.setattr(pauta.browsing, "examples", examples)
        shown = await ana.types("/help")
        assert "• Who pays for Stargate?" in shown
        assert all(f"\n/{name} " in shown for name in COMMANDS)

    async def test_an_unknown_one_names_the_nearest(self, ana: Person) -> None:
        assert "Do you mean /sources?" in await ana.types("/sorces")
        assert "no command /qqqq. /help" in await ana.types("/qqqq")
        assert "\x1b" not in await ana.types("/\x1b[31m")

    @pytest.mark.parametrize("language", texts.LANGUAGES)
    def test_each_is_described_in_every_language(self, language: str) -> None:
        known = texts.catalogue(language)
        assert all(f"terminal_command_{one}" in known or f"command_{one}" in known
                   for one in COMMANDS)  # fmt: skip


class TestTheLoop:
    def lines(self, monkeypatch: pytest.MonkeyPatch, *typed: str) -> None:
        left = list(typed)
        monkeypatch.setattr(chat_module, "_read_line", lambda _seat: left.pop(0) if left else None)

    def test_leaves_when_told_and_reads_no_further(
        self, whole: Pauta, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.lines(monkeypatch, "  \n", "/quit\n", "/settings\n")
        assert chat(whole, say_how_to_go_live=True) == 0
        shown = capsys.readouterr()
        assert shown.out == ""
        assert "TELEGRAM_BOT_TOKEN" in shown.err

    @pytest.mark.parametrize(
        ("error", "says"),
        [
            (ArchiveCorrupt("The index is damaged."), "The index is damaged."),
            (OperationalError("SELECT secret", {}, Exception("disk full")), "disk full"),
        ],
        ids=["archive", "database"],
    )
    def test_goes_on_after_what_could_not_be_done(
        self,
        whole: Pauta,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        error: Exception,
        says: str,
    ) -> None:
        self.lines(monkeypatch, STARGATE, "/latest\n")
        chat(answered_by(whole, ScriptedAssistant(lambda _: error)), say_how_to_go_live=False)
        shown = capsys.readouterr()
        assert says in shown.err
        assert "secret" not in shown.err
        assert "\n1. " in shown.out

    async def test_a_stopped_answer_is_no_part_of_the_conversation(self, pauta: Pauta) -> None:
        assistant = ScriptedAssistant()
        assistant.hold.clear()
        table = Table(Seat(answered_by(pauta, assistant), interactive=False))
        task = asyncio.create_task(chat_module._finished(table, STARGATE))
        while not assistant.asked:  # noqa: ASYNC110
            await asyncio.sleep(0)
        task.cancel()
        assert await task is False
        assert await pauta.conversations.recent(TERMINAL) == ()
