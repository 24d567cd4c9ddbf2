"""Score over cost as a picture: the median of the runs as a line, the quartiles as a band."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from autotune.bench.comparing import Outcome, Wanted
from autotune.errors import AutotuneError

_COLUMNS = 3
_STYLES = ("-", "--", "-.", ":")


def plot(outcomes: Sequence[Outcome], wanted: Wanted, file: Path) -> None:
    """Draw one panel for each benchmark.

    Args:
        outcomes: of every searcher.
        wanted: what was run.
        file: ends in ``.png`` or ``.svg``.

    Raises:
        AutotuneError: matplotlib is not installed, or cannot write such a file.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise AutotuneError(
            "a plot needs matplotlib, which is not installed", "pip install 'autotune[bench]'"
        ) from error
    columns = min(_COLUMNS, math.ceil(len(wanted.benchmarks) ** 0.5))
    rows = -(-len(wanted.benchmarks) // columns)
    lines = -(-len(wanted.searchers) // (2 * columns))
    figure = Figure(figsize=(max(5.5, 4.2 * columns), 3.3 * rows + 0.25 * lines + 0.2), layout="constrained")
    grid = np.linspace(0, wanted.budget, 301)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for panel, benchmark in zip(axes, wanted.benchmarks, strict=False):
        for number, searcher in enumerate(wanted.searchers):
            runs = [o for o in outcomes if (o.benchmark, o.searcher) == (benchmark, searcher)]
            scores = np.array([[run.score(cost) for cost in grid] for run in runs])
            low, middle, high = np.quantile(scores, (0.25, 0.5, 0.75), axis=0)
            colour, style = f"C{number % 10}", _STYLES[number // 10 % len(_STYLES)]
            panel.plot(grid, middle, style, color=colour, label=searcher, linewidth=1.6, drawstyle="steps-post")
            panel.fill_between(grid, low, high, color=colour, alpha=0.13, linewidth=0, step="post")
        panel.set_title(benchmark, fontsize=10)
        panel.set_xlim(0, wanted.budget)
        panel.set_ylim(bottom=0)
        panel.grid(alpha=0.25)
    for panel in axes[len(wanted.benchmarks) :]:
        panel.set_visible(False)
    figure.supxlabel("device time in full trainings", fontsize=10)
    figure.supylabel("relative hypervolume, median and quartiles", fontsize=10)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside upper center", ncols=min(2 * columns, len(labels)), fontsize=9, frameon=False
    )
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(file, dpi=150)
    except (OSError, ValueError) as error:
        raise AutotuneError(
            f"the plot cannot be written to {file}: {error}", "write for example: --plot bench.svg"
        ) from error
