"""What is followed: read from words, matched by an index as by looking at each follow alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation_key import TERMINAL
from bot.follow_book import FollowView
from bot.follow_examples import Example, Examples
from bot.follow_index import FollowIndex
from bot.follow_levels import LITERAL, MOST_A_WEEK, TOPICAL, can_step, fitted, step
from bot.follow_words import LONGEST_WORDS, MOST_PHRASES, read_wish
from bot.follows import (
    ANYWHERE,
    IN_LEAD,
    IN_TITLE,
    OFTEN,
    Arrived,
    Follow,
    Match,
    Scale,
    match_one,
)
from bot.grounding.amount import Bound
from bot.matching_sentence import matching_sentence
from bot.render_follows import follow_screen
from tests.fakes import FakeEmbedder

EMBEDDER = FakeEmbedder()
SCALE = Scale(EMBEDDER.floor, EMBEDDER.spread)


def a_follow(
    words: str, number: int = 1, threshold: float | None = None, language: str = "en"
) -> Follow:
    wish = read_wish(words, language)
    usual = TOPICAL.usual if wish.is_topical else LITERAL.usual
    return Follow(
        id=number,
        where=TERMINAL,
        words=words,
        language=language,
        threshold=usual if threshold is None else threshold,
        vector=EMBEDDER.embed_query(wish.topic or words),
        created_at=0,
    )


def an_arrival(text: str, title: str = "A headline", language: str = "en") -> Arrived:
    vectors = EMBEDDER.embed_passages([f"{title}\n{text}"])
    return Arrived("a", title, text, language, vectors)


def matched(words: str, text: str, title: str = "A headline", language: str = "en") -> Match | None:
    return match_one(a_follow(words, language=language), an_arrival(text, title), SCALE)


class TestAName:
    @pytest.mark.parametrize(
        ("words", "text"),
        [
            ("Stargate", "They said STARGATE would be built."),
            ("são paulo", "Um incêndio em Sao Paulo."),
            ("Gigafábrica", "A gigafabrica abre em maio."),
            ("alemanha", "The German chancellor said no."),
            ("Estados Unidos", "An American firm bought it."),
            ("Banco de Portugal", "O Banco de Portugal multou um banco."),
            ("steel tariff", "Steel tariffs were raised."),
            ("GPT-5", "OpenAI showed GPT-5 on Monday."),
            ("5G", "O leilão do 5G foi adiado."),
        ],
    )
    def test_is_found_without_accents_capitals_and_by_its_names_elsewhere(
        self, words: str, text: str
    ) -> None:
        assert matched(words, text) is not None

    @pytest.mark.parametrize(
        ("words", "text"),
        [
            ("Stargate", "The gate of the stars."),
            ("Porto Cedro", "Porto e Cedro são cidades."),
            ("Time", "Three times a day."),
            ("União Europeia", "Eu vi isso ontem."),
            ("Petrobras, Galp", "A Petrobras anunciou lucro."),
            ('"central bank"', "The bank is central."),
        ],
    )
    def test_is_not_found_in_part_or_by_chance(self, words: str, text: str) -> None:
        assert matched(words, text) is None

    def test_never_stands_across_the_headlines_end(self) -> None:
        assert matched("Porto Cedro", "Cedro is a town.", title="From Porto") is None

    @pytest.mark.parametrize(
        ("title", "text", "score"),
        [
            ("Stargate grows", "It grows.", IN_TITLE),
            ("It grows", "Stargate grows.", IN_LEAD),
            ("It grows", f"{'word ' * 80} Stargate. Stargate. Stargate.", OFTEN),
            ("It grows", f"{'word ' * 80} Stargate.", ANYWHERE),
        ],
    )
    def test_counts_for_more_where_the_article_is_about_it(
        self, title: str, text: str, score: float
    ) -> None:
        found = matched("Stargate", text, title)
        assert found is not None
        assert found.score == score
        assert found.found == ("stargate",)


class TestAnAmount:
    @pytest.mark.parametrize(
        ("words", "language", "text", "fits"),
        [
            ("data centres over $10bn", "en", "Data centres for $12 billion.", True),
            ("data centres over $10bn", "en", "Data centres for $10 billion.", True),
            ("data centres over $10bn", "en", "Data centres for $9 billion.", False),
            ("data centres over $10bn", "en", "Data centres for €12 billion.", False),
            ("data centres over $10bn", "en", "Data centres with 12 billion words.", False),
            ("data centres over $10bn", "en", "Data centres without a figure.", False),
            ("fábricas de mais de 10 bilhões", "pt", "Fábricas de R$ 12 bilhões.", True),
            ("fábricas de mais de 10 bilhões", "pt", "Fábricas de R$ 900 milhões.", False),
            ("multas superiores a 50 millones", "es", "Multas de 60 millones de euros.", True),
            ("multas de más de 50 millones", "es", "Multas de 40 millones de euros.", False),
            ("inflação acima de 5%", "pt", "A inflação chegou a 5,3%.", True),
            ("inflação acima de 5%", "pt", "A inflação chegou a 4,8%.", False),
            ("deals < $5m", "en", "Deals of $4 million.", True),
            ("deals < $5m", "en", "Deals of $6 million.", False),
        ],
    )
    def test_is_compared_by_value_and_currency(
        self, words: str, language: str, text: str, fits: bool
    ) -> None:
        follow = a_follow(words, threshold=-99, language=language)
        article = replace(an_arrival(text), language=language)
        assert (match_one(follow, article, SCALE) is not None) is fits

    def test_is_shown_as_the_article_writes_it(self) -> None:
        follow = a_follow("data centres over $10bn", threshold=-99)
        found = match_one(follow, an_arrival("Data centres for $12 billion."), SCALE)
        assert found is not None
        assert found.amounts == ("$12 billion",)

    def test_that_is_no_bound_is_part_of_the_words(self) -> None:
        wish = read_wish("Agenda 2030", "en")
        assert wish.conditions == ()
        assert frozenset({("agenda", "2030")}) in wish.phrases or len(wish.phrases) == 2

    def test_bound_is_read_before_it_only(self) -> None:
        (condition,) = read_wish("layoffs of more than 1,000 people at banks", "en").conditions
        assert condition.bound is Bound.ABOVE


class TestAWish:
    @pytest.mark.parametrize("words", ["the", "?!", "", "   ", "mais de 10 bilhões", "de la", "a"])
    def test_of_nothing_to_look_for_is_empty(self, words: str) -> None:
        assert read_wish(words).is_empty

    @pytest.mark.parametrize(
        "words",
        [
            "What does Petrobras say about dividends?",
            "new data centre investments over $10bn",
            "acidentes de barco com turistas na América do Sul",
            "leyes de inteligencia artificial en los parlamentos",
        ],
    )
    def test_in_many_words_is_one_of_meaning(self, words: str) -> None:
        assert read_wish(words).is_topical

    @pytest.mark.parametrize(
        ("words", "is_topical"),
        [
            ("floods and earthquakes", True),
            ("inundações e sismos", True),
            ("huelgas y paros", True),
            ("oil or gas", True),
            ("Petrobras e Galp", False),
            ("Porto e Vila Nova", False),
            ('"research and development"', False),
        ],
    )
    def test_of_two_things_is_a_topic_but_for_names_and_quoted_words(
        self, words: str, is_topical: bool
    ) -> None:
        assert read_wish(words).is_topical is is_topical

    @given(st.text(max_size=400))
    def test_of_any_text_is_bounded(self, words: str) -> None:
        wish = read_wish(words[:LONGEST_WORDS], "pt")
        assert len(wish.phrases) <= MOST_PHRASES
        assert len(wish.names) <= MOST_PHRASES
        assert len(wish.topic) <= LONGEST_WORDS
        assert all(form for forms in wish.phrases for form in forms)


class TestATopic:
    def test_is_measured_against_what_articles_of_its_language_have_in_common(self) -> None:
        follow = a_follow("harbour repairs along the northern coast", threshold=-99)
        article = an_arrival("Harbour repairs on the northern coast go on.")
        alone = match_one(follow, article, SCALE)
        mean = EMBEDDER.embed_query("harbour repairs")
        common = replace(SCALE, means={"": mean, "en": mean}, count=10_000)
        beside = match_one(follow, article, common)
        assert alone is not None
        assert beside is not None
        assert beside.score < alone.score

    def test_is_nearer_where_its_names_stand(self) -> None:
        follow = a_follow("new factories that Petrobras wants to build", threshold=-99)
        with_name = match_one(follow, an_arrival("New factories, says Petrobras."), SCALE)
        article = an_arrival("New factories, says Petrobras.")
        without = match_one(follow, replace(article, text="New factories."), SCALE)
        assert with_name is not None
        assert without is not None
        assert with_name.score > without.score
        assert with_name.found == ("petrobras",)

    def test_of_an_article_without_vectors_is_not_known(self) -> None:
        article = Arrived("a", "T", "x", "en", np.empty((0, 64), dtype=np.float32))
        assert (
            match_one(a_follow("harbour repairs along the coast", 1, -99), article, SCALE) is None
        )


_WORDS = ("Stargate", "petrobras", "harbour", "tariffs", "Alemanha", "steel", "over $10bn", "and",
          "new", "German", "banks", "$12 billion", "repairs", "Porto", "Cedro", "of")  # fmt: skip
_texts = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=9).map(" ".join)


@given(
    follows=st.lists(st.tuples(_texts, st.sampled_from((0.0, 0.2, 0.5, 0.9))), max_size=12),
    texts=st.lists(_texts, min_size=1, max_size=3),
)
def test_the_index_finds_what_looking_at_each_follow_finds(
    follows: Sequence[tuple[str, float]], texts: Sequence[str]
) -> None:
    followed = [
        a_follow(words, number, threshold) for number, (words, threshold) in enumerate(follows)
    ]
    index = FollowIndex(followed, SCALE)
    for text in texts:
        article = an_arrival(text, title=text[:20])
        found = index.matches(article)
        alone = [one for follow in followed if (one := match_one(follow, article, SCALE))]
        # Where the threshold is met to the last digit, sums in another order decide.
        scores = {one.follow_id: one.score for one in [*found, *alone]}
        close = {
            follow.id
            for follow in followed
            if abs(scores.get(follow.id, 9) - follow.threshold) < 1e-5 and follow.wish.is_topical
        }
        assert [one.follow_id for one in found if one.follow_id not in close] == [
            one.follow_id for one in alone if one.follow_id not in close
        ]
        for one, other in zip(found, alone, strict=False):
            if one.follow_id == other.follow_id:
                assert (one.found, one.amounts) == (other.found, other.amounts)
                assert one.score == pytest.approx(other.score, abs=1e-4)


class TestTheThreshold:
    def test_begins_as_usual_where_that_is_not_too_much(self) -> None:
        assert fitted(TOPICAL, [0.6, 0.7, 0.1]) == TOPICAL.usual
        assert fitted(TOPICAL, []) == TOPICAL.usual

    def test_begins_stricter_where_it_would_be_too_much(self) -> None:
        many = [0.6] * (MOST_A_WEEK + 1) + [0.9] * 3
        threshold = fitted(TOPICAL, many)
        assert threshold > TOPICAL.usual
        assert 0 < sum(score >= threshold for score in many) <= MOST_A_WEEK

    def test_leaves_something_where_all_are_alike(self) -> None:
        many = [IN_LEAD] * (MOST_A_WEEK * 2)
        assert fitted(LITERAL, many) == IN_LEAD

    @given(st.lists(st.floats(-1, 2), max_size=60))
    def test_is_always_one_of_the_levels(self, scores: list[float]) -> None:
        assert fitted(TOPICAL, scores) in TOPICAL.levels
        assert fitted(LITERAL, scores) in LITERAL.levels

    def test_moves_step_by_step_and_stops_at_the_ends(self) -> None:
        at = LITERAL.usual
        for _ in LITERAL.levels:
            at = step(LITERAL, at, stricter=True)
        assert at == LITERAL.levels[-1]
        assert not can_step(LITERAL, at, stricter=True)
        assert step(LITERAL, at, stricter=False) == LITERAL.levels[-2]


def test_where_nothing_would_have_alerted_the_nearest_shows_what_looser_is() -> None:
    follow = a_follow("new strikes and labour disputes")
    scores = {"Cheese workers walk out": 0.43, "A bridge closes": 0.27, "A mill opens": 0.26}
    found = Examples(
        tuple(Example(title, "https://a.example", "Folha", None, one)
              for title, one in scores.items())
    )  # fmt: skip
    now = datetime(2026, 3, 8, tzinfo=UTC)

    strict = follow_screen(FollowView(follow, found), "en", now).parts[0].plain
    assert "Nothing of the last week would have alerted you." in strict
    assert "“➕ More of it”, tapped once or more, would let in:\n• Cheese workers" in strict
    assert "A mill" not in strict

    looser = replace(follow, threshold=0.35)
    shown = follow_screen(FollowView(looser, found), "en", now).parts[0].plain
    assert "once last week:\n• Cheese workers" in shown
    assert "A bridge" not in shown
    none = follow_screen(FollowView(follow, Examples()), "en", now).parts[0].plain
    assert "would let in" not in none


class TestTheSentence:
    TEXT = (
        "Nothing of the kind was said at first on Monday. "
        "Stargate will cost $12 billion, the group said on Tuesday. "
        "More will be told of Stargate next week."
    )

    def test_is_the_one_that_says_it(self) -> None:
        follow = a_follow("Stargate")
        found = match_one(follow, an_arrival(self.TEXT), SCALE)
        assert found is not None
        said = matching_sentence(follow.wish, found, self.TEXT, "en")
        assert said == "Stargate will cost $12 billion, the group said on Tuesday."

    @given(st.text(max_size=300))
    def test_stands_in_the_text_or_is_empty(self, text: str) -> None:
        wish = read_wish("Stargate")
        said = matching_sentence(wish, Match(1, 1.0, ("stargate",)), text, "en")
        assert said in " ".join(text.split())
