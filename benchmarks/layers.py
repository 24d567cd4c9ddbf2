"""Whether the importance of layers, read off the base model before any search, foretells which placements do well.

    python benchmarks/layers.py
    python benchmarks/layers.py --task glue/mrpc --data-dir glue --recording peft-curves/mrpc-1000 --json

One pass over 256 training examples, after the head alone was trained for 60 steps: ``fisher`` is each layer's share of
the squared gradients of its weights (Lodha et al. 2023), ``variance`` the share of the variance of its inputs that the
first eight directions hold (Paischer et al. 2024, EVA). A recorded configuration has as much of each as the layers
that it adapts. Told are the rank correlations with the ends of the recorded trainings: plain, and given what a model
sees anyway: how many layers, their centre, the place of the learning rate in its range, the parameters, and the squares
of the first three.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np
import torch

from autotune import tasks
from autotune.bench.names import load
from autotune.bench.prepared import Prepared
from autotune.methods import load_base, recipe
from autotune.pareto import Floats
from autotune.spec import TaskSpec
from autotune.training.batches import epoch_batches
from autotune.training.loop import Training
from autotune.training.resident import Resident
from autotune.training.tokens import collate

SEED, STEPS, EXAMPLES, DIRECTIONS, ROWS = 1, 60, 256, 8, 4000


def importance(room: Resident) -> dict[str, Floats]:
    """Shares of the layers, (layers,) each."""
    plan, tokens = recipe({"method": "head"}, room.base.facts), room.tokens("train")
    attachment = room.base.attach(plan, SEED)
    training = Training(attachment, room.course(plan, SEED, 1000), tokens)
    model, layers = attachment.module, room.base.model.base_model.encoder.layer
    model.train()
    for batch in epoch_batches(tokens.lengths, 16, SEED, 0)[:STEPS]:
        training.update(batch, 3e-3)
    model.eval()
    seen: list[list[Floats]] = [[] for _ in layers]
    for layer, kept in zip(layers, seen, strict=True):
        layer.requires_grad_(True)
        layer.register_forward_pre_hook(
            lambda _, given, kept=kept: kept.append(given[0].detach().flatten(0, -2).numpy())
        )
    squares = np.zeros(len(layers))
    for i in np.random.default_rng(SEED).permutation(len(tokens.lengths))[:EXAMPLES]:
        inputs, label = collate(tokens, np.array([i]), room.device)
        answer = model(**inputs)
        model.zero_grad()
        torch.nn.functional.cross_entropy(getattr(answer, "logits", answer), label).backward()
        squares += [sum(float((p.grad**2).sum()) for p in x.parameters() if p.grad is not None) for x in layers]
    held = np.array([_held(np.concatenate(rows)[:ROWS]) for rows in seen])
    return {"fisher": squares / squares.sum(), "variance": held / held.sum()}


def _held(rows: Floats) -> float:
    spectrum = np.linalg.svd(rows - rows.mean(axis=0), compute_uv=False) ** 2
    return float(spectrum[:DIRECTIONS].sum() / spectrum.sum())


def placements(recorded: Prepared, shares: dict[str, Floats]) -> tuple[Floats, Floats, dict[str, Floats]]:
    """The ends of the recorded trainings, what a model sees of them, and how much of each importance they adapt."""
    ends, seen, adapted = [], [], []
    for config in recorded.pool or ():
        layers = next((list(v) for k, v in config.items() if k.endswith(".layers") and isinstance(v, tuple)), None)
        if layers is None:
            continue
        row = recorded.row({**recorded.costs(config), **(recorded.evaluate(config, recorded.full)[0] or {})})
        rate = next(k for k in config if k.endswith(".lr"))
        place = recorded.space.parameters[rate].domain.encode(config[rate])[0]
        first = (len(layers), float(np.mean(layers)), place)
        ends.append(-row[0])
        seen.append((*first, row[1], *(x**2 for x in first)))
        adapted.append([share[layers].sum() for share in shares.values()])
    columns = np.array(adapted).T
    return np.array(ends), np.array(seen), dict(zip(shares, columns, strict=True))


def correlations(ends: Floats, seen: Floats, adapted: Floats) -> dict[str, float]:
    """Of ranks: plain, and of what is left of both once what is seen is taken off."""
    from scipy.stats import rankdata, spearmanr

    known = np.column_stack((np.ones(len(seen)), seen))

    def left(values: Floats) -> Floats:
        ranks = rankdata(values)
        return ranks - known @ np.linalg.lstsq(known, ranks, rcond=None)[0]

    given = spearmanr(left(ends), left(adapted))
    return {"plain": spearmanr(ends, adapted)[0], "given what is seen": given[0], "p": given[1]}


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", default="demo/docstrings")
    parser.add_argument("--data-dir")
    parser.add_argument("--recording", default="peft-curves/docstrings", help="of the same task")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    task = tasks.load(TaskSpec(name=args.task, data_dir=args.data_dir))
    base = load_base("builtin/minilm", task.facts, precision="fp32", offline=True)
    shares = importance(Resident(base, task, torch.device("cpu"), "fp32"))
    ends, seen, adapted = placements(load(args.recording), shares)
    found: dict[str, Any] = {"configurations": len(ends)}
    for name, share in shares.items():
        found[name] = {"of each layer": share.tolist(), **correlations(ends, seen, adapted[name])}
    if args.json:
        print(json.dumps(found, indent=1, default=float))
        return
    print(f"{len(ends)} configurations")
    for name, share in shares.items():
        told = ", ".join(f"{what} {found[name][what]:.2f}" for what in ("plain", "given what is seen", "p"))
        print(f"{name:9} {' '.join(f'{x:.2f}' for x in share)}: {told}")


if __name__ == "__main__":
    main()
