"""Values as they are kept in a database: JSON, read back as what they were.  (pure)"""

from __future__ import annotations

import json
from collections.abc import Hashable
from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Value = TypeVar("Value")


def as_json(value: DataclassInstance) -> str:
    """A dataclass of plain values, moments and further dataclasses."""
    return json.dumps(asdict(value), default=_written)


def from_json(kind: type[Value], text: str) -> Value | None:
    """What `as_json` wrote; None for what another Pauta wrote and this one cannot read."""
    try:
        value: Value = _adapter(cast(Hashable, kind)).validate_python(json.loads(text))
    except (ValidationError, ValueError):
        return None
    return value


def _written(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"not kept: {type(value).__name__}")


@cache
def _adapter(kind: Hashable) -> TypeAdapter[Any]:
    return TypeAdapter(cast(type[Any], kind))
