"""How a question speaks of reporting, in en, pt and es; of folded text.  (pure)"""

from __future__ import annotations

import re

OFTEN_CAPITAL = frozenset(["pais", "estado", "estados", "nacion", "nation", "hora", "mundo"])
"""`no País` is Brazil and `o Estado` a state."""

_ALSO_WORDS = """
time times world globe globo mundo pais dia hora estado estados publico valor nacion sol sun
independent guardian mirror economist atlantic nature science fortune people star expresso extra
razon vanguardia tiempo tempo universal verge wired hill week conversation observer observador
visao veja epoca exame abc espectador pueblo povo popular record post mail express metro today
journal herald tribune voice voz correio correo jornal diario gazeta prensa imprensa press
standard money business insider variety vox slate salon local semana cambio sabado marca as sport
nation hindu age australian scotsman information
"""
COMMON = frozenset(_ALSO_WORDS.split())
"""Outlets whose name is a word."""

_SAY = (
    r"say|said|says|tell|told|claim\w*|reveal\w*|announce\w*|diss\w+|diz|dizem|afirm\w+|revel\w+"
    r"|dij\w+|dicho|dito|dice|dicen|conta|contou|cuenta|conto"
)
_PUBLISH = (
    r"report\w*|publish\w*|wrote|write|writes|cover\w*|noticia|noticiou|noticiaram|public\w+"
    r"|informa|informou|informo|apurou|escreveu|escreve|escribio|reportou|reporto|divulg\w+"
)
ACCORDING = re.compile(
    r"(?:\baccording to|\b(?:as )?(?:reported|published|written|covered) (?:by|in)|\bper"
    r"|\bsegundo|\bconforme|\bde acordo com|\bde acuerdo (?:con|a)|\bsegun"
    r"|\b(?:publicad[oa]s?|noticiad[oa]s?) (?:em|en|por|pel[oa]|n[oa]))"
    r"(?: (?:the |o |a |el |la )?\w+(?: e| y| and|,))? $"
)
FROM = re.compile(
    r"\b(?:news|stor(?:y|ies)|articles?|reports?|coverage|headlines?|noticias?|materias?|artigos?"
    r"|articulos?|reportage[mn]s?|reportajes?|manchetes?|titulares|cobertura|textos?)"
    r"(?: \w+){0,4}? (?:from|by|in|of|on|d[aoe]|del|de la|n[oa]|em|en|pel[oa]) $"
)
SECOND = re.compile(r"\bsegundo $")
ASKED = re.compile(r"\b(?:did|does|has|have|que|what)(?: (?:ha|has))? $")
IN = re.compile(r"\b(?:in|on|by|em|en|n[ao]s?|pel[ao]s?|por|d[ao]s?|del?) $")
THEN_SAYS = re.compile(
    rf" (?:han? |has |have |had |ja |ya |tem )?(?:(?P<publish>{_PUBLISH})|{_SAY})(?!\w)"
)
SAID_BY = re.compile(rf"\bque (?:han? |ya |ja |tem )?(?:(?P<publish>{_PUBLISH})|{_SAY}) $")
"""`o que disse a Folha`, `qué publicó El País`: the verb before the name."""
THEN_OWNS = re.compile(r"['’]s? (?:report|article|story|coverage|news|headline)")
ABOUT_READING = re.compile(
    r"\b(?:news|read|article|story|stories|headline|report|publi[cs]\w*|notici\w+|li|leu|saiu|salio"
    r"|lei|leia|materia|reportage\w*|artigo|articulo|manchete|titular|cobertura|coverage|diz|dice|says?|prensa|imprensa|press)s?\b"
)
ASKS = re.compile(
    r"\b(?:who|which|how|when|where|why|quem|qual|quant[oa]s?|quando|onde|quien|cual"
    r"|cuant[oa]s?|cuando|donde|como)\b"
)
AND = re.compile(r"(?:,|,? (?:and|or|e|ou|y|o|u))(?: (?:the|o|a|el|la|segun|segundo))* ")
JUST_BEFORE = re.compile(
    r"(?:\b(?:from|by|in|of|on|em|en|por|de|del|n[ao]s?|d[ao]s?|pel[ao]s?) )?"
    r"(?:\b(?:the|os?|as?|el|l[ao]s?) )?$"
)
JUST_AFTER = re.compile(r"(?:['’]s?(?=\W))?(?: ?,)?")
THE = re.compile(r"\b(?:the|os?|as?|el|l[ao]s?) $")
SHORT = 6
