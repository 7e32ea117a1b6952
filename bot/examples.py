"""Questions that the coverage may answer, made from what is in the news.  (pure)

They are guesses: whoever shows them first looks whether they are answered (`example_desk`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot import texts
from bot.answers import Answer
from bot.grounding.figures import amounts
from bot.grounding.units import Kind
from bot.subjects import headline_names
from retrieval.folding import fold, folded_words
from retrieval.gazetteer import find_names

LONGEST_NAME = 40
SHORTEST_NAME = 3
READ = 1_200
"""Characters of a text: its lead."""


class Form(StrEnum):
    """Its text is `example_` and its value."""

    MONEY = "money"
    NEW = "new"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Recent:
    """A recent article, as far as questions are made of it."""

    article_id: str
    title: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Guess:
    """A question, and the article that should answer it."""

    question: str
    form: Form
    name: str
    article_id: str


def guesses(recent: Sequence[Recent], language: str) -> list[Guess]:
    """Questions in `language` about the names of recent headlines, each name once: the likeliest
    to be answered first. Articles in that language go before others."""
    ordered = sorted(recent, key=lambda one: one.language != language)
    found: dict[str, Guess] = {}
    for article in ordered:
        name = subject_of(article)
        if name and fold(name) not in found:
            form = _form(article, name, len(found))
            question = texts.say(language, f"example_{form}", name=name)
            found[fold(name)] = Guess(question, form, name, article.article_id)
    return list(found.values())


def choose(answered: Sequence[Guess], most: int) -> tuple[str, ...]:
    """Of those that are answered: of each form one before there is a second."""
    seen: dict[Form, int] = {}
    places = []
    for at, guess in enumerate(answered):
        seen[guess.form] = seen.get(guess.form, 0) + 1
        places.append((seen[guess.form], at))
    return tuple(answered[at].question for _, at in sorted(places)[:most])


def is_answered(guess: Guess, answer: Answer) -> bool:
    """Whether an answer quotes the article the question was made of, saying what was asked."""
    own = [one for one in answer.citations if one.article_id == guess.article_id]
    if not answer.answered or not own:
        return False
    told = " ".join(one.quote for one in own)
    if guess.form is Form.MONEY and not any(one.kind is Kind.MONEY for one in amounts(told)):
        return False
    return fold(guess.name) in fold(f"{own[0].title} {told}")


def subject_of(article: Recent) -> str:
    """The name in its headline that its text speaks of most; empty where there is none."""
    text = fold(article.text[:READ])
    told = [(text.count(fold(name)), name) for name in _names(article)]
    held = [(count, len(name), name) for count, name in told if count]
    return max(held, default=(0, 0, ""))[2]


def _names(article: Recent) -> Iterator[str]:
    for name in headline_names(article.title, article.text):
        if SHORTEST_NAME <= len(name) <= LONGEST_NAME and not any(map(str.isdigit, name)):
            yield name


def _form(article: Recent, name: str, at: int) -> Form:
    # Nobody asks how much money is at stake with Paris.
    is_place = any(find_names(folded_words(name)))
    lead = f"{article.title}\n{article.text[:READ]}"
    tells_money = any(one.kind is Kind.MONEY for one in amounts(lead, article.language))
    if tells_money and not is_place:
        return Form.MONEY
    return Form.NEW if at % 2 else Form.KNOWN
