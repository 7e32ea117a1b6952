"""Deeds that are told of in too many words to be looked for alone: lose, leave, reject, deny.

Who asks why the dockers rejected the agreement takes for granted that they did. It is told from
what the coverage says of them in the same sentence: that they approved it; and of somebody with
a name, from that none of many words for such a deed stands anywhere.  (pure)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.confidence import names_in
from bot.grounding.aligned import align
from bot.grounding.deeds import Deed, deeds_of
from bot.grounding.evidence import read
from bot.grounding.polarity import has_negation
from bot.questions import Question
from retrieval.folding import fold, folded_words, stem
from retrieval.models import Passage
from retrieval.terms import Term

LEAST_SHARED = 2
"""Of a question's words in a sentence that tells of what it asks about."""
LEAST_WEIGHT = 0.5
"""Of the weight of all of them, where it names nobody."""


@dataclass(frozen=True, slots=True)
class _Words:
    named: re.Pattern[str]
    """By which a question takes the deed for granted."""
    telling: re.Pattern[str]
    """All that may tell of it."""
    contrary: re.Pattern[str]
    """What excludes it, said of the same."""


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words.split())})\b".replace("_", " "))


_NO = r"""
            reject\w* refus\w* declin\w* den(?:y|ied|ies|ial) oppos\w* against veto\w*
            turn\w*_down said_no dismiss\w* rebuff\w* block\w* disapprov\w* condemn\w*
            boycott\w* resist\w* repudiat\w* vot\w*_down protest\w* critic\w+ object\w*
            rechaz\w+ rejeit\w+ recus\w+ contra opos\w+ opus\w+ opo\w+ opon\w+
            neg(?:ou|a|am|aram|o|aron|ar|ad[oa]s?|ativa|arse) niega\w* desestim\w+
            reprov\w+ barr(?:ou|ado|ada) vet(?:ou|o|ar|ado|ada|aron) declin\w+ disput\w*
            desment\w+ desmint\w+ would_not will_not won[’']t abstain\w* unwilling
            withdr\w+ cancel\w* derrub\w+ derrot\w+ oppon\w+"""
_YES = r"""
            accept\w* approv\w+ agreed sign(?:s|ed) ratif\w+ endors\w+ back(?:s|ed)
            welcom\w+ embrac\w+ in_favou?r won wins confirm\w* admit\w* acknowledg\w+
            aceit\w+ aprov(?:a|ou|ar|am|aram|ad[oa]s?) assin(?:a|ou|am|aram|ad[oa])
            ratific\w+ concord\w+ a_favor confirm\w+ admit\w+ reconhec\w+
            acept(?:a|o|an|aron|ad[oa]) aprob\w+ aprueb\w+ firm(?:a|o|an|aron|ad[oa])
            reconoc\w+ acord(?:ou|aram)"""
_NAMED_NO = {
    "reject": r"""
            reject\w* turn(?:ed)?_down rejeit(?:ou|a|aram|am|ar) rechaz(?:o|a|aron|an|ar)""",
    "refuse": r"refuse[sd]? recus(?:ou|a|aram|am|ar) se_neg(?:ou|o|aron) negaram-se negou-se",
    "deny": r"""
        den(?:y|ied|ies) desment(?:iu|iram|ir) desminti\w+
        neg(?:ou|aram|o|aron)_(?:que|a|o|la|el)""",
}  # fmt: skip
_EXTRA = {
    kind: _Words(_pattern(named), _pattern(_NO), _pattern(_YES))
    for kind, named in _NAMED_NO.items()
} | {
    "lose": _Words(
        _pattern(r"lose[s]? lost perd(?:eu|eram|io|ieron)"),
        _pattern(r"""
            los[te]\w* loss\w* losing perd\w+ pierd\w+ defeat\w* derrot\w+ beat\w* venc\w+
            drop\w* fell fall\w* miss\w* withdr\w+ cancel\w* revok\w+ revog\w+ revoc\w+
            ca(?:iu|ir|e|yo|er|ida) shed\w* wast\w+ dead die[sd]? mort\w+ muer\w+
            bankrupt\w* elimin\w+ down fewer less menos surrender\w* forfeit\w* strip\w*
            without sem sin ced\w+ gave destroy\w* destru\w+ deb\w+ worst peor pior
            declin\w+ reduc\w+ reduz\w+ out costs? price taken victory victoria vitoria
            overthr\w+ deprived quit\w* ended failed"""),
        _pattern(r"""
            w[io]n(?:s|ning)? keeps? kept retain\w* gan(?:a|o|aron|ad[oa])
            ganh(?:a|ou|aram) venc(?:e|eu|eram) mant(?:em|eve|uvo|iene|iveram)
            conserv(?:a|ou|o) award\w* adjudic\w+ obt(?:eve|uvo)"""),
    ),
    "leave": _Words(
        _pattern(r"""
            leave[s]? left_(?:the|its|his|her|their) deix(?:ou|aram)_(?:o|a|os|as)
            dej(?:o|aron)_(?:el|la|los|las)"""),
        _pattern(r"""
            leav\w+ left exit\w* quit\w* depart\w* withdr\w+ resign\w* abandon\w+ deix\w+
            dej\w+ sa[ir]\w* sali\w+ sale[n]? retir\w+ br[eo]\w*k\w* romp\w+ renunc\w+
            end(?:s|ed|ing)? terminat\w+ mov(?:e[sd]?|ing) part(?:ir|iu|io|ed) march\w+
            fle[de]\w* fug\w+ hui\w+ emigr\w+ evacu\w+ cancel\w* sold sell\w* vend\w+
            step\w*_(?:down|aside) pull\w*_out drop\w* gone? went going transfer\w*
            replac\w+ disband\w* dissol\w+ fim fin denunci\w+ ceas\w+ ces\w+ exil\w+
            demit\w+ dimit\w+ remain\w* until hasta ate after"""),
        _pattern(r"""
            stay(?:s|ed) continu\w+ permanec\w+ renew\w* renov\w+ join\w* sign(?:s|ed)
            firm(?:a|o|an|aron) assin(?:a|ou|am|aram)"""),
    ),
    "fail": _Words(
        _pattern(r"fail(?:ed|s)? fracas(?:o|ou|aron|aram|ar|sou|saram) falh(?:ou|aram|ar)"),
        _pattern(r"""
            fail\w* fracas\w+ falh\w+ malogr\w+ collaps\w+ n[ao]o? not never unable
            could_not without sem sin quebr\w+ fault\w* break\w* broke\w* flop\w* miss\w*
            crash\w* los[te]\w* insufficient shortcoming\w* defeat\w* ended abandon\w+
            cancel\w* reject\w* insuficient\w+ problem\w* errors? erros? weak\w*
            difficult\w* fall fell fiasco ruin\w* sank sunk poor lack\w* falt\w+"""),
        _pattern(r"""
            succeed\w* success\w* complet\w+ conclu\w+ adjudic\w+ award\w* aprov(?:ou|ado)
            exito aprob(?:o|ado) clos(?:es|ed) achiev\w*"""),
    ),
}  # fmt: skip


def deeds_asked(text: str) -> list[Deed]:
    """The deeds of `deeds_of`, and after them those of this module."""
    return [*deeds_of(text), *_extra_deeds(text)]


def _extra_deeds(text: str) -> list[Deed]:
    aligned = align(text)
    found = []
    for kind, words in _EXTRA.items():
        for match in words.named.finditer(aligned.folded):
            start, end = aligned.span(*match.span())
            if not text[start].isupper():
                found.append(Deed(kind, text[start:end], (start, end)))
    return sorted(found, key=lambda deed: deed.span)


def excluded(question: Question, passages: Sequence[Passage]) -> tuple[Deed, list[Passage]] | None:
    """A deed of this module that a question takes for granted and the coverage does not tell,
    with what tells of its subject; None where it may be so."""
    for deed in _extra_deeds(question.text):
        about = list(_about(question, deed, passages))
        words = _EXTRA[deed.kind]
        if any(words.telling.search(fold(text)) for _, text in about):
            continue
        contrary = [
            passage
            for passage, text in about
            if words.contrary.search(fold(text)) and not has_negation(text, passage.language)
        ]
        if contrary and not _told_nearby(question, deed, contrary):
            return deed, list(dict.fromkeys(contrary))
        of_name = _of_the_named(question, deed, passages)
        if of_name and not any(
            words.telling.search(fold(f"{one.title}. {one.text}")) for one in of_name
        ):
            return deed, of_name
    return None


def subject_words(question: Question, deed: Deed) -> str:
    """Of a question that names nobody: its words but the deed's, as it writes them."""
    stems = {
        stem(word) for term in _asked_about(question, deed) for form in term.forms for word in form
    }
    words = re.findall(r"[^\W_]+", question.text)
    return " ".join(word for word in words if stem(fold(word)) in stems)


def _about(
    question: Question, deed: Deed, passages: Sequence[Passage]
) -> Iterator[tuple[Passage, str]]:
    """Sentences on what the question asks about."""
    terms = _asked_about(question, deed)
    names = names_in(question.text, question.terms) & terms
    for passage in passages:
        if not names and passage.language != question.language:
            continue
        for one in read(passage).sentences:
            held = question.terms.held(one.text) & terms
            weights = question.terms.weights
            heavy = sum(map(weights.__getitem__, held)) >= LEAST_WEIGHT * sum(
                map(weights.__getitem__, terms)
            )
            if len(held) >= LEAST_SHARED and (names <= held if names else heavy):
                yield passage, one.text


def _told_nearby(question: Question, deed: Deed, passages: Sequence[Passage]) -> bool:
    """Whether another sentence names the deed of what the question asks about, or of `they`."""
    terms = _asked_about(question, deed)
    for passage in passages:
        for one in read(passage).sentences:
            folded = fold(one.text)
            if _EXTRA[deed.kind].named.search(folded) and (
                question.terms.held(one.text) & terms or _THEY.match(folded)
            ):
                return True
    return False


_THEY = re.compile(r"\W*(?:\w+ ){0,2}(?:it|they|he|she|el[ea]s?|ell[oa]s|rejeit|recus|rechaz)")


def _of_the_named(question: Question, deed: Deed, passages: Sequence[Passage]) -> list[Passage]:
    names = names_in(question.text, question.terms) & _asked_about(question, deed)
    if not names:
        return []
    return [one for one in passages if names <= question.terms.held(f"{one.title} {one.text}")]


def _asked_about(question: Question, deed: Deed) -> frozenset[Term]:
    """The question's terms but the deed's."""
    own = {stem(word) for word in folded_words(deed.word)}
    return frozenset(
        term
        for term in question.terms.weights
        if not any(stem(word) in own for form in term.forms for word in form)
    )
