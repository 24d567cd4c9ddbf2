"""What a study found: the front, the winner beside the controls, what mattered."""

from __future__ import annotations

from autotune.methods.difference import from_default
from autotune.report.blocks import Block, Table, Text
from autotune.report.gathered import Gathered
from autotune.report.verdict import difference
from autotune.space import SearchSpace
from autotune.trial import TrialKind
from autotune.words import describe, ranges, score_rows, spread, value_text

_MOST = 8
"""Parameters of a table of importance."""


def front(found: Gathered) -> list[Block]:
    """The configurations that none dominates."""
    view = found.results
    if not view.front:
        return [Text("No trial has been trained in full yet.")]
    names = [o.name for o in view.objectives]
    held = f"held-out {names[0]}"
    header = ("trial", "configuration", *names, held, "seeds")
    rows = [
        (
            str(e.trial),
            describe(e.config) + (" (control)" if e.kind is TrialKind.CONTROL else ""),
            *(spread(n, e.values.get(n)) for n in names),
            spread(names[0], e.held_out.get(names[0])),
            str(e.seeds),
        )
        for e in view.front
    ]
    best = view.winner.trial if view.winner else None
    strong = next((i for i, e in enumerate(view.front) if e.trial == best), None)
    said = f"{len(view.front)} of {len(view.entries)} configurations trained in full are not dominated. "
    said += "Counts are without the classification head; the search saw the selection part alone."
    return [Text(said), Table(header, rows, frozenset({"trial", *names, held, "seeds"}), strong)]


def winner(found: Gathered) -> list[Block]:
    """What the winner sets."""
    best = found.results.winner
    if best is None:
        return []
    method = str(best.config.get("method"))
    rows = [(d.name, value_text(d.value), value_text(d.other)) for d in from_default(best.config, found.model)]
    said = f"Trial {best.trial}, {describe(best.config)}, trained with {best.seeds} seed{'s' * (best.seeds > 1)}."
    if not rows:
        return [Text(f"{said} It is the default {method}.")]
    return [Text(said), Table(("setting", "winner", f"default {method}"), rows)]


def scores(found: Gathered) -> list[Block]:
    """The winner's scores beside the controls', and the differences on the same examples."""
    primary, best = found.results.primary.name, found.results.winner
    selection, held = f"selection {primary}", f"held-out {primary}"
    header = ("", "trial", "parameters", selection, held, "seeds")
    blocks: list[Block] = [
        Table(
            header,
            score_rows(found.results),
            frozenset({"trial", "parameters", "seeds", selection, held}),
            0 if best else None,
        ),
        Text("Mean ± standard deviation over seeds. The selection part chose; the held-out split was scored once."),
    ]
    pairs = [(n, p) for n, e in found.results.controls.items() if best and (p := difference(found, best, e))]
    if pairs:
        told = [
            (
                f"winner − {name}",
                f"{p.difference:+.4f}",
                f"{p.low:+.4f} to {p.high:+.4f}",
                "–" if p.only_first is None else f"{p.only_first:.1f} / {p.only_second:.1f}",
                "yes" if p.sure else "no",
            )
            for name, p in pairs
        ]
        columns = (held, "difference", "95 % interval", "right alone", "interval leaves out 0")
        blocks += [
            Table(columns, told, frozenset(columns[1:])),
            Text(
                f"Paired over the same {pairs[0][1].examples:,} held-out examples: every draw of examples scores all "
                "trainings of both (bootstrap). The interval is about which examples are held out; what another seed "
                "changes is the deviation above. Right alone: examples that only the winner, or only the control, has "
                "right, mean over pairs of seeds."
            ),
        ]
    return blocks


def mattered(found: Gathered) -> list[Block]:
    """Importance of the parameters for each objective, layers, and whether early rungs told."""
    from autotune.insight import importance, rank_correlation

    spec, levels = found.spec, found.row.levels
    space = SearchSpace.from_dict(dict(spec.space)).bind(found.model.layers)
    learnt = [o for o in found.results.objectives if not o.known_before_training]  # the others are computed
    frame = importance(found.history, space, learnt, levels)
    blocks: list[Block] = []
    for (objective, scope), part in frame.groupby(["objective", "scope"], sort=False):
        top = part.head(_MOST)
        first = top.iloc[0]
        at = f" at {first['examples']:,} examples" if first["examples"] else ""
        rows = [(str(r.parameter), f"{r.importance:.3f}") for r in top.itertuples()]
        said = f"For {objective}, {scope}: {first['trials']} trials compared{at}, by {first['by']}."
        blocks += [Text(said), Table(("parameter", "importance"), rows, frozenset({"importance"}), bars="importance")]
    if not blocks:
        blocks.append(
            Text("Fewer than ten trials can be compared, or they do not differ: nothing is said of importance.")
        )
    blocks += _layers(found)
    correlations = rank_correlation(found.history, levels, found.results.primary)
    if len(correlations):
        told = [(f"{r.examples:,}", str(r.by), f"{r.spearman:.2f}", str(r.trials)) for r in correlations.itertuples()]
        header = ("examples", "ranked by", "rank correlation", "trials")
        blocks += [
            Text("How well a rung orders the trials as they ended, among those trained in full:"),
            Table(header, told, frozenset({"examples", "rank correlation", "trials"})),
        ]
    return blocks


def _layers(found: Gathered) -> list[Block]:
    """Which layers the front adapts, beside the other full trainings."""
    from autotune.insight import layer_shares

    trials = found.history.trials
    on = {e.trial for e in found.results.front if e.kind is TrialKind.SEARCH}
    others = {e.trial for e in found.results.entries if e.kind is TrialKind.SEARCH} - on
    if not on or not others:
        return []
    shares = layer_shares([trials[n] for n in on], [trials[n] for n in others], found.model)
    rows = [(str(r.layer), f"{r.good:.2f}", f"{r.others:.2f}") for r in shares.itertuples()]
    said = f"How often each layer is adapted, on the front (of {len(on)}) and elsewhere (of {len(others)}); "
    said += f"layers {ranges(range(found.model.layers))}, 0 next to the input."
    header = ("layer", "front", "dominated")
    return [Text(said), Table(header, rows, frozenset(header), bars="front")]
