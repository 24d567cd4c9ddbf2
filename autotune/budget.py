"""How much a study may spend: device time, wall-clock time or trials."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from autotune.errors import AutotuneError

_UNITS = {"s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "hour": 3600.0, "hours": 3600.0, "d": 86400.0}
SHORTEST_SECONDS = 20.0
"""A time budget below this cannot hold a single useful trial of any model and is refused at once."""
_FORMS = "write for example: --budget 8gpu-h, --budget 40cpu-min, --budget 2h (wall clock) or --budget 60trials"


@dataclass(frozen=True)
class Budget:
    """The limits of a study; the first exhausted ends it. ``None`` is no limit."""

    device_seconds: float | None = None
    """Seconds that workers hold their devices, summed over workers; one worker is one device."""
    wall_seconds: float | None = None
    trials: int | None = None
    """Trials of the search; controls and finalists are not counted."""
    device: str | None = None
    """``gpu`` or ``cpu`` where the budget names one."""

    @classmethod
    def parse(cls, texts: str | Iterable[str]) -> Budget:
        """Read one or several of ``8gpu-h``, ``40cpu-min``, ``2h``, ``60trials``.

        Raises:
            AutotuneError: a text has another form, is zero or too short, or two name the same limit.
        """
        parts = [texts] if isinstance(texts, str) else list(texts)
        found: dict[str, float | int | str] = {}
        for text in parts:
            for key, value in _parse_one(text).items():
                if key in found and key != "device":
                    raise AutotuneError(f"the budget names {key.replace('_', ' ')} twice: {', '.join(parts)}", _FORMS)
                found[key] = value
        if not found:
            raise AutotuneError("no budget was given", _FORMS)
        return cls(**found)  # type: ignore[arg-type]

    def plus(self, other: Budget) -> Budget:
        """This budget enlarged by another (``--budget +20cpu-min``).

        Raises:
            AutotuneError: the other has a limit where this one has none: that would narrow it.
        """
        limits: dict[str, float | None] = {}
        for name in ("device_seconds", "wall_seconds", "trials"):
            have, more = getattr(self, name), getattr(other, name)
            if have is None and more is not None:
                raise AutotuneError(f"{other} cannot be added to a budget of {self}", f"write: {self.example()}")
            limits[name] = have if more is None else have + more
        return replace(self, **limits)  # type: ignore[arg-type]

    def example(self) -> str:
        """How it could be enlarged, as an option."""
        if self.trials is not None:
            return "--budget +10trials"
        return "--budget +20min" if self.device_seconds is None else f"--budget +20{self.device or 'cpu'}-min"

    def to_list(self) -> list[str]:
        """The budget as texts that ``parse`` reads back."""
        texts = []
        if self.device_seconds is not None:
            texts.append(f"{self.device_seconds / 60:.6g}{self.device or 'cpu'}-min")
        if self.wall_seconds is not None:
            texts.append(f"{self.wall_seconds / 60:.6g}min")
        if self.trials is not None:
            texts.append(f"{self.trials}trials")
        return texts

    def __str__(self) -> str:
        return " and ".join(self.to_list())


def _parse_one(text: str) -> dict[str, float | int | str]:
    match = re.fullmatch(r"\s*\+?\s*(\d+(?:\.\d+)?)\s*(?:(gpu|cpu)[-\s]?)?([a-z]+)\s*", text.lower())
    if match is None:
        raise AutotuneError(f"budget {text!r} is not understood", _FORMS)
    amount, device, unit = float(match[1]), match[2], match[3]
    if unit in ("trial", "trials") and device is None:
        if amount < 1 or amount != int(amount):
            raise AutotuneError(f"budget {text!r} is not a whole number of at least one trial", _FORMS)
        return {"trials": int(amount)}
    if unit not in _UNITS:
        raise AutotuneError(f"budget {text!r} has the unknown unit {unit!r}", _FORMS)
    seconds = amount * _UNITS[unit]
    if seconds < SHORTEST_SECONDS:
        raise AutotuneError(f"budget {text!r} is {seconds:g} s: too short to train anything", _FORMS)
    return {"device_seconds": seconds, "device": device} if device else {"wall_seconds": seconds}
