"""A study's events as JSON-able data, and back. Checkpoints and predictions are not in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from autotune.budget import Budget
from autotune.decision import Decision, action_from_json, action_to_json
from autotune.history import Charged, Event, Extended, Lost, Returned
from autotune.trial import CurvePoint, Failure, FailureKind, SegmentResult, SegmentStatus


def event_to_json(event: Event) -> dict[str, Any]:
    """The event as plain data; its kind is under ``event``. Floats may be NaN or infinite."""
    if isinstance(event, Decision):
        return {"event": "decision", **vars(event), "known": dict(event.known), "action": action_to_json(event.action)}
    if isinstance(event, Returned):
        said = {"event": "returned", **asdict(event.result)}
        del said["checkpoint"], said["predictions"]
        return said
    if isinstance(event, Lost):
        return {"event": "lost", **vars(event)}
    if isinstance(event, Charged):
        return {"event": "charged", **vars(event)}
    return {"event": "extended", "budget": asdict(event.budget)}


def event_from_json(data: Mapping[str, Any]) -> Event:
    """The event that ``event_to_json`` described.

    Raises:
        ValueError: no event is called so.
        KeyError, TypeError: the data are damaged.
    """
    given = dict(data)
    kind = given.pop("event")
    if kind == "decision":
        return Decision(**{**given, "action": action_from_json(given["action"])})
    if kind == "returned":
        return Returned(_result(given))
    if kind == "lost":
        return Lost(**given)
    if kind == "charged":
        return Charged(**given)
    if kind == "extended":
        return Extended(Budget(**given["budget"]))
    raise ValueError(f"no event is called {kind!r}")


def _result(data: dict[str, Any]) -> SegmentResult:
    failure = data["failure"]
    read = {
        "status": SegmentStatus(data["status"]),
        "curve": tuple(CurvePoint(**point) for point in data["curve"]),
        "failure": None if failure is None else Failure(**{**failure, "kind": FailureKind(failure["kind"])}),
    }
    return SegmentResult(**{**data, **read})
