"""What ``auto`` stands for in a study."""

from __future__ import annotations

from dataclasses import dataclass

AUTO = "auto"
_MODEL, _BY_MODEL = "mobo", "freeze-thaw"
FEWEST_TRAININGS = 8.0
"""Full trainings in a budget below which halving brings too few trials to their end."""
MOST_TRAININGS = 1000.0
"""Full trainings in a budget beyond which Gaussian processes think longer than they save."""


@dataclass(frozen=True)
class Choice:
    """A searcher, a scheduler and why."""

    searcher: str
    scheduler: str
    reason: str = ""
    """Empty where there was nothing to weigh."""

    @property
    def name(self) -> str:
        """Both, as ``parse`` takes them."""
        return f"{self.searcher}+{self.scheduler}"


def choose_strategy(
    searcher: str, scheduler: str, trainings: float | None, levels: int, *, conditional: bool, late: bool = False
) -> Choice:
    """Put names in the place of ``auto``.

    Args:
        searcher: a name or ``auto``.
        scheduler: a name or ``auto``.
        trainings: full trainings that the search's budget holds; None where that is not known.
        levels: fidelities at which trials can be compared.
        conditional: whether configurations differ in which parameters they have. Where they do, models foretell the end
            of what they have begun worse than its rank does.
        late: whether there are bounds that only the end of a training tells. Ranks at a rung know nothing of them.
    """
    if AUTO not in (searcher, scheduler):
        return Choice(searcher, scheduler)
    many = trainings is not None and trainings > MOST_TRAININGS
    holds = "a budget of unknown size" if trainings is None else f"a budget of about {trainings:,.0f} full trainings"
    if searcher == AUTO:
        searcher = "tpe" if many and scheduler != _BY_MODEL else _MODEL
    if scheduler != AUTO:
        return Choice(searcher, scheduler, f"{searcher} for {holds}")
    few = levels == 1 or not conditional or late or (trainings is not None and trainings < FEWEST_TRAININGS)
    if searcher == _MODEL and few and not many:
        weighed = "every step of every trial" if levels > 1 else "every training"
        bounds = ", and whether it will keep within its bounds" if late else ""
        return Choice(searcher, _BY_MODEL, f"{holds}: models weigh {weighed}{bounds}")
    scheduler = "asha" if levels > 1 else "fifo"
    if many:
        return Choice(searcher, scheduler, f"{holds}: more than models of {MOST_TRAININGS:,.0f} trials pay for")
    if searcher != _MODEL:
        return Choice(searcher, scheduler)
    return Choice(searcher, scheduler, f"{holds}: models propose, halving tells who goes on")
