"""The controls of a study: rivals that a search has to beat, trained in full at its start."""

from __future__ import annotations

from dataclasses import dataclass

from autotune.decision import Answer, Start, Thaw
from autotune.history import History
from autotune.objectives import Objective
from autotune.standing import DEFAULT_LORA, TUNED, best_first, in_grid
from autotune.strategies.base import Setting
from autotune.trial import Config, TrialKind, TrialState

CONTROLS = ("head", "lora", "lora-tuned", "full")
"""Head only, default LoRA, LoRA with a tuned learning rate, full fine-tuning."""
GRID = (-1, 0, 1)
"""Half decades around the default learning rate; the grid grows by one step beyond an edge that does best."""
WIDEST = 2


@dataclass(frozen=True)
class Controls:
    """Answers until every control that was asked for is trained."""

    setting: Setting
    names: tuple[str, ...]
    default_lr: float
    """Of LoRA."""

    def next(self, history: History) -> Answer | None:
        """The next control's segment; None where none is left for now (the grid may grow once its edge is through)."""
        controls = [t for t in history.others if t.kind is TrialKind.CONTROL]
        for trial in controls:
            if trial.state is TrialState.PAUSED and trial.target is None:
                return Thaw(trial.number, self.setting.full, f"control {trial.label} goes on to its end")
        started = {t.label for t in controls}
        for label, config in self._wanted(history):
            if label not in started:
                reason = f"control: {label}"
                return Start(config, self.setting.full, reason, TrialKind.CONTROL, label, self.setting.seed)
        return None

    def _wanted(self, history: History) -> list[tuple[str, Config]]:
        wanted: list[tuple[str, Config]] = []
        if "head" in self.names:
            wanted.append(("head", {"method": "head"}))
        if "lora" in self.names or "lora-tuned" in self.names:
            wanted.append((DEFAULT_LORA, {"method": "lora"}))
        if "full" in self.names:
            wanted.append(("full", {"method": "full"}))
        if "lora-tuned" in self.names:
            steps = sorted({*GRID, *self._grown(history, self.setting.objectives[0])} - {0})
            for step in steps:
                lr = self._lr(step)
                wanted.append((f"{TUNED}{lr:g}", {"method": "lora", "lora.lr": lr}))
        return wanted

    def _grown(self, history: History, primary: Objective) -> set[int]:
        """The step beyond the grid's edge, where the edge did best."""
        labels = {f"{TUNED}{self._lr(s):g}": s for s in range(-WIDEST, WIDEST + 1)} | {DEFAULT_LORA: 0}
        grid = [t for t in history.others if t.kind is TrialKind.CONTROL and in_grid(t)]
        grown = {labels[t.label] for t in grid if t.label in labels and abs(labels[t.label]) > 1}
        through = [t for t in grid if t.state is TrialState.COMPLETE]
        failed = [t for t in grid if t.state is TrialState.FAILED]
        if len(through) + len(failed) < len(GRID) or not through:
            return grown
        best = labels.get(best_first(history, through, primary)[0].label, 0)
        edge = best + (1 if best > 0 else -1)
        return grown | ({edge} if abs(best) >= 1 and abs(edge) <= WIDEST else set())

    def _lr(self, step: int) -> float:
        return float(f"{self.default_lr * 10 ** (step / 2):.0e}")
