"""What a page holds but shows to nobody, taken out of its tree.  (pure)

without_hidden(page, markup) changes the tree in place.

Text a reader never sees is where instructions to a language model hide: display:none, white
on white, letters of no size, far outside the window, `hidden`, `aria-hidden`, <template>,
<noscript>. Styles are read where they stand in the page: on the element, and in <style>
rules for one class, id or tag. Style sheets of their own are not fetched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from lxml.html import HtmlElement

Style = dict[str, str]

MOST_CSS = 500_000
_MOST_RULES = 5_000
_NEVER_SHOWN = frozenset({"template", "noscript", "noembed", "noframes", "datalist"})
_HEART = "self::h1|self::main|self::article|.//h1|.//main|.//article"
_FAR_AWAY = -900
_TINY = 2.0
"""Pixels."""
_ALIKE = 8
"""Of 255, in each channel: nobody can tell the colours apart."""

_SELECTOR = re.compile(r"(?:[a-z][a-z0-9]{0,20})?(?:[.#][\w-]{1,100})?")
_LENGTH = re.compile(r"(-?\d{0,6}\.?\d{1,6})(px|pt|em|rem|%|vw|vh)?")
_HEX = re.compile(r"#([0-9a-f]{3,8})\b")
_RGB = re.compile(
    r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?:[\s,/]+([\d.]{1,6}%?))?\s*\)"
)
_COLOURS = {"white": (255, 255, 255), "snow": (255, 250, 250), "black": (0, 0, 0)}
_ZERO = re.compile(r"(?:0+(?:\.0\d{0,5})?|\.0\d{0,5})(?:px|pt|em|rem|%)?")

Colour = tuple[int, int, int]
_CLEAR = "transparent"
_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class _Look:
    """What text inherits. A background nobody declared is the page's white."""

    colour: Colour | str = _UNKNOWN
    background: Colour | str = (255, 255, 255)
    tiny: bool = False

    @property
    def shows(self) -> bool:
        if self.tiny or self.colour == _CLEAR:
            return False
        if isinstance(self.colour, str) or isinstance(self.background, str):
            return True
        pairs = zip(self.colour, self.background, strict=True)
        return any(abs(one - other) > _ALIKE for one, other in pairs)


def without_hidden(page: HtmlElement, markup: str = "") -> None:
    """Takes hidden elements and hidden text out of `page`, whose source is `markup`.

    The page itself stays when it hides as a whole (scripts show it later), and so does what
    holds its headline or <article> when only a rule or `aria-hidden` hides it: a dialog is
    open in front of it.
    """
    rules = _rules(markup)
    pending: list[tuple[HtmlElement, _Look]] = [(page, _Look())]
    while pending:
        element, inherited = pending.pop()
        if not isinstance(element.tag, str):
            continue
        inline = _declarations(element.get("style") or "")
        sheet = _sheet_style(element, rules)
        is_page = element.tag in ("html", "body")
        if not is_page and _is_hidden(element, inline, sheet):
            _drop(element)
            continue
        look = _look(element, inline, sheet, inherited)
        if not look.shows and not is_page:
            element.text = None
        for child in element:
            if not look.shows:
                child.tail = None
            pending.append((child, look))


def _is_hidden(element: HtmlElement, inline: Style, sheet: Style) -> bool:
    if element.tag in _NEVER_SHOWN or _hides(inline):
        return True
    if element.get("hidden") is not None or element.get("type", "").lower() == "hidden":
        return True
    softly = element.get("aria-hidden", "").strip().lower() == "true" or _hides(sheet)
    return softly and not element.xpath(_HEART)


def _hides(style: Style) -> bool:
    if style.get("display") == "none" or style.get("visibility") in ("hidden", "collapse"):
        return True
    if style.get("mso-hide") == "all" or _ZERO.fullmatch(style.get("opacity", "1")):
        return True
    if any(_far_away(style.get(side, "")) for side in ("left", "top", "right", "text-indent")):
        return True
    clip = style.get("clip", "").replace(",", " ").replace("px", "")
    if re.match(r"rect\(\s*[01]\s+[01]\s+[01]\s+[01]\s*\)", clip):
        return True
    if re.match(r"inset\((?:50|100)%|circle\(0", style.get("clip-path", "")):
        return True
    if re.match(r"(?:scale|scalex|scaley)\(0", style.get("transform", "")):
        return True
    clipped = style.get("overflow", style.get("overflow-y", "")) in ("hidden", "clip")
    sizes = ("width", "height", "max-height", "max-width")
    return clipped and any(_ZERO.fullmatch(style.get(size, "auto")) for size in sizes)


def _far_away(value: str) -> bool:
    length = _LENGTH.match(value)
    return bool(length and float(length.group(1)) <= _FAR_AWAY)


def _look(element: HtmlElement, inline: Style, sheet: Style, inherited: _Look) -> _Look:
    look = inherited
    background = inline.get("background-color") or inline.get("background")
    background = background or sheet.get("background-color") or sheet.get("background")
    background = background or element.get("bgcolor")
    if background or "background-image" in inline or "background-image" in sheet:
        own = _colour(background or "")
        look = replace(look, background=look.background if own == _CLEAR else own)
    colour = inline.get("color") or (element.get("color") if element.tag == "font" else None)
    if colour is None and (background or sheet.get("color", "").startswith("transparent")):
        # A rule's colour counts where its background is known too; else it cannot be judged.
        colour = sheet.get("color")
    if colour or sheet.get("color"):
        look = replace(look, colour=_colour(colour) if colour else _UNKNOWN)
    size = _size(inline.get("font-size") or sheet.get("font-size") or "")
    return look if size is None else replace(look, tiny=size < _TINY)


def _size(value: str) -> float | None:
    """In pixels, where the value says; relative ones are never tiny but for 0."""
    length = _LENGTH.fullmatch(value)
    if not length:
        return None if value in ("", "inherit") else 16.0
    number, unit = float(length.group(1)), length.group(2) or "px"
    return number if unit in ("px", "pt") else number * (0.16 if unit == "%" else 16)


def _colour(value: str) -> Colour | str:
    value = value.strip().lower()
    if value.startswith(("transparent", "none")):
        return _CLEAR
    if "url(" in value or "gradient" in value:
        return _UNKNOWN
    if rgb := _RGB.search(value):
        alpha = (rgb.group(4) or "1").rstrip("%")
        if _ZERO.fullmatch(alpha):
            return _CLEAR
        return int(rgb.group(1)), int(rgb.group(2)), int(rgb.group(3))
    if found := _HEX.search(value):
        return _from_hex(found.group(1))
    return next((_COLOURS[word] for word in value.split() if word in _COLOURS), _UNKNOWN)


def _from_hex(digits: str) -> Colour | str:
    if len(digits) in (3, 4):
        digits = "".join(digit * 2 for digit in digits)
    if len(digits) == 8 and digits.endswith("00"):
        return _CLEAR
    if len(digits) not in (6, 8):
        return _UNKNOWN
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def _declarations(text: str) -> Style:
    style: Style = {}
    for declaration in text.lower().split(";")[:200]:
        name, colon, value = declaration.partition(":")
        if colon:
            style[name.strip()] = value.replace("!important", "").strip()
    return style


def _sheet_style(element: HtmlElement, rules: dict[str, Style]) -> Style:
    if not rules:
        return {}
    classes = element.get("class", "").split()[:50]
    names = [
        element.tag,
        *(f".{name}" for name in classes),
        *(f"{element.tag}.{name}" for name in classes),
    ]
    if identity := element.get("id"):
        names += [f"#{identity}", f"{element.tag}#{identity}"]
    style: Style = {}
    for name in names:
        style.update(rules.get(name, {}))
    return style


def _rules(markup: str) -> dict[str, Style]:
    """Selector to declarations, of rules for one class, id or tag outside @media and the like.

    Fading in is done with opacity: a rule's opacity hides nothing.
    """
    css = _style_sheets(markup)
    rules: dict[str, Style] = {}
    depth, start, selector = 0, 0, ""
    for brace in re.finditer(r"[{}]", css):
        if len(rules) >= _MOST_RULES:
            break
        text = css[start : brace.start()]
        start = brace.end()
        if brace.group() == "{":
            depth += 1
            selector = text.strip() if depth == 1 else selector
            continue
        if depth == 1 and not selector.startswith("@"):
            style = _declarations(text[:5_000])
            style.pop("opacity", None)
            for one in selector.split(",")[:50]:
                name = one.strip()
                if name and _SELECTOR.fullmatch(name):
                    rules.setdefault(name, {}).update(style)
        depth = max(0, depth - 1)
    return rules


def _style_sheets(markup: str) -> str:
    sheets: list[str] = []
    lowered, position, total = markup.lower(), 0, 0
    while total < MOST_CSS and (start := lowered.find("<style", position)) >= 0:
        opened = lowered.find(">", start)
        end = lowered.find("</style", opened)
        if opened < 0 or end < 0:
            break
        sheet = markup[opened + 1 : min(end, opened + 1 + MOST_CSS - total)]
        sheets.append(sheet)
        total += len(sheet)
        position = end
    return re.sub(r"/\*[^*]*\*+(?:[^/*][^*]*\*+)*/", "", "\n".join(sheets))


def _drop(element: HtmlElement) -> None:
    """Its tail is its parent's text, and stays where that shows."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        before = element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    parent.remove(element)
