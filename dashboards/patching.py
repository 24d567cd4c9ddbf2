"""The difference between two figures, so that a live page is sent what is new and nothing else."""

from __future__ import annotations

from typing import Any

from dash import Patch

LISTS = ("x", "y", "customdata", "text", "hovertext")
"""Arrays of a trace that have one value for each trial."""
MOST_STEPS = 200
"""Changes of one trace beyond which sending it whole is less work."""


def difference(old: dict[str, Any], new: dict[str, Any]) -> Patch | dict[str, Any] | None:
    """What turns one figure into another.

    Returns:
        A patch; the new figure itself where they have not the same traces; None where they are equal.
    """
    if len(old["data"]) != len(new["data"]):
        return new
    patch, changed = Patch(), False
    for place, (before, after) in enumerate(zip(old["data"], new["data"], strict=True)):
        if before != after:
            changed = True
            _change(patch, place, before, after)
    for name in {*old["layout"], *new["layout"]}:
        if old["layout"].get(name) != new["layout"].get(name):
            changed = True
            patch["layout"][name] = new["layout"].get(name)
    return patch if changed else None


def _change(patch: Patch, place: int, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Add what turns one trace into another."""
    steps = _steps(before, after)
    if steps is None:
        patch["data"][place] = after
        return
    for name, value in after.items():
        if name not in steps and before.get(name) != value:
            patch["data"][place][name] = value
    for name, moves in steps.items():
        for kind, at, value in moves:
            if kind == "delete":
                del patch["data"][place][name][at]
            elif kind == "insert":
                patch["data"][place][name].insert(at, value)
            else:
                patch["data"][place][name][at] = value


def _steps(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[tuple[str, int, Any]]] | None:
    """By array: which trials go, come or move, in the order of their numbers; None where the trace is sent whole."""
    old, new = before.get("customdata"), after.get("customdata")
    if not old or not new or before["type"] != after["type"] or list(before) != list(after):
        return None
    if any(isinstance(before["marker"].get(k), list) for k in ("color", "size")):
        return None
    names = [n for n in LISTS if before.get(n) and after.get(n)]
    if any(bool(before.get(n)) != bool(after.get(n)) for n in LISTS):
        return None
    gone, come = set(old) - set(new), set(new) - set(old)
    where = {trial: i for i, trial in enumerate(new)}
    kept = [(i, where[trial]) for i, trial in enumerate(old) if trial in where]
    moved = {n: [b for a, b in kept if before[n][a] != after[n][b]] for n in names}
    if len(names) * (len(gone) + len(come)) + sum(map(len, moved.values())) > MOST_STEPS:
        return None
    gone_at = sorted((i for i, trial in enumerate(old) if trial in gone), reverse=True)
    come_at = sorted(where[trial] for trial in come)
    return {
        n: [("delete", i, None) for i in gone_at]
        + [("insert", i, after[n][i]) for i in come_at]
        + [("set", i, after[n][i]) for i in moved[n]]
        for n in names
    }
