"""What a language is called, by the Unicode CLDR.  (pure)"""

from __future__ import annotations

from babel import Locale, UnknownLocaleError


def language_name(code: str, language: str) -> str:
    """Of an ISO 639-1 code, in `language`; the code where it is no language's, `und` included."""
    try:
        name = Locale.parse(code).get_language_name(language) if code != "und" else None
    except (UnknownLocaleError, ValueError):
        name = None
    return name or code
