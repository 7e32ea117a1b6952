"""The grounding check on sentences written for it, beside a comparison of digits.

Precision and recall of catching what a passage does not support, on the development pairs and
on those held out: of these only the counts were looked at while the check was written.
"""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.grounding.check import check
from bot.grounding.claims import AnswerSentence
from retrieval.models import Passage
from tests.bench.figures import Figure, percentile

PAIRS = Path(__file__).resolve().parents[1] / "bot" / "grounding_pairs"
SPLITS = ("development", "held_out")


@dataclass(frozen=True)
class Pair:
    passage: Passage
    text: str
    language: str
    label: str
    question: str = ""

    @property
    def supported(self) -> bool:
        return self.label.startswith("supported")


def pairs(split: str) -> Iterator[Pair]:
    for line in (PAIRS / f"{split}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        passage = Passage(
            chunk_id=row["title"], text=row["text"], score=1.0, article_id=row["title"],
            ordinal=0, url="https://news.example.com/", title=row["title"],
            source=row["source"], language=row["language"],
            published_at=datetime.fromisoformat(row["published_at"]),
        )  # fmt: skip
        for sentence in row["sentences"]:
            asked = sentence.get("question", "")
            yield Pair(passage, sentence["text"], sentence["language"], sentence["label"], asked)


def flagged(pair: Pair) -> bool:
    sentence = AnswerSentence(pair.text, (1,))
    cited = {1: pair.passage}
    return not check([sentence], cited, question=pair.question, language=pair.language).ok


def flagged_by_digits(pair: Pair) -> bool:
    """The baseline: each run of digits must stand in the passage, separators left out."""
    told = set(_digits(f"{pair.passage.title} {pair.passage.text}"))
    return not set(_digits(pair.text)) <= told


def _digits(text: str) -> list[str]:
    return [re.sub(r"\D", "", number) for number in re.findall(r"\d[\d.,]*", text)]


@dataclass(frozen=True)
class Outcome:
    """Of one way to check, on one split."""

    precision: float
    """Share of what it flags that is unsupported."""
    recall: float
    """Share of what is unsupported that it flags."""
    let_pass: float
    """Share of what is supported that it does not flag."""
    caught: Counter[str]
    of: Counter[str]
    milliseconds: list[float]


def outcome(split: str, decide: Callable[[Pair], bool]) -> Outcome:
    caught: Counter[str] = Counter()
    of: Counter[str] = Counter()
    spent = []
    for pair in pairs(split):
        started = time.perf_counter()
        caught[pair.label] += decide(pair)
        spent.append((time.perf_counter() - started) * 1000)
        of[pair.label] += 1
    wrong = sum(n for label, n in caught.items() if not label.startswith("supported"))
    alarms = sum(n for label, n in caught.items() if label.startswith("supported"))
    supported = sum(n for label, n in of.items() if label.startswith("supported"))
    return Outcome(
        precision=wrong / (wrong + alarms) if wrong + alarms else 1.0,
        recall=wrong / (sum(of.values()) - supported),
        let_pass=1 - alarms / supported,
        caught=caught,
        of=of,
        milliseconds=spent,
    )


def measure() -> list[Figure]:
    figures = []
    for split in SPLITS:
        own, digits = outcome(split, flagged), outcome(split, flagged_by_digits)
        name = f"grounding, {split.replace('_', ' ')} ({sum(own.of.values())} pairs)"
        for what in ("precision", "recall", "let_pass"):
            value, baseline = getattr(own, what), getattr(digits, what)
            words = what.replace("let_pass", "supported let pass")
            figures.append(Figure(f"{name}: {words}", value, "", baseline, "digits alone"))
        spent = percentile(own.milliseconds, 0.95)
        figures.append(Figure(f"{name}: p95 of a sentence", spent, "ms"))
    return figures


def main() -> None:
    for split in SPLITS:
        for name, decide in (("the check", flagged), ("digits alone", flagged_by_digits)):
            done = outcome(split, decide)
            print(f"{split}, {name}: precision {done.precision:.3f}, recall {done.recall:.3f}, "
                  f"supported let pass {done.let_pass:.3f}, "
                  f"{percentile(done.milliseconds, 0.5):.1f} ms p50")  # fmt: skip
            for label, count in sorted(done.of.items()):
                print(f"    {label}: flagged {done.caught[label]} of {count}")


if __name__ == "__main__":
    main()
