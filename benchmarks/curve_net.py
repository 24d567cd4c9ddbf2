"""Fit the network of ``autotune.curves`` to curves drawn from the prior, and write its weights.

    OMP_NUM_THREADS=1 python benchmarks/curve_net.py autotune/curves/net.npz    # three minutes

A drawn curve is a mixture of one or two laws (``autotune/curves/laws.py``), with noise that may be correlated or
smooth, may fade, may have spikes and may be counted in steps, on equally or geometrically spaced points. No real curve
takes part.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

import numpy as np
import torch

from autotune.curves.laws import FAMILIES, families
from autotune.curves.net import COMPONENTS, INPUTS, WIDTH, falling, features

SHARES = np.array([0.34, 0.22, 0.10, 0.07, 0.04, 0.10, 0.04, 0.09])
BATCH, STEPS = 256, 12_000
EARLY = 2.0
"""How much more often quick laws are drawn than slow ones."""


def draw(rng: np.random.Generator, n: int) -> tuple[Any, Any]:
    """Fractions (k,) and values (n, k) of whole curves."""
    points = int(rng.choice([8, 12, 20, 20, 27, 50, 50, 100]))
    t = np.arange(1, points + 1) / points
    if rng.random() < 0.15:
        t = np.geomspace(rng.uniform(0.01, 0.1), 1, points)
    values = law(rng, n, t)
    second = law(rng, n, t)
    both = rng.random((n, 1)) < 0.65
    part = 10 ** rng.uniform(-1.7, 0.2, (n, 1)) * np.where(rng.random((n, 1)) < 0.7, 1, -1)
    values = np.where(both, values + part * second, values)
    values /= np.maximum(np.ptp(values, axis=1, keepdims=True), 1e-3)
    return t, noisy(rng, t, values)


def law(rng: np.random.Generator, n: int, t: Any) -> Any:
    """Laws with range one, or flat."""
    u, v = rng.random((2, n, 1))
    u = u**EARLY
    chosen = rng.choice(len(FAMILIES), p=SHARES / SHARES.sum(), size=n)
    drawn = np.stack([np.broadcast_to(f, (n, len(t))) for f in families(t, u, v)])[chosen, np.arange(n)]
    return drawn / np.maximum(np.ptp(drawn, axis=1, keepdims=True), 1e-9)


def noisy(rng: np.random.Generator, t: Any, values: Any) -> Any:
    """With what real curves have on top of a law."""
    n, k = values.shape

    def some(share: float) -> Any:
        return rng.random((n, 1)) < share

    level = 10 ** rng.uniform(-3.3, -0.2, (n, 1))
    level = level * np.where(some(0.4), np.abs(values - values[:, [-1]]) + 0.1, 1.0)
    level = level * np.where(some(0.3), t ** -rng.uniform(0, 0.7, (n, 1)), 1.0)
    noise = rng.normal(size=(n, k)) * level
    slow = np.cumsum(rng.normal(size=(n, k)) * np.sqrt(np.diff(np.log(t), prepend=math.log(t[0] / 2))), axis=1)
    noise = noise + np.where(some(0.6), slow * 10 ** rng.uniform(-2.5, -0.7, (n, 1)), 0)
    turns = np.sin(2 * np.pi * (np.log10(t) * rng.uniform(0.2, 1.5, (n, 1)) + rng.random((n, 1))))
    noise = noise + np.where(some(0.5), turns * 10 ** rng.uniform(-2.7, -0.9, (n, 1)), 0)
    spikes = (rng.random((n, k)) < 0.06) * rng.exponential(0.6, (n, k))
    noise = noise + np.where(some(0.15), spikes * rng.choice([-1, 1], (n, 1)), 0)
    found = values + noise
    step = 10 ** rng.uniform(-2, -0.7, (n, 1))
    return np.where(some(0.2), np.round(found / step) * step, found)


def example(rng: np.random.Generator, n: int) -> tuple[Any, Any]:
    """Features of beginnings and the ends."""
    t, values = draw(rng, n)
    k = int(np.clip(round(len(t) * math.exp(rng.uniform(math.log(0.04), math.log(0.97)))), 2, len(t) - 1))
    begun = values[:, :k]
    spread = np.ptp(begun, axis=1)
    usable = spread > 1e-6
    last, unit = begun[usable, -1], spread[usable]
    seen = (begun[usable] - last[:, None]) / unit[:, None]
    sign = falling(seen)
    return features(t[:k], sign * seen), sign[:, 0] * (values[usable, -1] - last) / unit


def loss(out: torch.Tensor, end: torch.Tensor) -> torch.Tensor:
    """Mean negative log density."""
    shares, means, sds = out.chunk(3, dim=1)
    means, sds = torch.sinh(means.clamp(-8, 8)), sds.clamp(-7, 5)
    log = torch.log_softmax(shares, 1) - 0.5 * ((end[:, None] - means) / sds.exp()) ** 2 - sds - 0.919
    return -torch.logsumexp(torch.cat((log, torch.full_like(log[:, :1], -14.0)), dim=1), dim=1).mean()


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--steps", type=int, default=STEPS)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    first = np.concatenate([example(rng, BATCH)[0] for _ in range(40)])
    shift, scale = first.mean(axis=0), first.std(axis=0) + 1e-3
    layers = torch.nn.Linear(INPUTS, WIDTH), torch.nn.Linear(WIDTH, WIDTH), torch.nn.Linear(WIDTH, 3 * COMPONENTS)
    net = torch.nn.Sequential(layers[0], torch.nn.SiLU(), layers[1], torch.nn.SiLU(), layers[2])
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-4)
    recent = []
    for step in range(args.steps):
        done = step / args.steps
        parts = [example(rng, BATCH) for _ in range(4)]
        x = torch.tensor((np.concatenate([p[0] for p in parts]) - shift) / scale, dtype=torch.float32)
        end = torch.tensor(np.concatenate([p[1] for p in parts]), dtype=torch.float32)
        optimizer.param_groups[0]["lr"] = 2e-3 * min(1.0, (step + 1) / 200) * 0.5 * (1 + math.cos(math.pi * done))
        found = loss(net(x), end)
        optimizer.zero_grad()
        found.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        recent.append(found.item())
        if step % 1000 == 999:
            print(f"{step + 1} steps: {np.mean(recent):.4f}", flush=True)
            recent = []
    state = {name: tensor.numpy() for name, tensor in net.state_dict().items()}
    np.savez_compressed(args.file, shift=shift.astype(np.float32), scale=scale.astype(np.float32), **state)


if __name__ == "__main__":
    main()
