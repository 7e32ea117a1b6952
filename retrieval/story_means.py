"""What all articles of an archive have in common, to be taken off before they are compared.  (pure)

Vectors of a model lie in a narrow cone: of e5, two articles about nothing alike have a cosine
of 0.8. Less the mean of all, those have about 0. The mean differs by language, and with it
taken off, two articles of one event are as near across languages as within one (J. Libovický,
R. Rosa, A. Fraser, "On the Language Neutrality of Pre-trained Multilingual Representations",
2020, 3.2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from retrieval.models import Matrix, Vector
from retrieval.stories import Sketch

FEW = 40
"""Articles from which the mean counts for half; before, the cosine less its floor does."""
FEW_OF_A_LANGUAGE = 20
"""Articles from which a language's own mean counts for half."""
FEW_PAIRS = 10


@dataclass(frozen=True, slots=True)
class Total:
    count: int
    vector: npt.NDArray[np.float64]
    """The sum."""


class Means:
    """Sums of vectors by language. Grows with the archive; so little at a time that yesterday's
    likenesses hold today."""

    def __init__(self, floor: float, totals: Mapping[str, Total] | None = None) -> None:
        """`floor` is about the cosine of two unrelated texts, until there are some."""
        self._floor = floor
        self._totals = dict(totals or {})
        self._derived: dict[str, Vector] | None = None

    @property
    def totals(self) -> Mapping[str, Total]:
        return self._totals

    def add(self, sketch: Sketch) -> None:
        self._change(sketch.language, sketch.vector, 1)

    def take_off(self, language: str, vector: Vector) -> None:
        self._change(language, vector, -1)

    def likenesses(
        self,
        sketch: Sketch,
        others: Matrix,
        spoken: npt.NDArray[np.intp],
        languages: Sequence[str],
    ) -> npt.NDArray[np.float32]:
        """Of one article to others; -1 to 1, unrelated ones about 0. Some must have been added.

        `others` are vectors, one a row; `spoken` are the places of their languages in `languages`.
        With a and b less their means m and n, a·b = ab - an - mb + mn: so the others are read
        once and never copied.
        """
        means = self._means()
        own = means.get(sketch.language, means[""])
        theirs = np.stack([means.get(language, means[""]) for language in languages])
        products = others @ np.vstack([sketch.vector, own, theirs]).T
        cosine, to_own = products[:, 0], products[:, 1]
        to_theirs = products[np.arange(len(others)), 2 + spoken]
        centred = cosine - to_own - (theirs @ (sketch.vector - own))[spoken]
        squared = 1 - 2 * to_theirs + np.sum(theirs * theirs, axis=1)[spoken]
        lengths = np.sqrt(np.maximum(squared, 1e-9)) * np.linalg.norm(sketch.vector - own)
        share = self._count() / (self._count() + FEW)
        floor = self._estimated_floor()
        above = (cosine - floor) / (1 - floor)
        found: npt.NDArray[np.float32] = (
            share * centred / np.maximum(lengths, 1e-6) + (1 - share) * above
        )
        return found

    def _change(self, language: str, vector: Vector, by: int) -> None:
        total = self._totals.get(language, Total(0, np.zeros(len(vector))))
        self._totals[language] = Total(total.count + by, total.vector + by * vector)
        self._derived = None

    def _count(self) -> int:
        return sum(total.count for total in self._totals.values())

    def _means(self) -> dict[str, Vector]:
        """By language, drawn to the mean of all while there are few of it; that one is at ''."""
        if self._derived is None:
            everything = np.sum([one.vector for one in self._totals.values()], axis=0)
            overall = everything / max(1, self._count())
            self._derived = {"": overall.astype(np.float32)}
            for language, total in self._totals.items():
                drawn = total.vector + FEW_OF_A_LANGUAGE * overall
                mean = drawn / (max(0, total.count) + FEW_OF_A_LANGUAGE)
                self._derived[language] = mean.astype(np.float32)
        return self._derived

    def _estimated_floor(self) -> float:
        """The mean cosine of two articles; of n unit vectors with the sum s, (s·s - n) / n(n-1)."""
        n = self._count()
        if n < 2:
            return self._floor
        overall = self._means()[""].astype(np.float64)
        mean_cosine = (n * float(overall @ overall) - 1) / (n - 1)
        weight = n / (n + FEW_PAIRS)
        return min(0.95, weight * mean_cosine + (1 - weight) * self._floor)
