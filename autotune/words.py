"""Numbers and configurations in the words of a report."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from autotune.trial import Config, Value

if TYPE_CHECKING:
    from autotune.results import Stat, StudyResults

_COUNTS = ("trainable_params", "total_trained")
_BYTES = ("stored_bytes", "peak_memory", "checkpoint_bytes")
_SHORT = {"rank": "r", "alpha_ratio": "alpha/r", "batch_size": "batch", "weight_decay": "wd"}
_BARE = ("targets", "sites", "variant", "activation", "schedule", "init", "optimizer")
"""Settings whose value says what they are."""
_USUAL = ("plain", "default", "adamw")
"""Values of these that need not be said."""


def duration(seconds: float) -> str:
    """Seconds as a person says them: ``8.2 s``, ``3 min 05 s``, ``2 h 10 min``."""
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min"


def clock(seconds: float) -> str:
    """Seconds as ``hh:mm:ss``."""
    whole = int(max(0.0, seconds))
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def si(number: float, unit: str = "") -> str:
    """A number with an SI prefix: ``12.3k``, ``1.50M``."""
    for power, prefix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= power:
            return f"{number / power:.3g}{' ' if unit else ''}{prefix}{unit}"
    return f"{number:.3g}{' ' if unit else ''}{unit}"


def figure(name: str, value: float | None) -> str:
    """The value of an objective or metric, in the form that fits it."""
    if value is None or not math.isfinite(value):
        return "-"
    if name in _COUNTS:
        return f"{value:,.0f}"
    if name in _BYTES:
        return si(value, "B")
    if name == "added_flops":
        return si(value, "FLOP")
    if name == "train_seconds":
        return duration(value)
    return f"{value:.2f} ms" if name == "latency_ms" else f"{value:.4f}"


def spread(name: str, stat: Stat | None) -> str:
    """A figure over seeds, ``0.8412 ± 0.0061``: mean and sample deviation; the bare figure with one seed."""
    if stat is None:
        return "-"
    if not stat.sd or name in _COUNTS:
        return figure(name, stat.mean)
    return f"{figure(name, stat.mean)} ± {figure(name, stat.sd)}"


def score_rows(found: StudyResults) -> list[tuple[str, ...]]:
    """Winner and controls: name, trial, parameters, scores on the selection part and held out, number of seeds."""
    primary = found.primary.name
    return [
        (
            name,
            str(e.trial),
            figure("trainable_params", e.known.get("trainable_params")),
            spread(primary, e.values.get(primary)),
            spread(primary, e.held_out.get(primary)),
            str(e.seeds),
        )
        for name, e in found.named
    ]


def with_errors(measured: Mapping[str, float]) -> dict[str, str]:
    """Measured costs as texts, each with its error where it has one: ``3.21 ± 0.05 ms``."""
    told = {}
    for name, value in measured.items():
        error = measured.get(f"{name}_error")
        if not name.endswith("_error"):
            told[name] = figure(name, value) + (f" ± {figure(name, error)}" if error else "")
    return told


def value_text(value: Value | None) -> str:
    """The value of one parameter; layer subsets as ranges, ``0-2,5``, numbers by layer one by one, ``8/8/0``."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | list):
        ascending = all(a < b for a, b in pairwise(value))
        return ranges(value) if ascending else "/".join(map(str, value))
    if isinstance(value, float):
        return f"{value:.3g}"
    return "-" if value is None else str(value)


def ranges(numbers: Sequence[int]) -> str:
    """Sorted whole numbers in short: ``0-2,5``; ``none`` when there are none."""
    parts: list[list[int]] = []
    for n in sorted(numbers):
        if parts and parts[-1][-1] == n - 1:
            parts[-1].append(n)
        else:
            parts.append([n])
    return ",".join(str(p[0]) if len(p) == 1 else f"{p[0]}-{p[-1]}" for p in parts) or "none"


def describe(config: Config) -> str:
    """A configuration in one line: ``lora r=4 qv layers 0-2 lr=0.003``."""
    words = [str(config.get("method", "?"))]
    for name, value in config.items():
        short = name.rpartition(".")[2]
        if short == "method":
            continue
        if short == "layers":
            words.append(f"layers {value_text(value)}")
        elif short in _BARE:
            words += [] if value in _USUAL else [str(value)]
        else:
            words.append(f"{_SHORT.get(short, short)}={value_text(value)}")
    return " ".join(words)


def known_costs(known: Mapping[str, float]) -> str:
    """The costs known before training, in short: ``12,288 params``."""
    return f"{known['trainable_params']:,.0f} params" if "trainable_params" in known else ""
