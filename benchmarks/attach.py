"""How long LoRA takes to come onto MiniLM and to go off it again: our resident base, peft alone, a fresh load.

    python benchmarks/attach.py            # a table
    python benchmarks/attach.py --json     # one JSON object

``attach`` ends when the model is ready for its first step: LoRA on query and value of all layers, a fresh head.
``detach`` ends when the next trial could be attached. ``peft`` wraps and unwraps one model, and leaves the head that
the last trial trained. ``from disk`` loads the model for each trial in a running process, its file in the system's
cache; freeing the old one is not timed.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import statistics
import time
import warnings
from collections.abc import Callable
from typing import Any

import torch

from autotune.facts import TaskFacts
from autotune.methods import load_base, recipe
from autotune.methods.quiet import quiet
from autotune.methods.sources import locate

MODEL = "builtin/minilm"
TASK = TaskFacts("two", "classification", ("no", "yes"), 1, 1, 1, {"loss": "minimize"}, "loss", "")
Way = tuple[Callable[[], Any], Callable[[Any], None]]


def ours() -> Way:
    """Attach and detach on one resident base."""
    base = load_base(MODEL, TASK)
    plan = recipe({"method": "lora"}, base.facts)
    return lambda: base.attach(plan, seed=1), lambda attachment: attachment.detach()


def peft_alone() -> Way:
    """``get_peft_model`` and ``unload`` on one model."""
    from peft import get_peft_model

    held = {"model": fresh()}

    def detach(model: Any) -> None:
        held["model"] = model.unload()

    return lambda: get_peft_model(held["model"], lora()), detach


def from_disk() -> Way:
    """A model loaded for each trial; nothing to detach."""
    from peft import get_peft_model

    return lambda: get_peft_model(fresh(), lora()), lambda _: None


def lora() -> Any:
    """What our default LoRA is in peft's words."""
    from peft import LoraConfig

    return LoraConfig(task_type="SEQ_CLS", r=8, lora_alpha=16, target_modules=["query", "value"])


def fresh() -> Any:
    """The model from disk."""
    from transformers import AutoModelForSequenceClassification

    with quiet():
        return AutoModelForSequenceClassification.from_pretrained(locate(MODEL).location, num_labels=2)


def measure(way: Way, repeats: int) -> dict[str, float]:
    """Medians in milliseconds over the repeats, after three that do not count."""
    attach, detach = way
    times: dict[str, list[float]] = {"attach": [], "detach": [], "both": []}
    for i in range(repeats + 3):
        began = time.perf_counter()
        attached = attach()
        between = time.perf_counter()
        detach(attached)
        ended = time.perf_counter()
        del attached
        gc.collect()
        if i >= 3:
            for name, seconds in (("attach", between - began), ("detach", ended - between), ("both", ended - began)):
                times[name].append(1000 * seconds)
    found = {f"{name}_ms": statistics.median(values) for name, values in times.items()}
    quarters = statistics.quantiles(times["both"], n=4)
    return found | {"both_quarter_ms": quarters[0], "both_three_quarters_ms": quarters[2]}


def main() -> None:
    """Measure all three ways and print them."""
    parser = argparse.ArgumentParser(description="Time attach and detach of LoRA on MiniLM.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--repeats", type=int, default=50, help="timed repeats of each way (at least 2)")
    given = parser.parse_args()
    warnings.filterwarnings("ignore")
    threads = torch.get_num_threads()
    ways = {"autotune": ours, "peft": peft_alone, "from disk": from_disk}
    found = {name: measure(make(), max(2, given.repeats)) for name, make in ways.items()}
    if given.json:
        machine = {"cores": os.cpu_count(), "threads": threads, "python": platform.python_version()}
        print(json.dumps({"model": MODEL, "repeats": given.repeats, "machine": machine, "ways": found}))
        return
    print(f"{'':10} {'attach':>10} {'detach':>10} {'both':>10} {'half of them within':>22}")
    for name, row in found.items():
        within = f"{row['both_quarter_ms']:.1f}-{row['both_three_quarters_ms']:.1f}"
        figures = "".join(f"{row[f'{k}_ms']:>8.1f} ms" for k in ("attach", "detach", "both"))
        print(f"{name:10}{figures} {within:>19} ms")


if __name__ == "__main__":
    main()
