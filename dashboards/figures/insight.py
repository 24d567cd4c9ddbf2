"""What mattered: layers, parameters, rungs, calibration."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..theme import Theme, axis, empty, hatch, layout

MOST_BARS = 10


def layers_figure(places: pd.DataFrame, scores: dict[int, str], look: Theme) -> dict[str, Any]:
    """Layers by front: how many modules each configuration of the front adapts in each layer.

    Args:
        places: of ``insight.layer_map``, a column for each trial in the order of the front.
        scores: what stands below each trial's number.
        look: colours.
    """
    if places.empty or not len(places.columns):
        return empty(look, "No configuration of the front says which layers it adapts.")
    names = [f"{n}<br>{scores.get(int(n), '')}" for n in places.columns]
    most = max(1, int(places.to_numpy().max()))
    data = [
        {
            "type": "heatmap", "x": names, "y": [f"{i}" for i in places.index], "z": places.to_numpy().tolist(),
            "colorscale": [[0, look.grid], [1, look.front]], "zmin": 0, "zmax": most, "xgap": 3, "ygap": 3,
            "showscale": most > 1, "colorbar": {"title": {"text": "modules"}, "thickness": 10, "dtick": 1},
            "hovertemplate": "layer %{y}: %{z} adapted<br>trial %{x}<extra></extra>",
        }
    ]  # fmt: skip
    made = layout(look)
    made["xaxis"] = axis(look, "trials of the front, best score first", type="category", showgrid=False)
    made["yaxis"] = axis(look, "layer (0 is next to the input)", type="category", showgrid=False)
    return {"data": data, "layout": made}


def layer_shares_figure(shares: pd.DataFrame, look: Theme) -> dict[str, Any]:
    """How often good configurations adapt each layer, beside the others; of ``insight.layer_shares``."""
    if shares[["good", "others"]].isna().all().any():
        return empty(look, "Too few configurations to compare.")
    data = [
        {
            "type": "bar", "orientation": "h", "name": name, "y": [str(i) for i in shares["layer"]],
            "x": shares[column].round(4).tolist(),
            "marker": {"color": colour,
                       "pattern": hatch(shape, look)},
            "hovertemplate": "layer %{y}: %{x:.0%} of " + name + "<extra></extra>",
        }
        for column, name, colour, shape in (
            ("good", "the front and the best few", look.front, ""),
            ("others", "all others", look.dominated, "/"),
        )
    ]  # fmt: skip
    made = layout(look, barmode="group", bargap=0.25)
    made["xaxis"] = axis(look, "share of configurations that adapt it", tickformat=".0%", range=[0, 1])
    made["yaxis"] = axis(look, "layer", type="category")
    return {"data": data, "layout": made}


def importance_figure(told: pd.DataFrame, look: Theme) -> dict[str, Any]:
    """The importance of parameters for one objective within one scope; rows of ``insight.importance``."""
    if told.empty:
        return empty(look, "Fewer than ten trials: nothing can be said of what mattered yet.")
    top = told.nlargest(MOST_BARS, "importance").iloc[::-1]
    data = [{
        "type": "bar", "orientation": "h", "x": top["importance"].round(4).tolist(), "y": top["parameter"].tolist(),
        "text": [f"{v:.0%}" for v in top["importance"]], "textposition": "outside", "cliponaxis": False,
        "marker": {"color": look.front}, "hovertemplate": "%{y}: %{x:.1%}<extra></extra>",
    }]  # fmt: skip
    made = layout(look, margin={"l": 12, "r": 40, "t": 8, "b": 40})
    first = told.iloc[0]
    what = f"trials at {first['examples']:,} examples" if first["examples"] else "configurations"
    made["xaxis"] = axis(look, f"{first['by']} over {first['trials']} {what}", tickformat=".0%", rangemode="tozero")
    made["yaxis"] = axis(look)
    return {"data": data, "layout": made}


def correlation_figure(told: pd.DataFrame, primary: str, look: Theme) -> dict[str, Any]:
    """How well each level ranks trials as they ended; of ``insight.rank_correlation``."""
    if told.empty:
        return empty(look, "Fewer than four trials have been trained in full after an earlier level.")
    styles = {
        "early_loss": (look.series[1], "square", "by the losses, as rungs compare"),
        primary: (look.series[0], "circle", f"by {primary}"),
    }
    data = []
    for by, (colour, mark, name) in styles.items():
        part = told[told["by"] == by]
        data.append({
            "type": "scatter", "mode": "lines+markers", "name": name, "x": [f"{e:,}" for e in part["examples"]],
            "y": part["spearman"].round(4).tolist(), "customdata": part["trials"].tolist(),
            "marker": {"symbol": mark, "size": 9}, "line": {"color": colour, "width": 2},
            "hovertemplate": "%{y:.2f} over %{customdata} trials at %{x} examples<extra></extra>",
        })  # fmt: skip
    made = layout(look)
    made["xaxis"] = axis(look, "level, examples seen", type="category")
    made["yaxis"] = axis(
        look, "Spearman correlation with the end", range=[min(-0.1, float(told["spearman"].min()) - 0.1), 1.05]
    )
    return {"data": data, "layout": made}


def calibration_figure(told: pd.DataFrame, covered: pd.DataFrame, look: Theme) -> dict[str, Any]:
    """Foretold against true ends, with 90 % intervals; of ``insight.calibration`` and ``insight.coverage``."""
    if told.empty:
        return empty(look, "Fewer than four trainings with a curve have ended.")
    data: list[dict[str, Any]] = []
    groups = told.assign(cut=pd.cut(told["fraction"], [0, 0.2, 0.45, 1.0], labels=["early", "a third", "late"]))
    for (cut, part), mark, colour in zip(
        groups.groupby("cut", observed=True), ("circle", "square", "diamond"), look.series, strict=False
    ):
        middle = part["median"]
        data.append({
            "type": "scatter", "mode": "markers",
            "name": f"told from {part['fraction'].median():.0%} of the training ({cut})",
            "x": part["end"].round(5).tolist(), "y": middle.round(5).tolist(), "customdata": part["trial"].tolist(),
            "error_y": {"type": "data", "symmetric": False, "array": (part["high"] - middle).round(5).tolist(),
                        "arrayminus": (middle - part["low"]).round(5).tolist(), "thickness": 1, "width": 0,
                        "color": colour},
            "marker": {"symbol": mark, "size": 7, "color": colour},
            "hovertemplate": "trial %{customdata}: ended at %{x:.4f}, told %{y:.4f}<extra></extra>",
        })  # fmt: skip
    low, high = float(told["end"].min()), float(told["end"].max())
    room = 0.05 * (high - low) or 0.01
    line = [low - room, high + room]
    data.append({"type": "scatter", "mode": "lines", "x": line, "y": line, "showlegend": False, "hoverinfo": "skip",
                 "line": {"color": look.muted, "dash": "dot", "width": 1}})  # fmt: skip
    inside = covered.dropna().to_dict("records")
    text = "inside: " + ", ".join(f"{r['observed']:.0%} (should be {r['nominal']:.0%})" for r in inside)
    made = layout(look)
    made["annotations"] = [{"text": text, "showarrow": False, "xref": "paper", "yref": "paper", "x": 1, "y": 0,
                            "xanchor": "right", "yanchor": "bottom",
                            "font": {"size": 11, "color": look.muted}}]  # fmt: skip
    made["xaxis"] = axis(look, "true end", range=line)
    seen = [low - (high - low + room), high + (high - low + room)]
    outside = int((~told["median"].between(seen[0], seen[1])).sum())
    if outside:
        made["annotations"][0]["text"] += f"; {outside} foretold beyond the plot"
    made["yaxis"] = axis(look, "foretold end, with 90 % interval", range=seen)
    return {"data": data, "layout": made}
