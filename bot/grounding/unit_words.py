"""Signs and words of currencies and measures in pt, en and es, folded.  (pure)"""

from __future__ import annotations

_ISO_4217 = (
    "USD EUR GBP BRL MXN ARS CLP COP UYU PEN BOB PYG VES CRC GTQ HNL NIO DOP CUP CAD AUD NZD HKD "
    "SGD JPY CNY KRW INR RUB TRY CHF SEK NOK DKK ISK CZK PLN HUF RON UAH ILS ZAR AOA MZN CVE NGN "
    "EGP SAR AED IDR THB MYR PHP VND PKR KES GHS MAD"
)
CODES = frozenset(_ISO_4217.split())

DOLLARS = frozenset({"USD", "CAD", "AUD", "NZD", "HKD", "SGD"})
PESOS = frozenset({"MXN", "ARS", "CLP", "COP", "UYU", "DOP", "CUP"})

SIGNS = {
    "us$": "USD", "u$s": "USD", "u$": "USD", "r$": "BRL", "€": "EUR", "£": "GBP", "c$": "CAD",
    "ca$": "CAD", "a$": "AUD", "au$": "AUD", "nz$": "NZD", "hk$": "HKD", "mx$": "MXN",
    "s$": "SGD", "ar$": "ARS", "col$": "COP", "cl$": "CLP", "rd$": "DOP", "₹": "INR",
    "₩": "KRW", "₽": "RUB", "₺": "TRY", "₪": "ILS",
}  # fmt: skip

MEASURES = {
    "length": {
        "km kms kilometre kilometer quilometro kilometro": "1000",
        "metre meter metro": "1", "m": "1", "cm centimetre centimeter centimetro": "0.01",
        "mm millimetre millimeter milimetro": "0.001", "mile milha milla mi": "1609.344",
        "ft foot feet pe pes pie": "0.3048", "inch inches polegada pulgada": "0.0254",
        "yard jarda yarda": "0.9144",
    },
    "area": {
        "km2": "1000000", "m2": "1", "ha hectare hectarea": "10000", "acre": "4046.8564224",
    },
    "volume": {
        "m3": "1000", "km3": "1000000000000", "l litre liter litro": "1",
        "gallon galao galoes galon galones": "3.785411784",
        "barrel barril barris barriles bbl": "158.987294928",
    },
    "mass": {
        "kg kilo quilo kilogram kilogramme quilograma kilogramo": "1",
        "g gram grama gramo": "0.001", "mg milligram miligrama miligramo": "0.000001",
        "t tonne ton tonelada": "1000", "kt": "1000000", "ounce onca onza": "0.028349523125",
    },
    "power": {
        "w watt vatio": "1", "kw kilowatt quilowatt kilovatio": "1000",
        "mw megawatt megavatio": "1000000", "gw gigawatt gigavatio": "1000000000",
        "tw terawatt teravatio": "1000000000000",
    },
    "energy": {
        "kwh": "1", "mwh": "1000", "gwh": "1000000", "twh": "1000000000",
    },
    "speed": {"km/h kph kmh": "1", "mph": "1.609344", "m/s": "3.6"},
    "data": {
        "kb kilobyte": "1", "mb megabyte": "1000", "gb gigabyte": "1000000",
        "tb terabyte": "1000000000", "pb petabyte": "1000000000000",
    },
}  # fmt: skip
DURATIONS = {
    "months": {
        "month mes meses": "1", "trimestre": "3", "semestre": "6", "year yr ano": "12",
        "decade decada": "120", "century centuries seculo siglo": "1200",
    },
    "seconds": {
        "second segundo": "1", "minute minuto min": "60", "hour hora h hr": "3600",
        "day dia": "86400", "week semana": "604800", "fortnight": "1209600",
        "quinzena quincena": "1296000",
    },
}  # fmt: skip

DEGREES = {
    "": ("degree", "degrees", "grau", "graus", "grado", "grados", "°"),
    "celsius": ("c", "celsius", "centigrade", "centigrados"),
    "fahrenheit": ("f", "fahrenheit"),
}
SQUARE = {"square", "quadrado", "quadrados", "cuadrado", "cuadrados", "sq"}
CUBIC = {"cubic", "cubico", "cubicos"}
BETWEEN = {
    "more", "further", "additional", "other", "full", "whole", "consecutive", "straight", "mais",
    "outros", "outras", "mas", "otros", "otras", "otro", "otra",
}  # fmt: skip
"""May stand between a number and its unit: `two more decades`."""
PER_HOUR = (("per", "hour"), ("an", "hour"), ("por", "hora"), ("a", "hora"))


SPOKEN: dict[tuple[str, ...], frozenset[str]] = {
    ("dollar",): DOLLARS, ("dollars",): DOLLARS, ("dolar",): DOLLARS, ("dolares",): DOLLARS,
    ("kroner",): frozenset({"NOK", "DKK"}), ("kronor",): frozenset({"SEK"}),
    ("crowns",): frozenset({"NOK", "DKK", "SEK", "CZK", "ISK"}),
    ("yuan",): frozenset({"CNY"}), ("yuans",): frozenset({"CNY"}),
    ("renminbi",): frozenset({"CNY"}), ("libras",): frozenset({"GBP"}),
    ("iene",): frozenset({"JPY"}), ("guaranies",): frozenset({"PYG"}),
    ("franc",): frozenset({"CHF"}), ("francs",): frozenset({"CHF"}),
    ("francos",): frozenset({"CHF"}), ("franco",): frozenset({"CHF"}),
}  # fmt: skip
NO_CURRENCY = {("try",), ("all",), ("real",), ("won",), ("sol",), ("colon",), ("new",), ("nuevo",)}

CENTS = {
    "cent": DOLLARS | {"EUR"}, "cents": DOLLARS | {"EUR"}, "pence": frozenset({"GBP"}),
    "centavo": frozenset(), "centavos": frozenset(), "centimo": frozenset({"EUR"}),
    "centimos": frozenset({"EUR"}), "cêntimos": frozenset({"EUR"}),
}  # fmt: skip
