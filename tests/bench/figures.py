"""One measured figure beside its baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    what: str
    value: float
    unit: str
    baseline: float | None = None
    baseline_of: str = ""
    wanted: str = ""

    @property
    def ratio(self) -> float | None:
        return self.value / self.baseline if self.baseline else None

    def cells(self) -> tuple[str, str, str, str, str, str]:
        baseline = f"{self.baseline:.4g} {self.unit}" if self.baseline is not None else "–"
        ratio = f"{self.ratio:.2f}" if self.ratio is not None else "–"
        value = f"{self.value:.4g} {self.unit}"
        return (self.what, value, baseline, self.baseline_of or "–", ratio, self.wanted or "–")

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": self.ratio}


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of them lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
