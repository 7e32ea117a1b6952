"""The articles a new one can still share a story with, held for comparing.  (pure)

Grows and forgets; what it holds is a copy of rows that `story_intake` reads. An article is
compared with all of them by one product of matrices, and by names and figures only with the
nearest.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from retrieval.models import Matrix
from retrieval.stories import (
    LIFE,
    MOST_MEMBERS,
    WEIGHTS,
    Fit,
    Signs,
    Sketch,
    Weights,
    chosen,
    likeness,
    shared,
    together,
)
from retrieval.story_means import Means

NEIGHBOURS = 40
"""Nearest articles whose stories are looked at."""

LEAST_MEANING = 0.15
"""An article less near than this opens no story, whatever its names."""

_DAY = 86_400.0
_LIFE = int(LIFE.total_seconds())


class _Rarity(dict[str, float]):
    """By key, how much it tells that two articles share it; all others are unheard of."""

    def __init__(self, counts: Counter[str], articles: int) -> None:
        super().__init__()
        self._counts, self._articles = counts, articles

    def __missing__(self, key: str) -> float:
        value = math.log(1 + (self._articles + 20) / (self._counts[key] + 0.5))
        self[key] = value
        return value


class Window:
    def __init__(self, means: Means, weights: Weights = WEIGHTS) -> None:
        self._means = means
        self._weights = weights
        self._sketches: list[Sketch] = []
        self._places: dict[str, int] = {}
        self._matrix: Matrix = np.zeros((0, 0), dtype=np.float32)
        self._at: npt.NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._spoken: npt.NDArray[np.intp] = np.zeros(0, dtype=np.intp)
        self._languages: dict[str, int] = {}
        self._story: dict[str, str] = {}
        self._members: dict[str, set[str]] = {}
        self._counts: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._sketches)

    def __contains__(self, article_id: str) -> bool:
        return article_id in self._places

    def story_of(self, article_id: str) -> str | None:
        return self._story.get(article_id)

    def members(self, story: str) -> frozenset[str]:
        return frozenset(self._members.get(story, ()))

    def add(self, sketch: Sketch, story: str) -> None:
        """Or replace what it has of the article."""
        self.forget([sketch.article_id])
        place = len(self._sketches)
        if place == len(self._matrix):
            room = max(64, 2 * place)
            self._matrix = _with_room(self._matrix, (room, len(sketch.vector)))
            self._at = np.resize(self._at, room)
            self._spoken = np.resize(self._spoken, room)
        self._sketches.append(sketch)
        self._places[sketch.article_id] = place
        self._matrix[place] = sketch.vector
        self._at[place] = sketch.at
        self._spoken[place] = self._languages.setdefault(sketch.language, len(self._languages))
        self._counts.update(sketch.names | sketch.figures)
        self.put(sketch.article_id, story)

    def put(self, article_id: str, story: str) -> None:
        """Into another story."""
        self._leave(article_id)
        self._story[article_id] = story
        self._members.setdefault(story, set()).add(article_id)

    def unite(self, gone: str, into: str) -> None:
        for article_id in self.members(gone):
            self.put(article_id, into)

    def forget(self, article_ids: Iterable[str]) -> None:
        for article_id in article_ids:
            place = self._places.pop(article_id, None)
            if place is None:
                continue
            self._leave(article_id)
            gone, last = self._sketches[place], self._sketches.pop()
            self._counts.subtract(gone.names | gone.figures)
            if last is not gone:
                self._sketches[place] = last
                self._places[last.article_id] = place
                self._matrix[place] = self._matrix[len(self._sketches)]
                self._at[place] = self._at[len(self._sketches)]
                self._spoken[place] = self._spoken[len(self._sketches)]

    def forget_before(self, at: int) -> None:
        self.forget([one.article_id for one in self._sketches if one.at < at])

    def fits(self, sketch: Sketch) -> list[Fit]:
        """The stories an article may join, the best first."""
        return chosen(self._fits(sketch))

    def united(self, stories: Sequence[str]) -> list[str]:
        """Those of some stories that are one with the first."""
        return [other for other in stories[1:] if together(self._links(stories[0], other))]

    def signs(self, one: Sketch, other: Sketch) -> Signs:
        """Of two articles it holds; for the bench, which fits the weights to them."""
        meaning = float(self._meanings(one, [self._places[other.article_id]])[0])
        return self._signs(one, other, meaning, _Rarity(self._counts, len(self)))

    def _fits(self, sketch: Sketch) -> list[Fit]:
        n = len(self)
        near = np.abs(self._at[:n] - sketch.at) <= _LIFE
        if not near.any():
            return []
        meanings = np.where(near, self._meanings(sketch, slice(n)), -np.inf)
        found = self._nearest(meanings)
        rarity = _Rarity(self._counts, n)
        fits = []
        for story in dict.fromkeys(self._story[self._sketches[at].article_id] for at in found):
            links = [
                likeness(self._signs(sketch, member, float(meanings[at]), rarity), self._weights)
                for at, member in self._compared(story, sketch)
                if near[at]
            ]
            if links:
                fits.append(Fit(story, max(links), sum(links) / len(links)))
        return fits

    @staticmethod
    def _nearest(meanings: npt.NDArray[np.float32]) -> list[int]:
        """Places of the nearest articles, those first."""
        most = min(NEIGHBOURS, len(meanings))
        nearest = np.argpartition(-meanings, most - 1)[:most]
        in_order = nearest[np.lexsort((nearest, -meanings[nearest]))]
        return [at for at in in_order.tolist() if meanings[at] >= LEAST_MEANING]

    def _links(self, one: str, other: str) -> list[float]:
        rarity = _Rarity(self._counts, len(self))
        links = []
        for member_id in sorted(self._members[one])[:MOST_MEMBERS]:
            mine = self._sketches[self._places[member_id]]
            theirs = self._compared(other, mine)
            meanings = self._meanings(mine, [at for at, _ in theirs])
            links += [
                likeness(self._signs(mine, member, float(value), rarity), self._weights)
                for (_, member), value in zip(theirs, meanings, strict=True)
            ]
        return links

    def _meanings(self, sketch: Sketch, places: list[int] | slice) -> npt.NDArray[np.float32]:
        return self._means.likenesses(
            sketch, self._matrix[places], self._spoken[places], tuple(self._languages)
        )

    def _compared(self, story: str, to: Sketch) -> list[tuple[int, Sketch]]:
        """Places and sketches of the members an article is compared with."""
        places = [self._places[one] for one in self._members[story] if one != to.article_id]
        found = [(place, self._sketches[place]) for place in places]
        found.sort(key=lambda pair: (abs(pair[1].at - to.at), pair[1].article_id))
        half = MOST_MEMBERS // 2
        rest = found[half:]
        step = max(1, math.ceil(len(rest) / (MOST_MEMBERS - half)))
        return found[:half] + rest[step - 1 :: step]

    @staticmethod
    def _signs(one: Sketch, other: Sketch, meaning: float, rarity: Mapping[str, float]) -> Signs:
        return Signs(
            meaning=meaning,
            names=shared(one.names, other.names, rarity),
            figures=shared(one.figures, other.figures, rarity),
            apart=bool(one.figures and other.figures) and not one.figures & other.figures,
            days=abs(one.at - other.at) / _DAY,
            one_text=one.copy_group is not None and one.copy_group == other.copy_group,
        )

    def _leave(self, article_id: str) -> None:
        story = self._story.pop(article_id, None)
        if story is not None:
            self._members[story].discard(article_id)
            if not self._members[story]:
                del self._members[story]


def _with_room(matrix: Matrix, shape: tuple[int, int]) -> Matrix:
    grown = np.zeros(shape, dtype=np.float32)
    if matrix.size:
        grown[: len(matrix)] = matrix
    return grown
