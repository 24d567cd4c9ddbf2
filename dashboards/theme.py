"""Colours and the common layout of every figure, light and dark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
"""Okabe and Ito's palette, which is told apart with every kind of colour vision."""
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"


@dataclass(frozen=True)
class Theme:
    """What differs between light and dark."""

    name: str
    text: str
    muted: str
    grid: str
    surface: str
    dominated: str
    front: str
    winner: str
    series: tuple[str, ...]
    """Colours of several lines, in order."""
    fill: str
    """Of the dominated region."""
    scale: tuple[tuple[float, str], ...]
    """From worst seen to best seen: one hue, so that lightness alone tells them apart."""


LIGHT = Theme(
    "light", "#1c2024", "#5f6873", "#e4e7eb", "#ffffff", "#a9b1bb", BLUE, VERMILION,
    (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY), "rgba(0,114,178,0.07)",
    ((0, "#b3c6d6"), (0.5, "#4f9bd0"), (1, "#002f4d")),
)  # fmt: skip
DARK = Theme(
    "dark", "#e6e9ee", "#98a2b0", "#2b323c", "#171b21", "#5c6673", SKY, "#FF7F3F",
    (SKY, "#FF7F3F", "#2CC79B", PURPLE, ORANGE, YELLOW), "rgba(86,180,233,0.10)",
    ((0, "#4d6275"), (0.5, "#3f8fc4"), (1, "#e2f4ff")),
)  # fmt: skip


def theme(name: str | None) -> Theme:
    """The theme of that name; light for any other."""
    return DARK if name == "dark" else LIGHT


def axis(look: Theme, title: str = "", **more: Any) -> dict[str, Any]:
    """An axis as every figure has it."""
    return {
        "title": {"text": title, "font": {"size": 12, "color": look.muted}, "standoff": 8},
        "gridcolor": look.grid,
        "linecolor": look.grid,
        "zerolinecolor": look.grid,
        "zeroline": False,
        "tickfont": {"size": 11, "color": look.muted},
        "automargin": True,
        **more,
    }


def layout(look: Theme, **more: Any) -> dict[str, Any]:
    """The layout that every figure begins with."""
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 12, "color": look.text},
        "margin": {"l": 56, "r": 16, "t": 12, "b": 44},
        "hoverlabel": {
            "bgcolor": look.surface,
            "bordercolor": look.grid,
            "font": {"family": FONT, "size": 12, "color": look.text},
            "align": "left",
        },
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "font": {"size": 11}},
        "colorway": list(look.series),
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": look.muted, "activecolor": look.front},
        **more,
    }


def hatch(shape: str, look: Theme) -> dict[str, Any]:
    """A pattern over a bar's colour, so that bars are told apart without it."""
    return {"shape": shape, "fgcolor": look.surface, "size": 6, "solidity": 0.25, "fillmode": "overlay"}


def title(name: str, direction: str, part: str = "") -> str:
    """What stands at an axis of an objective: its name, where it was measured and which way is better."""
    better = "higher is better" if direction == "maximize" else "lower is better"
    return f"{name}{f' · {part}' if part else ''} · {better}"


def empty(look: Theme, text: str) -> dict[str, Any]:
    """A figure with nothing to draw that says why."""
    note = {"text": text, "showarrow": False, "font": {"size": 13, "color": look.muted}, "xref": "paper",
            "yref": "paper", "x": 0.5, "y": 0.5}  # fmt: skip
    hidden = {"visible": False}
    return {"data": [], "layout": layout(look, annotations=[note], xaxis=hidden, yaxis=hidden)}
