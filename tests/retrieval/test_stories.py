"""Which articles tell one story, and what is told of it: the decisions."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.models import Vector
from retrieval.stories import LIFE, Signs, Sketch, likeness, shared
from retrieval.story_facts import Status, StoryArticle, day_number, headline_of, status_of
from retrieval.story_figures import Telling, contradictions
from retrieval.story_keys import figures_of, names_of
from retrieval.story_means import Means
from retrieval.story_window import Window
from tests.bench.story_scores import score, single_link

DAY = 86_400
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
START = int(NOON.timestamp())
DIMENSION = 48

# Builders


def near(direction: int, number: int = 0, noise: float = 0.5, language: int = 0) -> Vector:
    """A vector of a topic, in a cone as a real model's lie in: all have much in common."""
    dice = np.random.default_rng([direction, number, language])
    topic = np.random.default_rng(direction + 1_000).normal(size=DIMENSION)
    common = np.ones(DIMENSION) * 3 + np.random.default_rng(language + 5_000).normal(size=DIMENSION)
    vector = common + topic + noise * dice.normal(size=DIMENSION)
    unit: Vector = (vector / np.linalg.norm(vector)).astype(np.float32)
    return unit


def a_sketch(
    article: str,
    topic: int = 0,
    *,
    day: float = 0.0,
    names: str = "",
    figures: str = "",
    language: str = "en",
    copy_group: str | None = None,
    noise: float = 0.5,
) -> Sketch:
    return Sketch(
        article_id=article,
        at=START + int(day * DAY),
        language=language,
        vector=near(topic, sum(map(ord, article)), noise, {"en": 0, "pt": 1, "es": 2}[language]),
        names=frozenset(names.split()),
        figures=frozenset(figures.split()),
        copy_group=copy_group,
    )


def backdrop() -> list[Sketch]:
    """Other articles, each of a topic of its own, so that what all have in common is known."""
    return [
        a_sketch(f"other{at}", 500 + at, day=-at % 20, language=("en", "pt", "es")[at % 3])
        for at in range(90)
    ]


def told(sketches: Iterable[Sketch]) -> dict[str, str]:
    """Stories by article, as `story_intake` makes them: one article after the other."""
    means = Means(0.8)
    window = Window(means)
    for other in backdrop():
        means.add(other)
        window.add(other, other.article_id)
    ids = []
    for sketch in sketches:
        means.add(sketch)
        fits = [fit.story for fit in window.fits(sketch)]
        window.add(sketch, fits[0] if fits else sketch.article_id)
        story = window.story_of(sketch.article_id) or ""
        for gone in window.united(list(dict.fromkeys([story, *fits]))):
            window.unite(gone, story)
        ids.append(sketch.article_id)
    return {article: window.story_of(article) or "" for article in ids}


def groups(stories: dict[str, str]) -> set[frozenset[str]]:
    found = defaultdict(set)
    for article, story in stories.items():
        found[story].add(article)
    return {frozenset(members) for members in found.values()}


def three_events() -> list[Sketch]:
    return [
        a_sketch(
            f"{event}{number}", topic, day=number, names=f"{event} {event}town", language=tongue
        )
        for topic, event in enumerate(("quake", "merger", "vote"))
        for number, tongue in enumerate(("en", "pt", "es", "en", "pt"))
    ]


# Joining


def test_articles_of_one_event_are_one_story_in_any_language() -> None:
    assert groups(told(three_events())) == {
        frozenset(f"{event}{number}" for number in range(5))
        for event in ("quake", "merger", "vote")
    }


@pytest.mark.parametrize("seed", range(8))
def test_the_order_of_arrival_changes_nothing(seed: int) -> None:
    shuffled = three_events()
    random.Random(seed).shuffle(shuffled)

    assert groups(told(shuffled)) == groups(told(three_events()))


def test_two_earthquakes_of_one_week_stay_apart_by_their_names_and_figures() -> None:
    algarve = [
        a_sketch(f"a{at}", 1, day=at, names="algarve tavira olhao", figures="5.8", noise=1.3)
        for at in range(3)
    ]
    mendoza = [
        a_sketch(f"m{at}", 1, day=at, names="mendoza uspallata chile", figures="6.1", noise=1.3)
        for at in range(3)
    ]

    stories = told([*algarve, *mendoza])

    assert not {stories[one.article_id] for one in algarve} & {
        stories[one.article_id] for one in mendoza
    }


def test_a_story_that_was_quiet_for_three_weeks_does_not_go_on() -> None:
    first = a_sketch("first", names="quake town")
    later = a_sketch("later", day=LIFE.days + 0.1, names="quake town")

    assert len(groups(told([first, later]))) == 2


def test_a_story_goes_on_as_long_as_it_is_told_of() -> None:
    weeks = [a_sketch(f"week{at}", day=at * 12, names="trial smith") for at in range(6)]

    assert len(groups(told(weeks))) == 1


def test_a_chain_of_neighbours_does_not_grow_through_a_topic() -> None:
    """Each is near the next, the first and the last are not near at all."""
    start, end = np.random.default_rng(1).normal(size=(2, DIMENSION)) * 1.6
    chain = []
    for at in range(48):
        angle = at / 47 * np.pi
        vector = np.ones(DIMENSION) * 3 + np.cos(angle) * start + np.sin(angle) * end
        unit = (vector / np.linalg.norm(vector)).astype(np.float32)
        chain.append(replace(a_sketch(f"link{at}"), vector=unit))
    neighbours = told(chain[:2])
    assert len(groups(neighbours)) == 1

    stories = told(chain)

    assert stories["link0"] != stories["link47"]


def test_copies_of_one_text_are_one_story_however_they_are_embedded() -> None:
    one, other = a_sketch("one", 3, copy_group="wire"), a_sketch("two", 4, copy_group="wire")
    near_enough = replace(other, vector=near(3, 7, noise=1.2))

    assert len(groups(told([one, near_enough]))) == 1


def test_an_article_that_joins_two_stories_makes_them_one() -> None:
    dice = np.random.default_rng(11)
    centre = np.ones(DIMENSION) * 3 + dice.normal(size=DIMENSION)
    sides = dice.normal(size=(2, DIMENSION)) * 1.5

    def at(name: str, offset: Sequence[float]) -> Sketch:
        vector = centre + np.asarray(offset)
        unit = (vector / np.linalg.norm(vector)).astype(np.float32)
        return replace(a_sketch(name), vector=unit)

    left, right, middle = (
        at("left", sides[0]),
        at("right", sides[1]),
        at("middle", sides.sum(0) / 2),
    )
    assert len(groups(told([left, right]))) == 2

    assert len(groups(told([left, right, middle]))) == 1


def test_what_was_forgotten_is_met_no_more() -> None:
    means = Means(0.8)
    window = Window(means)
    for other in [*backdrop(), *three_events()]:
        means.add(other)
        window.add(other, other.article_id)
    quake = a_sketch("quake9", 0, names="quake quaketown")
    assert window.fits(quake)

    window.forget([f"quake{at}" for at in range(5)])

    assert not window.fits(quake)
    assert "quake0" not in window
    assert len(window) == 100


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=40))
def test_a_window_holds_what_was_added_and_not_forgotten(steps: list[tuple[int, bool]]) -> None:
    window, expected = Window(Means(0.8)), {}
    for number, adds in steps:
        if adds:
            expected[f"a{number}"] = f"s{number % 3}"
            window.add(a_sketch(f"a{number}", number), f"s{number % 3}")
        else:
            expected.pop(f"a{number}", None)
            window.forget([f"a{number}"])

    assert len(window) == len(expected)
    for story in ("s0", "s1", "s2"):
        assert window.members(story) == {one for one, its in expected.items() if its == story}


# Likeness


def test_what_two_articles_share_tells_for_them_and_what_keeps_them_apart_against() -> None:
    signs = Signs(meaning=0.4, names=0.3, figures=0.0, apart=False, days=1.0)

    assert likeness(replace(signs, names=0.6)) > likeness(signs)
    assert likeness(replace(signs, figures=0.5)) > likeness(signs)
    assert likeness(replace(signs, apart=True)) < likeness(signs)
    assert likeness(replace(signs, days=9.0)) < likeness(signs)
    assert likeness(replace(signs, meaning=0.1)) < likeness(signs)


def test_a_rare_name_tells_more_than_a_common_one() -> None:
    rarity = {"biden": 1.0, "uspallata": 6.0, "x": 3.0, "y": 3.0}
    one, other = frozenset({"biden", "uspallata", "x"}), frozenset({"biden", "uspallata", "y"})

    assert shared(one, other - {"biden"}, rarity) > shared(one, other - {"uspallata"}, rarity)
    assert shared(one, one, rarity) == pytest.approx(1.0)
    assert shared(one, frozenset(), rarity) == 0.0


def test_articles_without_anything_in_common_are_about_zero_alike_in_every_language() -> None:
    means = Means(0.8)
    for other in backdrop():
        means.add(other)
    one = a_sketch("one", 700, language="pt")
    others = [a_sketch(f"o{at}", 800 + at, language=("en", "pt", "es")[at % 3]) for at in range(60)]

    languages = ("en", "pt", "es")

    found = means.likenesses(
        one,
        np.stack([other.vector for other in others]),
        np.array([languages.index(other.language) for other in others]),
        languages,
    )

    assert abs(float(found.mean())) < 0.1


def test_the_first_articles_of_an_archive_are_not_taken_for_one_story() -> None:
    means, window = Means(0.8), Window(Means(0.8))
    window = Window(means)
    for at in range(6):
        sketch = a_sketch(f"first{at}", 30 + at)
        means.add(sketch)
        assert not window.fits(sketch)
        window.add(sketch, sketch.article_id)


# How stories are scored in the bench


def test_scores_are_those_of_the_papers() -> None:
    labels = {"a": "1", "b": "1", "c": "2", "d": "2"}

    perfect = score({"a": "x", "b": "x", "c": "y", "d": "y"}, labels)
    lumped = score(dict.fromkeys(labels, "x"), labels)
    apart = score({one: one for one in labels}, labels)

    assert (perfect.precision, perfect.recall, perfect.rand) == (1.0, 1.0, 1.0)
    assert (lumped.precision, lumped.recall, lumped.rand) == (0.5, 1.0, 0.0)
    assert (apart.precision, apart.recall, apart.rand) == (1.0, 0.5, 0.0)


def test_the_baseline_joins_whatever_hangs_together_within_three_weeks() -> None:
    sketches = [a_sketch(name, day=day) for name, day in (("a", 0), ("b", 20), ("c", 40))]
    matrix = np.array([[1, 0.9, 0.9], [0.9, 1, 0.9], [0.9, 0.9, 1]], dtype=np.float32)

    assert len(groups(single_link(sketches, matrix, 0.8))) == 1
    assert len(groups(single_link(sketches[::2], matrix[::2, ::2], 0.8))) == 2
    assert len(groups(single_link(sketches, matrix, 0.95))) == 3


# Names and figures


def test_names_are_one_in_three_languages() -> None:
    english = names_of(
        "Quake hits the coast", "In Tavira and in Spain it was felt, said Rui Alves."
    )
    spanish = names_of("Sismo en la costa", "Se sintió en Tavira y en España, según Rui Alves.")

    assert {"tavira", "rui", "alves"} <= set(english) & set(spanish)
    assert set(names_of("", "Segundo a Alemanha, sim.")) == set(names_of("", "So says Germany."))


def test_what_begins_a_sentence_is_no_name_by_its_capital() -> None:
    assert names_of("", "Hospitals were full. Doctors in Porto said so.") == ("porto",)


def test_figures_are_values_and_years_are_none() -> None:
    assert set(figures_of("", "It cost R$ 1,5 bilhão in 2024, for 120 people and 3 dogs.")) == {
        "1500000000",
        "120",
    }


@given(st.text(max_size=400), st.text(max_size=400))
def test_any_text_has_a_bounded_number_of_names_and_figures(title: str, text: str) -> None:
    assert len(names_of(title, text)) <= 40
    assert len(figures_of(title, text)) <= 20
    assert not any("\n" in key for key in (*names_of(title, text), *figures_of(title, text)))


# What is told of a story


def an_article(
    title: str, centrality: float = 0.9, language: str = "en", carried: int = 1
) -> StoryArticle:
    return StoryArticle(
        id=title,
        url="https://a.example/1",
        title=title,
        source="Folha",
        language=language,
        at=NOON,
        heard_at=NOON,
        centrality=centrality,
        carried=carried,
    )


def test_the_headline_is_central_carried_and_no_question() -> None:
    plain = an_article("Earthquake of magnitude 5.8 shakes the Algarve", 0.97)
    question = an_article("What do we know about the quake in the Algarve?", 0.97)
    aside = an_article("Hoteliers fear for the season after the tremor", 0.90)

    assert headline_of([question, aside, plain]) is plain
    assert headline_of([replace(aside, carried=16), plain]).title == aside.title


def test_a_headline_is_in_the_language_asked_for_where_there_is_one() -> None:
    english = an_article("Earthquake of magnitude 5.8 shakes the Algarve", 0.97)
    portuguese = an_article("Sismo de magnitude 5,8 abala o Algarve", 0.92, "pt")

    assert headline_of([english, portuguese], "pt") is portuguese
    assert headline_of([english, portuguese], "es") is english


def test_the_day_of_a_story_is_counted_where_the_reader_is() -> None:
    late = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)
    lisbon, sao_paulo, tokyo = map(ZoneInfo, ("Europe/Lisbon", "America/Sao_Paulo", "Asia/Tokyo"))

    assert day_number(late, late, lisbon) == 1
    assert day_number(late, late + timedelta(hours=1), lisbon) == 2
    assert day_number(late, late + timedelta(hours=1), sao_paulo) == 1
    assert day_number(late, late + timedelta(days=2), tokyo) == 3
    assert day_number(late, late - timedelta(days=1), lisbon) == 1


@pytest.mark.parametrize(
    ("first", "last", "digest", "status"),
    [
        (-5, -1, -24, Status.NEW),
        (-30, -1, -24, Status.DEVELOPING),
        (-30, -26, -24, Status.QUIET),
        (-5, -1, None, Status.NEW),
        (-60, -1, None, Status.DEVELOPING),
        (-200, -100, -300, Status.QUIET),
    ],
)
def test_a_story_is_new_developing_or_quiet_by_the_last_digest(
    first: int, last: int, digest: int | None, status: Status
) -> None:
    def hour(number: int) -> datetime:
        return NOON + timedelta(hours=number)

    last_digest = None if digest is None else hour(digest)
    assert status_of(hour(first), hour(last), NOON, last_digest) is status


# Figures that differ


def a_telling(text: str, origin: str = "Lusa", hours: float = 0, title: str = "") -> Telling:
    return Telling(origin + text, origin, NOON + timedelta(hours=hours), title, text)


@pytest.mark.parametrize(
    ("one", "other", "about", "values"),
    [
        ("Há nove mortos e 12 feridos.", "Eleven people died, officials said.", "dead", [9, 11]),
        ("Sube a 17 fallecidos el balance.", "O número de mortos subiu para 21.", "dead", [17, 21]),
        ("30 people were injured.", "Hay 44 heridos.", "injured", [30, 44]),
        ("Death toll rises to 93 in Maui.", "In Maui, 99 deaths are known.", "dead", [93, 99]),
        ("Há 4.200 desabrigados.", "It left 5,600 homeless.", "homeless", [4200, 5600]),
    ],
)
def test_figures_of_one_thing_that_differ_are_told(
    one: str, other: str, about: str, values: list[int]
) -> None:
    found = contradictions([a_telling(one), a_telling(other, "Reuters", 2)])

    assert [(item.about, [int(figure.value) for figure in item.figures]) for item in found] == [
        (about, values)
    ]


@pytest.mark.parametrize(
    ("one", "other", "origin", "hours"),
    [
        ("Há 9 mortos.", "There are 11 dead.", "Lusa", 1),
        ("Há 9 mortos.", "There are 11 dead.", "Reuters", 20),
        ("At least 9 people died.", "There are 11 dead.", "Reuters", 1),
        ("About 30 were injured.", "There are 44 injured.", "Reuters", 1),
        ("Há 9 mortos.", "There are 9 dead and 44 injured.", "Reuters", 1),
        ("Há 1.000 desabrigados.", "It left 1,010 homeless.", "Reuters", 1),
        ("Há 9 mortos.", "Nine hospitals took 11 patients.", "Reuters", 1),
        ("9 died on Monday, 14 died on Friday.", "There are 11 dead.", "Reuters", 1),
    ],
    ids=["one origin", "next day", "a bound", "rough", "equal", "rounded", "else", "two of one"],
)
def test_what_is_no_contradiction_is_not_called_one(
    one: str, other: str, origin: str, hours: float
) -> None:
    assert contradictions([a_telling(one), a_telling(other, origin, hours)]) == ()


def test_two_prices_of_one_deal_are_told_where_titles_name_one_each() -> None:
    low = a_telling("", "Lusa", title="Verdal compra Aurinia por 2,1 mil milhões de euros")
    high = a_telling("", "Reuters", title="Verdal to buy Aurinia for 2.4 billion euros")

    found = contradictions([high, low])

    assert [item.about for item in found] == ["money"]
    assert [figure.article_id for figure in found[0].figures] == [low.article_id, high.article_id]


@given(st.lists(st.text(max_size=200), max_size=4))
def test_any_texts_can_be_held_against_each_other(texts: list[str]) -> None:
    tellings = [a_telling(text, f"origin {at}") for at, text in enumerate(texts)]

    for item in contradictions(tellings):
        assert len({figure.value for figure in item.figures}) >= 2
