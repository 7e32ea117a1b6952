"""What is left of questions, articles and digests after the faults, counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from bot import texts
from bot.database import open_people, outbox, updates_handled
from bot.outgoing import PartState
from retrieval.chroma_server import ChromaAddress, ChromaServerIndex
from retrieval.store import Store, open_corpus
from tests.bench.fault_world import DIGESTS, FIRST_READER, World, cost
from tests.bench.newsroom import FIRST_MEMBER, in_chat, is_final
from tests.telegram_rules import Sent

APOLOGIES = (
    "failed", "too_slow", "unconfirmed", "answer_failed", "answer_interrupted", "answer_stopped",
)  # fmt: skip
BESIDE = ("late_answer", "late_left_out_one", "late_left_out")
"""Said before an answer, instead of nothing."""
_WANTED_ZERO = "wanted: 0"


def _begins_with(sent: Sent, keys: tuple[str, ...]) -> bool:
    starts = (texts.say("en", key, error_id="{", age="{", count="{") for key in keys)
    return any(sent.text.startswith(start.split("{")[0][:30]) for start in starts)


def kind_of(sent: Sent, number: int) -> str:
    """What a message is to whoever asked question `number`."""
    if not is_final(sent.parameters):
        return "unfinished"
    if _begins_with(sent, BESIDE):
        return "beside"
    if _begins_with(sent, APOLOGIES):
        return "apology"
    return "answer" if str(cost(number)) in sent.text else "other answer"


@dataclass
class Counted:
    """Of one run; every line of `zeros` is to be zero."""

    questions: Counter[str] = field(default_factory=Counter)
    zeros: dict[str, int] = field(default_factory=dict)
    also: dict[str, object] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        return not any(self.zeros.values())

    def table(self) -> str:
        lines = ["| counted after the run | |", "|---|---|"]
        lines += [f"| {name} ({_WANTED_ZERO}) | {count} |" for name, count in self.zeros.items()]
        lines += [f"| questions: {name} | {count} |" for name, count in self.questions.items()]
        lines += [f"| {name} | {value} |" for name, value in self.also.items()]
        return "\n".join([*lines, "", *self.examples])


def is_answered(world: World, number: int) -> bool:
    """Whether something final was said."""
    said = in_chat(world.server, FIRST_MEMBER + number)
    return any(kind_of(one, number) in {"answer", "other answer", "apology"} for one in said)


def articles_lacking(world: World) -> list[str]:
    """Addresses that were published and are not in the archive."""
    engine = open_corpus(world.database_url)
    with engine.connect() as connection:
        there = {row[0] for row in connection.exec_driver_sql("SELECT url FROM articles")}
    engine.dispose()
    return [url for url in world.published if url not in there]


def count(world: World) -> Counted:
    found = Counted()
    _count_questions(world, found)
    _count_articles(world, found)
    _count_digests(world, found)
    found.also["processes that ended by themselves"] = dict(Counter(world.ended_by_themselves))
    found.also["starts of each replica"] = [bot.starts for bot in world.bots]
    return found


def _count_questions(world: World, found: Counted) -> None:
    lost = twice = unfinished = both = 0
    for number in world.asked:
        said = in_chat(world.server, FIRST_MEMBER + number)
        kinds = Counter(kind_of(one, number) for one in said)
        answers = kinds["answer"] + kinds["other answer"]
        final = answers + kinds["apology"]
        lost += final == 0
        twice += answers > 1
        both += final > 1 and answers <= 1
        unfinished += kinds["unfinished"] > 0
        found.questions.update(kinds)
        if final != 1 or kinds["unfinished"]:
            found.examples.append(f"question {number}: {[one.text[:90] for one in said]}")
    found.zeros["questions without an answer or an apology"] = lost
    found.zeros["questions answered twice"] = twice
    found.zeros["questions with an apology too many"] = both
    found.zeros["progress messages left behind"] = unfinished
    engine = open_people(world.database_url)
    with engine.connect() as connection:
        states = Counter(connection.scalars(updates_handled.select().with_only_columns(
            updates_handled.c.state)))  # fmt: skip
    engine.dispose()
    found.zeros["updates not handled"] = sum(states.values()) - states["handled"]
    found.also["questions asked"] = len(world.asked)
    found.also["updates written down"] = sum(states.values())


def _count_articles(world: World, found: Counted) -> None:
    lacking = articles_lacking(world)
    store = Store(open_corpus(world.database_url))
    model = "SELECT DISTINCT model_id FROM embeddings"
    with store.engine.connect() as connection:
        (model_id,) = (row[0] for row in connection.exec_driver_sql(model))
    index = ChromaServerIndex(ChromaAddress(world.chroma.url), model_id)
    vectors, chunks = set(index.ids()), set(store.chunk_ids())
    index.close()
    store.close()
    found.zeros["articles lost"] = len(lacking)
    found.zeros["passages without a vector"] = len(chunks - vectors)
    found.zeros["vectors without a passage"] = len(vectors - chunks)
    found.also["articles published"] = len(world.published)
    found.examples += [f"lacking: {url}" for url in lacking[:5]]


def _count_digests(world: World, found: Counted) -> None:
    people = open_people(world.database_url)
    with people.connect() as connection:
        states = Counter(connection.scalars(outbox.select().with_only_columns(outbox.c.state)))
    people.dispose()
    got = [len(in_chat(world.server, FIRST_READER + at)) for at in range(DIGESTS)]
    found.zeros["digests sent twice"] = sum(number > 1 for number in got)
    in_doubt = states[PartState.UNKNOWN.value]
    missing = sum(number == 0 for number in got)
    found.zeros["digests lost (neither sent nor in doubt)"] = max(0, missing - in_doubt)
    found.also["digests sent"] = sum(got)
    found.also["messages in doubt (never sent again)"] = in_doubt
    found.also["outbox"] = dict(states)
