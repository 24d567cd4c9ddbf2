"""A recording as ``autotune record`` writes it, without training: the quick space on six layers, made-up curves."""

import numpy as np

from autotune import methods
from autotune.bench.recording import Recorded, Recording
from autotune.methods import model_facts
from autotune.space import SearchSpace
from autotune.trial import CurvePoint

from .synthetic import quality

FULL, POINTS = 1000, 20
MEASURED = {"latency_ms": 5.0, "peak_memory": 1e8}


def recording(trials: int = 40, failing: int = 0) -> Recording:
    """Random configurations of which the last few failed half way."""
    facts = model_facts("builtin/minilm", 2, offline=True)
    space = SearchSpace.load("quick").bind(6)
    configs = [space.sample(np.random.default_rng((0, n))) for n in range(trials)]
    metrics = {"accuracy": "maximize", "loss": "minimize"}
    about = {
        "task": {"task": "made/up", "kind": "classification", "labels": ["no", "yes"], "metrics": metrics,
                 "rank_metric": "accuracy"},
        "model": "builtin/minilm", "layers": 6, "space": space.to_dict(), "full": FULL, "points": POINTS,
        "device": "cpu", "threads": 1,
    }  # fmt: skip
    found = []
    for number, config in enumerate(configs):
        failed = number >= trials - failing
        last = POINTS // 2 if failed else POINTS
        train = 10.0 + len(config.get(f"{config['method']}.layers", ()))
        seconds = {"attach": 0.5, "train": train * last / POINTS, "evaluate": 0.1 * last, "save": 0.0}
        curve = tuple(_point(config, 50 * (i + 1)) for i in range(last))
        known = dict(methods.costs(config, facts))
        failure = "diverged" if failed else ""
        found.append(Recorded(number, config, 0, known, MEASURED, seconds, curve, failure))
    return Recording(about, found)


def _point(config: dict, examples: int) -> CurvePoint:
    value = 0.5 + (quality(config) - 0.5) * (1 - np.exp(-4 * examples / FULL))
    return CurvePoint(examples, {"accuracy": value, "loss": 1 - value, "train_loss": 1.1 - value}, examples / 100)
