"""Whether a sentence says of its source the opposite: `will close` for `will expand`; pt, en, es.

Only pairs of deeds that exclude each other and are common in news. What a passage says in both
ways, or denies, tells nothing.  (pure)
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.grounding.attachment import keys_of
from bot.grounding.evidence import Evidence
from bot.grounding.polarity import has_negation
from retrieval.folding import fold

Axis = tuple[re.Pattern[str], re.Pattern[str]]


def _axis(one: str, other: str) -> Axis:
    def pole(words: str) -> re.Pattern[str]:
        return re.compile(rf"\b(?:{'|'.join(words.split())})\b".replace("_", " "))

    return pole(one), pole(other)


_AXES: tuple[Axis, ...] = (
    _axis(
        r"""
        expan\w+ enlarg\w+ extend\w* grow\w* amplia\w* ampliou amplio reopen\w* reabr\w+
        reopens? keeps? kept maintain\w*
        mant(?:em|eve|era|er|idos?|idas?|iene|uvo|endra|ener) stays?_open continua\w*
        abr(?:ir|ira|iran|irao|iu|io|e|em|en)""",
        r"""
        clos(?:e|es|ed|ing|ure) shut\w* scrap(?:s|ped)? suspend\w* suspens\w+ cancel\w*
        demoli\w+ fech(?:a|ou|ar|ara|am|aram|ada|ado|adas|ados|amento)
        cerr(?:ar|ara|o|ado|ada|aron|ara) cierr\w+ encerr\w+ reduc\w+ reduz\w+
        shr[iau]nk\w* derrib\w+""",
    ),
    _axis(
        r"""
        hir(?:e|es|ed|ing) recruit\w* takes?_on took_on
        contrat(?:a|ar|ara|ou|o|aram|aron|aran) contratacao contratacion""",
        r"""
        fir(?:es|ed) sack(?:s|ed|ing) dismiss(?:es|ed|al|als) lay_off lays_off laid_off
        layoffs? demit(?:e|ir|iu|ira|iram|idos?|idas?) demissao despi(?:de|dio|dos?)
        despedi\w+""",
    ),
    _axis(
        r"""
        accept\w* approv\w+ aceit(?:a|ou|ar|am|aram|ara|o)
        aprov(?:a|ou|ar|am|aram|ada|ado) acept(?:a|o|ar|an|aron|ara)
        aprob(?:o|ar|aron|ada|ado) aprueb\w+""",
        r"""
        reject\w* refus\w+ turn(?:s|ed)?_down rejeit\w+ recus\w+ rechaz\w+
        veto(?:es|ed)? dismiss\w* vet(?:ou|aram|aron) deni(?:es|ed)""",
    ),
    _axis(
        r"""
        prais\w+ welcom(?:e|es|ed|ing) thank(?:s|ed|ing)? celebrat\w+
        celebr(?:a|ou|o|aram|aron) elogi\w+ agradec\w+ gracias satisf\w+ applaud\w*""",
        r"""
        critici\w+ condemn\w* denounc\w+ critic(?:a|ou|o|aram|aron|ado|ada) denunci\w+
        acus\w+ accus\w+ reprov\w+ lament\w+ fin(?:es|ed) mult(?:ou|o|ada|ado|aram|aron)""",
    ),
    _axis(
        r"""
        support\w* in_favou?r a_favor favou?r(?:s|ed)? apoi(?:a|ou|ar|ava|avam|am|aram)
        apoy(?:a|o|ar|aba|aban|an|aron)""",
        r"""
        oppos(?:e|es|ed|ing) against contra
        op(?:oe|us|oem|unha|unham|usieron|onen|one|onia|onian) opos(?:icao|icion)""",
    ),
    _axis(
        r"""
        buys? bought buying acquir\w+ purchas\w+ compr(?:a|ou|o|ar|am|aram|aron|ada|ado)
        adquir\w+""",
        r"sells? sold selling vend(?:e|eu|er|em|eram|io|ieron|ida|ido|idas|idos|era)",
    ),
    _axis(
        r"acquit\w* cleared not_guilty absolv\w+ absuel\w+ absolu\w+ inocent\w+",
        r"convict(?:s|ed|ion)? sentenced conden(?:a|ou|o|ada|ado|aram|aron|acao)",
    ),
    _axis(
        r"""
        sav(?:e|es|ed|ing) rescu\w+ recover(?:s|ed|y)? salv(?:a|ou|o|ar|aram|aron|os|as)
        won wins? resgat\w+ rescat\w+ recuper\w+ ganh(?:a|ou|ar|aram) gan(?:o|a|ar|aron)
        venc(?:e|eu|er|eram)""",
        r"""
        lost loses? destroy\w* destru\w+ perd(?:e|eu|er|eram|ida|ido|idas|idos|io|ieron)
        pierd\w+ collaps\w+ derrumb\w+ desab\w+""",
    ),
    _axis(
        r"""
        stays? stayed staying remain\w* permanec\w+ fic(?:a|ou|ar|am|aram)
        qued(?:a|o|ar|an|aron) volt(?:a|ou|ar|am) vuelv\w+ volv\w+ returns? returned""",
        r"""
        leav(?:e|es|ing) abandon\w+ move[sd]?_abroad withdr[ae]w\w* deix(?:a|ou|ar|am)_o
        se_march\w+ evict\w* despejad\w+""",
    ),
    _axis(
        r"""
        early earlier ahead sooner cedo mais_cedo temprano antes adianta\w+ adelant\w+
        antecip\w+""",
        r"""
        late later delay\w* postpon\w+ atras(?:o|os|a|ou|ar|ada|ado)
        adi(?:a|ou|ar|ada|ado) tarde retras\w+ aplaz\w+""",
    ),
    _axis(r"cheap(?:er|ly)? barat\w+", r"expensive dear(?:er)? car[oa]s? mais_car\w+ encarec\w+"),
    _axis(r"safe(?:ly)? segur[oa]s?", r"unsafe insegur\w+ danger\w* perigos\w+ peligros\w+"),
    _axis(
        r"allow\w* permit(?:s|ted|e|iu|io|ir|ida|ido)? authori[sz]\w+ autoriz\w+ permite[mn]?",
        r"ban(?:s|ned)? prohib\w+ forbid\w* forbade proib\w+",
    ),
    _axis(
        r"releas(?:e|es|ed) freed libert(?:a|ou|ada|ado) liber(?:ou|o|ada|ado) solt(?:ou|o|a)",
        r"""
        arrest\w* detain\w* jail\w* imprison\w* pres[oa]s? prend(?:eu|eram) deten\w+
        detuv\w+ encarcel\w+""",
    ),
    _axis(r"confirm\w*", r"den(?:y|ies|ied) desment\w+ desmint\w+"),
)


@dataclass(frozen=True, slots=True)
class Opposite:
    """A word of a sentence, and the one of its source that excludes it."""

    said: str
    told: str


def opposite_of(text: str, language: str, evidence: Evidence) -> Opposite | None:
    """The first deed of a sentence for which the passage has only the opposite one."""
    folded = fold(text)
    passage = fold(f"{evidence.passage.title}. {evidence.passage.text}")
    for axis in _AXES:
        for own, other in (axis, axis[::-1]):
            said, against = own.search(folded), other.search(folded)
            if said is None or against is not None or own.search(passage):
                continue
            told = _told(other, text, language, evidence)
            if told and not has_negation(text, language):
                return Opposite(said.group(), told)
    return None


def _told(pole: re.Pattern[str], text: str, language: str, evidence: Evidence) -> str:
    """The word of the passage that says so of the same thing; of another language, of anything."""
    wanted, own = keys_of(text), evidence.passage.language
    for known in evidence.sentences:
        found = pole.search(fold(known.text))
        is_of_it = own != language or bool(wanted & keys_of(known.text))
        if found and is_of_it and not has_negation(known.text, own):
            return found.group()
    return ""
