"""Problems in closed form, for tests and for trying a searcher where nothing is recorded."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from autotune.bench.prepared import identity
from autotune.bench.problem import Values
from autotune.objectives import Objective
from autotune.trial import Config

_DEPTH = 12
_METHODS: Mapping[str, tuple[float, float, float, float]] = {
    # best log10(lr), what all layers are worth, how fast it learns, parameters of one layer at width 1
    "lora": (-2.8, 0.15, 3.0, 6144),
    "adapter": (-3.0, 0.14, 4.0, 1536),
    "prefix": (-1.8, 0.13, 1.6, 1536),
    "ia3": (-2.0, 0.10, 6.0, 2304),
    "bitfit": (-2.7, 0.09, 8.0, 8448),
}
_WIDTHS = {"lora": (1, 64), "adapter": (4, 256), "prefix": (1, 128)}


class Peft:
    """What a PEFT search is like: branches by method, layer masks, noise, curves that cross, parameters known.

    32 dimensions, of which a configuration has 14 to 16. Fidelities are epochs of 81, costs their seconds, which
    depend on method and layers. Fast learners are the ones that end low, so early values mislead.
    """

    full = 81
    lowest = 1
    resumes = True
    objectives = (Objective("accuracy", "maximize"), Objective("params", "minimize", True, True))
    about = "a made-up PEFT problem in closed form: 5 methods, masks over 12 layers, noisy curves that cross"

    def __init__(self, seed: int = 0) -> None:
        """Make a problem; ``seed`` decides which layers matter, and the noise."""
        self._seed = seed
        worth = np.random.default_rng(seed).dirichlet(np.full(_DEPTH, 1.5))
        self._worth = [float(v) for v in worth]

    @property
    def space(self) -> dict[str, Any]:
        """Method first, the rest by method."""
        parameters: dict[str, Any] = {
            "method": {"type": "choice", "options": list(_METHODS)},
            "warmup": {"type": "float", "low": 0.0, "high": 0.3},
        }
        for method in _METHODS:
            when = {"method": method}
            lr = {"type": "float", "low": 1e-4, "high": 1e-1, "log": True, "when": when}
            parameters[f"{method}.lr"] = lr
            parameters[f"{method}.layers"] = {"type": "layers", "depth": _DEPTH, "when": when}
            if method in _WIDTHS:
                low, high = _WIDTHS[method]
                parameters[f"{method}.width"] = {"type": "int", "low": low, "high": high, "log": True, "when": when}
        parameters["lora.dropout"] = {"type": "float", "low": 0.0, "high": 0.5, "when": {"method": "lora"}}
        return {"name": "synthetic-peft", "parameters": parameters}

    def known(self, config: Config) -> Values:
        """The parameters that a configuration trains."""
        method = str(config["method"])
        width = float(config.get(f"{method}.width", 1))  # type: ignore[arg-type]
        return {"params": _METHODS[method][3] * width * len(self._layers(config))}

    def evaluate(self, config: Config, fidelity: int) -> tuple[Values, float]:
        """The accuracy with its noise, and what training from the start costs."""
        method = str(config["method"])
        _, _, speed, _ = _METHODS[method]
        end = self._end(config)
        start = 0.55 + 0.01 * self._noise(identity(config), "start")
        progress = (1 - math.exp(-speed * fidelity / self.full)) / (1 - math.exp(-speed))
        noise = 0.004 * self._noise(identity(config), fidelity) + 0.003 * self._noise(identity(config))
        layers = self._layers(config)
        cost = fidelity * (0.6 + 0.4 * (_DEPTH - min(layers)) / _DEPTH + 0.02 * len(layers))
        return {"accuracy": start + (end - start) * progress + noise}, cost

    def _end(self, config: Config) -> float:
        method = str(config["method"])
        best, gain, _, _ = _METHODS[method]
        lr, width = float(config[f"{method}.lr"]), float(config.get(f"{method}.width", 1))  # type: ignore[arg-type]
        # Wide ones want lower rates.
        off = math.log10(lr) - best + 0.15 * math.log10(width)
        reach = math.pow(sum(self._worth[layer] for layer in self._layers(config)), 0.6)
        size = 0.7 + 0.3 * math.log1p(width) / math.log1p(_WIDTHS.get(method, (1, 1))[1])
        penalty = 0.02 * abs(float(config["warmup"]) - 0.1) / 0.2  # type: ignore[arg-type]
        penalty += 0.02 * abs(float(config.get("lora.dropout", 0.1)) - 0.1)  # type: ignore[arg-type]
        return 0.74 + gain * reach * size * math.exp(-1.5 * off**2) - 0.1 * max(0.0, off - 0.7) - penalty

    def _layers(self, config: Config) -> tuple[int, ...]:
        found = config[f"{config['method']}.layers"]
        return found if isinstance(found, tuple) else (0,)

    def _noise(self, *key: object) -> float:
        """A number near a standard normal one that is the same for the same key."""
        digest = hashlib.sha256(repr((self._seed, key)).encode()).digest()
        parts = [int.from_bytes(digest[i : i + 4], "big") / 2**32 for i in range(0, 32, 4)]
        return (sum(parts) - 4) / math.sqrt(8 / 12)


def _cube(name: str) -> dict[str, Any]:
    """Six numbers within [0, 1]."""
    return {"name": name, "parameters": {f"x{i}": {"type": "float", "low": 0.0, "high": 1.0} for i in range(6)}}


class Zdt1:
    """ZDT1 in six dimensions (Zitzler et al. 2000): two objectives, its front is f2 = 1 - sqrt(f1); not cut short."""

    full = 1
    objectives: Mapping[str, str] = {"f1": "minimize", "f2": "minimize"}
    space: Mapping[str, Any] = _cube("zdt1")
    front = tuple({"f1": i / 500, "f2": 1 - math.sqrt(i / 500)} for i in range(501))
    about = "ZDT1 in 6 dimensions; a training costs 1"

    def evaluate(self, config: Config, fidelity: int) -> tuple[Values, float]:
        """Both objectives."""
        x = [float(config[f"x{i}"]) for i in range(6)]  # type: ignore[arg-type]
        g = 1 + 9 * sum(x[1:]) / 5
        return {"f1": x[0], "f2": g * (1 - math.sqrt(x[0] / g))}, float(fidelity)


class Dtlz2:
    """DTLZ2 in six dimensions (Deb et al. 2002): three objectives, its front is an eighth of a sphere.

    It can be cut short, unlike the original: with ``t`` of 27 steps the radius is too long by ``0.3 (1 - t / 27)``
    times what depends on the configuration.
    """

    full = 27
    objectives: Mapping[str, str] = {"f1": "minimize", "f2": "minimize", "f3": "minimize"}
    space: Mapping[str, Any] = _cube("dtlz2")
    reference: Mapping[str, float] = {"f1": 1.1, "f2": 1.1, "f3": 1.1}
    about = "DTLZ2 in 6 dimensions with a bias at low fidelities; a training costs 27"

    @property
    def front(self) -> list[dict[str, float]]:
        """Points of the sphere."""
        angles = [math.pi / 2 * i / 20 for i in range(21)]
        return [_sphere(1.0, a, b) for a in angles for b in angles]

    def evaluate(self, config: Config, fidelity: int) -> tuple[Values, float]:
        """The three objectives."""
        x = [float(config[f"x{i}"]) for i in range(6)]  # type: ignore[arg-type]
        radius = 1 + sum((v - 0.5) ** 2 for v in x[2:])
        radius *= 1 + 0.3 * (1 - fidelity / self.full) * (0.5 + x[5])
        return _sphere(radius, math.pi / 2 * x[0], math.pi / 2 * x[1]), float(fidelity)


def _sphere(radius: float, a: float, b: float) -> dict[str, float]:
    return {
        "f1": radius * math.cos(a) * math.cos(b),
        "f2": radius * math.cos(a) * math.sin(b),
        "f3": radius * math.sin(a),
    }
