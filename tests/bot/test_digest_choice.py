"""Which stories a digest tells: an order, and what is kept out of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.asker import Length
from bot.digest_choice import (
    MOST_NAMED,
    MOST_TOLD,
    Candidate,
    Choice,
    candidate,
    choose,
)
from bot.digest_taste import (
    LEAST_LEARNED,
    MOST_LEARNED,
    Taste,
    Topic,
    Wish,
    learned,
    stronger,
)
from retrieval.models import Vector
from retrieval.story_figures import Contradiction, ToldFigure
from tests.digests import TODAY, a_candidate, a_story_article, a_told_story, an_id

EVERYTHING = Taste()


def chosen(*candidates: Candidate, taste: Taste = EVERYTHING) -> Choice:
    return choose(candidates, taste, TODAY, Length.NORMAL)


def told_ids(choice: Choice) -> list[str]:
    return [one.candidate.story.id for one in choice.told]


def a_vector(*values: float) -> Vector:
    made = np.array(values, dtype=np.float32)
    unit: Vector = made / np.linalg.norm(made)
    return unit


class TestTheOrder:
    def test_what_more_independent_origins_tell_goes_first(self) -> None:
        small, large = a_candidate("small", "Folha"), a_candidate("large", "Folha", "AP", "El País")

        assert told_ids(chosen(small, large)) == [an_id("large"), an_id("small")]

    def test_of_two_alike_the_fresher_goes_first(self) -> None:
        old, fresh = a_candidate("old", hours_ago=23), a_candidate("fresh", hours_ago=1)

        assert told_ids(chosen(old, fresh)) == [an_id("fresh"), an_id("old")]

    def test_a_preferred_outlet_lifts_a_story(self) -> None:
        plain, preferred = a_candidate("plain", "G1"), a_candidate("loved", "Lusa", hours_ago=4)

        found = chosen(plain, preferred, taste=Taste(preferred=("lusa",)))

        assert told_ids(found)[0] == an_id("loved")
        assert "preferred" in found.told[0].why

    def test_what_is_followed_is_lifted_above_what_more_outlets_tell(self) -> None:
        wide, followed = a_candidate("wide", "A", "B"), a_candidate("mine", "C")

        found = chosen(wide, followed, taste=Taste(wishes={an_id("mine"): Wish.FOLLOW}))

        assert told_ids(found)[0] == an_id("mine")

    def test_what_is_like_a_story_of_which_less_is_wanted_sinks(self) -> None:
        wide = replace(a_candidate("wide", "A", "B"), vector=a_vector(1, 0.1))
        other = replace(a_candidate("other", "C"), vector=a_vector(0, 1))
        taste = Taste(like_unwanted=(a_vector(1, 0),), floor=0.1, spread=0.5)

        assert told_ids(chosen(wide, other, taste=taste)) == [an_id("other"), an_id("wide")]

    def test_what_is_like_a_story_that_was_opened_rises(self) -> None:
        first = replace(a_candidate("a", "A"), vector=a_vector(0, 1))
        other = replace(a_candidate("b", "B"), vector=a_vector(1, 0.1))
        taste = Taste(like_opened=(a_vector(1, 0),), floor=0.1, spread=0.5)

        found = chosen(first, other, taste=taste)

        assert told_ids(found)[0] == an_id("b")
        assert found.told[0].why == "1 origin; new; like one that was opened"

    def test_what_an_answer_rested_on_that_was_not_right_sinks(self) -> None:
        first, second = told_ids(chosen(a_candidate("a", "A"), a_candidate("b", "B")))
        taste = Taste(doubted=frozenset({first}))

        found = chosen(a_candidate("a", "A"), a_candidate("b", "B"), taste=taste)

        assert told_ids(found) == [second, first]

    @given(
        st.lists(st.sampled_from((a_vector(1, 0), a_vector(0, 1), a_vector(1, 1))), max_size=30),
        st.lists(st.sampled_from((a_vector(1, 0), a_vector(0, 1), a_vector(1, 1))), max_size=30),
        st.sampled_from((None, Wish.OPENED, Wish.FOLLOW)),
        st.booleans(),
    )
    def test_feedback_moves_a_story_by_a_bounded_amount_however_much_of_it_there_is(
        self, opened: list[Vector], unwanted: list[Vector], wish: Wish | None, doubted: bool
    ) -> None:
        taste = Taste(
            wishes={"a": wish} if wish else {},
            doubted=frozenset({"a"} if doubted else ()),
            like_opened=tuple(opened),
            like_unwanted=tuple(unwanted),
            like_doubted=tuple(opened),
            spread=0.5,
        )

        score, why = learned("a", a_vector(1, 0), taste)

        assert LEAST_LEARNED <= score <= MOST_LEARNED
        assert bool(why) or score == 0

    def test_of_two_stories_that_became_one_what_was_said_against_it_holds(self) -> None:
        assert stronger(Wish.LESS, Wish.OPENED) is Wish.LESS
        assert stronger(Wish.OPENED, Wish.FOLLOW) is Wish.FOLLOW
        assert stronger(None, Wish.OPENED) is Wish.OPENED

    def test_the_log_says_why(self) -> None:
        (told,) = chosen(a_candidate("one", "A", "B")).told

        assert told.why == "2 origins; new"


class TestWhatIsLeftOut:
    def test_a_story_of_which_less_is_wanted_and_a_muted_one(self) -> None:
        wishes = {an_id("less"): Wish.LESS, an_id("mute"): Wish.MUTE}
        stories = (a_candidate("less"), a_candidate("mute"), a_candidate("kept"))

        assert told_ids(chosen(*stories, taste=Taste(wishes=wishes))) == [an_id("kept")]

    def test_what_none_of_the_chosen_outlets_carried(self) -> None:
        mine, other = a_candidate("mine", "Folha", "AP"), a_candidate("other", "G1")

        assert told_ids(chosen(mine, other, taste=Taste(sources=("folha",)))) == [an_id("mine")]

    def test_what_is_about_no_topic_by_words_or_meaning(self) -> None:
        by_words = a_candidate("words", title="Hospitais de Lisboa fecham urgências")
        by_meaning = replace(a_candidate("meaning"), vector=a_vector(1, 0.1))
        neither = replace(a_candidate("neither"), vector=a_vector(0, 1))
        taste = Taste(topics=(Topic("urgencias hospital", a_vector(1, 0)),), floor=0.1, spread=0.5)

        found = chosen(by_words, by_meaning, neither, taste=taste)

        assert sorted(told_ids(found)) == sorted([an_id("words"), an_id("meaning")])
        assert all("topic urgencias hospital" in one.why for one in found.told)

    def test_a_topic_measured_by_another_model_matches_by_words_alone(self) -> None:
        odd = replace(a_candidate("odd"), vector=a_vector(1, 0, 0))
        taste = Taste(topics=(Topic("energy", a_vector(1, 0)),), spread=0.5)

        assert told_ids(chosen(odd, taste=taste)) == []


class TestOneStoryAsItMayBeTold:
    def test_a_hidden_outlet_is_not_heard_and_not_counted(self) -> None:
        loud = a_story_article("loud", source="Tabloid", title="Shock at the harbour, they say")
        story = a_told_story("story", a_story_article("calm"), loud)

        found = candidate(story, TODAY, ("TABLOID",), "en")

        assert found is not None
        assert [one.source for one in found.story.articles] == ["Folha"]
        assert found.story.outlets == ("Folha",)
        assert len(found.story.origins) == 1

    def test_a_story_of_hidden_outlets_alone_is_none(self) -> None:
        assert candidate(a_told_story("story"), TODAY, ("Folha",), "en") is None

    def test_what_came_before_and_after_the_period_makes_no_news(self) -> None:
        old = a_told_story("old", a_story_article("old", hours_ago=30))
        later = a_told_story("later", a_story_article("later", hours_ago=-1))

        assert candidate(old, TODAY, (), "en") is None
        assert candidate(later, TODAY, (), "en") is None

    def test_a_running_story_is_not_new_and_keeps_its_day(self) -> None:
        articles = a_story_article("one", hours_ago=50), a_story_article("two", hours_ago=1)
        found = candidate(a_told_story("story", *articles), TODAY, (), "en")

        assert found is not None
        assert not found.is_new
        assert [one.id for one in found.fresh] == [an_id("two")]
        assert chosen(found).told[0].why == "1 origin; day 3, 1 new"

    def test_the_headline_is_in_the_readers_language_where_there_is_one(self) -> None:
        english = a_story_article("en", title="Harbour opens again after the storm")
        spanish = a_story_article("es", language="es", title="El puerto reabre tras la tormenta")
        story = a_told_story("story", english, spanish)

        found = {language: candidate(story, TODAY, (), language) for language in ("en", "es", "pt")}

        assert found["es"]
        assert found["es"].story.headline == "El puerto reabre tras la tormenta"
        assert found["en"]
        assert found["en"].story.headline == english.title
        assert found["pt"]
        assert found["pt"].story.headline in (english.title, spanish.title)

    def test_a_running_story_has_the_headline_of_what_is_new(self) -> None:
        old = a_story_article("old", hours_ago=40, title="Six dead as the river floods the valley")
        spanish = a_story_article("es", language="es", title="Ya son nueve los muertos del valle")
        english = a_story_article("en", title="Flood toll rises to nine in the valley")

        found = candidate(a_told_story("story", old, spanish, english), TODAY, (), "en")
        assert found is not None
        assert found.story.headline == english.title
        assert not found.known_as

        # In another language, it is still known by the one its reader has read.
        found = candidate(a_told_story("story", old, spanish), TODAY, (), "en")
        assert found is not None
        assert found.story.headline == spanish.title
        assert found.known_as == old.title

    def test_a_contradiction_with_a_hidden_outlet_is_none(self) -> None:
        articles = a_story_article("one"), a_story_article("two", source="Tabloid")
        figures = tuple(
            ToldFigure(str(value), article.id, Decimal(value))
            for value, article in zip((3, 40), articles, strict=True)
        )
        story = a_told_story("s", *articles, contradictions=(Contradiction("dead", figures),))

        hidden, open_ = (candidate(story, TODAY, names, "en") for names in (("Tabloid",), ()))

        assert hidden
        assert hidden.story.contradictions == ()
        assert open_
        assert len(open_.story.contradictions) == 1


@given(
    counts=st.lists(st.tuples(st.integers(0, 30), st.integers(1, 4)), max_size=25),
    length=st.sampled_from(sorted(Length)),
)
def test_whatever_comes_each_story_is_told_once_and_never_more_than_wished(
    counts: list[tuple[int, int]], length: Length
) -> None:
    stories = [a_candidate(f"s{name}", *"ABCD"[:outlets]) for name, outlets in counts]

    found = choose(stories, EVERYTHING, TODAY, length)

    ids = [one.candidate.story.id for one in (*found.told, *found.also)]
    assert len(ids) == len(set(ids))
    assert len(found.told) <= MOST_TOLD[length]
    assert len(found.also) <= MOST_NAMED
    assert len(found.told) == min(MOST_TOLD[length], len({name for name, _ in counts}))
    again = choose(list(reversed(stories)), EVERYTHING, TODAY, length)
    if len(counts) == len({name for name, _ in counts}):
        assert again == found, "the order they come in changes nothing"
