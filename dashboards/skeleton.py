"""What stands on the page before anything is known: the places that the callbacks fill."""

from __future__ import annotations

from dash import dcc, html

from .parts import GRAPH
from .theme import empty, theme

TICK = 2000
"""Milliseconds between two looks at the study's revision."""
_SUITES = "_dash-component-suites"
INDEX = f"""<!DOCTYPE html>
<html lang="en">
<head>
{{%metas%}}<title>{{%title%}}</title>{{%favicon%}}
<link rel="preload" as="script" href="{_SUITES}/plotly/package_data/plotly.min.js">
<link rel="preload" as="script" href="{_SUITES}/dash/dcc/async-graph.js">
{{%css%}}
</head>
<body>{{%app_entry%}}<footer>{{%config%}}{{%scripts%}}{{%renderer%}}</footer></body>
</html>"""
"""The page before any script runs. Dash asks for plotly only when a graph appears, which is late for five megabytes."""
_KEYS = (
    ("1 … 5", "front, progress, insight, compare, table"),
    ("→ ←", "along the front"),
    ("Enter", "open the winner, or the first of the front"),
    ("Esc", "close the panel"),
    ("e", "download the export of the open trial"),
    ("f", "filter"),
    ("c", "clear filter and box"),
    ("?", "this help"),
)


def skeleton() -> html.Div:
    """The page, empty."""
    keys = [html.Tr([html.Td(html.Kbd(key)), html.Td(what)]) for key, what in _KEYS]
    filter_box = dcc.Input(
        id="filter", type="text", debounce=True, placeholder='filter: accuracy > 0.8 and method == "lora"',
        className="filter", spellCheck=False, autoComplete="off",
    )  # fmt: skip
    plot = dcc.Graph(id="front", figure=empty(theme(None), "Reading …"), config=GRAPH, responsive=True)
    front = html.Div(
        [
            html.Div(id="tiles", className="tiles"),
            html.Div([html.Div(id="toolbar", className="toolbar"), filter_box], className="controls"),
            html.Div(plot, className="plot"),
            html.Div(id="table", className="tablebox"),
        ],
        className="main",
    )
    return html.Div(
        [
            html.Header(id="header"),
            html.Main(
                [
                    html.Div([front, _panel()], className="frontpage"),
                    html.Div(id="page", className="page"),
                ],
                id="main",
            ),
            html.Div(html.Div([html.H2("Keys"), html.Table(html.Tbody(keys))]), id="help", className="help"),
            html.Div(id="toast", className="toast", role="status"),
            dcc.Store(id="state"),
            dcc.Store(id="pulse"),
            dcc.Store(id="sent"),
            dcc.Store(id="page-sent"),
            dcc.Interval(id="tick", interval=TICK),
            html.Div(id="sink", hidden=True),
        ],
        id="app",
    )


def _panel() -> html.Aside:
    return html.Aside([html.Div(id="panel-head"), html.Div(id="panel-curve"), html.Div(id="panel-rest")], id="panel")
