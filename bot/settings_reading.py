"""Reads the settings, once at start, from the environment and a `.env` file.

Nothing else in Pauta reads the environment. Unknown `PAUTA_...` names are refused with
the nearest known name, so that a typo never passes for a setting.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from dotenv import dotenv_values
from pydantic import ValidationError

from bot.settings import PREFIX, Settings, variable_name
from retrieval.errors import RetrievalError

RENAMED: dict[str, str] = {}
"""Names of earlier versions, which still work, with the name each has now."""


class SettingsError(RetrievalError):
    """A setting is unknown or has a value that cannot be used."""


def load_settings(
    environ: Mapping[str, str] | None = None, dotenv: Path | None = Path(".env")
) -> Settings:
    """Read settings; the environment wins over the file, an empty value means unset.

    Raises SettingsError with one line per problem.
    """
    values, problems = _read(environ, dotenv)
    if problems:
        raise SettingsError("\n".join(problems))
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError("\n".join(told for _, told in _problems(error))) from None


def usable_settings(
    environ: Mapping[str, str] | None = None, dotenv: Path | None = Path(".env")
) -> tuple[Settings, tuple[str, ...]]:
    """As much of the settings as can be used, the defaults for the rest, and every problem."""
    values, problems = _read(environ, dotenv)
    while True:
        try:
            return Settings.model_validate(values), tuple(problems)
        except ValidationError as error:
            wrong = dict(_problems(error))
            problems += wrong.values()
            if "feed_interval_max_minutes" in wrong:  # the two are one choice
                wrong["feed_interval_min_minutes"] = ""
            kept = {field: value for field, value in values.items() if field not in wrong}
            values = kept if len(kept) < len(values) else {}


def old_names(
    environ: Mapping[str, str] | None = None, dotenv: Path | None = Path(".env")
) -> tuple[str, ...]:
    """A line for each setting that is set by the name it had in an earlier version."""
    try:
        merged = _merged(environ, dotenv)
    except (OSError, UnicodeDecodeError):
        return ()
    return tuple(
        f"{old} is now called {new}"
        + ("; the old name still works" if new not in merged else f", and {new} is set: it counts")
        for old, new in RENAMED.items()
        if old in merged
    )


def _merged(environ: Mapping[str, str] | None, dotenv: Path | None) -> dict[str, str]:
    """Raises OSError or UnicodeDecodeError for a file that cannot be read."""
    found = dotenv_values(dotenv) if dotenv is not None and dotenv.is_file() else {}
    environ = os.environ if environ is None else environ
    return {key: value for source in (found, environ) for key, value in source.items() if value}


def _read(
    environ: Mapping[str, str] | None, dotenv: Path | None
) -> tuple[dict[str, str], list[str]]:
    """Values by field, and what is wrong with the names."""
    problems: list[str] = []
    try:
        merged = _merged(environ, dotenv)
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{dotenv} cannot be read as UTF-8 text: {error}")
        merged = _merged(environ, None)
    for old, new in RENAMED.items():
        if old in merged:
            merged.setdefault(new, merged.pop(old))

    fields = {variable_name(field): field for field in Settings.model_fields}
    values: dict[str, str] = {}
    for key, value in merged.items():
        if key in fields:
            values[fields[key]] = value
        elif key.startswith(PREFIX):
            near = _nearest(key, fields)
            hint = f"; did you mean {near}?" if near else ""
            problems.append(f"{key} is not a setting of Pauta{hint}")
    return values, problems


def _nearest(key: str, names: Iterable[str]) -> str | None:
    whole = [name for name in names if name.endswith(f"_{key.removeprefix(PREFIX)}")]
    return next(iter(whole or difflib.get_close_matches(key, names, n=1)), None)


def _problems(error: ValidationError) -> list[tuple[str, str]]:
    """Each problem's field, and the problem in words."""
    return [
        (
            str(item["loc"][0]),
            f"{variable_name(str(item['loc'][0]))}: "
            + item["msg"].removeprefix("Value error, ").replace("Input should be", "must be"),
        )
        for item in error.errors()
    ]
