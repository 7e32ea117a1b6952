"""A question that takes for granted what the coverage does not say is told so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import sample, texts
from bot.answers import Answer
from bot.asker import TERMINAL
from bot.assistant import QuotingAssistant
from bot.grounding.deeds import deeds_of, tells_it_was, tells_of
from bot.offload import Offload
from bot.premise_deeds import deeds_asked
from bot.premises import claimed
from retrieval.models import Article, Query
from tests.builders import an_article
from tests.desk import Library, a_desk, a_library, without_certificates
from tests.llm_server import LlmServer, says

PREMISES = [
    json.loads(line)
    for line in Path(__file__).with_name("false_premises.jsonl").read_text("utf-8").splitlines()
]
STARGATE = an_article(
    "Stargate committed US$ 500 billion over four years. Masayoshi Son is its chairman. The "
    "campus in Abilene opens next year.",
    title="What Stargate promised",
    source="Kestrel Review",
)
FERRY = an_article(
    "La naviera Brandán canceló el ferri a las islas de Ardal por falta de viajeros.",
    url="https://cronica.example/ferri",
    title="El ferri a Ardal",
    source="La Crónica",
    language="es",
)


@pytest.fixture(autouse=True)
def no_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    without_certificates(monkeypatch)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with a_library(tmp_path_factory.mktemp("library"), [STARGATE, FERRY]) as library:
        yield library


@pytest.fixture(scope="module")
def whole_sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with a_library(tmp_path_factory.mktemp("sample"), _sample()) as library:
        yield library


def _sample() -> list[Article]:
    return [one for one in sample.articles() if isinstance(one, Article)]


def quoted(library: Library, question: str) -> Answer:
    archive, offload = library.archive, Offload()
    assistant = QuotingAssistant(
        archive.retriever, archive.embedder, offload, archive.store.coverage
    )
    try:
        return assistant._answer(question, (), TERMINAL)
    finally:
        offload.close()


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Why did Stargate cancel?", "The coverage does not say that Stargate cancelled."),
        (
            "Why was the Stargate campus in Abilene cancelled?",
            "The coverage does not say that the Stargate campus in Abilene was cancelled.",
        ),
        (
            "Who sued Stargate?",
            "The coverage does not say that anyone sued Stargate.",
        ),
        (
            "Did Masayoshi Son resign from Stargate?",
            "The coverage does not say that Masayoshi Son resigned from Stargate.",
        ),
        ("Por que o Stargate foi cancelado?", "A cobertura não diz que o Stargate foi cancelado."),
        ("Quem processou o Stargate?", "A cobertura não diz que alguém processou o Stargate."),
        ("¿Por qué se canceló Stargate?", "La cobertura no dice que se canceló Stargate."),
        (
            "Tell me of the cancelled Stargate",
            "Where the coverage tells of Stargate, it says nothing of “cancelled”.",
        ),
    ],
)
def test_it_is_said_plainly_with_what_the_coverage_says_instead(
    library: Library, question: str, said: str
) -> None:
    answer = quoted(library, question)

    assert answer.text.startswith(said)
    assert texts.say(answer.language, "what_it_does_say") in answer.text
    assert not answer.answered
    assert {one.source for one in answer.citations} == {"Kestrel Review"}
    assert all(one.quote in " ".join(STARGATE.text.split()) for one in answer.citations)


@pytest.mark.parametrize(
    "question",
    [
        "Why was the ferry to Ardal cancelled?",
        "Por que o ferri de Ardal foi suspenso?",
        "¿Por qué se canceló el ferri a Ardal?",
        "How much did Stargate commit?",
        "Why did it cancel?",
        "Why was the Atlantis tunnel cancelled?",
    ],
)
def test_what_is_told_in_any_language_or_of_nobody_known_is_not_doubted(
    library: Library, question: str
) -> None:
    answer = quoted(library, question)
    assert texts.say(answer.language, "what_it_does_say") not in answer.text
    assert texts.say(answer.language, "premise_not_said", claim="")[:-1] not in answer.text


def test_it_is_told_of_most_false_premises_and_of_no_true_one(whole_sample: Library) -> None:
    """Words decide, so a fake embedder tells as much as the real one."""
    archive, offload = whole_sample.archive, Offload()
    assistant = QuotingAssistant(
        archive.retriever, archive.embedder, offload, archive.store.coverage
    )
    told = {}
    for item in PREMISES:
        question = item["question"]
        found = archive.retriever.search(Query(question)) if deeds_asked(question) else ()
        told[question] = assistant.premise_not_said(question, found, TERMINAL) is not None
    offload.close()
    false = [told[item["question"]] for item in PREMISES if not item["so"]]
    true = [item["question"] for item in PREMISES if item["so"] and told[item["question"]]]

    assert len(false) >= 60
    assert sum(false) / len(false) >= 0.7
    assert true == []


def test_a_clause_is_only_made_of_what_it_is_clear_how_to_make_it() -> None:
    for question in (
        "Why did the board decide to cancel Stargate?",
        "Cancel Stargate, why?",
        "What did they cancel?",
        f"Why did {'very ' * 30}Stargate cancel?",
    ):
        [deed, *_] = deeds_of(question) or deeds_of(question.lower())
        assert claimed(question, deed, "en") == ""


def test_names_are_no_deeds() -> None:
    assert deeds_of("Who is Robert Burns, and where is Sue Banks?") == []


def test_a_deed_is_told_of_in_many_words() -> None:
    assert tells_of("resign", "O ministro deixou o cargo.")
    assert tells_of("die", "He was born in 1920; his funeral is on Monday.")
    assert not tells_of("resign", "The minister spoke of the harbour.")


async def test_with_a_language_model_it_is_said_before_its_answer(library: Library) -> None:
    question = "Why did Stargate cancel?"
    model = LlmServer(otherwise=says("Stargate committed US$ 500 billion [1]."))
    async with model as server, a_desk(library, server) as desk:
        answer = await desk.ask(question)
    assert answer.text == (
        "The coverage does not say that Stargate cancelled. Stargate committed US$ 500 billion [1]."
    )


async def test_a_model_that_takes_it_for_granted_is_put_right(library: Library) -> None:
    async with LlmServer() as server:
        server.will(
            says("Stargate was cancelled because money was short [1]."),
            says("The coverage does not say that Stargate was cancelled [1]."),
        )
        async with a_desk(library, server) as desk:
            answer = await desk.ask("Why was Stargate cancelled?")
    assert "deed “cancelled” is not what the passage says" in server.requests[1].last
    assert answer.text == "The coverage does not say that Stargate was cancelled [1]."


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (
            "Por que os estivadores rejeitaram o acordo?",
            "A cobertura não diz que os estivadores rejeitaram o acordo.",
        ),
        (
            "¿Por qué fracasó la subasta de energía?",
            "La cobertura no dice que fracasó la subasta de energía.",
        ),
        (
            "Why did Haddow Thermal refuse the Quelvar contract?",
            "The coverage does not say that Haddow Thermal refused the Quelvar contract.",
        ),
    ],
)
def test_what_excludes_a_deed_tells_that_it_was_not_so_also_of_those_without_a_name(
    whole_sample: Library, question: str, said: str
) -> None:
    answer = quoted(whole_sample, question)
    assert answer.text.startswith(said)
    assert answer.citations


def test_deeds_in_many_words_are_asked_for_by_few() -> None:
    assert [one.kind for one in deeds_asked("Why did they reject and lose it?")] == [
        "reject",
        "lose",
    ]
    assert deeds_asked("Who is Robert Lost?") == []


def test_what_is_only_denied_is_not_told_of() -> None:
    assert not tells_it_was("cancel", "“No se ha cancelado nada”, dijo la empresa.")
    assert tells_it_was("cancel", "No hubo acuerdo y se canceló la obra.")


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (
            "por que a Quelvar desistiu do data center?",
            "A cobertura não diz que a Quelvar desistiu do data center.",
        ),
        (
            "quando foi cancelada a usina de Porto Cedro?",
            "A cobertura não diz que foi cancelada a usina de Porto Cedro.",
        ),
    ],
)
def test_a_giving_up_and_a_participle_are_deeds_too(
    whole_sample: Library, question: str, said: str
) -> None:
    assert quoted(whole_sample, question).text.startswith(said)
