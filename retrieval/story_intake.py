"""Articles into stories, as they arrive. Orders the steps; decides nothing.

    pending_stories     noted in the transaction that wrote or removed an article
      -> Arrival        its mean vector, names and figures
      -> Window.fits    the stories it may join                          (pure)
      -> story_rows     joined, begun or united; then the note is settled

What was told stays told: an article whose text is as it was keeps its story, also when the
archive gets another embedding model. A crash repeats a step of at most 50 articles.
"""

from __future__ import annotations

from sqlalchemy import Connection, Engine

from retrieval import story_rows
from retrieval.identity import digest
from retrieval.stories import LIFE
from retrieval.story_arrivals import Absent, Arrival, arrival
from retrieval.story_means import Means
from retrieval.story_rows import Told
from retrieval.story_window import Window
from retrieval.writing import writing

STEP = 50
"""Articles of one transaction: searches and other writers wait no longer than that."""

MOST_UNITED = 4
"""Stories an article fits that are looked at for being one."""

_LIFE = int(LIFE.total_seconds())


class StoryIntake:
    """Tells which story each article belongs to; from one thread."""

    def __init__(self, engine: Engine, model_id: str, floor: float) -> None:
        self._engine = engine
        self.model_id = model_id
        self._floor = floor
        self._held: _Held | None = None

    def catch_up(self, limit: int | None = None) -> int:
        """Place what is pending, the latest first, at most `limit`; returns how many were.

        What has yet to get vectors of the model stays pending.
        """
        seen = done = 0
        after: tuple[int, str] | None = None
        while limit is None or seen < limit:
            size = STEP if limit is None else min(STEP, limit - seen)
            try:
                with writing(self._engine) as connection:
                    step = story_rows.pending(connection, after, size)
                    done += self._place_all(connection, [article_id for _, article_id in step])
            except BaseException:
                # What is held in memory may be ahead of what was written.
                self._held = None
                raise
            seen += len(step)
            if len(step) < size:
                break
            after = step[-1]
        return done

    def _place_all(self, connection: Connection, article_ids: list[str]) -> int:
        if not article_ids:
            return 0
        held = self._holding(connection)
        settled = []
        for article_id in article_ids:
            came = arrival(connection, article_id, self.model_id)
            if came is Absent.UNFINISHED:
                continue
            if isinstance(came, Arrival):
                self._place(connection, held, came)
            else:
                held.window.forget([article_id])
            settled.append(article_id)
        story_rows.write_means(connection, self.model_id, held.means.totals)
        story_rows.settle(connection, settled)
        return len(settled)

    def _place(self, connection: Connection, held: _Held, came: Arrival) -> None:
        sketch = came.sketch
        former = story_rows.told(connection, sketch.article_id)
        is_of_model = former is not None and former.model_id == self.model_id
        if former is not None and former.content_hash == came.content_hash:
            if not is_of_model:
                held.means.add(sketch)
                story_rows.write_told(connection, came, former.story_id, self.model_id)
                held.add(came, former.story_id)
            return
        if former is not None and is_of_model:
            held.means.take_off(former.sketch.language, former.sketch.vector)
        held.means.add(sketch)
        held.cover(connection, self.model_id, sketch.at)
        held.window.forget([sketch.article_id])
        fits = [fit.story for fit in held.window.fits(sketch)]
        story = self._story(connection, came, former, fits)
        moves = former is not None and story != former.story_id
        if former and moves and story_rows.is_alone(connection, sketch.article_id, former):
            story_rows.merge(connection, former.story_id, story)
        story_rows.write_told(connection, came, story, self.model_id)
        held.add(came, story)
        united = held.window.united(list(dict.fromkeys([story, *fits]))[:MOST_UNITED])
        if united:
            into = story_rows.oldest(connection, [story, *united])
            for gone in sorted({story, *united} - {into}):
                story_rows.merge(connection, gone, into)
                held.window.unite(gone, into)
            story = into
        story_rows.refresh(connection, {story} | ({former.story_id} if former else set()))

    def _story(
        self, connection: Connection, came: Arrival, former: Told | None, fits: list[str]
    ) -> str:
        """The one it was in if that still fits or nothing else does and nobody else is in it."""
        if former is not None and former.story_id in fits:
            return former.story_id
        if fits:
            return fits[0]
        if former is not None and story_rows.is_alone(connection, came.sketch.article_id, former):
            return former.story_id
        at, number = came.sketch.at, 0
        while True:
            story = digest("story", came.sketch.article_id, *([str(number)] if number else []))
            if not story_rows.is_taken(connection, story):
                story_rows.begin_story(connection, story, at)
                return story
            number += 1

    def _holding(self, connection: Connection) -> _Held:
        if self._held is None:
            totals = story_rows.means(connection, self.model_id)
            self._held = _Held(Means(self._floor, totals))
        return self._held


class _Held:
    """The window, and the time it covers."""

    def __init__(self, means: Means) -> None:
        self.means = means
        self.window = Window(means)
        self._first = self._last = 0

    def cover(self, connection: Connection, model_id: str, at: int) -> None:
        """Hold what an article of that moment may share a story with, and half as much again, so
        that the next ones find it there."""
        if self._first <= at - _LIFE and at + _LIFE <= self._last:
            return
        self._first, self._last = at - _LIFE * 3 // 2, at + _LIFE * 3 // 2
        self.window = Window(self.means)
        for sketch, story in story_rows.told_between(
            connection, model_id, self._first, self._last, at
        ):
            self.window.add(sketch, story)

    def add(self, came: Arrival, story: str) -> None:
        if self._first <= came.sketch.at <= self._last:
            self.window.add(came.sketch, story)
