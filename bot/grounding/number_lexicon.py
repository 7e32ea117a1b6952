"""The words numbers are made of in pt, en and es, folded.  (pure)"""

from __future__ import annotations

from decimal import Decimal

_SMALL = {
    "en": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen",
    "pt": "zero um/uma dois/duas tres quatro cinco seis sete oito nove dez onze doze treze "
    "quatorze/catorze quinze dezesseis/dezasseis dezessete/dezassete dezoito dezenove/dezanove",
    "es": "cero un/una/uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece "
    "catorce quince dieciseis diecisiete dieciocho diecinueve veinte veintiuno/veintiun/veintiuna "
    "veintidos veintitres veinticuatro veinticinco veintiseis veintisiete veintiocho veintinueve",
}
_TENS = {
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
    "pt": "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
    "es": "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
}
_HUNDREDS = {
    "en": "",
    "pt": "cem/cento duzentos/duzentas trezentos/trezentas quatrocentos/quatrocentas "
    "quinhentos/quinhentas seiscentos/seiscentas setecentos/setecentas oitocentos/oitocentas "
    "novecentos/novecentas",
    "es": "cien/ciento doscientos/doscientas trescientos/trescientas cuatrocientos/cuatrocientas "
    "quinientos/quinientas seiscientos/seiscientas setecientos/setecientas ochocientos/ochocientas "
    "novecientos/novecientas",
}
_SCALES = {
    3: "thousand mil k",
    6: "million millions milhao milhoes millon millones mn mio mi mm",
    9: "billion billions bn bilhao bilhoes bi millardo millardos",
    12: "trillion trillions tn trilhao trilhoes tri biliao bilioes billon billones",
    18: "triliao trilioes trillon trillones",
}
SCALES = {word: Decimal(10) ** power for power, words in _SCALES.items() for word in words.split()}
"""Long and short scale differ in their spelling: `bilhão` and `billion` are 10^9, `bilião` and
`billón` 10^12."""

VAGUE = {
    "dozens": 12, "duzias": 12, "docenas": 12, "dezenas": 10, "decenas": 10, "tens": 10,
    "hundreds": 100, "centenas": 100, "centenares": 100, "cientos": 100,
    "thousands": 1000, "milhares": 1000, "miles": 1000,
}  # fmt: skip
DOZEN = {"dozen", "duzia", "docena"}
HALF = {"half", "meio", "meia", "medio", "media"}
HALVED = {"hour", "hora", "year", "ano", "century", "seculo", "siglo", "decade", "mile", "milha"}
OF = {"of", "de", "a", "an"}
ONE = {"one", "um", "uma", "un", "una", "uno", "a", "an"}
JOINING = {"e", "y", "and", "-"}


def _words_of(language: str) -> dict[str, int]:
    rows = [(_SMALL, 0, 1), (_TENS, 20, 10), (_HUNDREDS, 100, 100)]
    return {
        spelling: first + step * at
        for table, first, step in rows
        for at, word in enumerate(table[language].split())
        for spelling in word.split("/")
    }


_WORDS = {language: _words_of(language) for language in _SMALL}
_WORDS["en"] |= {"hundred": 100}
_ALL = {
    word: value
    for words in _WORDS.values()
    for word, value in words.items()
    if word not in {"dos", "once", "doce"}
}


def words_of(language: str) -> dict[str, int]:
    """Number words below 1,000 of a language; of all three when it is none of them."""
    return _WORDS.get(language, _ALL)
