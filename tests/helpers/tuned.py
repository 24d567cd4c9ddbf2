"""A ``Tuner`` driven by our search: ``python -m helpers.tuned FOLDER PACE [restore]`` prints what came of it."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import ray
from ray import tune

from autotune.integrations.tune import Scheduler, Search, front

SPACE = {
    "name": "made",
    "parameters": {
        "x": {"type": "float", "low": 0.0, "high": 1.0},
        "kind": {"type": "choice", "options": ["a", "b"]},
        "b.z": {"type": "int", "low": 1, "high": 8, "when": {"kind": "b"}},
        "layers": {"type": "layers", "min": 1, "depth": 4},
    },
}


class Made(tune.Trainable):
    """Learns x at the price of its layers. Some raise, some report NaN, some nothing."""

    def setup(self, config):
        self.reset_config(config)

    def reset_config(self, new_config):
        self.config, self.epoch, self.lives = new_config, 0, [os.getpid()]
        return True

    def step(self):
        self.epoch += 1
        time.sleep(self.config["pace"])
        x = self.config["x"]
        if 0.10 < x < 0.20:
            raise RuntimeError("no such layer")
        if 0.20 < x < 0.30:
            return {"score": float("nan"), "layers": 1, "epoch": self.epoch}
        if 0.30 < x < 0.40:
            return {"score": x, "epoch": self.epoch}
        return {"score": x - 1 / self.epoch, "layers": len(self.config["layers"]), "epoch": self.epoch}

    def save_checkpoint(self, checkpoint_dir):
        Path(checkpoint_dir, "epoch").write_text(str(self.epoch))

    def load_checkpoint(self, checkpoint_dir):
        self.epoch = int(Path(checkpoint_dir, "epoch").read_text())


def main(folder, pace, restore=""):
    os.environ["TUNE_GLOBAL_CHECKPOINT_S"] = "2"
    ray.init("local", num_cpus=2, include_dashboard=False, object_store_memory=100_000_000, log_to_driver=False)
    if restore:
        tuner = tune.Tuner.restore(str(Path(folder, "made")), Made)
    else:
        search = Search(
            SPACE, {"score": "maximize", "layers": "minimize"}, full=9, time="epoch", strategy="random+asha"
        )
        tuner = tune.Tuner(
            Made,
            param_space={"pace": float(pace)},
            tune_config=tune.TuneConfig(
                search_alg=search,
                scheduler=Scheduler(search),
                num_samples=18,
                max_concurrent_trials=2,
                reuse_actors=True,
            ),
            run_config=tune.RunConfig(name="made", storage_path=folder, verbose=0),
        )
    results = tuner.fit()
    found = [[f.trial_id, f.config, f.values, f.result.metrics["epoch"], f.result.config] for f in front(results)]
    ended = [[r.metrics.get("trial_id"), r.config, r.metrics.get("epoch"), r.error is not None] for r in results]
    print("tuned:", json.dumps({"front": found, "trials": ended}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
