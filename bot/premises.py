"""What a question takes for granted and the coverage does not say: "why did it cancel?".

A question that names a deed (`grounding.deeds`) of somebody the coverage knows, while nothing in
any of the three languages tells of such a deed where it tells of them, is told so, with what is
said of them instead.  (pure)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot import texts
from bot.answers import Answer
from bot.citing import citation
from bot.confidence import names_in
from bot.grounding.deeds import Deed, deeds_of, tells_it_was
from bot.premise_deeds import excluded, subject_words
from bot.questions import Question
from bot.quoting import in_quotes
from retrieval.folding import fold
from retrieval.highlight import in_context, sentences_of
from retrieval.models import Passage

MOST_QUOTES = 2
LONGEST_SUBJECT = 80
"""Characters between the verbs; more is a clause of its own."""
LONGEST_REST = 100

_AUXILIARY = (
    r"(?:\W*(?:and |but |so )?(?:why|when|where|how)\s+)?\W*"
    r"(?P<aux>did|was|were|has|have|had|is|are|does|do)\s+(?P<subject>\S.{0,200}?)\s+$"
)
_WHO = {
    "en": (re.compile(r"\W*(?:and )?who\s+(?=\S)", re.IGNORECASE), "anyone "),
    "pt": (re.compile(r"\W*(?:e )?quem\s+(?=\S)", re.IGNORECASE), "alguém "),
    "es": (re.compile(r"\W*(?:y )?qui[eé]n(?:es)?\s+(?=\S)", re.IGNORECASE), "alguien "),
}
_ASKING = {
    "pt": re.compile(
        r"\W*(?:e |mas )?(?:por ?qu[eê]|quando|onde|como)\s+(?:(?:é|foi)\s+que\s+)?", re.IGNORECASE
    ),
    "es": re.compile(
        r"\W*(?:y |pero )?(?:por qu[eé]|cu[aá]ndo|d[oó]nde|c[oó]mo)\s+", re.IGNORECASE
    ),
}
_CLAUSE_OF_ITS_OWN = re.compile(r"\b(?:to|that|who|which|did|was|were|and)\b|[,;:]")
_PAST = {
    "sink": "sank", "steal": "stole", "sell": "sold", "shut": "shut", "withdraw": "withdrew",
    "lose": "lost", "leave": "left", "deny": "denied",
    "forbid": "forbade", "quit": "quit", "lay": "laid", "cancel": "cancelled",
}  # fmt: skip
_DOUBLED = re.compile(r"(?:scrap|ban|kidnap|expel)\Z")


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A deed that a question takes for granted."""

    deed: Deed
    on_subject: tuple[Passage, ...]
    """What tells of those it is said of, the best first; at least one."""
    names: str
    """Of those, as the question has them."""


def unsaid(question: Question, passages: Sequence[Passage]) -> Unsaid | None:
    """What the question takes for granted and no passage on its subject tells; None where all
    is told, and where it names no subject or the passages do not know it."""
    names = names_in(question.text, question.terms)
    on_subject = tuple(
        one for one in passages if names <= question.terms.held(f"{one.title} {one.text}")
    )
    for deed in deeds_of(question.text) if names and on_subject else ():
        if not any(tells_it_was(deed.kind, f"{one.title}. {one.text}") for one in on_subject):
            return Unsaid(deed, on_subject, _as_written(question))
    if otherwise := excluded(question, passages):
        deed, telling = otherwise
        return Unsaid(deed, tuple(telling), _as_written(question) or subject_words(question, deed))
    return None


def told_so(question: Question, found: Unsaid, answer: Answer) -> Answer:
    """The answer, beginning with that the coverage does not say so; after it what it does say:
    the quotes of the answer, or the nearest to the question."""
    says_not = said_not(question, found)
    of_subject = {one.article_id for one in found.on_subject}
    kept = [one for one in answer.citations if one.article_id in of_subject]
    citations = tuple(replace(one, label=at) for at, one in enumerate(kept, start=1)) or tuple(
        citation(label, passage, quote)
        for label, (passage, quote) in enumerate(_nearest(question, found), start=1)
    )
    if not citations:
        return replace(answer, text=f"{says_not} {answer.text}")
    quotes = [f"{in_quotes(one.quote)} [{one.label}]" for one in citations]
    intro = f"{says_not} {texts.say(question.language, 'what_it_does_say')}"
    return replace(
        answer,
        text="\n\n".join([intro, *quotes]),
        answered=False,
        citations=citations,
        nearest=(),
        emphasis=(),
    )


def said_not(question: Question, found: Unsaid) -> str:
    """One sentence: the coverage does not say that it was so."""
    language = question.language
    claim = claimed(question.text, found.deed, language)
    if claim:
        return texts.say(language, "premise_not_said", claim=claim)
    return texts.say(language, "premise_word_not_said", word=found.deed.word, names=found.names)


def claimed(question: str, deed: Deed, language: str) -> str:
    """What a question takes for granted, as a clause; empty where it is put in another way."""
    text = " ".join(question[: deed.span[1] + LONGEST_REST + 1].split()).rstrip(" ?!.…")
    start = text.find(deed.word)
    rest = text[start + len(deed.word) :]
    if start < 0 or len(rest) > LONGEST_REST or "?" in text.strip("¿"):
        return ""
    before = text[:start]
    who, somebody = _WHO[language]
    if found := who.match(text):
        return somebody + text[found.end() :]
    if language in _ASKING:
        asking = _ASKING[language].match(text)
        return text[asking.end() :] if asking else ""
    asked = re.match(_AUXILIARY, before, re.IGNORECASE)
    if asked is None or len(asked["subject"]) > LONGEST_SUBJECT:
        return ""
    if _CLAUSE_OF_ITS_OWN.search(fold(asked["subject"])):
        return ""
    auxiliary = asked["aux"].lower()
    if auxiliary == "did":
        return f"{asked['subject']} {_past(deed.word)}{rest}"
    if auxiliary in ("do", "does"):
        return ""
    return f"{asked['subject']} {auxiliary} {deed.word}{rest}"


def _past(word: str) -> str:
    verb, space, more = word.partition(" ")
    if verb in _PAST:
        past = _PAST[verb]
    elif _DOUBLED.search(verb):
        past = f"{verb}{verb[-1]}ed"
    else:
        past = f"{verb}d" if verb.endswith("e") else f"{verb}ed"
    return f"{past}{space}{more}"


def _as_written(question: Question) -> str:
    """The names of a question, as it writes them."""
    stems = {form for term in names_in(question.text, question.terms) for form in term.forms}
    words = {word for form in stems for word in form}
    kept = [
        word.strip("¿?¡!.,;:“”\"'’") for word in question.text.split()
        if any(part in words for part in re.findall(r"\w+", fold(word)))
    ]  # fmt: skip
    return " ".join(kept)[:LONGEST_SUBJECT]


def _nearest(question: Question, found: Unsaid) -> list[tuple[Passage, str]]:
    """Of the first articles the sentence that shares most with the question."""
    of_article: dict[str, tuple[Passage, str]] = {}
    for passage in found.on_subject:
        sentences = sentences_of([passage], question.terms)
        if sentences and passage.article_id not in of_article:
            best = max(sentences, key=lambda one: (one.coverage, one.surroundings))
            start, end = in_context(best)
            of_article[passage.article_id] = (passage, passage.text[start:end])
    return list(of_article.values())[:MOST_QUOTES]
