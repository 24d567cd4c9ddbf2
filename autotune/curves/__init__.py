"""What a partial learning curve says about its end."""

from autotune.curves.curve import Curve
from autotune.curves.mixture import Posterior
from autotune.curves.stack import extrapolate, last_value, only
from autotune.curves.verdict import Score, Verdict, beats_last_value

__all__ = ["Curve", "Posterior", "Score", "Verdict", "beats_last_value", "extrapolate", "last_value", "only"]
