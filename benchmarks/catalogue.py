"""Every method of the catalogue on a real encoder and real text: what attaching, a step and an answer take.

    python benchmarks/catalogue.py                       # all methods, a table
    python benchmarks/catalogue.py --json lora gps hra   # some, one JSON object
    python benchmarks/catalogue.py --task glue/mrpc --data-dir glue --epochs 1 lora ia3 prefix

Each method has its defaults, on MiniLM and the docstring task, in batches of 16. ``step`` is the median step in
relation to LoRA's, timed in turn with it on the same batches. ``latency`` and its error are those of a study: the
median over 0.2 s of one example of median length, and half of its 90 % interval, here of the attached model: what
merges answers as the base does once it is merged. ``memory`` is the peak above the resident base over eight steps,
the mean of three rounds with half of their range. ``reload`` and ``merge`` are the largest difference of a logit
between the trained model and the saved one loaded again, or the merged one, in fp32. With ``--epochs`` the methods
are trained instead, at their own default learning rates.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from autotune import tasks
from autotune.errors import AutotuneError
from autotune.methods import Attachment, Recipe, catalogue, get, load_adapter, load_base, recipe, refuse
from autotune.methods.costing import Costs
from autotune.spec import TaskSpec
from autotune.training.batches import epoch_batches
from autotune.training.final import train_full
from autotune.training.lending import lend
from autotune.training.loop import Training
from autotune.training.measure import PeakMemory, latency
from autotune.training.precision import own_randomness
from autotune.training.resident import Resident
from autotune.training.tokens import collate

MODEL = "builtin/minilm"
SEED, BATCH, STEPS, ROUNDS = 1, 16, 8, 3
Row = dict[str, Any]


def rooms(given: argparse.Namespace) -> tuple[Resident, Resident]:
    """The task on MiniLM in the precision to train in, and in fp32."""
    task = tasks.load(TaskSpec(name=given.task, data_dir=given.data_dir))
    device = torch.device("cpu")

    def room(precision: str) -> Resident:
        base = load_base(MODEL, task.facts, precision=precision, offline=True)
        return Resident(base, task, device, precision)

    return room(given.precision), room("fp32")


def plan_of(name: str, room: Resident) -> Recipe:
    """The defaults of a method."""
    return recipe({"method": name}, room.base.facts)


def attached(room: Resident, plan: Recipe) -> tuple[Attachment, Training, float]:
    """The method on the base, with the milliseconds that it took."""
    course, tokens = room.course(plan, SEED, 1000), room.tokens("train")
    lent = lend(course, tokens)
    began = time.perf_counter()
    attachment = room.base.attach(plan, SEED, lent)
    return attachment, Training(attachment, course, tokens), 1000 * (time.perf_counter() - began)


def steps(room: Resident, name: str) -> tuple[list[float], float]:
    """Milliseconds of each step on the same batches, after two that do not count, and the peak memory in bytes."""
    attachment, training, _ = attached(room, plan_of(name, room))
    batches = epoch_batches(room.tokens("train").lengths, BATCH, SEED, 0)[: STEPS + 2]
    times = []
    attachment.module.train()
    memory = PeakMemory(room.device)
    with own_randomness(room.device):
        for indices in batches:
            began = time.perf_counter()
            training.update(indices, 1e-4)
            times.append(1000 * (time.perf_counter() - began))
    peak = memory.read()
    attachment.detach()
    return times[2:], peak


def measure(name: str, room: Resident) -> Row:
    """Attach, step against LoRA, memory, latency."""
    plan = plan_of(name, room)
    attach = []
    for _ in range(ROUNDS):
        attachment, _, ms = attached(room, plan)
        attach.append(ms)
        answer = latency(attachment.module, room.tokens("selection"), room.device, room.precision)
        attachment.detach()
    relative, peaks = [], []
    for _ in range(ROUNDS):
        lora, _ = steps(room, "lora")
        own, peak = steps(room, name)
        relative.append(statistics.median(o / p for o, p in zip(own, lora, strict=True)))
        peaks.append(peak / 1e6)
    return {
        "parameters": int(Costs(plan, room.base.facts)["trainable_params"]),
        "attach_ms": statistics.median(attach),
        "step_vs_lora": statistics.median(relative),
        "latency_ms": answer.ms,
        "latency_ms_error": answer.error,
        "memory_mb": statistics.mean(peaks),
        "memory_mb_error": (max(peaks) - min(peaks)) / 2,
    }


def promises(name: str, room: Resident) -> Row:
    """The largest difference of a logit after saving and loading, and after merging, once trained for a few steps."""
    method, tokens = get(name), room.tokens("selection")
    inputs, _ = collate(tokens, np.arange(32), room.device)
    attachment, training, _ = attached(room, plan_of(name, room))
    attachment.module.train()
    with own_randomness(room.device):
        for indices in epoch_batches(room.tokens("train").lengths, BATCH, SEED, 0)[:STEPS]:
            training.update(indices, plan_of(name, room).training.lr)
    logits = answer_of(attachment, inputs)
    merged = attachment.merged() if method.mergeable else None
    with tempfile.TemporaryDirectory() as folder:
        attachment.save(folder)
        attachment.detach()
        with load_adapter(room.base, folder) as loaded:
            reload = (answer_of(loaded, inputs) - logits).abs().max().item()
    gap = None
    if merged is not None:
        with room.base.attach(plan_of("full", room), SEED) as plain:
            with torch.no_grad():
                for key, parameter in plain.trainable.items():
                    parameter.copy_(merged[key])
            gap = (answer_of(plain, inputs) - logits).abs().max().item()
    return {"merges": method.mergeable, "merge_gap": gap, "reload_gap": reload}


def answer_of(attachment: Attachment, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
    """The logits in evaluation."""
    attachment.module.eval()
    with torch.inference_mode():
        logits: torch.Tensor = attachment.module(**inputs).logits
    return logits.clone()


def trained(name: str, room: Resident, epochs: float, rate: float) -> Row:
    """Score, device seconds and bytes of a training at so many times the method's own default rate."""
    lr = rate * get(name).lr.default_value
    plan = recipe({"method": name, "lr": lr}, room.base.facts)
    full = round(epochs * room.task.facts.train)
    done = train_full(room, plan, seed=SEED, full=full)
    done.attachment.detach()
    costs = Costs(plan, room.base.facts)
    return {
        "lr": plan.training.lr,
        "parameters": int(costs["trainable_params"]),
        **{metric: done.metrics[metric] for metric in room.task.facts.metrics},
        "device_seconds": sum(done.seconds.values()),
        "stored_bytes": int(costs["stored_bytes"]),
    }


def rows(given: argparse.Namespace) -> Iterator[tuple[str, Row]]:
    """Every method asked for with its figures."""
    room, exact = rooms(given)
    for name in given.methods or catalogue():
        problem = refuse({"method": name}, room.base.facts)
        if problem is not None:
            raise AutotuneError(problem, f"see: autotune methods {name}")
        if given.epochs:
            yield name, trained(name, room, given.epochs, given.rate)
        else:
            yield name, {**measure(name, room), **promises(name, exact)}


def cell(value: object) -> str:
    """A figure for the table."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2g}" if abs(value) < 1e-2 else f"{value:.4g}" if abs(value) < 1 else f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else "-" if value is None else str(value)


def main() -> None:
    """Measure the methods and print them as they come."""
    parser = argparse.ArgumentParser(description="Time the catalogue on MiniLM, or train methods of it.")
    parser.add_argument("methods", nargs="*", help="methods; all of the catalogue when none is named")
    parser.add_argument("--task", default="demo/docstrings")
    parser.add_argument("--data-dir", default=None)
    parser.add_argument("--precision", default="bf16", choices=("fp32", "bf16"))
    parser.add_argument("--epochs", type=float, default=0.0, help="train so many epochs instead of timing")
    parser.add_argument("--rate", type=float, default=1.0, help="times each method's default learning rate")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()
    warnings.filterwarnings("ignore")
    found: dict[str, Row] = {}
    for name, row in rows(given):
        if not given.json:
            if not found:
                print("| method | " + " | ".join(row) + " |")
                print("|---" * (len(row) + 1) + "|")
            print(f"| {name} | " + " | ".join(cell(v) for v in row.values()) + " |", flush=True)
        found[name] = row
    if given.json:
        machine = {"threads": torch.get_num_threads(), "precision": given.precision}
        print(json.dumps({"model": MODEL, "task": given.task, "machine": machine, "methods": found}))


if __name__ == "__main__":
    main()
