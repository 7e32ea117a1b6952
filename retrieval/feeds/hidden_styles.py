"""Which CSS declarations keep text from being seen, and which colours cannot be told apart. (pure)

declarations(text) -> Style
removes(style), veils(style) -> bool
look_of(...) -> Look

Every value is cut before a pattern sees it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from retrieval.feeds.colours import CLEAR, UNKNOWN, WHITE, Colour, alike, colour_of

Style = dict[str, str]

_LONGEST_STYLE = 20_000
_LONGEST_VALUE = 200
_MOST_DECLARATIONS = 200
_FAR_AWAY = -900
"""Pixels."""
_TINY = 2.0
"""Pixels."""
_NOTHING = 0.02
"""Of an opacity, or of a scale."""
COMMENT_OR_STRING = re.compile(r"/\*.*?(?:\*/|\Z)|\"[^\"\n]*\"|'[^'\n]*'", re.S)
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.S)
_ESCAPE = re.compile(r"\\(?:([0-9a-f]{1,6})\s?|(.))", re.S | re.I)
_LENGTH = re.compile(r"([-+]?\d{0,20}\.?\d{1,20})(px|pt|em|rem|ch|ex|%|vw|vh|vmin|vmax)?")
_PIXELS = {"": 1, "px": 1, "pt": 1.33, "em": 16, "rem": 16, "ch": 8, "ex": 8}
_SCALE = re.compile(r"scale(?:x|y|3d)?\(([^()]{0,80})\)")
_TRANSLATE = re.compile(r"translate(?:x|y|3d)?\(([^()]{0,80})\)")
_FILTER = re.compile(r"opacity\(\s*([\d.]{1,8}%?)\s*\)")
_CLIP = re.compile(r"rect\(\s*[01]\s+[01]\s+[01]\s+[01]\s*\)")
_CLIP_PATH = re.compile(r"inset\((?:50|100)%|circle\(\s*0(?:px|%)?\s*(?:\)|at)")
_MOTION = ("transition", "animation", "animation-name", "will-change")


@dataclass(frozen=True, slots=True)
class Look:
    """What text inherits."""

    colour: Colour | str = UNKNOWN
    background: Colour | str = WHITE
    tiny: bool = False

    @property
    def shows(self) -> bool:
        if self.tiny or self.colour == CLEAR:
            return False
        if isinstance(self.colour, str) or isinstance(self.background, str):
            return True
        return not alike(self.colour, self.background)


def declared(text: str) -> Iterator[tuple[str, str, bool]]:
    """(name, value, important), in lower case, without comments and escapes."""
    plain = _COMMENT.sub("", text[:_LONGEST_STYLE].lower())
    for declaration in plain.split(";")[:_MOST_DECLARATIONS]:
        name, colon, value = declaration.partition(":")
        if colon:
            value, mark, _ = value[:_LONGEST_VALUE].partition("!")
            yield unescaped(name[:_LONGEST_VALUE]).strip(), unescaped(value).strip(), bool(mark)


def declarations(text: str) -> Style:
    style: Style = {}
    kept: set[str] = set()
    for name, value, important in declared(text):
        if important or name not in kept:
            style[name] = value
        if important:
            kept.add(name)
    return style


def unescaped(text: str) -> str:
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(escape: re.Match[str]) -> str:
    if not escape.group(1):
        return escape.group(2)
    number = int(escape.group(1), 16)
    return chr(number).lower() if 0 < number < 0xD800 else ""


def removes(style: Style) -> bool:
    """Nothing of it is drawn, whatever scripts move or fade."""
    return (
        style.get("display") == "none"
        or style.get("visibility") in ("hidden", "collapse")
        or style.get("content-visibility") == "hidden"
        or style.get("mso-hide") == "all"
    )


def veils(style: Style) -> bool:
    """It is drawn, but clear, far away, cut off or of no size."""
    return (
        _is_clear(style)
        or _is_away(style)
        or _is_scaled_away(style.get("transform", "") + " scale(" + style.get("scale", "1") + ")")
        or bool(_CLIP.match(style.get("clip", "").replace(",", " ").replace("px", "")))
        or bool(_CLIP_PATH.match(style.get("clip-path", "")))
        or _is_cut_off(style)
    )


def _is_clear(style: Style) -> bool:
    """Text that fades or slides in starts clear, and shows soon."""
    if any(name in style for name in _MOTION) or _TRANSLATE.search(style.get("transform", "")):
        return False
    faded = _FILTER.search(style.get("filter", ""))
    return _is_nothing(style.get("opacity", "1")) or bool(faded and _is_nothing(faded.group(1)))


def _is_nothing(value: str) -> bool:
    length = _LENGTH.fullmatch(value)
    if not length:
        return False
    return float(length.group(1)) / (100 if length.group(2) == "%" else 1) <= _NOTHING


def _is_away(style: Style) -> bool:
    sides = ["text-indent", "margin-left", "margin-top", "margin-right"]
    if style.get("position", "static") not in ("static", "inherit", "initial"):
        sides += ["left", "top", "right", "bottom"]
    moved = _TRANSLATE.findall(style.get("transform", ""))
    steps = [step.strip() for move in moved for step in move.split(",")]
    return any(_is_far(value) for value in [*steps, *(style.get(side, "") for side in sides)])


def _is_far(value: str) -> bool:
    length = _LENGTH.match(value)
    if not length or length.group(2) == "%":
        return False
    return float(length.group(1)) * _PIXELS.get(length.group(2) or "", 10) <= _FAR_AWAY


def _is_scaled_away(transform: str) -> bool:
    factors = [one.strip() for found in _SCALE.findall(transform) for one in found.split(",")]
    return any(_LENGTH.fullmatch(factor) and _is_nothing(factor.lstrip("-+")) for factor in factors)


def _is_cut_off(style: Style) -> bool:
    if style.get("overflow", style.get("overflow-y", "")) not in ("hidden", "clip"):
        return False
    for axis in ("width", "height"):
        if not _is_a_point(style.get(f"min-{axis}", "0")):
            continue
        if any(_is_a_point(style.get(size, "auto")) for size in (axis, f"max-{axis}")):
            return True
    return False


def _is_a_point(value: str) -> bool:
    """At most one pixel long."""
    length = _LENGTH.fullmatch(value)
    if not length:
        return False
    number, unit = float(length.group(1)), length.group(2) or ""
    return number == 0 or (unit in _PIXELS and 0 <= number * _PIXELS[unit] <= 1)


def look_of(inherited: Look, style: Style, *, unseen_background: bool) -> Look:
    """`unseen_background`: one may be set where this code cannot read it."""
    look = inherited
    background = style.get("background-color") or style.get("background")
    if background or "background-image" in style:
        own = UNKNOWN if "background-image" in style else colour_of(background or "")
        look = replace(look, background=look.background if own == CLEAR else own)
    elif unseen_background:
        look = replace(look, background=UNKNOWN)
    if "color" in style and style["color"] != "inherit":
        look = replace(look, colour=colour_of(style["color"]))
    if "text" in (style.get("background-clip"), style.get("-webkit-background-clip")):
        look = replace(look, colour=UNKNOWN)
    size = _font_size(style)
    return look if size is None else replace(look, tiny=size < _TINY)


def _font_size(style: Style) -> float | None:
    """In pixels, where the style says; relative ones are never tiny but near 0."""
    value = style.get("font-size", "")
    if not value:
        words = (word.split("/")[0] for word in style.get("font", "").split())
        sizes = [word for word in words if (found := _LENGTH.fullmatch(word)) and _sized(found)]
        value = sizes[0] if sizes else ""
    length = _LENGTH.fullmatch(value)
    if not length:
        return None if value in ("", "inherit") else 16.0
    number, unit = float(length.group(1)), length.group(2) or "px"
    return number * (0.16 if unit == "%" else _PIXELS.get(unit, 10))


def _sized(length: re.Match[str]) -> bool:
    """`0`, `12px`; not the `700` of a weight."""
    return length.group(2) is not None or float(length.group(1)) == 0
