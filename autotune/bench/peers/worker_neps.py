"""NePS's multi-objective ASHA and Hyperband (0.17): started by ``external.py`` in an environment of its own.

Trials are promoted from rung to rung, paused between. Proposals are random: where it has fidelities, NePS models a
single objective only. The space is flat: conditional parameters are always there. Known costs are told as any other
objective, and a failed training as one that is far worse than all others, as NePS promotes by comparing rows.
"""

from __future__ import annotations

import random
import sys
from typing import Any

_FIDELITY = "fidelity__"
_FAILED = 1e9


class Neps:
    """An algorithm of NePS behind ask and tell."""

    def __init__(self, start: dict[str, Any], algorithm: str) -> None:
        import neps
        import numpy as np
        import torch
        from neps.space import HPOCategorical, HPOFloat, HPOInteger, SearchSpace

        # NePS draws from these.
        np.random.seed(start["seed"])  # noqa: NPY002
        random.seed(start["seed"])
        torch.manual_seed(start["seed"])
        if start["lowest"] >= start["full"]:
            raise SystemExit("NePS's bracket algorithms need more than one fidelity")
        space: dict[str, Any] = {}
        self._fixed: dict[str, Any] = {}
        for dim in start["dimensions"]:
            name = dim["name"]
            if dim["type"] == "choice" and dim["options"] > 1:
                space[name] = HPOCategorical(list(range(dim["options"])))
            elif dim["type"] == "choice" or dim["low"] == dim["high"]:
                self._fixed[name] = dim.get("low", 0)
            else:
                kind = HPOFloat if dim["type"] == "float" else HPOInteger
                space[name] = kind(lower=dim["low"], upper=dim["high"], log=dim["log"])
        space[_FIDELITY] = HPOInteger(lower=start["lowest"], upper=start["full"], is_fidelity=True)
        self._objectives = start["objectives"]
        self._peer = neps.AskAndTell(optimizer=getattr(neps.algorithms, algorithm)(SearchSpace(space)))
        self._numbers: dict[str, int] = {}
        self._reached: dict[int, int] = {}
        self._running: dict[tuple[int, int], str] = {}

    def ask(self) -> dict[str, Any]:
        """The next rung of a promoted trial, or a new trial."""
        trial = self._peer.ask()
        name, end = trial.metadata.id, int(trial.config[_FIDELITY])
        number = self._numbers.setdefault(name.rpartition("_")[0], len(self._numbers))
        start = self._reached.get(number, 0)
        self._running[number, end] = name
        values = {k: v for k, v in trial.config.items() if k != _FIDELITY}
        return {"trial": number, "values": {**values, **self._fixed}, "start": start, "end": end}

    def tell(self, told: dict[str, Any]) -> None:
        """What came of a rung."""
        name = self._running.pop((told["trial"], told["end"]))
        self._reached[told["trial"]] = told["end"]
        row = [_FAILED] * self._objectives if told["row"] is None else [float(v) for v in told["row"]]
        self._peer.tell(name, {"objective_to_minimize": row if len(row) > 1 else row[0]})


if __name__ == "__main__":
    # A script finds its neighbours by their plain names.
    from worker_lines import serve  # type: ignore[import-not-found]

    serve(lambda start: Neps(start, sys.argv[1]))
