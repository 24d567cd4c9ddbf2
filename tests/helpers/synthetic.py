"""A synthetic PEFT problem: what a segment would return, as a deterministic function of the segment."""

from __future__ import annotations

import hashlib
import json
import math

from autotune.trial import CurvePoint, Segment, SegmentResult, SegmentStatus, config_to_json

SECONDS_PER_EXAMPLE = 0.01
SECONDS_PER_POINT = 1.75
BATCH = 16


def noise(*key: object) -> float:
    """A number in [-1, 1] that is the same for the same key."""
    digest = hashlib.sha256(json.dumps(key, default=str, sort_keys=True).encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**31 - 1


def quality(config: dict) -> float:
    """The score that a configuration comes to."""
    method = config["method"]
    if method == "head":
        return 0.70
    lr = float(config.get(f"{method}.lr", config.get("lr", 1e-3)))
    best = {"lora": -2.6, "serial_adapter": -2.8, "full": -4.3}.get(method, -2.4)
    width = float(config.get(f"{method}.rank", config.get(f"{method}.size", 8)))
    layers = len(config.get(f"{method}.layers", range(6)))
    return 0.72 + 0.12 * math.exp(-((math.log10(lr) - best) ** 2)) + 0.012 * math.log2(width) + 0.008 * layers


def score_at(config: dict, seed: int, examples: int, full: int) -> float:
    """The curve: slow starters and small differences, with noise that the seed decides."""
    end = quality(config) + 0.006 * noise(config_to_json(config), seed)
    progress = 1 - math.exp(-3.5 * examples / full)
    return min(0.99, 0.6 + (end - 0.6) * progress + 0.004 * noise(config_to_json(config), seed, examples))


def answer(segment: Segment) -> SegmentResult:
    """What a worker would say of the segment."""
    config = dict(segment.config)
    if segment.purpose == "score":
        value = score_at(config, segment.seed, segment.full, segment.full) - 0.01
        held_out = {"f1_accuracy": value, "f1": value, "accuracy": value, "loss": 1 - value}
        return SegmentResult(
            segment.number, segment.trial, segment.attempt, SegmentStatus.DONE, segment.end,
            device_seconds=1.0, held_out=held_out, predictions=b'{"logits": [[0.0, 1.0]], "labels": [1]}',
        )  # fmt: skip
    asked = [e for e in sorted({*segment.evaluate_at, segment.end}) if segment.start < e <= segment.end]
    points = sorted({-(-e // BATCH) * BATCH for e in asked})  # batches are whole, as a real worker's
    seconds, curve = 0.0, []
    for before, here in zip([segment.start, *points], points, strict=False):
        seconds += (here - before) * SECONDS_PER_EXAMPLE + SECONDS_PER_POINT
        value = score_at(config, segment.seed, here, segment.full)
        metrics = {"f1_accuracy": value, "f1": value, "accuracy": value, "loss": 1 - value, "train_loss": 1 - value}
        curve.append(CurvePoint(here, metrics, seconds))
    return SegmentResult(
        segment.number, segment.trial, segment.attempt, SegmentStatus.DONE, points[-1], tuple(curve), seconds,
        checkpoint=b"state of %d at %d" % (segment.trial, points[-1]),
        measured={"train_seconds": segment.full * SECONDS_PER_EXAMPLE},
    )  # fmt: skip
