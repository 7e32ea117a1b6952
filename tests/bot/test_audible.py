"""A story as a chat hears it that has hidden outlets: not a word of them is left."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bot.audible import Silence, audible
from retrieval.outlets import Origin
from retrieval.story_facts import Story
from retrieval.story_figures import Contradiction, ToldFigure
from tests.digests import NOW, a_story_article, a_told_story

OUTLETS = ("O Globo", "G1", "Folha", "El País", "Público")


def heard(story: Story, *hidden: str) -> Story | None:
    return audible(story, Silence.of(hidden), "en")


def test_a_story_of_hidden_outlets_alone_is_none() -> None:
    assert heard(a_told_story("a", a_story_article("a", source="Folha")), "FOLHA") is None


def test_an_outlet_that_only_carried_the_text_of_another_is_not_named() -> None:
    own = a_told_story("a", a_story_article("a", source="Folha"))
    story = replace(own, outlets=("Folha", "G1"), origins=(Origin("Folha", ("Folha", "G1")),))
    found = heard(story, "G1")
    assert found is not None
    assert (found.outlets, found.origins) == (("Folha",), (Origin("Folha", ("Folha",)),))


def test_a_publisher_named_after_a_hidden_outlet_is_named_after_another_of_its_outlets() -> None:
    story = a_told_story(
        "a", a_story_article("a", source="O Globo"), a_story_article("b", source="G1"),
        origins=(Origin("O Globo", ("O Globo", "G1")),),
    )  # fmt: skip
    found = heard(story, "O Globo")
    assert found is not None
    assert found.origins == (Origin("G1", ("G1",)),)


def test_an_agency_that_a_heard_outlet_credits_stays() -> None:
    story = a_told_story(
        "a", a_story_article("a", source="Folha"), a_story_article("b", source="G1"),
        origins=(Origin("Lusa", ("Folha", "G1")),),
    )  # fmt: skip
    found = heard(story, "Folha")
    assert found is not None
    assert found.origins == (Origin("Lusa", ("G1",)),)


def test_what_was_not_known_yet_is_left_out() -> None:
    early, late = a_story_article("a", hours_ago=5), a_story_article("b", source="G1", hours_ago=1)
    found = audible(a_told_story("a", early, late), Silence(), "en", NOW - timedelta(hours=3))
    assert found is not None
    assert (found.articles, found.outlets, found.article_count) == ((early,), ("Folha",), 1)


@given(
    sources=st.lists(st.sampled_from(OUTLETS), min_size=1, max_size=6),
    carried=st.lists(st.sampled_from(OUTLETS), max_size=3),
    hidden=st.sets(st.sampled_from(OUTLETS)),
)
def test_whatever_is_hidden_nothing_names_it(
    sources: list[str], carried: list[str], hidden: set[str]
) -> None:
    told = [a_story_article(str(at), source=one) for at, one in enumerate(sources)]
    outlets = tuple(dict.fromkeys([*sources, *carried]))
    figures = tuple(ToldFigure(str(at), one.id, Decimal(at)) for at, one in enumerate(told))
    story = a_told_story(
        "a", *told, outlets=outlets, origins=(Origin(outlets[0], outlets),),
        contradictions=(Contradiction("dead", figures),),
    )  # fmt: skip
    found = heard(story, *hidden)
    if found is None:
        assert set(sources) <= hidden
        return
    names = {*found.outlets, *(one.source for one in found.articles)}
    names |= {name for one in found.origins for name in (one.name, *one.outlets)}
    assert not names & hidden
    assert set(outlets) - hidden == set(found.outlets)
    ids = {one.id for one in found.articles}
    assert found.headline_article in ids
    assert all(f.article_id in ids for one in found.contradictions for f in one.figures)
