"""Small pieces of HTML that the views are made of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html

from .markup import markup

_OFFLINE = {"displaylogo": False, "showSendToCloud": False, "plotlyServerURL": ""}
"""Without plotly's own buttons, one of which would send the figure away."""
GRAPH: Any = {
    **_OFFLINE,
    "modeBarButtonsToRemove": ["lasso2d", "toggleSpikelines", "toImage"],
}
PLAIN: Any = {**_OFFLINE, "displayModeBar": False, "responsive": True}


def data(**named: Any) -> dict[str, Any]:
    """Attributes that the page's script reads: ``data(copy="x")`` is ``data-copy="x"``."""
    return {f"data-{name}": value for name, value in named.items()}


def aria(**named: Any) -> dict[str, Any]:
    """Attributes for screen readers."""
    return {f"aria-{name}": value for name, value in named.items()}


def sets(**state: Any) -> dict[str, Any]:
    """The attribute by which a click on something changes the page's state."""
    return data(set=json.dumps(state))


def select(name: str, options: Mapping[str, str], value: str, label: str, **more: Any) -> html.Label:
    """A drop-down that sets one field of the state.

    Args:
        name: of the field.
        options: texts by value.
        value: the chosen one.
        label: before it.
        more: attributes of the select.
    """
    made = [html.Option(text, value=v, selected=v == value) for v, text in options.items()]
    # A new key makes the browser forget what was chosen by hand in favour of the state.
    return html.Label([html.Span(label), html.Select(made, **data(key=name), key=f"{name}={value}", **more)])


def card(heading: str, *children: Any, note: str = "", wide: bool = False) -> html.Section:
    """A titled box; what of it is no graph is sent as text."""
    head = html.Header([html.H2(heading), html.P(note) if note else None])
    return html.Section([text(head), *map(_sent, children)], className="card wide" if wide else "card")


def _sent(part: Any) -> Any:
    try:
        return text(part)
    except TypeError:  # there is a graph in it
        return part


def graph(name: str, figure: Mapping[str, Any], height: int = 300) -> dcc.Graph:
    """A figure in a card."""
    return dcc.Graph(id=name, figure=dict(figure), config=PLAIN, style={"height": f"{height}px"}, responsive=True)


def table(header: Sequence[str], rows: Sequence[Sequence[Any]], right: Sequence[int] = ()) -> html.Table:
    """A plain table.

    Args:
        header: names of the columns.
        rows: cells.
        right: columns that align to the right.
    """

    def classes(i: int) -> str:
        return "num" if i in right else ""

    head = html.Thead(html.Tr([html.Th(h, className=classes(i)) for i, h in enumerate(header)]))
    body = [html.Tr([html.Td(c, className=classes(i)) for i, c in enumerate(row)]) for row in rows]
    return html.Table([head, html.Tbody(body)], className="plain")


def copies(text: str, label: str) -> html.Button:
    """A button that copies a command."""
    return html.Button([html.Span(label, className="verb"), html.Code(text)], className="copy", title=f"copy: {text}",
                       **data(copy=text))  # fmt: skip


def text(*parts: Any, **more: Any) -> html.Div:
    """HTML within a page of Dash components, sent as text: only graphs need to be components."""
    return html.Div(**data(html=markup(parts)), **more)


def nothing(text: str, more: str = "") -> html.Div:
    """What stands where there is nothing to see, and why."""
    return html.Div([html.P(text), html.P(html.Code(more)) if more else None], className="nothing")
