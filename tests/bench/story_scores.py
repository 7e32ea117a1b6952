"""How well stories are told apart, and the baseline they are held up against.  (pure)"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.models import Matrix
from retrieval.stories import LIFE, Sketch


@dataclass(frozen=True, slots=True)
class Score:
    precision: float
    """B-cubed (A. Bagga, B. Baldwin, "Entity-based cross-document coreferencing using the Vector
    Space Model", 1998): of an article's story as told, the share that belongs there; the mean
    over articles."""
    recall: float
    """Of the story it belongs to, the share that was told with it."""
    rand: float
    """Adjusted Rand index (L. Hubert, P. Arabie, "Comparing partitions", 1985)."""

    @property
    def f(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def score(told: Mapping[str, str], labels: Mapping[str, str]) -> Score:
    """Of the labelled articles; what else is in their stories does not count."""
    as_told, as_labelled = defaultdict(set), defaultdict(set)
    for article, label in labels.items():
        as_told[told[article]].add(article)
        as_labelled[label].add(article)
    precision = recall = 0.0
    for article, label in labels.items():
        common = len(as_told[told[article]] & as_labelled[label])
        precision += common / len(as_told[told[article]])
        recall += common / len(as_labelled[label])
    return Score(precision / len(labels), recall / len(labels), _adjusted_rand(told, labels))


def _adjusted_rand(told: Mapping[str, str], labels: Mapping[str, str]) -> float:
    both = _pairs(Counter((told[one], label) for one, label in labels.items()))
    mine = _pairs(Counter(told[one] for one in labels))
    theirs = _pairs(Counter(labels.values()))
    expected = mine * theirs / _pairs(Counter({"": len(labels)}))
    most = (mine + theirs) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


def _pairs(counts: Counter[str] | Counter[tuple[str, str]]) -> float:
    return sum(n * (n - 1) / 2 for n in counts.values())


def single_link(sketches: Sequence[Sketch], cosines: Matrix, threshold: float) -> dict[str, str]:
    """The baseline: articles within the same three weeks and as near as that are of one story,
    and so is whatever hangs together."""
    at = np.array([sketch.at for sketch in sketches])
    near = np.abs(at[:, None] - at[None]) <= LIFE.total_seconds()
    parent = list(range(len(sketches)))

    def root(of: int) -> int:
        while parent[of] != of:
            parent[of] = parent[parent[of]]
            of = parent[of]
        return of

    for one, other in zip(*np.nonzero(np.triu(near & (cosines >= threshold), 1)), strict=True):
        parent[root(int(one))] = root(int(other))
    return {sketch.article_id: str(root(at)) for at, sketch in enumerate(sketches)}


def cosines(sketches: Sequence[Sketch], *, centred: bool) -> Matrix:
    """Between all; `centred`: with the mean of all taken off."""
    vectors = np.stack([sketch.vector for sketch in sketches])
    if centred:
        vectors = vectors - vectors.mean(axis=0)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found: Matrix = vectors @ vectors.T
    return found
