"""Searchers and schedulers by name; other packages add theirs through entry points."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

from autotune.errors import AutotuneError
from autotune.strategies.asha import Asha
from autotune.strategies.auto import AUTO, Choice, choose_strategy
from autotune.strategies.base import Scheduler, Searcher, Setting, Strategy
from autotune.strategies.composed import Composed
from autotune.strategies.curve_stop import CurveStopping
from autotune.strategies.fifo import Fifo
from autotune.strategies.hyperband import Hyperband
from autotune.strategies.mobo import FreezeThaw, Mobo
from autotune.strategies.random_search import RandomSearch
from autotune.strategies.tpe import Tpe

FREEZE_THAW = "freeze-thaw"
SEARCHERS: dict[str, Callable[[Setting], Searcher]] = {"mobo": Mobo, "random": RandomSearch, "tpe": Tpe}
"""What ships; the entry-point group ``autotune.searchers`` adds more."""
SCHEDULERS: dict[str, Callable[[Setting], Scheduler]] = {
    "asha": Asha,
    "curves": CurveStopping,
    "fifo": Fifo,
    "hyperband": Hyperband,
}
"""What ships; the entry-point group ``autotune.schedulers`` adds more."""


def make_strategy(searcher: str, scheduler: str, setting: Setting) -> Strategy:
    """The strategy composed of a searcher and a scheduler.

    Args:
        searcher: ``mobo``, ``random``, ``tpe``, or an entry point of the group ``autotune.searchers``.
        scheduler: ``asha``, ``curves``, ``fifo``, ``hyperband``, an entry point of the group ``autotune.schedulers``,
            or ``freeze-thaw``, which decides both by the models of ``mobo``.
        setting: of the study.

    Raises:
        AutotuneError: there is none of that name.
    """
    chosen = choice(searcher, scheduler, setting)
    searcher, scheduler = chosen.searcher, chosen.scheduler
    if scheduler == FREEZE_THAW:
        return FreezeThaw(setting)
    proposes = _find("searcher", searcher, SEARCHERS)(setting)
    if (searcher, scheduler) == ("mobo", "asha"):
        return Composed(proposes, Asha(setting, compromise=True), setting, plans=True)
    return Composed(proposes, _find("scheduler", scheduler, SCHEDULERS)(setting), setting)


def choice(searcher: str, scheduler: str, setting: Setting) -> Choice:
    """The names that are meant, in the place of ``auto`` what it stands for here.

    Raises:
        AutotuneError: there is none of that name.
    """
    check(searcher, scheduler)
    levels, conditional, late = len(setting.levels), setting.space.conditional, bool(setting.learnt_bounds)
    return choose_strategy(searcher, scheduler, setting.trainings, levels, conditional=conditional, late=late)


def parse(text: str) -> tuple[str, str]:
    """Searcher and scheduler of a text such as ``tpe+asha``; ``auto`` and a lone searcher leave the rest to it."""
    searcher, _, scheduler = text.partition("+")
    return searcher or "auto", scheduler or "auto"


def available(kind: str) -> list[str]:
    """The names there are, for kind ``searcher`` or ``scheduler``."""
    shipped: list[str] = [AUTO, *SEARCHERS] if kind == "searcher" else [AUTO, FREEZE_THAW, *SCHEDULERS]
    return sorted({*shipped, *(entry.name for entry in entry_points(group=f"autotune.{kind}s"))})


def check(searcher: str, scheduler: str) -> None:
    """Refuse names that nothing has, before any device time is spent.

    Raises:
        AutotuneError: with near matches; or the two do not go together.
    """
    if searcher != AUTO:
        _find("searcher", searcher, SEARCHERS)
    if scheduler not in (AUTO, FREEZE_THAW):
        _find("scheduler", scheduler, SCHEDULERS)
    if scheduler == FREEZE_THAW and searcher not in (AUTO, "mobo"):
        raise AutotuneError(
            f"freeze-thaw decides by the models of mobo, not of {searcher!r}",
            f"take mobo+freeze-thaw or {searcher}+asha (--searcher {searcher} --scheduler asha)",
        )


def _find(kind: str, name: str, shipped: dict[str, Callable[[Setting], Any]]) -> Callable[[Setting], Any]:
    if name in shipped:
        return shipped[name]
    for entry in entry_points(group=f"autotune.{kind}s", name=name):
        made: Callable[[Setting], Any] = entry.load()
        return made
    names = available(kind)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise AutotuneError(f"unknown {kind} {name!r}", f"{hint}choose from {', '.join(names)}")
