"""From everything a person and a machine have set to one ``StudySpec``, and what can be refused about it at once."""

from autotune.settings.resolving import named, resolve

__all__ = ["named", "resolve"]
