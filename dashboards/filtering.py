"""The filter expressions of the table: a small part of Python's grammar, evaluated by this file alone.

``accuracy > 0.8 and method == "lora" and 5 in layers``: names are columns of the table or parameters (by their full
name, or by their last word). A comparison with something that a trial does not have is false.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Collection, Mapping
from typing import Any

from autotune.errors import AutotuneError
from autotune.near import did_you_mean

LONGEST = 400
"""Characters of an expression."""
Row = Mapping[str, Any]
Test = Callable[[Row], Any]

_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_EXAMPLE = 'write for example: accuracy > 0.8 and method == "lora" and 5 in layers'
_MISSING = object()


def parse(text: str, names: Collection[str]) -> Test:
    """A function that says whether a row passes.

    Args:
        text: the expression; an empty one passes every row.
        names: that rows may have.

    Raises:
        AutotuneError: it is no expression of this language, or names what no row has.
    """
    if not text.strip():
        return lambda _row: True
    if len(text) > LONGEST:
        raise AutotuneError(f"the filter has {len(text)} characters, more than {LONGEST}", "shorten it")
    try:
        tree = ast.parse(text.strip(), mode="eval")
        test = _make(tree.body, names)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise AutotuneError(f"the filter {text!r} is not understood", _EXAMPLE) from None
    return lambda row: bool(_quietly(test, row))


def _quietly(test: Test, row: Row) -> Any:
    try:
        value = test(row)
    except (TypeError, ZeroDivisionError, OverflowError):
        return False  # what cannot be compared in this row does not pass
    return value is not _MISSING and value


def _make(node: ast.expr, names: Collection[str]) -> Test:
    if isinstance(node, ast.BoolOp):
        parts = [_make(value, names) for value in node.values]
        kind = all if isinstance(node.op, ast.And) else any
        return lambda row: kind(_quietly(part, row) for part in parts)
    if isinstance(node, ast.UnaryOp):
        return _unary(node, names)
    if isinstance(node, ast.Compare):
        return _compare(node, names)
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        return _arithmetic(node, names)
    if isinstance(node, ast.Constant) and isinstance(node.value, str | int | float | bool | None):
        value = node.value
        return lambda _row: value
    if isinstance(node, ast.List | ast.Tuple):
        items = [_make(element, names) for element in node.elts]
        return lambda row: [item(row) for item in items]
    if isinstance(node, ast.Name | ast.Attribute):
        return _name(_dotted(node), names)
    raise AutotuneError(f"the filter may not say {ast.unparse(node)!r}", _EXAMPLE)


def _unary(node: ast.UnaryOp, names: Collection[str]) -> Test:
    inner = _make(node.operand, names)
    if isinstance(node.op, ast.Not):
        return lambda row: not _quietly(inner, row)
    if isinstance(node.op, ast.USub):
        return lambda row: -inner(row)
    raise AutotuneError(f"the filter may not say {ast.unparse(node)!r}", _EXAMPLE)


def _compare(node: ast.Compare, names: Collection[str]) -> Test:
    operands = [_make(part, names) for part in (node.left, *node.comparators)]
    if not all(type(op) in _COMPARE for op in node.ops):
        raise AutotuneError(f"the filter may not say {ast.unparse(node)!r}", _EXAMPLE)
    steps = [_COMPARE[type(op)] for op in node.ops]

    def compare(row: Row) -> bool:
        values = [operand(row) for operand in operands]
        if any(v is _MISSING or v is None or v != v for v in values):
            return False
        return all(step(a, b) for step, a, b in zip(steps, values, values[1:], strict=False))

    return compare


def _arithmetic(node: ast.BinOp, names: Collection[str]) -> Test:
    left, right, step = _make(node.left, names), _make(node.right, names), _ARITHMETIC[type(node.op)]

    def calculate(row: Row) -> Any:
        a, b = left(row), right(row)
        if not (isinstance(a, int | float) and isinstance(b, int | float)):
            raise TypeError  # texts and lists are not repeated or joined here
        return step(float(a), float(b))

    return calculate


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    raise AutotuneError(f"the filter may not say {ast.unparse(node)!r}", _EXAMPLE)


def _name(name: str, names: Collection[str]) -> Test:
    if name not in names:
        raise AutotuneError(f"no trial has {name!r}", did_you_mean(name, sorted(names), "names") or _EXAMPLE)
    return lambda row: row.get(name, _MISSING)
