"""Colours of CSS, and which of them nobody can tell apart.  (pure)

colour_of(value) -> (red, green, blue), of 255, CLEAR or UNKNOWN
alike(one, other) -> bool
"""

from __future__ import annotations

import colorsys
import re

Colour = tuple[int, int, int]
CLEAR = "transparent"
UNKNOWN = "unknown"
WHITE: Colour = (255, 255, 255)

_LONGEST = 200
_NOTHING = 0.02
"""Of an alpha value."""
_ALIKE = 16
"""Of 255, in each channel."""


_HEX = re.compile(r"#([0-9a-f]{3,8})\b")
_RGB = re.compile(
    r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?:[\s,/]+(\d{0,3}\.?\d{1,6}%?))?\s*\)"
)
_HSL = re.compile(
    r"hsla?\(\s*(\d{1,3}(?:\.\d{1,3})?)(?:deg)?[\s,]+(\d{1,3}(?:\.\d{1,3})?)%[\s,]+(\d{1,3}(?:\.\d{1,3})?)%"
    r"(?:[\s,/]+(\d{0,3}\.?\d{1,6}%?))?\s*\)"
)
_COLOURS: dict[str, Colour] = {
    **{"white": WHITE, "snow": (255, 250, 250), "black": (0, 0, 0), "ivory": (255, 255, 240)},
    **{"whitesmoke": (245, 245, 245), "ghostwhite": (248, 248, 255), "azure": (240, 255, 255)},
    **{"floralwhite": (255, 250, 240), "mintcream": (245, 255, 250)},
}


def colour_of(value: str) -> Colour | str:
    value = value[:_LONGEST].strip().lower()
    if value.startswith(("transparent", "none")):
        return CLEAR
    if "url(" in value or "gradient" in value:
        return UNKNOWN
    if rgb := _RGB.search(value):
        if _is_clear(rgb.group(4)):
            return CLEAR
        return int(rgb.group(1)), int(rgb.group(2)), int(rgb.group(3))
    if hsl := _HSL.search(value):
        return _from_hsl(hsl)
    if found := _HEX.search(value):
        return _from_hex(found.group(1))
    return next((_COLOURS[word] for word in value.split() if word in _COLOURS), UNKNOWN)


def alike(one: Colour, other: Colour) -> bool:
    """Whether nobody can read the one on the other."""
    return all(abs(here - there) <= _ALIKE for here, there in zip(one, other, strict=True))


def _is_clear(alpha: str | None) -> bool:
    if not alpha:
        return False
    return float(alpha.rstrip("%")) / (100 if alpha.endswith("%") else 1) <= _NOTHING


def _from_hsl(found: re.Match[str]) -> Colour | str:
    hue, saturation, lightness = (float(found.group(group)) for group in (1, 2, 3))
    if _is_clear(found.group(4)):
        return CLEAR
    red, green, blue = colorsys.hls_to_rgb(
        hue % 360 / 360, min(lightness, 100) / 100, min(saturation, 100) / 100
    )
    return round(red * 255), round(green * 255), round(blue * 255)


def _from_hex(digits: str) -> Colour | str:
    if len(digits) in (3, 4):
        digits = "".join(digit * 2 for digit in digits)
    if len(digits) == 8 and digits.endswith("00"):
        return CLEAR
    if len(digits) not in (6, 8):
        return UNKNOWN
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)
