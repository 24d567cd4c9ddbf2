"""The Dash application: one page, whose parts follow one state and the study's revision."""

from __future__ import annotations

import itertools
import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update

from autotune.errors import AutotuneError

from .compare_view import compare_view
from .figures.front import front_figure
from .header import axes, header, tiles, toolbar
from .insight_view import insight_view
from .panel import panel
from .parts import GRAPH, nothing
from .patching import difference
from .progress_view import progress_view
from .reader import Reader, Snapshot
from .state import ViewState, read_state
from .table import filtered, trials_table
from .theme import empty, theme

TICK = 2000
"""Milliseconds between two looks at the study's revision."""
MOST_FIGURES = 12
"""Figures that are remembered, for what to send next; a page whose figure is forgotten is sent a whole one."""
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


def build(reader: Reader, store_flag: str = "") -> Dash:
    """The application on a store.

    Args:
        reader: of the studies.
        store_flag: what commands need to find the store, such as `` --store x.db``.
    """
    app = Dash("autotune.dashboards", title="autotune", update_title="", assets_folder=_assets(),
               serve_locally=True, compress=False, add_log_handler=False)  # fmt: skip
    app.layout = _layout()
    _Parts(reader, store_flag).register(app)
    return app


def _assets() -> str:
    from importlib.resources import files

    return str(files(__package__ or "autotune.dashboards") / "assets")


def _layout() -> html.Div:
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
                    html.Div([front, html.Aside(id="panel")], className="frontpage"),
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


class _Parts:
    """The callbacks. Each answers from a snapshot, and with nothing where that has not changed for it."""

    def __init__(self, reader: Reader, store_flag: str) -> None:
        self._reader, self._flag = reader, store_flag
        self._figures: OrderedDict[int, dict[str, Any]] = OrderedDict()
        self._numbers, self._lock = itertools.count(1), threading.Lock()

    def register(self, app: Dash) -> None:
        """Tie the parts of the page to the state."""
        state, pulse = Input("state", "data"), Input("pulse", "data")

        def browser(name: str) -> ClientsideFunction:
            return ClientsideFunction("autotune", name)

        app.callback(Output("pulse", "data"), Input("tick", "n_intervals"), state, State("pulse", "data"))(self.pulse)
        app.callback(Output("header", "children"), state, pulse)(self.header)
        app.callback(Output("tiles", "children"), Output("toolbar", "children"), state, pulse)(self.controls)
        app.callback(Output("front", "figure"), Output("sent", "data"), state, pulse, State("sent", "data"))(self.front)
        app.callback(Output("table", "children"), state, pulse)(self.table)
        app.callback(Output("panel", "children"), state, pulse)(self.panel)
        app.callback(Output("page", "children"), Output("page-sent", "data"), state, pulse, State("page-sent", "data"))(
            self.page
        )
        # What the browser does by itself is in assets/page.js.
        in_browser: Callable[..., None] = app.clientside_callback
        in_browser(browser("begin"), Output("state", "data"), Input("tick", "id"))
        in_browser(browser("changed"), Output("sink", "children"), state)
        in_browser(
            browser("clicked"), Output("front", "clickData"), Input("front", "clickData"), prevent_initial_call=True
        )
        in_browser(
            browser("brushed"), Output("sink", "title"), Input("front", "selectedData"), prevent_initial_call=True
        )
        in_browser(browser("filtered"), Output("sink", "lang"), Input("filter", "value"), prevent_initial_call=True)

    def _look(self, data: Any) -> tuple[ViewState, Snapshot]:
        state = read_state(data)
        return state, self._reader.snapshot(state.study or self._reader.newest())

    def pulse(self, _ticks: int | None, data: Any, known: Any) -> Any:
        """Beats when the study has changed."""
        if data is None:
            return no_update
        try:
            key: list[Any] = list(self._look(data)[1].key)
        except AutotuneError as error:
            key = [error.message]
        return no_update if key == known else key

    def header(self, data: Any, _pulse: Any) -> Any:
        """The bar at the top."""
        if data is None:
            return no_update
        try:
            state, snapshot = self._look(data)
            return header(self._reader.names(), snapshot, state)
        except AutotuneError as error:
            return [html.Div([html.Span("autotune", className="brand"), html.Span(error.message)], className="left")]

    def controls(self, data: Any, _pulse: Any) -> Any:
        """Tiles and toolbar of the front."""
        return self._shown(
            data, ("front",), lambda state, shot: (tiles(shot), toolbar(shot, state)), lambda _: ([], [])
        )

    def table(self, data: Any, _pulse: Any) -> Any:
        """The table of trials."""

        def make(state: ViewState, shot: Snapshot) -> Any:
            x, y, _ = axes(shot, state)
            return trials_table(shot, state, x, y)

        return self._shown(data, ("front", "table"), make, lambda _: [])

    def panel(self, data: Any, _pulse: Any) -> Any:
        """The panel of the open trial."""

        def make(state: ViewState, shot: Snapshot) -> Any:
            return panel(self._reader, shot, state.trial, theme(state.theme), self._flag)

        return self._shown(data, ("front", "table"), make, lambda error: [nothing(error.message, error.remedy or "")])

    def _shown(
        self,
        data: Any,
        views: tuple[str, ...],
        make: Callable[[ViewState, Snapshot], Any],
        failed: Callable[[AutotuneError], Any],
    ) -> Any:
        if data is None or read_state(data).view not in views:
            return no_update
        try:
            return make(*self._look(data))
        except AutotuneError as error:
            return failed(error)

    def front(self, data: Any, _pulse: Any, sent: Any) -> Any:
        """The front: whole the first time, then what has changed."""
        if data is None or read_state(data).view != "front":
            return no_update, no_update
        try:
            state, shot = self._look(data)
        except AutotuneError as error:
            return empty(theme(read_state(data).theme), error.message), None
        key = json.dumps([shot.key, repr(state.without("page", "sort", "view", "others", "brush"))])
        if sent and sent.get("key") == key:
            return no_update, no_update
        x, y, z = axes(shot, state)
        try:
            frame = filtered(shot, state.filter)
        except AutotuneError:
            frame = shot.frame  # the table says what is wrong with the filter
        figure = front_figure(frame, x, y, theme(state.theme), z=z, size=state.zas == "size", selected=state.trial,
                              brush=state.brush)  # fmt: skip
        number, before = self._remember(figure, sent)
        if before is None:
            return figure, {"key": key, "figure": number}
        change = difference(before, figure)
        return no_update if change is None else change, {"key": key, "figure": number}

    def _remember(self, figure: dict[str, Any], sent: Any) -> tuple[int, dict[str, Any] | None]:
        """The figure's number, and the figure that the page has."""
        with self._lock:
            before = self._figures.get(sent.get("figure", 0)) if sent else None
            number = next(self._numbers)
            self._figures[number] = figure
            while len(self._figures) > MOST_FIGURES:
                self._figures.popitem(last=False)
            return number, before

    def page(self, data: Any, _pulse: Any, sent: Any) -> Any:
        """The views beside the front and the table."""
        if data is None:
            return no_update, no_update
        state, look = read_state(data), theme(read_state(data).theme)
        if state.view in ("front", "table"):
            return no_update, no_update
        try:
            state, shot = self._look(data)
            key = self._page_key(state, shot)
            if sent == key:
                return no_update, no_update
            if state.view == "progress":
                return progress_view(self._reader, shot, look), key
            if state.view == "insight":
                return insight_view(self._reader, shot, look), key
            return compare_view(self._reader, self._reader.names(), shot, state, look, self._flag), key
        except AutotuneError as error:
            return [nothing(error.message, error.remedy or "")], None

    def _page_key(self, state: ViewState, shot: Snapshot) -> str:
        """When a view is made again. Insight is slow and changes slowly: with every twentieth full training."""
        about: list[Any] = [state.study, state.view, state.theme, state.others]
        full = len(shot.results.entries)
        stands = [shot.row.status.value, full if full < 40 else full // max(1, full // 20)]
        return json.dumps([*about, stands if state.view == "insight" else list(shot.key)])
