"""A digest as values, before it is laid out.  (pure)"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.answers import Citation
from bot.browsed import StoryPage
from bot.figure_moves import Moved
from bot.outgoing import ToldStory
from retrieval.story_facts import Story


@dataclass(frozen=True, slots=True)
class Written:
    """What is said of a story in one or two sentences."""

    text: str = ""
    """Plain; `[n]` is the citation with that label. Empty where the headline is all there is."""
    citations: tuple[Citation, ...] = ()
    language: str = ""
    """Of the text."""
    is_news: bool = False
    """Of a running story: it says what was not known at the digest before."""


@dataclass(frozen=True, slots=True)
class DifferingFigure:
    figure: str
    outlet: str
    url: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Sources contradict each other."""

    about: str
    """As `retrieval.story_figures.Contradiction` names it."""
    figures: tuple[DifferingFigure, ...]


@dataclass(frozen=True, slots=True)
class MovedFigure:
    """What a story counts otherwise than it did."""

    moved: Moved
    outlet: str
    """That tells what is now."""


@dataclass(frozen=True, slots=True)
class Section:
    """A story that is told."""

    story_id: str
    headline: str
    url: str
    language: str
    """Of the headline."""
    written: Written
    outlets: tuple[str, ...]
    origins: int
    sole_origin: str = ""
    day: int = 1
    """Of a running story; a new one is at its first."""
    known_as: str = ""
    """The headline it had in the reader's language, where it has none in that now."""
    is_new: bool = True
    differences: tuple[Difference, ...] = ()
    moved: tuple[MovedFigure, ...] = ()
    also_in: tuple[str, ...] = ()
    """Outlets that tell it since the digest before, of a running story."""
    sample: bool = False


@dataclass(frozen=True, slots=True)
class NamedStory:
    """A story told by its headline alone."""

    story_id: str
    headline: str
    url: str
    outlet: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class DigestPage:
    name: str
    """What the chat calls it; empty for none."""
    since: datetime
    until: datetime
    """Aware and in the chat's time zone, as is `since`."""
    is_weekly: bool = False
    sections: tuple[Section, ...] = ()
    """None on a quiet day."""
    also: tuple[NamedStory, ...] = ()
    missed: int = 0
    """Digests that were never sent, and which this one stands for."""
    has_topics: bool = False
    """It is about some topics or outlets only: a quiet day is quiet in those."""


@dataclass(frozen=True, slots=True)
class StoryView:
    """A story in full, as far as one screen holds it."""

    story_id: str
    headline: str
    page: StoryPage
    """The latest of its articles."""
    differences: tuple[Difference, ...] = ()


def differences_of(story: Story) -> tuple[Difference, ...]:
    by_id = {one.id: one for one in story.articles}
    return tuple(
        Difference(
            one.about,
            tuple(
                DifferingFigure(
                    figure.text, by_id[figure.article_id].source, by_id[figure.article_id].url
                )
                for figure in one.figures
                if figure.article_id in by_id
            ),
        )
        for one in story.contradictions
    )


def moved_of(story: Story, found: Iterable[Moved]) -> tuple[MovedFigure, ...]:
    """Without those on which the story's sources differ: that is said by itself."""
    sources = {one.id: one.source for one in story.articles}
    disputed = {one.about for one in story.contradictions}
    return tuple(
        MovedFigure(one, sources[one.article_id])
        for one in found
        if one.article_id in sources and one.about not in disputed
    )


def told_story(place: int, story: Story, written: Written, why: str, most: int = 10) -> ToldStory:
    """For the memory of the message: the articles cited first, then the story's latest."""
    cited = [one.article_id for one in written.citations if one.article_id]
    latest = [one.id for one in reversed(story.articles)]
    ids = tuple(dict.fromkeys([*cited, story.headline_article, *latest]))[:most]
    return ToldStory(place, story.id, story.headline, ids, why)
