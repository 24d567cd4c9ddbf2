"""Strategies: what deserves the next free device, as functions of the recorded history.

A searcher proposes configurations, a scheduler decides how far each trial is trained; ``make_strategy`` composes the
two.
"""

from autotune.strategies.auto import choose_strategy
from autotune.strategies.base import Launch, Scheduler, Searcher, Setting, Strategy
from autotune.strategies.composed import Composed
from autotune.strategies.earlier import Earlier
from autotune.strategies.estimate import estimates
from autotune.strategies.levels import levels, worth_a_rung
from autotune.strategies.mobo.recalling import recall
from autotune.strategies.registry import available, check, choice, make_strategy, parse

__all__ = [
    "Composed",
    "Earlier",
    "Launch",
    "Scheduler",
    "Searcher",
    "Setting",
    "Strategy",
    "available",
    "check",
    "choice",
    "choose_strategy",
    "estimates",
    "levels",
    "make_strategy",
    "parse",
    "recall",
    "worth_a_rung",
]
