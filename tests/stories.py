"""Wire stories and what outlets make of them: texts that resemble each other only on purpose."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from functools import cache

from retrieval.models import Article
from tests.builders import an_article

_LETTERS = "aeiourstlnmdpc"


@cache
def _vocabulary() -> list[str]:
    dice = random.Random(7)
    return ["".join(dice.choices(_LETTERS, k=dice.randint(2, 9))) for _ in range(4_000)]


@cache
def wire_text(number: int, paragraphs: int = 5) -> str:
    """A text like no other number's: paragraphs of two sentences, with a figure in each."""
    dice = random.Random(number)
    weights = [1 / (rank + 3) for rank in range(len(_vocabulary()))]
    made = []
    for _ in range(paragraphs):
        words = dice.choices(_vocabulary(), weights, k=40)
        words[10] = str(dice.randint(100, 90_000))
        made.append(
            " ".join([*words[:20]]).capitalize() + ". " + " ".join(words[20:]).title() + "."
        )
    return "\n\n".join(made)


def a_story(number: int, outlet: str = "Lusa", text: str | None = None) -> Article:
    """Story `number` as it stands in an outlet, word for word unless `text` is given."""
    return an_article(
        wire_text(number) if text is None else text,
        url=f"https://{outlet.lower()}.example/{number}",
        title=f"{outlet} on story {'abcdefghij'[number % 10]}",
        source=outlet,
    )


def with_other_figures(text: str) -> str:
    return re.sub(r"\d+", lambda figure: str(int(figure.group()) + 1), text)


def shortened(text: str) -> str:
    """Without its last paragraph."""
    return text.rsplit("\n\n", 1)[0]


def reworded(article: Article) -> Article:
    """A few words corrected, no figure."""
    first, rest = article.text.split(" ", 1)
    return replace(article, text=f"{first} ontem {rest}")


LUSA, FOLHA, PUBLICO = (a_story(1, outlet) for outlet in ("Lusa", "Folha", "Publico"))
CORRECTED = a_story(1, "Folha", with_other_figures(wire_text(1)))
