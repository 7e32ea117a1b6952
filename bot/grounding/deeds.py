"""Deeds that make news, in their words of pt, en and es: whether a text tells of one.  (pure)

Only deeds that are hard to tell of without naming them, with all their usual words: a question or
an answer that names one while its source has none of these words has it from elsewhere. Meaning
measured by an embedder did not do: between words of one sense and of any other, in Portuguese and
Spanish, cosines do not part (`tests/bench/README.md`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.grounding.aligned import Span, align
from retrieval.folding import fold

_WORDS = {
    "cancel": r"""
        cancel\w* scrap(?:s|ped|ping)? call(?:s|ed)?_off abandon\w* drop(?:s|ped)
        discontinu\w* suspend\w* suspens\w* halt\w* shelv\w+ axed revog\w+ revoc\w+
        anul\w+ desist\w+ interromp\w+ interrump\w+ engavet\w+ aborted withdr[ae]w\w*
        retir(?:ou|o|ada|ado|aram) terminat\w+ encerr\w+ pausa\w* paus(?:ed|ou)
        paralis\w+ paraliz\w+ ended end(?:s)?_(?:its|the|a|all) desmantel\w+""",
    "resign": r"""
        resign\w* step(?:s|ped|ping)?_down steps?_aside stepped_aside quit(?:s|ting)?
        renunci\w+ demit\w+ demiss\w+ dimit\w+ dimision\w* dimisi\w+ exoner\w+
        deix(?:a|ou|ar|am) dej(?:a|o|ar|an) leav(?:e|es|ing) left oust\w* sacked fired
        dismiss\w* afast\w+ ces(?:e|ado) abandon\w+ saiu salio saida salida departure
        departed depart(?:s|ing) retir\w+ abdic\w+ desped\w+ despid\w+ sai relev\w+
        replac\w+ substitu\w+ sustitu\w+ destitu\w+""",
    "die": r"""
        die[sd]? dying dead deaths? dead\w* kill\w* murder\w* assassin\w* obituar\w+
        funeral\w* mort[eoa]s? mort\w+ morr\w+ muer\w+ muri\w+ fallec\w+ falec\w+
        mata(?:r|ram|do|dos|da|das|ron) matou mato assass\w+ ases\w+ executed
        execut(?:ion|ado|ada) late lost_(?:his|her|their)_li\w+ buried burial enterr\w+
        suicid\w+ perish\w* slain shot fatal\w* obito\w* velorio\w* victim\w* vitim\w+
        succumb\w* passed_away legacy born_\d+ posthum\w+ postum\w+ widow\w* viuv\w+
        viud\w+ corpse\w* drown\w* poison\w* cadaver\w* life vida lived viveu vivio""",
    "arrest": r"""
        arrest\w* detain\w* detention jail\w* imprison\w* prison\w* custody handcuff\w*
        apprehend\w* captur\w+ pres[oa]s? pris(?:ao|oes|ion|iones|ioneir\w+) prend\w+
        deten\w+ detuv\w+ detid[oa]s? encarcel\w+ carcel\w* cadeia charged indict\w*
        raid\w* convict\w* sentenc\w+ extradit\w+ caught condenad\w+ seized""",
    "sue": r"""
        su(?:e|es|ed|ing) lawsuits? litigat\w+ court\w* judge\w* legal\w* complaint\w*
        process(?:ou|o|ar|ada|ado|os|aram) acao acoes demanda\w* demand(?:o|a) justic\w+
        juic\w+ juiz\w* juez\w* tribuna\w+ judic\w+ plaintiff\w* sued claim\w*
        querell\w+ pleit\w+ attorney\w* prosecut\w+ trial""",
    "fine": r"""
        fin(?:e|es|ed) penalt\w+ penali[sz]\w+ mult(?:a|as|ou|ar|ado|ada|aram|o)
        sancion\w+ sanction\w* sanc(?:ao|oes|ion|iones) punish\w* puni\w+ castig\w+
        autuad\w+""",
    "bankrupt": r"""
        bankrupt\w* insolven\w* fali\w+ falencia\w* quebr(?:a|o|ou|ar|ado|ada)
        bancarrota collaps\w+ concurso_de_acreedores recuperacao_judicial chapter_11
        liquidat\w+ liquida\w+ administration receivership went_under""",
    "sink": r"""
        sink(?:s|ing)? sank sunk naufrag\w+ afund\w+ hund\w+ capsiz\w+ shipwreck\w*
        wreck\w*""",
    "explode": r"explo\w+ blast\w* blew blow(?:s|n)?_up estall\w+ bomb\w* deton\w+",
    "derail": r"""
        derail\w* descarril\w+ crash\w* accident\w* acident\w+ collid\w+ collision\w*
        colis\w+ choc(?:ou|o|ar|aron) choque\w*""",
    "ban": r"""
        ban(?:s|ned|ning)? prohib\w+ proib\w+ forbid\w* forbad\w* outlaw\w* block\w*
        vet(?:o|os|a|ou|ar|ada|ado|oed|oes) vedad\w+ illegal\w* restrict\w* bloque\w+
        barr(?:ed|ou|ado) censor\w* censur\w+ suspend\w* disqualif\w+ desqualif\w+
        descalific\w+ proscri\w+ reject\w* rejeit\w+ rechaz\w+""",
    "burn": r"""
        burn\w* fires? arson\w* blaze\w* ablaze torch\w* incend\w+ queim\w+
        quem(?:a|o|ar|ada|ado|aron) fogo fuego flames? chamas llamas""",
    "nationalise": r"nationali[sz]\w+ nacionali[sz]\w+ expropri\w+ estati[sz]\w+ state-owned",
    "expel": r"""
        expel\w* expuls\w+ evict\w* ejected kicked_out thrown_out banished
        ban(?:ned|ido|ida) exclu\w+ deport\w* exil\w+ remov\w+ oust\w*""",
    "apologise": r"""
        apolog\w+ sorry regret\w* desculp\w+ disculp\w+ perdao perdon retract\w*
        retrat\w+ lament\w+ arrepent\w+ arrepend\w+ sient\w+""",
    "steal": r"""
        steal(?:s|ing)? stol\w+ theft\w* thie\w+ robb\w+ roub\w+
        rob(?:o|os|ado|ada|aron|ar|an) furt\w+ hurt(?:o|ado|aron) desfalq\w+ embezzl\w+
        misappropriat\w+ desvi\w+ loot\w* pilfer\w*""",
    "divorce": r"divorc\w+ separ\w+ split",
    "demolish": r"""
        demoli\w+ knock(?:ed|s|ing)?_down t(?:ear|ore|orn)(?:ing)?_down derrib\w+
        derrub\w+ raz(?:e|ed) destr\w+ flatten\w* dismantl\w+ desmantel\w+ desmont\w+""",
    "merge": r"""
        merg(?:e|es|ed|er|ers|ing) fus(?:ao|oes|ion|iones|iono|ionar\w*|ionou)
        fund(?:ir|iu|iram) acquir\w+ acquisition\w* adquir\w+ takeover\w* combin\w+
        join\w* union\w* uni(?:r|o|ram|eron) bought compr\w+""",
    "kidnap": r"""
        kidnap\w* abduct\w* sequestr\w+ secuestr\w+ rapt\w+ hostage\w* ref[ei]n\w*
        rehen\w*""",
    "hack": r"""
        hack\w* cyber\w* ciber\w+ breach\w* ransomware invad\w+ jaque\w+ attack\w*
        ataqu\w+ ataca\w+ intrus\w+ leak\w* vaz\w+ filtr\w+""",
    "impeach": r"impeach\w* destitu\w+ cassad\w+ cassacao mocao_de_censura mocion_de_censura",
    "sell": r"""
        s(?:ell|ells|old|elling|ale|ales) vend\w+ venta\w* divest\w* buy\w* bought
        acqui\w+ adquir\w+ compr\w+ purchas\w+ auction\w* leil\w+ subast\w+ deal
        export\w* sell\w* trad\w+ price\w* market\w* pric\w+ offload\w* stake
        transfer\w*""",
    "close": r"""
        clos\w+ shut\w* fech\w+ cerr\w+ cierr\w+ ceas\w* end(?:s|ed)? encerr\w+
        clausur\w+ discontinu\w* demoli\w+ defunct folded abandon\w* extin\w+
        interdit\w+ parou parad[oa]s? suspen\w+ termin\w+ acab\w+ dissol\w+ disol\w+
        ceso last""",
    "fire": r"""
        fir(?:e|es|ed|ing|ings) sack\w* lay_?offs? laid_off lays_off dismiss\w*
        redundan\w* demit\w+ demiss\w+ despid\w+ desped\w+ oust\w* replac\w+ exoner\w+
        ces(?:e|ado) cut\w* cort\w+ job_losses let_go regulacion_de_empleo axed
        terminat\w+ substitu\w+ sustitu\w+ destitu\w+ afast\w+ relev\w+ deslig\w+""",
    "withdraw": r"""
        withdr[ae]w\w* pull(?:s|ed|ing)?_out left leav\w+ quit\w* exit\w* retir\w+
        abandon\w+ drop\w* deix\w+ dej\w+ sa(?:iu|ida|iram|ir) sali\w+ desist\w+
        renunci\w+ recu\w+ back\w*_out evacu\w+ pulled remov\w+ retreat\w* cancel\w*
        gave_up""",
    "break": r"""
        br(?:eak|eaks|oke|oken|each)\w* romp\w+ quebr\w+ viol\w+ incumpl\w+ descumpr\w+
        ruptur\w* tore torn cancel\w* denunci\w+ revog\w+ revoc\w+ fim fin end(?:s|ed)?
        cort\w+ cut\w* roto rota""",
    "confess": r"""
        confess\w* confes\w+ admit\w* admiss\w+ admis\w+ reconhec\w+ reconoc\w+ plead\w*
        pled guilty culpad\w+ culpab\w+ assum(?:iu|e|ir) asum\w+""",
}  # fmt: skip

DEEDS = {
    deed: re.compile(rf"\b(?:{'|'.join(words.split())})\b".replace("_", " "))
    for deed, words in _WORDS.items()
}

_NAMED = {
    "cancel": r"cancel\w* scrap(?:s|ped)? call(?:ed)?_off",
    "resign": r"""
        resign\w* step(?:ped|s)?_down quit renunci\w+ demitiu-se se_demitiu dimit\w+
        dimisi\w+""",
    "die": r"""
        die[sd]? dying killed murdered assassinated morr\w+ muri\w+ fallec\w+ falec\w+
        matou""",
    "arrest": r"""
        arrest\w* jailed detain\w* (?:foi|foram|ser|sido|fue|fueron)_pres[oa]s? prend\w+
        deten\w+ detuv\w+ detid[oa]s?""",
    "sue": r"su(?:e|es|ed|ing) process(?:ou|ada|ado|aram|ar) demand(?:o|ada|ado|aron|ar)",
    "fine": r"""
        fined fines multad[oa]s? multou multar(?:am|on)? multo penali[sz]ed
        sancionad[oa]s?""",
    "bankrupt": r"""
        bankrupt\w* insolven\w* fal(?:iu|iram|encia|ir) quebr(?:o|ou|aron|aram)
        bancarrota""",
    "sink": r"sink s[au]nk naufrag\w+ afund(?:ou|aram|ar) hundi\w+",
    "explode": r"explo(?:d|s|di)\w+ explot(?:o|aron|ar) estall(?:o|aron|ar)",
    "derail": r"derail\w* descarril\w+",
    "ban": r"""
        ban banned bans prohib\w+ proib\w+ forbid\w* outlaw\w*
        vet(?:o|ou|oed|aron|ada|ado|aram)""",
    "burn": r"burn\w* incendi(?:ou|aron|aram|ar) queim(?:ou|aram|ar) quem(?:o|aron|ar)",
    "nationalise": r"nationali[sz]\w+ nacionali[sz]\w+ expropri\w+",
    "expel": r"expel\w* expuls\w+ evict\w* deport\w*",
    "apologise": r"apologi[sz]\w+ desculp(?:ou|aram|ar|as) disculp(?:o|aron|ar|as)",
    "steal": r"""
        steal\w* stole stolen roub(?:ou|aram|ada|ado|ar) rob(?:o|aron|ada|ado|ar)
        embezzl\w+""",
    "divorce": r"divorc\w+",
    "demolish": r"demoli\w+",
    "merge": r"merge[sd]? merging fus(?:ionou|iono|ionaron|ionaram) fund(?:iu|iram)",
    "kidnap": r"kidnap\w* sequestr(?:ou|aram|ad\w+) secuestr(?:o|aron|ad\w+)",
    "hack": r"hack\w*",
    "impeach": r"impeach\w*",
    "sell": r"sell sells sold vend(?:eu|eram|io|ieron|ida|ido|idas|idos)",
    "close": r"""
        close[sd]?_(?:its|the|down) shut_down shut_(?:its|the) fech(?:ou|aram)
        cerr(?:o|aron) clausur(?:o|aron|ada|ado)""",
    "fire": r"""
        fired_\w+ sacked laid_off lay_off despid\w+ despedi\w+
        demit(?:iu|iram)_(?!se)\w+ demitid[oa]s?""",
    "withdraw": r"""
        withdr[ae]w\w* pull(?:ed)?_out abandon(?:ou|aram|o|aron)
        desist(?:iu|iram|io|ieron)""",
    "break": r"romp(?:eu|eram|io|ieron)",
    "confess": r"confess\w* confes(?:o|ou|aram|aron|ar|ado)",
}  # fmt: skip
"""The words by which a deed is named beyond doubt; those above are all that may tell of it."""

_BEYOND_DOUBT = {
    deed: re.compile(rf"\b(?:{'|'.join(words.split())})\b".replace("_", " "))
    for deed, words in _NAMED.items()
}


_DENIED = re.compile(
    r"(?:\b(?:not|never|nothing|nobody|nao|nunca|jamais|nada|ninguem|no|jamas|nadie)|n[’']t)"
    r"(?: (?:se|ha|han|foi|foram|fue|fueron|was|were|is|been|be|has|have|had|did|ser|sido|sera"
    r"|will|would)){0,3} $"
)


@dataclass(frozen=True, slots=True)
class Deed:
    """One that a text names."""

    kind: str
    word: str
    """As the text has it."""
    span: Span


def deeds_of(text: str) -> list[Deed]:
    """The deeds a text names beyond doubt, in its order; those within names are none."""
    aligned = align(text)
    found = []
    for kind, pattern in _BEYOND_DOUBT.items():
        for match in pattern.finditer(aligned.folded):
            start, end = aligned.span(*match.span())
            if not text[start].isupper():
                found.append(Deed(kind, text[start:end], (start, end)))
    return sorted(found, key=lambda deed: deed.span)


def tells_of(kind: str, text: str) -> bool:
    """Whether a text may tell of the deed, in any of the three languages."""
    return bool(DEEDS[kind].search(fold(text)))


def tells_it_was(kind: str, text: str) -> bool:
    """As `tells_of`, where not all the text says is that it was not so: "nothing was cancelled"."""
    folded = fold(text)
    found = list(DEEDS[kind].finditer(folded))
    before = (folded[max(0, one.start() - 40) : one.start()] for one in found)
    return any(_DENIED.search(words) is None for words in before)
