"""A peer in an environment of its own: a script there that answers lines of JSON on stdin with lines on stdout.

The script is told ``{"start": {...}}`` with the flat space, the objectives and the fidelities. To ``{"ask": true}`` it
answers ``{"trial": 3, "values": {...}, "start": 0, "end": 9}``, with ``values`` for a new trial only, or
``{"wait": true}``. To ``{"tell": {"trial": 3, "end": 9, "row": [...]}}`` it answers ``{}``; the row has the objectives,
all to be minimised, and is null where the training failed or will never be told.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from autotune.bench.peers.base import Peer
from autotune.bench.peers.flat import flatten, unflatten
from autotune.bench.peers.members import Members
from autotune.bench.prepared import Prepared, identity
from autotune.bench.problem import Values
from autotune.errors import AutotuneError
from autotune.optimizer import Asked
from autotune.trial import Config


class External(Peer):
    """Speaks with the script. A context manager: on leaving it the process is ended.

    A pool: the member nearest to the proposal among those not tried yet is trained in its stead, and its values are
    told for the proposal. A refused or repeated configuration is told as failed, at no cost.
    """

    def __init__(self, problem: Prepared, seed: int, python: str, script: Sequence[str]) -> None:
        self._problem = problem
        self._what = f"peer script {' '.join(script)} under {python}"
        self._configs: dict[int, Config] = {}
        self._tried: set[str] = set()
        self._members = Members(problem)
        try:
            self._process = subprocess.Popen(
                [python, str(Path(__file__).parent / script[0]), *script[1:]],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                bufsize=1,
                env={**os.environ, "PYTHONWARNINGS": "ignore"},
            )
        except OSError as error:
            raise AutotuneError(f"{self._what} cannot be started: {error}", "see --peer-python") from error
        start = {
            "dimensions": flatten(problem.space),
            "objectives": len(problem.objectives),
            "full": problem.full,
            "lowest": problem.lowest,
            "seed": seed,
        }
        self._say({"start": start})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def ask(self) -> Asked | None:
        """A new trial, or the next step of one."""
        for _ in range(200):
            answer = self._say({"ask": True})
            if "wait" in answer:
                return None
            trial, start, end = answer["trial"], answer["start"], answer["end"]
            if trial not in self._configs:
                config = self._config(answer["values"])
                if config is None:
                    self._say({"tell": {"trial": trial, "end": end, "row": None}})
                    continue
                self._configs[trial] = config
            return Asked(trial, self._configs[trial], start, end, "proposed by a peer", trial)
        return None

    def told(self, asked: Asked, values: Values | None) -> None:
        """What came of a step."""
        row = None
        if values is not None:
            row = self._problem.row({**self._problem.costs(asked.config), **values})
        self._say({"tell": {"trial": asked.trial, "end": asked.end, "row": row}})

    def _config(self, values: Mapping[str, Any]) -> Config | None:
        problem = self._problem
        config: Config = unflatten(problem.space, values)
        if problem.pool is not None:
            return self._members.take(config)
        if identity(config) in self._tried or (problem.refuse is not None and problem.refuse(config) is not None):
            return None
        self._tried.add(identity(config))
        return config

    def _say(self, message: dict[str, Any]) -> dict[str, Any]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(json.dumps(message) + "\n")
            stdin.flush()
            line = stdout.readline()
            answer: dict[str, Any] = json.loads(line)
        except (OSError, ValueError) as error:
            raise AutotuneError(f"{self._what} went away: {error}", "what it wrote on stderr says why") from error
        return answer
