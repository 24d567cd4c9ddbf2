"""How plain data become text in the database, and come back exactly.

PostgreSQL refuses the bare ``NaN`` and ``Infinity`` that Python's json writes, so such floats are stored as the strings
``"NaN"``, ``"Infinity"`` and ``"-Infinity"``. A text that happens to read like one gets a ``~`` in front.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

_FLOATS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_LOOKALIKE = re.compile(r"~*(NaN|-?Infinity)")
_ENDINGS = ('NaN"', 'Infinity"')


def dumps(value: Any) -> str:
    """JSON text that every database accepts; numpy scalars are written as the numbers they are."""
    try:
        text = json.dumps(value, allow_nan=False, default=_plain)
    except ValueError:
        return json.dumps(_encoded(value), allow_nan=False, default=_plain)
    if any(ending in text for ending in _ENDINGS):
        return json.dumps(_encoded(value), allow_nan=False, default=_plain)
    return text


def loads(text: str | bytes) -> Any:
    """The data that ``dumps`` wrote; tuples come back as lists."""
    if isinstance(text, bytes):
        text = text.decode()
    value = json.loads(text)
    return _decoded(value) if any(ending in text for ending in _ENDINGS) else value


def _plain(value: Any) -> Any:
    """Numpy scalars and read-only mappings, which json does not know."""
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "item"):
        number = value.item()
        return _encoded(number)
    raise TypeError(f"{type(value).__name__} is not JSON data: {value!r}")


def _encoded(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, str) and _LOOKALIKE.fullmatch(value):
        return "~" + value
    if isinstance(value, Mapping):
        return {k: _encoded(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_encoded(v) for v in value]
    return value


def _decoded(value: Any) -> Any:
    if isinstance(value, str):
        return _FLOATS[value] if value in _FLOATS else value[1:] if _LOOKALIKE.fullmatch(value) else value
    if isinstance(value, dict):
        return {k: _decoded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_decoded(v) for v in value]
    return value


class Words(sa.types.TypeDecorator[str]):
    """Text from anywhere, such as a traceback. What databases refuse (NUL, lone surrogates) is written as an escape."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002
        """The text with NUL and lone surrogates escaped."""
        if value is None:
            return None
        return value.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode()
