"""The exact commands that repeat a study, and what they need."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from autotune.spec import StudySpec

_DEFAULTS = asdict(StudySpec(task=None, model="", space={}, budget=()))  # type: ignore[arg-type]


def study_file(spec: StudySpec) -> str:
    """The study as a YAML file for ``autotune search``, defaults left out."""
    import yaml

    told = {key: value for key, value in spec.to_dict().items() if key in ("model", "space") or value != _default(key)}
    told["task"] = {key: value for key, value in told["task"].items() if value not in (None, (), [], False)}
    return yaml.safe_dump(_lists(told), sort_keys=False, allow_unicode=True, width=110)


def commands(spec: StudySpec, name: str, winner: int | None) -> str:
    """The commands, in the order in which a person needs them."""
    lines = [
        f"autotune search {name}.yaml        # the file below, on a machine of the same kind",
        f"autotune replay {name}             # every decision made again from the record",
    ]
    if winner is not None:
        lines += [
            f"autotune export {name}/{winner} --out exports/{name}",
            f"autotune train exports/{name} --as-studied",
        ]
    packages = f"pip install {' '.join(spec.plugins)}  # plugins" if spec.plugins else ""
    return "\n".join([packages, *lines] if packages else lines)


def _default(key: str) -> Any:
    return _DEFAULTS[key]


def _lists(value: Any) -> Any:
    """Tuples as lists, which YAML has."""
    if isinstance(value, dict):
        return {str(k): _lists(v) for k, v in value.items()}
    return [_lists(v) for v in value] if isinstance(value, list | tuple) else value
