"""The controller: the only place where search, scheduling, execution and storage meet."""

from autotune.controller.devices import Devices
from autotune.controller.plan import Plan
from autotune.controller.progress import Outcome, Progress, Silent
from autotune.controller.replay import Mismatch, replay
from autotune.controller.search import plan, resume, search

__all__ = ["Devices", "Mismatch", "Outcome", "Plan", "Progress", "Silent", "plan", "replay", "resume", "search"]
