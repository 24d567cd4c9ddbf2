"""The whole record of a study as JSON: what was asked, what was found of model and task, and every event.

A history is a fold of its events, so whoever reads the events again has the same study: front, winner and replay.
Checkpoints are not in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from autotune.decision import Decision
from autotune.errors import AutotuneError
from autotune.event_json import event_from_json, event_to_json
from autotune.history import Event, Lost, Returned
from autotune.store import StudyRow, StudyStatus
from autotune.store import encoding as text

if TYPE_CHECKING:
    from autotune.store import Store

FORMAT = 1
KEY = "autotune_study"
_ROW = ("spec", "facts", "levels", "environment", "space_digest", "status", "message", "created", "elapsed")


def dumps(store: Store, name: str) -> str:
    """The record as JSON text; an event a line."""
    row = store.study(name)
    made = {d.number: d.made_at for d in store.decisions(row.id)}
    ended = {s.number: s.ended_at for s in store.segments(row.id)}
    head: dict[str, Any] = {KEY: FORMAT, "study": row.name, **{key: getattr(row, key) for key in _ROW}}
    lines = [f"  {json.dumps(k)}: {text.dumps(v)}," for k, v in head.items()]
    events = [f"    {text.dumps(_event(store, row, event, made, ended))}" for _, event in store.events(row.id)]
    return "\n".join(["{", *lines, '  "events": [', ",\n".join(events), "  ]", "}"]) + "\n"


def _event(
    store: Store, row: StudyRow, event: Event, made: Mapping[int, float], ended: Mapping[int, float | None]
) -> dict[str, Any]:
    said = event_to_json(event)
    at: float | None = None
    if isinstance(event, Decision):
        at = made[event.number]
    elif isinstance(event, Returned):
        at = event.result.ended_at
        if event.result.held_out is not None:
            said["predictions"] = store.predictions(row.id, event.result.trial)
    elif isinstance(event, Lost):
        at = ended[event.number]
    return {"event": said.pop("event"), "at": at, **said}


def loads(given: str, where: str) -> tuple[StudyRow, list[tuple[float | None, Event]]]:
    """The study that ``dumps`` wrote, and its events.

    Args:
        given: JSON.
        where: it comes from, for messages.

    Raises:
        AutotuneError: it is no such record, of a later version, or damaged.
    """
    try:
        data = text.loads(given)
    except ValueError as error:
        raise AutotuneError(
            f"{where} is no JSON: {error}", "write one with: autotune export STUDY --to json"
        ) from error
    if not isinstance(data, dict) or KEY not in data:
        raise AutotuneError(f"{where} holds no study of autotune", "write one with: autotune export STUDY --to json")
    if data[KEY] != FORMAT:
        raise AutotuneError(
            f"{where} was written by a newer autotune (format {data[KEY]}; this one knows {FORMAT})",
            "upgrade autotune: pip install -U autotune",
        )
    try:
        return _study(data), [(event["at"], _read(event)) for event in data["events"]]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        message = f"{where} is damaged ({type(error).__name__}: {error})"
        raise AutotuneError(message, "write it again with: autotune export STUDY --to json") from error


def _study(data: Mapping[str, Any]) -> StudyRow:
    """The study as a row; what only its own store knew is empty."""
    row = {key: data[key] for key in _ROW}
    full = tuple(data["levels"])[-1]
    known = {"status": StudyStatus(data["status"]), "levels": tuple(data["levels"]), "full": full}
    empty = {"id": 0, "updated": data["created"], "revision": 0, "stop_requested": False, "counts": {}}
    gone = {"heartbeat": None, "pid": None, "host": None, "alive": False}
    return StudyRow(name=data["study"], seed=int(data["spec"].get("seed", 0)), **{**row, **known, **empty, **gone})


def _read(data: Mapping[str, Any]) -> Event:
    predictions = data.get("predictions")
    event = event_from_json({key: value for key, value in data.items() if key not in ("at", "predictions")})
    if predictions is None or not isinstance(event, Returned):
        return event
    return Returned(replace(event.result, predictions=json.dumps(predictions).encode()))
