"""Make a file of ``studies/portfolio`` from a recording: python benchmarks/portfolio.py RECORDING.csv.gz OUT.json.gz.

What ships with the package to begin searches with is made by this and nothing else.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

from autotune.bench.curves import RecordedCurves
from autotune.bench.prepared import Prepared, prepare
from autotune.optimizer import Optimizer
from autotune.strategies import recall
from autotune.strategies.portfolio import Recorded, write


def searched(given: Prepared) -> Optimizer:
    """A search that has trained the whole pool in full."""
    made = Optimizer(
        given.space,
        given.objectives,
        "random+fifo",
        full=given.full,
        lowest=given.lowest,
        known=given.known,
        pool=given.pool,
        losses=given.losses,
    )
    while (asked := made.ask()) is not None:
        values, cost = given.evaluate(asked.config, asked.end)
        on_the_way = {level: given.evaluate(asked.config, level)[0] for level in made.setting.levels[:-1]}
        made.tell(asked, values or None, cost, curve={level: v for level, v in on_the_way.items() if v})
    return made


def main() -> None:
    """Read, search, write."""
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    recording = RecordedCurves.load(source)
    about = recording.recording.about
    made = searched(prepare(recording))
    task = str(about["task"]["task"])
    name = f"{len(made.history.trials)} recorded trainings of {about['model']} on {task}"
    earlier = recall(name, made.history, made.setting, made.space, made.objectives)
    target.parent.mkdir(parents=True, exist_ok=True)
    data = write(Recorded(task, str(about["model"]), int(about["layers"]), earlier))
    target.write_bytes(gzip.compress(data, mtime=0))
    print(json.dumps({"rows": len(earlier.configs), "first": list(earlier.first), "bytes": target.stat().st_size}))


if __name__ == "__main__":
    main()
