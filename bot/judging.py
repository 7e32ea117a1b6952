"""Whether what the model wrote may be sent: labels resolved, every claim looked up.  (pure)"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.answers import Citation
from bot.attribution import misattributed, out_of_nowhere
from bot.citations import Resolved, labels_of, resolve
from bot.draft_text import without_markup
from bot.grounding.check import About, Finding, check
from bot.grounding.claims import AnswerSentence
from bot.tracing import span
from bot.unfit import Runs, unfit
from retrieval.clean import clean_text
from retrieval.folding import fold
from retrieval.models import Passage

MOST_PROBLEMS = 12
"""Told to the model in one round of repair."""

_ROUNDS = 4
"""A sentence left out takes its label along, on which others may rest."""

_NOT_FOUND = re.compile(r"NOT[ _]FOUND\b[\s.:*_–—-]*|\A\W{0,4}[Nn]ot found(?:[.:\n]|\Z)[\s*]*")
"""What the model begins with when the coverage does not hold the answer (`prompts/answer.md`)."""

_YES_OR_NO = frozenset({"yes", "no", "sim", "nao", "si"})


@dataclass(frozen=True, slots=True)
class Judged:
    """A draft, after every claim in it was looked up in what it cites."""

    text: str
    """What is borne out: the draft without its unsupported sentences."""
    citations: tuple[Citation, ...]
    problems: tuple[str, ...]
    """What is not borne out, in words the model can act on; empty when all is."""
    says_not_found: bool

    @property
    def is_answer(self) -> bool:
        """Whether what is left states something, with its sources."""
        return bool(self.citations)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a draft is judged by besides the passages."""

    question: str
    language: str
    """The answer's."""
    today: datetime
    instructions: Runs = frozenset()
    """What the model was told, which no answer repeats; see `unfit.runs_of`."""


@span("check")
def judge(draft: str, passages: Mapping[int, Passage], asked: Asked) -> Judged:
    """Look up the claims of a draft. `passages` by label, all that the model was shown."""
    text, says_not_found = _without_mark(without_markup(clean_text(draft)))
    first: dict[str, None] = {}
    for _ in range(_ROUNDS):
        resolved = resolve(text, passages, asked.language)
        problems = dict(_problems(resolved, passages, asked))
        first = first or dict.fromkeys(problems.values())
        if not problems:
            break
        text = _without(resolved.text, resolved.sentences, problems.keys())
    else:
        resolved = resolve("", passages, asked.language)
    says_something = any(map(str.isalpha, "".join(one.text for one in resolved.sentences)))
    if not (resolved.citations and says_something):
        resolved = resolve("", passages, asked.language)
        first = first or {"no passage is cited": None}
    return Judged(resolved.text, resolved.citations, tuple(first)[:MOST_PROBLEMS], says_not_found)


def _without_mark(draft: str) -> tuple[str, bool]:
    text, marks = _NOT_FOUND.subn("", draft)
    return text.strip(), marks > 0


def _problems(
    resolved: Resolved, passages: Mapping[int, Passage], asked: Asked
) -> Iterator[tuple[tuple[int, int], str]]:
    """Sentences that may not be sent, by their span, and why."""
    report = check(
        resolved.sentences,
        passages,
        question=asked.question,
        language=asked.language,
        today=asked.today,
    )
    named = (asked.question, *(passage.source for passage in passages.values()))
    own = _own_parts(resolved.text, resolved.sentences)
    for checked, part in zip(report.sentences, own, strict=True):
        sentence = checked.sentence
        if _is_bare_yes(sentence.text):
            continue
        why = unfit(sentence.text, asked.instructions, named)
        if not why and _breaks_off(part) and sentence is resolved.sentences[-1]:
            why = "it breaks off"
        if not why and checked.unsupported:
            why = "; ".join(_finding(one) for one in checked.unsupported[:4])
        # What claims nothing that can be looked up may rest on no other sentence's label.
        if not why and not (labels_of(part) if not checked.findings else sentence.labels):
            why = "no passage is cited"
        why = why or misattributed(checked, passages)
        if not why and out_of_nowhere(checked, passages, asked.language):
            why = "no word of it is in the passage it cites; say it in the passage's words"
        if why:
            yield sentence.span, f"“{_cut(sentence.text)}”: {why}"


def _is_bare_yes(text: str) -> bool:
    return fold(text).strip(" .,;:!") in _YES_OR_NO


def _breaks_off(end: str) -> bool:
    """Whether a text that ends so was cut off: by a limit, or by a filter of the provider's."""
    return bool(end.strip()) and end.rstrip()[-1].isalnum()


def _own_parts(text: str, sentences: tuple[AnswerSentence, ...]) -> list[str]:
    """Each sentence with the labels up to the next one."""
    starts = [*(sentence.span[0] for sentence in sentences), len(text)]
    return [text[starts[at] : starts[at + 1]] for at in range(len(sentences))]


def _without(
    text: str, sentences: tuple[AnswerSentence, ...], spans: Collection[tuple[int, int]]
) -> str:
    parts = zip(sentences, _own_parts(text, sentences), strict=True)
    return "".join(part for sentence, part in parts if sentence.span not in spans).strip()


def _finding(finding: Finding) -> str:
    if finding.about is About.SUBJECT:
        told = f", but of “{_cut(finding.instead)}”" if finding.instead else ""
        return f"the passage does not say this of “{_cut(finding.text)}”{told}"
    words = f"{finding.about.value} “{_cut(finding.text)}” is not what the passage says"
    return f"{words}; it says “{_cut(finding.instead)}”" if finding.instead else words


def _cut(text: str) -> str:
    return text if len(text) <= 160 else text[:159] + "…"
