"""What is different about text on a PostgreSQL server: it takes no NUL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, event

NUL, INSTEAD = "\x00", "\ufffd"


def prepare(engine: Engine) -> Engine:
    """Have what people sent be stored whatever is in it, as a file stores it."""
    event.listen(engine, "before_cursor_execute", _without_nul, retval=True)
    return engine


def _without_nul(
    _connection: object,
    _cursor: object,
    statement: str,
    parameters: Any,
    _context: object,
    _executemany: bool,
) -> tuple[str, Any]:
    if isinstance(parameters, list):
        return statement, [_cleaned(one) for one in parameters]
    return statement, _cleaned(parameters)


def _cleaned(parameters: Any) -> Any:
    if isinstance(parameters, dict):
        if any(isinstance(one, str) and NUL in one for one in parameters.values()):
            return {name: _text(value) for name, value in parameters.items()}
    elif isinstance(parameters, tuple):
        return tuple(map(_text, parameters))
    return parameters


def _text(value: object) -> object:
    return value.replace(NUL, INSTEAD) if isinstance(value, str) else value
