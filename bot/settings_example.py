"""Every setting, with what it does and what it is when not set, as a file to be filled in."""

from __future__ import annotations

import ast
import inspect
from textwrap import dedent, wrap
from typing import TypeGuard

from pydantic import SecretStr

from bot.redaction import HIDDEN, redacted, shown_address
from bot.settings import TOKEN_VARIABLE, Settings, variable_name

_WIDTH = 88
_HEAD = f"""\
# Everything that can be set. Made by `pauta settings --example`; a line without # is in force.
# Pauta reads these names from its environment, or from a file named .env where it is started.
# Most teams set two: {TOKEN_VARIABLE} and {variable_name("admins")}.
"""


def example() -> str:
    """A file of `NAME=default` lines, commented out, each below what the setting does."""
    told = explanations()
    return "\n".join([_HEAD, *(_entry(name, told[name]) for name in Settings.model_fields)])


def explanations() -> dict[str, str]:
    """What stands below each field of Settings in the source; empty where nothing does."""
    (tree,) = ast.parse(dedent(inspect.getsource(Settings))).body
    assert isinstance(tree, ast.ClassDef)  # noqa: S101 - narrows
    found = dict.fromkeys(Settings.model_fields, "")
    for field, below in zip(tree.body, tree.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(below, ast.Expr)
            and isinstance(below.value, ast.Constant)
            and field.target.id in found
        ):
            found[field.target.id] = " ".join(str(below.value.value).split())
    return found


def default_of(field: str) -> str:
    """As it would be written; empty for what is not set, or differs from machine to machine."""
    value = Settings.model_fields[field].default
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    assert not isinstance(value, SecretStr)  # noqa: S101 - no secret comes with the program
    return value if isinstance(value, str) else ""


def _entry(field: str, told: str) -> str:
    lines = [f"# {line}" for line in wrap(told, _WIDTH)]
    return "\n".join([*lines, f"#{variable_name(field)}={default_of(field)}", ""])


def in_force(settings: Settings) -> str:
    """A `NAME=value` line for each setting that is not what it is by itself; no secrets."""
    changed = [name for name in Settings.model_fields if name in settings.model_fields_set]
    return "".join(f"{variable_name(name)}={_shown(getattr(settings, name))}\n" for name in changed)


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return HIDDEN
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, frozenset):
        return ",".join(sorted(map(str, value)))
    return redacted(shown_address(value) if _is_address(value) else str(value))


def _is_address(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and "://" in value
