"""Which outlets a question asks to hear, and when a name is only a word."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.question.named_sources import source_spans, sources_hinted, sources_named
from retrieval.question.when import without_spans

KNOWN = frozenset(
    [
        "Folha de S.Paulo", "Folha de Pernambuco", "BBC News", "bbc.co.uk", "Reuters", "El País",
        "El Mundo", "La Nación", "O Globo", "g1.globo.com", "Valor Econômico", "Time", "The World",
        "The Guardian", "The New York Times", "The Washington Post", "Público", "Clarín", "Veja",
        "theverge.com", "openai.com", "South China Morning Post", "estadao.com.br",
        "Gazeta do Povo", "Gazeta do Sul",
    ]
)  # fmt: skip
ANYTHING = st.text(alphabet=st.characters(exclude_categories=()), max_size=200)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("segundo a Folha, quanto custa?", {"Folha de S.Paulo"}),
        ("segundo a Folha de Pernambuco, quanto custa?", {"Folha de Pernambuco"}),
        ("o que a Reuters e o Estadão disseram da Vale?", {"Reuters", "estadao.com.br"}),
        ("¿qué han dicho El País y Reuters de esto?", {"El País", "Reuters"}),
        ("according to the BBC, who won?", {"BBC News", "bbc.co.uk"}),
        ("o que a Reuters disse sobre o Stargate?", {"Reuters"}),
        ("o que disse a Reuters sobre o Stargate?", {"Reuters"}),
        ("¿qué publicó Reuters sobre Stargate?", {"Reuters"}),
        ("qué dice la prensa en El País sobre la inflación?", {"El País"}),
        ("inflación en El País", {"El País"}),
        ("según El Mundo y La Nación", {"El Mundo", "La Nación"}),
        ("cuánto gastó según clarin", {"Clarín"}),
        ("o que saiu no Valor sobre a Vale?", {"Valor Econômico"}),
        ("what did G1 report?", {"g1.globo.com"}),
        ("what did g1 report?", {"g1.globo.com"}),
        ("de acordo com o Estadão", {"estadao.com.br"}),
        ("what does the NYT say about tariffs?", {"The New York Times"}),
        ("SCMP coverage of Hong Kong", {"South China Morning Post"}),
        ("news from the Guardian", {"The Guardian"}),
        ("the Guardian's report on water", {"The Guardian"}),
        ("What did The Verge write about it?", {"theverge.com"}),
        ("conforme publicado no Público", {"Público"}),
        ("segundo o globo, quanto foi?", {"O Globo"}),
        ("According to Time, who won?", {"Time"}),
        ("Veja o que a Veja publicou", {"Veja"}),
        ("segundo g1.globo.com", {"g1.globo.com"}),
        ("According to The New York Times", {"The New York Times"}),
    ],
)
def test_an_outlet_that_is_asked_to_speak_is_named(question: str, expected: set[str]) -> None:
    assert set(sources_named(question, KNOWN)) == expected


@pytest.mark.parametrize(
    ("question", "rest"),
    [
        ("segundo a Folha, quanto custa?", "quanto custa?"),
        ("según El Mundo y La Nación, ¿cuánto costó?", "¿cuánto costó?"),
        ("según El Mundo y según La Nación qué pasó", "qué pasó"),
        ("what does the NYT say about tariffs?", "what does say about tariffs?"),
        ("o que saiu no Valor sobre a Vale?", "o que saiu sobre a Vale?"),
        ("the Guardian's report on water", "report on water"),
        ("According to the World Bank, who won?", "According to the World Bank, who won?"),
        ("quanto custa, segundo a Folha?", "quanto custa?"),
    ],
)
def test_what_is_looked_for_is_without_the_outlet_that_is_asked(question: str, rest: str) -> None:
    assert without_spans(question, source_spans(question, KNOWN)) == rest


@pytest.mark.parametrize(
    "question",
    [
        "What was the time of the crash?",
        "it is time, according to whom?",
        "How many people in the world use it?",
        "the world economy",
        "according to the world bank, how many?",
        "according to The World Bank, how many?",
        "o globo terrestre",
        "o público gostou?",
        "no segundo tempo do jogo",
        "veja o que aconteceu",
        "el país más grande",
        "en el mundo entero",
        "no País, quantos desempregados?",
        "a folha de pagamento",
        "o valor do contrato",
        "according to New York officials",
        "demissões na Reuters: quantas?",
        "Who owns Clarín?",
        "",
    ],
)
def test_a_word_that_happens_to_be_an_outlet_is_none(question: str) -> None:
    assert sources_named(question, KNOWN) == ()


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who bought the Washington Post?", ("The Washington Post",)),
        ("What did OpenAI say?", ("openai.com",)),
        ("segundo a Reuters", ()),
        ("the time of the world", ()),
    ],
)
def test_a_name_without_a_word_of_reporting_is_only_a_hint(
    question: str, expected: tuple[str, ...]
) -> None:
    assert sources_hinted(question, KNOWN) == expected


def test_a_short_name_of_several_outlets_is_only_a_hint() -> None:
    known = frozenset({"Meridiano de Minas", "Meridiano do Sul"})

    assert sources_named("segundo o Meridiano, quanto foi?", known) == ()
    assert set(sources_hinted("segundo o Meridiano, quanto foi?", known)) == known


def test_only_known_outlets_are_ever_named() -> None:
    assert sources_named("segundo a Folha e a Reuters", frozenset({"Reuters"})) == ("Reuters",)
    assert sources_named("segundo a Folha", ()) == ()


@given(ANYTHING, st.frozensets(st.text(max_size=30), max_size=5))
def test_any_question_names_only_known_outlets_each_once(
    question: str, known: frozenset[str]
) -> None:
    named, hinted = sources_named(question, known), sources_hinted(question, known)

    assert set(named) | set(hinted) <= known
    assert len(set(named + hinted)) == len(named + hinted)
    ends = [place for span in source_spans(question, known) for place in span]
    assert ends == sorted(ends)
    assert not ends or ends[-1] <= len(question)


@given(st.text(alphabet=st.characters(categories=["L", "N"]), min_size=3, max_size=12))
def test_any_unheard_of_outlet_is_named_by_its_name(word: str) -> None:
    name = f"Xq{word} Tribune"

    assert name in sources_named(f"according to {name}, who won?", frozenset({name}))


def test_five_thousand_outlets_take_no_time() -> None:
    known = KNOWN | {f"Outlet {number} of Town {number % 37}" for number in range(5_000)}
    question = "O que a Folha de S.Paulo publicou sobre o Stargate, segundo a Reuters?"
    sources_named(question, known)
    began = time.perf_counter()
    for _ in range(20):
        assert sources_named(question, known) == ("Folha de S.Paulo", "Reuters")

    assert (time.perf_counter() - began) / 20 < 0.01
