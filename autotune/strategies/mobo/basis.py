"""What a model may use in every decision of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from autotune.strategies.base import Setting
from autotune.strategies.mobo.encoding import Encoding
from autotune.strategies.mobo.fitted import Fitted
from autotune.strategies.mobo.hunch import Hunches
from autotune.strategies.mobo.modelled import Modelled
from autotune.strategies.mobo.probe import probe
from autotune.strategies.mobo.view import View
from autotune.trial import Config


class Basis:
    """A space as a model sees it, and what earlier searches say of it.

    What it remembers of histories are functions of them, so that it says the same of one whatever it was asked before.
    """

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self.encoding = Encoding(setting.space)
        self.modelled = Modelled(setting.space)
        self.view = View(setting)
        self.fitted = Fitted()
        self.usual: Sequence[Config] = probe(setting)
        """Random configurations, of which the bound of the hypervolume is taken."""

    @cached_property
    def hunches(self) -> Mapping[str, Hunches]:
        """By the name of a learnt objective; only those of which earlier searches say something."""
        setting = self._setting
        names = [o.name for o in setting.objectives if not o.known_before_training]
        made = {name: Hunches(setting.earlier, name, self.encoding, self.usual) for name in names if setting.earlier}
        return {name: hunches for name, hunches in made.items() if hunches}
