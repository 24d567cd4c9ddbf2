"""The error that autotune raises on purpose: something the person at the keyboard can mend."""

from __future__ import annotations

from typing import Self


class AutotuneError(Exception):
    """What went wrong, with the offending value, and what to do next.

    The command line prints both and exits with code 2. The error crosses process borders as a plain dictionary.
    """

    def __init__(self, message: str, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}\n{self.remedy}" if self.remedy else self.message

    def to_dict(self) -> dict[str, str | None]:
        """The error as JSON-able data."""
        return {"message": self.message, "remedy": self.remedy}

    @classmethod
    def from_dict(cls, data: dict[str, str | None]) -> Self:
        """The error that ``to_dict`` described."""
        return cls(data["message"] or "", data.get("remedy"))
