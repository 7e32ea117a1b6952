"""The style rules that stand in a page, as far as they tell what it hides.  (pure)

sheets_of(page, markup) -> Sheets
Sheets.style(element) -> Style

A rule hides where its whole selector is understood and always holds: tags, classes and ids,
below each other. What any other rule may set (`.ready .x`, `.x:hover`, @media with a
width) is not known, so that nothing is hidden by it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml.html import HtmlElement

from retrieval.feeds.hidden_styles import (
    COMMENT_OR_STRING,
    Style,
    declared,
    removes,
    unescaped,
    veils,
)
from retrieval.feeds.style_tags import css_of

_MOST_RULES = 5_000
_MOST_CHAINS = 20
"""For one class, id or tag."""
_MOST_STEPS = 200_000
"""Elements compared with a part of a selector."""
_LONGEST_SELECTOR = 200
_MOST_CLASSES = 50

_COMPOUND = re.compile(r"(?:[a-z][a-z0-9]{0,20})?(?:[.#][\w-]{1,100}){0,4}")
_SIMPLE = re.compile(r"(?:[a-z][a-z0-9]{0,20})?(?:[.#][\w-]{1,100})?")
_NAMES = re.compile(r"[.#](?:[\w-]|\\.){1,100}")
_TAG = re.compile(r"[a-z][a-z0-9]{0,20}")
_BY_SCRIPT = re.compile(r"\bjs\b")
"""`.no-js .x`: a script takes the class away."""
_ALWAYS = frozenset({"@media all", "@media screen", "@media only screen", "@layer"})
_NEVER = ("@media print", "@media speech", "@keyframes", "@-", "@font-face", "@page", "@property")

_PROPERTIES = frozenset(
    re.findall(
        r"\S+",
        "display visibility content-visibility clip clip-path transform scale filter position left "
        "top right bottom text-indent margin-left margin-top margin-right overflow overflow-y "
        "width height min-width min-height max-width max-height background background-color "
        "background-image background-clip -webkit-background-clip color font font-size "
        "transition animation animation-name will-change",
    )
)
"""Not opacity: fading in is done with it."""

_RULE, _PLAIN, _SOMETIMES, _SKIPPED = range(4)


_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class _Known:
    names: list[str]
    style: Style
    chained: bool
    may_be_painted: bool


@dataclass(slots=True)
class Sheets:
    """`elsewhere`: the page has sheets of its own files too; `scripted`: scripts may add some."""

    elsewhere: bool = False
    scripted: bool = False
    simple: dict[str, dict[str, tuple[int, int, str]]] = field(default_factory=dict)
    """Selector to property to (weight, place, value)."""
    chains: dict[str, list[tuple[list[str], Style]]] = field(default_factory=dict)
    unsure: dict[str, set[str]] = field(default_factory=dict)
    """Class, id or tag to the properties that a rule of it may set."""
    steps: int = 0
    seen: dict[_Key, _Known] = field(default_factory=dict)

    def style(self, element: HtmlElement) -> Style:
        """What the rules surely set, of what can hide text."""
        known = self._known(element)
        return known.style | self._of_chains(element, known) if known.chained else known.style

    def may_paint(self, element: HtmlElement) -> bool:
        """Whether its background may come from a rule that is not known."""
        return self._known(element).may_be_painted

    def _known(self, element: HtmlElement) -> _Known:
        key = (element.tag, element.get("class", ""), element.get("id", ""))
        if key not in self.seen:
            self.seen[key] = self._find(*key)
        return self.seen[key]

    def _find(self, tag: str, classes: str, identity: str) -> _Known:
        own = [f".{name}" for name in classes.split()[:_MOST_CLASSES]]
        names = [tag, *own, *([f"#{identity}"] if identity else [])]
        best: dict[str, tuple[int, int, str]] = {}
        for name in [*names, *(f"{tag}{name}" for name in names[1:])]:
            for prop, claim in self.simple.get(name, {}).items():
                best[prop] = max(best.get(prop, claim), claim)
        unsure: set[str] = set().union(*(self.unsure.get(name, ()) for name in names))
        style = {prop: claim[2] for prop, claim in best.items() if prop not in unsure}
        if "color" in unsure:
            style["color"] = "unknown"
        painted = any(prop.startswith("background") for prop in unsure)
        strange = self.scripted and any(
            name not in self.simple and name not in self.unsure for name in own
        )
        chained = any(name in self.chains for name in names)
        return _Known(names, style, chained, painted or strange)

    def _of_chains(self, element: HtmlElement, known: _Known) -> Style:
        style: Style = {}
        for name in known.names:
            for chain, hiding in self.chains.get(name, ()):
                if self._holds(chain, element):
                    style |= hiding
        unsure = [self.unsure.get(name, set()) for name in known.names]
        return {prop: style[prop] for prop in style if not any(prop in some for some in unsure)}

    def _holds(self, chain: list[str], element: HtmlElement) -> bool:
        """Without stepping back: a selector that needs it does not hold."""
        if not self._is(element, chain[-1]):
            return False
        rest, here = chain[:-1], element.getparent()
        while rest and here is not None and self.steps < _MOST_STEPS:
            parent_only = rest[-1] == ">"
            wanted = rest[-2] if parent_only else rest[-1]
            if self._is(here, wanted):
                rest = rest[: -2 if parent_only else -1]
            elif parent_only:
                return False
            here = here.getparent()
        return not rest

    def _is(self, element: HtmlElement, compound: str) -> bool:
        self.steps += 1
        tag = _TAG.match(compound)
        if self.steps > _MOST_STEPS or (tag and tag.group() != element.tag):
            return False
        names = self._known(element).names
        return all(name in names for name in _NAMES.findall(compound))


def sheets_of(page: HtmlElement, markup: str) -> Sheets:
    sheets = Sheets(
        scripted=any("json" not in script.get("type", "").lower() for script in page.iter("script"))
    )
    sheets.elsewhere = any(
        "stylesheet" in link.get("rel", "").lower() or link.get("as", "").lower() == "style"
        for link in page.iter("link")
    )
    # a string may hold a brace
    text = COMMENT_OR_STRING.sub(_without_comment, css_of(markup))
    sheets.elsewhere = sheets.elsewhere or "@import" in text.lower()
    _read(text.replace("<!--", " ").replace("-->", " "), sheets)
    return sheets


def _without_comment(found: re.Match[str]) -> str:
    return "" if found.group().startswith("/*") else '""'


def _read(css: str, sheets: Sheets) -> None:
    stack: list[tuple[int, str]] = []
    start, rules = 0, 0
    for brace in re.finditer(r"[{}]", css):
        text = css[start : brace.start()]
        start = brace.end()
        if brace.group() == "{":
            outer = stack[-1][0] if stack else _PLAIN
            prelude = text.rpartition(";")[2].strip()
            stack.append((_kind(prelude, outer), prelude))
        elif stack:
            kind, selector = stack.pop()
            if kind == _RULE:
                rules += 1
                outer = stack[-1][0] if stack else _PLAIN
                _add(selector, text, rules, sheets, always=outer == _PLAIN)
        if rules >= _MOST_RULES:
            break


def _kind(prelude: str, outer: int) -> int:
    if outer in (_RULE, _SKIPPED):
        return _SKIPPED
    if not prelude.startswith("@"):
        return _RULE
    condition = " ".join(prelude.lower()[:100].split())
    if condition.startswith(_NEVER):
        return _SKIPPED
    if condition in _ALWAYS or condition.startswith("@layer "):
        return outer
    return _SOMETIMES


def _add(selector: str, text: str, place: int, sheets: Sheets, *, always: bool) -> None:
    claims = [claim for claim in declared(text) if claim[0] in _PROPERTIES]
    style = {prop: value for prop, value, _ in claims}
    hides = removes(style) or veils(style)
    for one in selector[: _LONGEST_SELECTOR * 50].split(",")[:50]:
        name = " ".join(one.replace(">", " > ").split())
        if not name or len(name) > _LONGEST_SELECTOR:
            continue
        chain = name.split(" ")
        if always and _SIMPLE.fullmatch(name):
            known = sheets.simple.setdefault(name, {})
            weight = 100 * name.count("#") + 10 * name.count(".") + (name[0] not in ".#")
            for prop, value, important in claims:
                claim = (weight + 1_000 * important, place, value)
                known[prop] = max(known.get(prop, claim), claim)
            continue
        own = [unescaped(found) for found in _NAMES.findall(chain[-1])]
        if not own:
            own = _TAG.findall(chain[-1])[:1]
        if not hides:
            for part in own:
                sheets.unsure.setdefault(part, set()).update(style)
        elif always and own and _understood(chain):
            known_chains = sheets.chains.setdefault(own[0], [])
            if len(known_chains) < _MOST_CHAINS:
                known_chains.append((chain, style))


def _understood(chain: list[str]) -> bool:
    if len(chain) > 8 or chain[0] == ">":
        return False
    return all(
        one == ">" or (_COMPOUND.fullmatch(one) and not _BY_SCRIPT.search(one)) for one in chain
    )
