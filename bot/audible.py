"""A story as a chat may hear of it: without the outlets that it has hidden.  (pure)

An outlet is hidden whether a story's article is its own, or it only carried the text of another
one; where a publisher is named after a hidden outlet, another outlet of it stands for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from retrieval.folding import fold
from retrieval.models import Appearance
from retrieval.outlets import Origin
from retrieval.story_facts import Story, headline_of
from retrieval.story_figures import Contradiction


@dataclass(frozen=True, slots=True)
class Silence:
    """Outlets that are not to be heard."""

    names: frozenset[str] = frozenset()
    """Folded."""

    @classmethod
    def of(cls, hidden: Iterable[str]) -> Silence:
        return cls(frozenset(map(fold, hidden)))

    def covers(self, outlet: str) -> bool:
        return bool(self.names) and fold(outlet) in self.names

    def heard(self, outlets: Iterable[str]) -> tuple[str, ...]:
        return tuple(one for one in outlets if not self.covers(one))

    def appearances(self, found: Sequence[Appearance]) -> tuple[Appearance, ...]:
        return tuple(one for one in found if not self.covers(one.source))


def audible(
    story: Story, silence: Silence, language: str, until: datetime | None = None
) -> Story | None:
    """With a headline in `language` where one is left, and as it was known before `until`; None
    when nothing is left."""
    kept = tuple(
        one
        for one in story.articles
        if not silence.covers(one.source) and (until is None or one.heard_at < until)
    )
    if not kept:
        return None
    headline = headline_of(kept, language)
    story = replace(story, headline=headline.title, headline_article=headline.id)
    if len(kept) == len(story.articles) and not any(map(silence.covers, story.outlets)):
        return story
    own, ids = {one.source for one in kept}, {one.id for one in kept}
    # Who carried a text without an article of its own is known by name only.
    dropped = {one.source for one in story.articles} - own
    origins = (_heard(one, silence, dropped) for one in story.origins)
    differing = (
        Contradiction(one.about, tuple(f for f in one.figures if f.article_id in ids))
        for one in story.contradictions
    )
    return replace(
        story,
        articles=kept,
        article_count=story.article_count - (len(story.articles) - len(kept)),
        outlets=tuple(one for one in silence.heard(story.outlets) if one not in dropped),
        origins=tuple(one for one in origins if one is not None),
        last_seen=max(one.at for one in kept),
        contradictions=tuple(one for one in differing if len(one.figures) > 1),
    )


def _heard(origin: Origin, silence: Silence, dropped: set[str]) -> Origin | None:
    outlets = tuple(one for one in silence.heard(origin.outlets) if one not in dropped)
    if not outlets:
        return None
    is_named_after_one = origin.name in origin.outlets and origin.name not in outlets
    return Origin(outlets[0] if is_named_after_one else origin.name, outlets)
