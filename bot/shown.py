"""What the model is shown of the coverage: passages as data, under stable labels.

What stands in an article is text by strangers. It is put between tags it cannot close, its
own brackets with numbers are made round so that they pass for no label, and it is cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from bot.citations import EvidenceLabels
from retrieval.clean import clean_text, one_line
from retrieval.models import Passage

LONGEST_PASSAGE = 2_500
"""Characters; a chunk has about 1,000."""
LONGEST_SHOWN = 16_000
"""Characters of all passages of one look-up."""
MOST_PASSAGES = 99
"""Of one answer; beyond, nothing more is shown."""

_LONGEST_NAME = 200
_NUMBERS = r"\^?\d{1,3}(?:\s{0,2}[,;–-]\s{0,2}\^?\d{1,3}){0,20}"
_LOOKS_LIKE_LABEL = re.compile(
    rf"[\[【]\s{{0,2}}({_NUMBERS})\s{{0,2}}(?:†[^\[\]【】]{{0,200}})?[\]】]"
)
_BRACKETS = str.maketrans({"<": "‹", ">": "›"})
_IN_ATTRIBUTE = str.maketrans({"<": "‹", ">": "›", '"': "”"})


class ShownPassages:
    """The passages of one answer, numbered from 1 in the order they were first shown."""

    def __init__(self) -> None:
        self._labels = EvidenceLabels()
        self.by_words_only = False
        """Of how they were found; see `Found`."""

    @property
    def by_label(self) -> Mapping[int, Passage]:
        return self._labels.passages

    @property
    def articles(self) -> int:
        return len({passage.article_id for passage in self.by_label.values()})

    def label(self, passage: Passage) -> int | None:
        """The passage's number, always the same; None when there are too many."""
        known = self.by_label
        if len(known) >= MOST_PASSAGES and passage not in known.values():
            return None
        return self._labels.label(passage)

    def article_id(self, name: str) -> str | None:
        """The article a model means: by its id or the number of one of its passages."""
        wanted = name.strip().strip("[]").lower()
        if wanted.isascii() and wanted.isdecimal() and int(wanted) in self.by_label:
            return self.by_label[int(wanted)].article_id
        for passage in self.by_label.values():
            if wanted and passage.article_id.startswith(wanted):
                return passage.article_id
        return None

    def show(self, passages: Iterable[Passage]) -> str:
        """The passages as the model reads them; empty for none."""
        shown: list[str] = []
        room = LONGEST_SHOWN
        for passage in passages:
            text = as_data(passage.text)
            room -= len(text)
            number = self.label(passage) if room >= 0 else None
            if number is None:
                break
            shown.append(f"{_opening(number, passage)}\n{text}\n</passage>")
        return "\n".join(shown)


def as_data(text: str) -> str:
    """Text that closes no tag and holds nothing that passes for a label."""
    cut = clean_text(text)[:LONGEST_PASSAGE]
    return _LOOKS_LIKE_LABEL.sub(r"(\1)", cut.translate(_BRACKETS))


def as_attribute(text: str) -> str:
    """The same for a name, on one line and without quotation marks that end it."""
    line = one_line(text[:_LONGEST_NAME]).translate(_IN_ATTRIBUTE)
    return _LOOKS_LIKE_LABEL.sub(r"(\1)", line)


def _opening(number: int, passage: Passage) -> str:
    date = passage.published_at.date().isoformat() if passage.published_at else "unknown"
    corrected = f' corrected="{passage.corrected_at:%Y-%m-%d}"' if passage.corrected_at else ""
    return (
        f'<passage n="{number}" article="{passage.article_id[:12]}" '
        f'outlet="{as_attribute(passage.source)}" date="{date}" '
        f'language="{as_attribute(passage.language)}"{corrected} '
        f'title="{as_attribute(passage.title)}">'
    )
