"""robots.txt: what a site asks robots not to read, and how fast to read the rest.  (pure)

Read by Protego, which knows wildcards and lets the longest rule win (RFC 9309); Python's own
parser does neither. robots.txt applies to pages; a feed is published for robots to read.
"""

from __future__ import annotations

import re

from protego import Protego

MAX_CHARACTERS = 500_000
"""Of a robots.txt; the rest is not read (RFC 9309 asks for at least 500 KiB)."""
MAX_CRAWL_DELAY = 30.0
"""Seconds. A longer wish is taken for this: else an article could wait for days."""

_LONGEST_LINE = 2_500
_AGENT_LINE = re.compile(r"\s*user[-\s]*agent\b[\s:]*(.*)", re.IGNORECASE)
_OTHERS = "another-robot"


class Robots:
    """One site's wishes towards one robot, named by its product token (`Pauta`)."""

    def __init__(self, robots_txt: str | None, user_agent: str) -> None:
        self._agent = user_agent
        self._rules = Protego.parse(_bounded(robots_txt or "", user_agent))

    def allowed(self, url: str) -> bool:
        """Whether the page may be read; False for what is not an address."""
        try:
            return self._rules.can_fetch(url, self._agent)
        except ValueError:
            return False

    @property
    def crawl_delay(self) -> float | None:
        """Seconds between two requests, at most 30; None where the site names none."""
        delay = self._rules.crawl_delay(self._agent)
        return None if delay is None else min(delay, MAX_CRAWL_DELAY)

    @property
    def sitemaps(self) -> list[str]:
        """As written: not checked to be addresses. At most 100."""
        return [url for url, _ in zip(self._rules.sitemaps, range(100), strict=False)]


def allowed(robots_txt: str | None, user_agent: str, url: str) -> bool:
    """Whether `user_agent` may read the page at `url`; None for a site without robots.txt."""
    return Robots(robots_txt, user_agent).allowed(url)


def crawl_delay(robots_txt: str | None, user_agent: str) -> float | None:
    """Seconds between two requests, at most 30; None where the site names none."""
    return Robots(robots_txt, user_agent).crawl_delay


def _bounded(text: str, user_agent: str) -> str:
    """The text with all other robots under one name.

    Protego copies every rule of a group for every robot the group names: 5,000 names before
    1,000 rules took it 8 seconds.
    """
    lines = []
    previous = ""
    for line in text[:MAX_CHARACTERS].removeprefix("\ufeff").splitlines():
        if len(line) > _LONGEST_LINE:
            continue
        agent = _AGENT_LINE.match(line)
        if agent:
            line = f"User-agent: {_known(agent.group(1), user_agent)}"  # noqa: PLW2901
            if line == previous:
                continue
        previous = line
        lines.append(line)
    return "\n".join(lines)


def _known(name: str, user_agent: str) -> str:
    name = name.partition("#")[0].strip()
    if name == "*":
        return name
    token = name.replace("*", "").partition("/")[0].strip()
    return user_agent if token.lower() == user_agent.lower() else _OTHERS
