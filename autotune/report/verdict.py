"""A study in a few sentences: what won, by how much, and how sure that is."""

from __future__ import annotations

from autotune.report.gathered import Gathered
from autotune.report.paired import Paired, paired
from autotune.results import Entry, better_controls
from autotune.words import describe, figure, known_costs, spread


def verdict(found: Gathered) -> list[str]:
    """The sentences, the most important first."""
    best, primary = found.results.winner, found.results.primary.name
    if best is None:
        return ["No trial of the search was trained in full: there is no winner yet."]
    where = "held out" if primary in best.held_out else "on the selection part (the held-out split is not scored yet)"
    stat = best.held_out.get(primary) or best.values.get(primary)
    costs = known_costs(best.known)
    first = f"{describe(best.config)} won: {primary} {spread(primary, stat)} {where}, with {costs}."
    return [first, *_against(found, best), *_better(found)]


def _against(found: Gathered, best: Entry) -> list[str]:
    primary = found.results.primary
    said = []
    for name in ("lora-tuned", "lora", "head"):
        control = found.results.controls.get(name)
        if control is None or primary.name not in control.held_out or primary.name not in best.held_out:
            continue
        pair = difference(found, best, control)
        mean = figure(primary.name, control.held_out[primary.name].mean)
        text = f"Against {name} ({mean}, {known_costs(control.known)})"
        if pair is None:
            said.append(f"{text} there is no paired comparison: too few predictions are stored.")
            continue
        sure = "" if pair.sure else ", so this study cannot tell them apart"
        interval = f"{pair.difference:+.4f}, 95 % interval {pair.low:+.4f} to {pair.high:+.4f}"
        said.append(f"{text} the difference on the same {pair.examples:,} held-out examples is {interval}{sure}.")
        break
    return said


def _better(found: Gathered) -> list[str]:
    names = better_controls(found.results)
    if not names:
        return []
    told = " and ".join(names)
    return [f"{told} did better on the selection part: within this budget the search found nothing better."]


def difference(found: Gathered, one: Entry, other: Entry) -> Paired | None:
    """The winner's primary metric less a control's over the held-out examples; None where one was not scored."""
    from autotune.tasks import metrics

    name = found.results.primary.name
    loss = metrics._LOSSES[found.task.kind] if name == "loss" else metrics.all_metrics().get(name)
    runs = [[found.predictions[n] for n in e.trials if n in found.predictions] for e in (one, other)]
    return None if loss is None else paired(runs[0], runs[1], loss.function)
