"""What a question says about time: which days, and how strictly they are meant."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.question.when import Strictness, TimeMentioned, read_time, wants_latest

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
TUESDAY = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
ANYTHING = st.text(alphabet=st.characters(exclude_categories=()), max_size=200)
VOCABULARY = """
news notícias what happened o que since desde até between entre and e y may março mar set last
última semana week 3 10 de of 2023 2024 2030 Friday segunda viernes pasado ontem ago há Q3
trimestre half first em in before 30 31 February fevereiro weekend ' ; the late fim from to
"""
WORDS = st.lists(st.sampled_from(VOCABULARY.split()), max_size=12).map(" ".join)


def read(question: str, now: datetime = TUESDAY) -> TimeMentioned | None:
    return read_time(question, now, SAO_PAULO)


def local(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    assert moment.tzinfo is UTC
    here = moment.astimezone(SAO_PAULO)
    assert (here.hour, here.minute) == (0, 0)
    return here.date().isoformat()


def days(question: str, now: datetime = TUESDAY) -> tuple[str | None, str | None] | None:
    """The days read from a question: first, and the day after the last."""
    found = read(question, now)
    return (local(found.since), local(found.until)) if found else None


def is_filter(question: str) -> bool:
    found = read(question)
    assert found is not None
    return found.strictness is Strictness.FILTER


# Which days


@pytest.mark.parametrize("question", ["yesterday's news", "notícias de ontem", "noticias de ayer",
                                      "o que aconteceu ontem à noite?"])  # fmt: skip
def test_yesterday_is_the_day_before(question: str) -> None:
    assert days(question) == ("2026-11-23", "2026-11-24")


def test_yesterday_is_counted_where_the_person_is() -> None:
    one_in_the_morning_in_london = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)

    found = read("o que saiu ontem?", one_in_the_morning_in_london)

    assert found is not None
    assert found.since == datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
    assert found.until == datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def test_a_day_on_which_the_clock_changes_has_23_hours() -> None:
    lisbon = ZoneInfo("Europe/Lisbon")

    found = read_time("notícias de ontem", datetime(2026, 3, 30, 12, 0, tzinfo=UTC), lisbon)

    assert found is not None
    assert found.since is not None
    assert found.until is not None
    assert found.until - found.since == timedelta(hours=23)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("what happened last week?", ("2026-11-16", "2026-11-23")),
        ("qué pasó la semana pasada", ("2026-11-16", "2026-11-23")),
        ("o que saiu esta semana", ("2026-11-23", "2026-11-30")),
        ("resumo do mês passado", ("2026-10-01", "2026-11-01")),
        ("news this month", ("2026-11-01", "2026-12-01")),
        ("noticias del año pasado", ("2025-01-01", "2026-01-01")),
        ("notícias da semana", ("2026-11-23", "2026-11-30")),
        ("news from 3 weeks ago", ("2026-11-02", "2026-11-09")),
        ("notícias de há dois dias", ("2026-11-22", "2026-11-23")),
        ("noticias de hace una semana", ("2026-11-16", "2026-11-23")),
    ],
)
def test_weeks_begin_on_monday_and_months_on_the_first(
    question: str, expected: tuple[str, str]
) -> None:
    assert days(question) == expected


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("nos últimos 3 dias", "2026-11-21"),
        ("news of the last three days", "2026-11-21"),
        ("los últimos dos meses", "2026-09-24"),
        ("notícias da última semana", "2026-11-17"),
        ("news in the past month", "2026-10-24"),
    ],
)
def test_the_last_days_reach_up_to_now(question: str, first: str) -> None:
    assert days(question) == (first, "2026-11-25")


def test_the_last_24_hours_are_hours() -> None:
    found = read("news of the last 24 hours")

    assert found is not None
    assert found.since == TUESDAY - timedelta(hours=24)


def test_a_month_before_the_31st_of_march_is_not_the_31st_of_february() -> None:
    now = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)

    assert days("news in the past month", now) == ("2026-03-01", "2026-04-01")


@pytest.mark.parametrize(
    ("question", "day"),
    [
        ("what happened on Friday?", "2026-11-20"),
        ("what happened last Friday?", "2026-11-20"),
        ("qué pasó el viernes pasado", "2026-11-20"),
        ("o que saiu na segunda-feira", "2026-11-23"),
        ("o que saiu na segunda?", "2026-11-23"),
        ("notícias de sexta passada", "2026-11-20"),
        ("what happened on Tuesday?", "2026-11-24"),
        ("what happened last Tuesday?", "2026-11-17"),
    ],
)
def test_a_weekday_is_the_latest_one(question: str, day: str) -> None:
    found = days(question)

    assert found is not None
    assert found[0] == day


@pytest.mark.parametrize(
    ("question", "now", "saturday"),
    [
        ("o que aconteceu no fim de semana?", TUESDAY, "2026-11-21"),
        ("news of last weekend", TUESDAY, "2026-11-21"),
        ("news of last weekend", datetime(2026, 11, 22, 15, tzinfo=UTC), "2026-11-14"),
        ("qué pasó este fin de semana", datetime(2026, 11, 22, 15, tzinfo=UTC), "2026-11-21"),
    ],
)
def test_a_weekend_is_the_latest_that_began(question: str, now: datetime, saturday: str) -> None:
    found = days(question, now)

    assert found is not None
    assert found[0] == saturday


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("notícias em janeiro", ("2026-01-01", "2026-02-01")),
        ("notícias em marco", ("2026-03-01", "2026-04-01")),
        ("news in December", ("2025-12-01", "2026-01-01")),
        ("news from last November", ("2025-11-01", "2025-12-01")),
        ("noticias de septiembre de 2024", ("2024-09-01", "2024-10-01")),
        ("news in 2023", ("2023-01-01", "2024-01-01")),
        ("notícias de 3 de maio", ("2026-05-03", "2026-05-04")),
        ("news of May 3rd, 2024", ("2024-05-03", "2024-05-04")),
        ("notícias de 1º de maio", ("2026-05-01", "2026-05-02")),
        ("notícias de 20/11/2025", ("2025-11-20", "2025-11-21")),
        ("news 2026-11-20", ("2026-11-20", "2026-11-21")),
        ("o que saiu no dia 20?", ("2026-11-20", "2026-11-21")),
        ("news of 29 February", ("2024-02-29", "2024-03-01")),
        ("notícias do terceiro trimestre", ("2026-07-01", "2026-10-01")),
        ("Q3 2025 news", ("2025-07-01", "2025-10-01")),
        ("resultados 3T25: notícias", ("2025-07-01", "2025-10-01")),
        ("notícias da primeira metade de 2025", ("2025-01-01", "2025-07-01")),
        ("noticias de finales de octubre", ("2026-10-21", "2026-11-01")),
    ],
)
def test_a_date_without_a_year_is_the_latest_in_the_past(
    question: str, expected: tuple[str, str]
) -> None:
    assert days(question) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("desde março", ("2026-03-01", None)),
        ("news since March", ("2026-03-01", None)),
        ("noticias desde ayer", ("2026-11-23", None)),
        ("notícias depois de outubro", ("2026-11-01", None)),
        ("news before 2024", (None, "2024-01-01")),
        ("notícias antes de maio de 2025", (None, "2025-05-01")),
        ("até ontem", (None, "2026-11-24")),
        ("entre 3 e 10 de maio", ("2026-05-03", "2026-05-11")),
        ("noticias del 3 al 10 de mayo", ("2026-05-03", "2026-05-11")),
        ("May 10-12 headlines", ("2026-05-10", "2026-05-13")),
        ("news between May and July", ("2026-05-01", "2026-08-01")),
        ("de maio a julho de 2024", ("2024-05-01", "2024-08-01")),
        ("news from November to February", ("2025-11-01", "2026-03-01")),
        ("notícias de 2024 a 2025", ("2024-01-01", "2026-01-01")),
        ("news since March and before June", ("2026-03-01", "2026-06-01")),
        ("news of last week and this week", ("2026-11-16", "2026-11-30")),
        ("news from Monday to Wednesday", ("2026-11-16", "2026-11-19")),
    ],
)
def test_words_of_relation_give_the_bounds(
    question: str, expected: tuple[str | None, str | None]
) -> None:
    assert days(question) == expected


def test_the_month_stands_first_for_an_american_and_second_for_the_rest() -> None:
    new_york = read_time("news since 5/3/2026", TUESDAY, ZoneInfo("America/New_York"))
    lisbon = read_time("news since 5/3/2026", TUESDAY, ZoneInfo("Europe/Lisbon"))

    assert new_york is not None
    assert lisbon is not None
    assert new_york.since == datetime(2026, 5, 3, 4, 0, tzinfo=UTC)
    assert lisbon.since == datetime(2026, 3, 5, 0, 0, tzinfo=UTC)


# How strictly


@pytest.mark.parametrize(
    "question",
    [
        "yesterday's news",
        "what happened last week?",
        "o que aconteceu em janeiro?",
        "qué publicó El País esta semana?",
        "notícias de 2023 em 2023",
        "o que o Lula disse ontem?",
        "Petrobras nos últimos 3 dias",
        "hoje",
        "How many people have died since October?",
    ],
)
def test_what_one_asks_to_read_is_filtered(question: str) -> None:
    assert is_filter(question)


@pytest.mark.parametrize(
    "question",
    [
        "In January the company promised to invest in chips, how much was it?",
        "Which NFL star requested a trade this week?",
        "Quanto a Apple lucrou em 2023?",
        "¿Quién ganó las elecciones en mayo?",
        "Who won the 2023 Oscars?",
        "How many people live in the city today?",
        "Desde 2005, quem é o presidente?",
        "articles about January 6",
        "What happened to the forest between 2004 and 2014?",
        "Which Fox News host was fired this week?",
    ],
)
def test_a_fact_asked_by_its_date_is_only_preferred(question: str) -> None:
    assert not is_filter(question)


def test_what_somebody_said_on_a_day_is_told_until_the_next() -> None:
    assert days("What did Lula say yesterday?") == ("2026-11-23", "2026-11-25")


@pytest.mark.parametrize(
    "question",
    [
        "How much will be invested by 2030?",
        "Quanto será investido até 2030?",
        "What will happen this weekend?",
        "o que será lançado em março?",
        "news of tomorrow",
        "¿Qué pasará el próximo viernes?",
        "Which country hosts the cup in 2030?",
        "notícias até hoje",
    ],
)
def test_a_time_to_come_is_no_time_of_publication(question: str) -> None:
    assert read(question) is None


# What is no time


@pytest.mark.parametrize(
    "question",
    [
        "How much may Apple pay?",
        "How may 3 companies merge?",
        "This may be the largest fire ever, where was it?",
        "O mar subiu 3 metros em Veneza?",
        "What did Folha set out to do?",
        "Who is out of the race?",
        "set 10 out of 12",
        "o preço do dom",
        "o dom de iludir",
        "Who marched in the march for science?",
        "Marco Rubio falou?",
        "notícias do Rio de Janeiro",
        "Plaza de Mayo",
        "news of April Jones",
        "na segunda vez que ele foi eleito",
        "a quinta geração",
        "Black Friday prices",
        "The Mail on Sunday",
        "USA Today",
        "hoy en día",
        "What are 2000 workers paid?",
        "the 1960s TV series",
        "PL 2630/2020",
        "US$ 2000",
        "the last name of the player",
        "late in the fourth quarter",
        "How much did Stargate commit?",
        "",
    ],
)
def test_a_question_without_time_gives_none(question: str) -> None:
    found = read(question)

    assert found is None, found


@pytest.mark.parametrize(
    ("question", "rest"),
    [
        ("yesterday's news", "news"),
        ("notícias da Vale desde março", "notícias da Vale"),
        ("O que a Petrobras disse na semana passada sobre a Gávea?",
         "O que a Petrobras disse sobre a Gávea?"),
        ("¿Qué pasó el viernes pasado?", "¿Qué pasó?"),
        ("what did the Fed do yesterday?", "what did the Fed do?"),
        ("última semana: Petrobras", "Petrobras"),
        ("resultados do Flamengo do ano passado", "resultados do Flamengo"),
    ],
)  # fmt: skip
def test_the_rest_of_a_question_is_without_its_time(question: str, rest: str) -> None:
    found = read(question)

    assert found is not None
    assert found.rest_of(question) == rest


# Any text


@given(ANYTHING | WORDS)
def test_any_question_can_be_read_and_its_bounds_are_in_order(question: str) -> None:
    found = read(question)

    if found is not None:
        assert (found.since, found.until) != (None, None)
        assert found.since is None or found.since <= TUESDAY
        if found.since and found.until:
            assert found.since < found.until
        words = [question[start:end] for start, end in found.spans]
        assert ", ".join(words) == found.words
        assert all(words)
        assert found.spans == tuple(sorted(found.spans))


@given(WORDS, st.datetimes(datetime(2001, 1, 1), datetime(2090, 1, 1)))  # noqa: DTZ001
def test_a_question_can_be_read_on_any_day(question: str, day: datetime) -> None:
    now = day.replace(tzinfo=UTC)

    found = read(question, now)

    assert found is None or found.since is None or found.since <= now


def test_a_question_is_read_in_a_moment() -> None:
    question = "O que a Folha publicou sobre o Stargate entre 3 e 10 de maio de 2025, e em março?"
    read(question)
    began = time.perf_counter()
    for _ in range(50):
        read(question)

    assert (time.perf_counter() - began) / 50 < 0.005


# The latest


@pytest.mark.parametrize(
    "question",
    [
        "latest news on Stargate",
        "últimas notícias da Vale",
        "qual é o mais recente relatório?",
        "o último balanço da Petrobras",
        "lo más reciente de Boeing",
        "Who is the current president?",
        "quem é o atual presidente?",
        "what is happening right now",
        "agora",
        "¿quién gobierna ahora?",
    ],
)
def test_the_latest_is_wanted(question: str) -> None:
    assert wants_latest(question)


@pytest.mark.parametrize(
    "question",
    [
        "last year's results",
        "pela última vez",
        "nos últimos 3 dias",
        "o último ano",
        "what is now Jacksonville",
        "until now",
        "now that it is over, who paid?",
        "his latest series",
        "What is the actual cost?",
        "alternating current",
        "How much did Stargate commit?",
    ],
)
def test_the_latest_is_not_wanted(question: str) -> None:
    assert not wants_latest(question)


@given(ANYTHING)
def test_any_question_wants_the_latest_or_not(question: str) -> None:
    assert wants_latest(question) in {True, False}
