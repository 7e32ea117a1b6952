"""What no answer may say, whatever it cites.  (pure)

A model that reads strangers' text may do what that text tells it. Claims are looked up in
`grounding`; this is what does harm without claiming anything: addresses to press, commands,
orders to the reader, the model's own instructions. Rules are broad on purpose: a sentence that
is taken for one of these is written again, or left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable

from retrieval.clean import clean_text
from retrieval.folding import folded_words

RUN = 6
"""Words in a row that an answer and the instructions do not share by chance."""

LONGEST_WORD = 40
"""Characters; what is longer is a key, a code or an encoding."""

Runs = frozenset[tuple[str, ...]]

_TLD = (
    r"(?:com|org|net|info|biz|app|dev|xyz|online|site|shop|store|club|live|news|press|blog|cloud"
    r"|link|click|top|icu|vip|pro|gov|edu|mil|int|tech|world|page|space|website|email|support"
    r"|example|test|invalid|onion|zip|mov|[a-z]{2}|[^\W\d_a-z]{2,})"
)
_ALWAYS = re.compile(
    r"[a-z][\w+.-]{1,20}://|\bhxxps?\b|\b(?:javascript|data|mailto|tel|tg|sms|ipfs|magnet):\S"
    r"|\bwww\.\w"
    r"|@[a-z_]\w{2,}|\w@\w"
    r"|(?:^|(?<=[\s(\"“‘'«:]))/[a-z]\w+"
    r"|\[\.\]|[\[({](?:dot|ponto|punto|at|arroba)[\])}]"
    r"|\b(?:dot|ponto|punto) (?:com|org|net|example)\b"
    rf"|\w\.{_TLD}(?:[/?#:]\w|/)"
    r"|\b\d{1,3}(?:\.\d{1,3}){3}[:/]\w"
    # Telephone numbers; those without a sign of one are figures, and looked up as such.
    r"|\+\d{1,3}[\s.-]?\(?\d{1,4}\)?(?:[\s.-]\d{2,5}){2,4}\b"
    r"|\(\d{2,3}\)\s?\d{3,5}[\s-]\d{3,4}\b|\b0800[\s-]?\d{3}|\b\d{3}-\d{3}-\d{4}\b",
)
_DOMAIN = re.compile(rf"(?<![\w.])(?:[\w-]+\.)*[\w-]*[^\W\d_][\w-]+\.{_TLD}(?![\w.-]*\w)")
_LONG_WORD = re.compile(rf"[\w+/=-]{{{LONGEST_WORD},}}")

_WORD = re.compile(r"\S+")
_QUOTED = re.compile(r"“[^“”]*”|\"[^\"]*\"|«[^«»]*»|‘[^‘’]*’")
_READER = re.compile(
    r"\b(?:[Yy]ou(?:rs?|rsel(?:f|ves))?|[Vv]oc[êe]s?|[Uu]sted(?:es)?|[Vv]osotr[oa]s|[Vv]uestr[oa]s?"
    r"|[Cc]ontigo|tus?|[Tt]ú|teus?|tuas?)\b"
)
_SPEAKER = re.compile(
    r"\bI(?:['’](?:m|ve|ll|d)|(?= (?:am|was|will|have|can|cannot|do|did|must|should|would|could"
    r"|know|think|found|need|was|obey|follow|answer)\b))|\b[Mm]y(?:self)?\b|\beu\b|\b[Mm]inhas?\b"
    r"|\b[Mm]eus?\b|\byo\b|\b[Mm]is? (?:instruc|regla|prompt)|\b(?:AI|language) model\b"
)
_ROLE = re.compile(
    r"^\W*(?:system|assistant|user|admin\w*|developer|sistema|assistente|asistente|usu[aá]rio)"
    r"\s*[:>]",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"(?:^|[.!?:;—–]\s*|\bplease,? |\bpor favor,? )\W*(?:visit|click|tap|download|install|subscribe"
    r"|log in|sign (?:in|up)|go to|ignore|forward|reply|type|e-?mail|transfer|wire|deposit|buy"
    r"|visite[mn]?|clique[m]?|baixe[m]?|instale[mn]?|acesse[m]?|assine[m]?|envie[m]?|ignore[mn]?"
    r"|digite[m]?|transfira[m]?|deposite[mn]?|responda[mn]?|encaminhe[m]?|compre[mn]?|ligue[m]?"
    r"|haga clic|pulse|descargue|acceda|suscr[ií]ba(?:n)?se|env[ií]e[n]?|reenv[ií]e[n]?|escriba"
    r"|transfiera[n]?|llame[n]?|ingrese[n]?|introduzca[n]?|inicie sesi[oó]n)\b(?! (?:is|was|of)\b)",
    re.IGNORECASE,
)


def runs_of(texts: Iterable[str]) -> Runs:
    """Runs of words of the instructions a model is given, for `unfit`. Those with a figure are
    of examples, which news may say too."""
    runs = (run for text in texts for run in _runs(text))
    return frozenset(run for run in runs if not any(char.isdigit() for char in "".join(run)))


def _runs(text: str) -> Iterable[tuple[str, ...]]:
    words = folded_words(text)
    return (tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1))


def unfit(sentence: str, instructions: Runs = frozenset(), named: Collection[str] = ()) -> str:
    """Why a sentence may not be sent, in words its writer can act on; empty when it may.

    `named` are texts whose domains (`Booking.com`) may be called by name: the question, outlets.
    """
    plain = _normal(sentence)
    if _LONG_WORD.search(plain):
        # First of all: on shorter words the other rules are quick, whatever stands in them.
        return "it holds what is no word"
    if _ALWAYS.search(plain.lower()):
        return "addresses, telephone numbers, @names and commands are not written in answers"
    known = " ".join(named).casefold()
    if any(match.group().casefold() not in known for match in _DOMAIN.finditer(plain.lower())):
        return "it holds a web address; write the name without its ending"
    if any(run in instructions for run in _runs(sentence)):
        return "it repeats instructions instead of what the coverage says"
    unquoted = _QUOTED.sub(" ", plain)
    if _ROLE.search(unquoted) or _SPEAKER.search(unquoted):
        return "it speaks of the writer; say only what the coverage says"
    if _READER.search(unquoted) or _ORDER.search(unquoted):
        return "it tells the reader what to do; say only what the coverage says"
    return ""


def as_far_as_fit(text: str, start: int = 0) -> str:
    """A text that is still being written, up to the first word that holds an address; the
    words before `start` are known to hold none."""
    for word in _WORD.finditer(text, start):
        plain = _normal(word.group()).lower()
        if _LONG_WORD.search(plain) or _ALWAYS.search(plain) or _DOMAIN.search(plain):
            return text[: word.start()].rstrip()
    return text


def without_addresses(text: str) -> str:
    """One line of words alone: what a model looks for, as a person may be shown it."""
    words = clean_text(text).split()
    return " ".join(word for word in words if as_far_as_fit(word))


def _normal(text: str) -> str:
    """As a reader, or a program that turns addresses into links, would take it."""
    return unicodedata.normalize("NFKC", clean_text(text)).replace("。", ".").replace("․", ".")
