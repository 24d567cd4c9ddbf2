"""What a strategy may answer when a device is free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autotune.trial import Config, TrialKind, config_from_json, config_to_json


@dataclass(frozen=True)
class Start:
    """Begin a new trial and train it to ``end`` examples."""

    config: Config
    end: int
    reason: str
    kind: TrialKind = TrialKind.SEARCH
    label: str = ""
    seed: int = 0
    repeat_of: int | None = None
    bracket: int | None = None


@dataclass(frozen=True)
class Thaw:
    """Train a paused trial on to ``end`` examples."""

    trial: int
    end: int
    reason: str


@dataclass(frozen=True)
class Score:
    """Score a trained finalist once on the held-out split."""

    trial: int
    reason: str


@dataclass(frozen=True)
class Stop:
    """Give a paused trial up for good; its checkpoint may go. Needs no device."""

    trial: int
    reason: str


@dataclass(frozen=True)
class Wait:
    """Nothing to do for this device until a running segment returns. Not recorded."""

    reason: str = ""


@dataclass(frozen=True)
class Done:
    """The study is at its end. Not recorded as a decision; the study's status says why."""

    reason: str


Action = Start | Thaw | Score | Stop
"""What is recorded."""
Answer = Action | Wait | Done


@dataclass(frozen=True)
class Decision:
    """An action with its place in the study, so that it can be replayed."""

    number: int
    """From 0; the random generator of the decision is seeded by (study seed, number)."""
    revision: int
    """The history revision that it saw."""
    elapsed: float
    """Wall-clock seconds of the study when it was made."""
    action: Action
    trial: int
    """The trial it is about; for ``Start`` the number that the new trial gets."""
    attempt: int
    known: Mapping[str, float]
    """For ``Start``: the new trial's known costs."""


_ACTIONS: dict[str, type[Start] | type[Thaw] | type[Score] | type[Stop]] = {
    "start": Start,
    "thaw": Thaw,
    "score": Score,
    "stop": Stop,
}


def action_to_json(action: Action) -> dict[str, Any]:
    """The action as JSON-able data."""
    data = {"action": type(action).__name__.lower(), **vars(action)}
    if isinstance(action, Start):
        data |= {"config": config_to_json(action.config), "kind": action.kind.value}
    return data


def action_from_json(data: Mapping[str, Any]) -> Action:
    """The action that ``action_to_json`` described."""
    fields = dict(data)
    kind = _ACTIONS[fields.pop("action")]
    if kind is Start:
        fields |= {"config": config_from_json(fields["config"]), "kind": TrialKind(fields["kind"])}
    return kind(**fields)
