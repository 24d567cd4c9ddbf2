"""The Dash application: one page, whose parts follow one state and the study's revision."""

from __future__ import annotations

import itertools
import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, html, no_update
from dash.exceptions import PreventUpdate

from autotune.errors import AutotuneError

from .compare_view import compare_view
from .figures.front import front_figure
from .header import axes, header, tiles, toolbar
from .insight_view import insight_view
from .markup import markup
from .panel import panel
from .parts import nothing, text
from .patching import difference
from .progress_view import progress_view
from .reader import Reader, Snapshot
from .skeleton import INDEX, skeleton
from .state import VIEWS, ViewState, read_state
from .table import filtered, trials_table
from .theme import empty, theme

MOST_FIGURES = 12
"""Figures that are remembered, for what to send next; a page whose figure is forgotten is sent a whole one."""


def build(reader: Reader, store_flag: str = "") -> Dash:
    """The application on a store.

    Args:
        reader: of the studies.
        store_flag: what commands need to find the store, such as `` --store x.db``.
    """
    app = Dash("autotune.dashboards", title="autotune", update_title="", assets_folder=_assets(),
               serve_locally=True, compress=False, add_log_handler=False)  # fmt: skip
    app.index_string = INDEX
    app.layout = skeleton()
    _Parts(reader, store_flag).register(app)
    return app


def _assets() -> str:
    from importlib.resources import files

    return str(files(__package__ or "autotune.dashboards") / "assets")


class _Parts:
    """The callbacks. Each answers from a snapshot, and with nothing where that has not changed for it."""

    def __init__(self, reader: Reader, store_flag: str) -> None:
        self._reader, self._flag = reader, store_flag
        self._figures: OrderedDict[int, dict[str, Any]] = OrderedDict()
        self._numbers, self._lock = itertools.count(1), threading.Lock()

    def register(self, app: Dash) -> None:
        """Tie the parts of the page to the state."""
        state, pulse = Input("state", "data"), Input("pulse", "data")

        def known(name: str) -> State:
            return State(name, "data")

        def told(name: str) -> Output:
            return Output(name, "data-html")  # assets/morph.js shows it

        def browser(name: str) -> ClientsideFunction:
            return ClientsideFunction("autotune", name)

        tick = Input("tick", "n_intervals")
        app.callback(Output("pulse", "data"), tick, State("state", "data"), known("pulse"))(self.pulse)
        app.callback(told("header"), state, pulse)(self.header)
        app.callback(told("tiles"), told("toolbar"), state, pulse)(self.controls)
        app.callback(told("table"), state, pulse)(self.table)
        app.callback(told("panel-head"), Output("panel-curve", "children"), told("panel-rest"), state, pulse)(
            self.panel
        )
        app.callback(Output("front", "figure"), Output("sent", "data"), state, pulse, known("sent"))(self.front)
        app.callback(Output("page", "children"), Output("page-sent", "data"), state, pulse, known("page-sent"))(
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

        def failed(error: AutotuneError) -> Any:
            return markup(html.Div([html.Span("autotune", className="brand"), error.message], className="left"))

        def make(state: ViewState, shot: Snapshot) -> Any:
            return markup(header(self._reader.names(), shot, state))

        return self._shown(data, VIEWS, make, failed)

    def controls(self, data: Any, _pulse: Any) -> Any:
        """Tiles and toolbar of the front."""

        def make(state: ViewState, shot: Snapshot) -> Any:
            return markup(tiles(shot)), markup(toolbar(shot, state))

        return self._shown(data, ("front",), make, lambda _: ("", ""))

    def table(self, data: Any, _pulse: Any) -> Any:
        """The table of trials."""

        def make(state: ViewState, shot: Snapshot) -> Any:
            x, y, _ = axes(shot, state)
            return markup(trials_table(shot, state, x, y))

        return self._shown(data, ("front", "table"), make, lambda _: "")

    def panel(self, data: Any, _pulse: Any) -> Any:
        """The panel of the open trial: what stands above its curve, the curve, and what stands below."""

        def make(state: ViewState, shot: Snapshot) -> Any:
            head, curve, rest = panel(self._reader, shot, state.trial, theme(state.theme), self._flag)
            return markup(head), curve, markup(rest)

        def failed(error: AutotuneError) -> Any:
            return markup(nothing(error.message, error.remedy or "")), None, ""

        return self._shown(data, ("front", "table"), make, failed)

    def _shown(
        self,
        data: Any,
        views: tuple[str, ...],
        make: Callable[[ViewState, Snapshot], Any],
        failed: Callable[[AutotuneError], Any],
    ) -> Any:
        if data is None or read_state(data).view not in views:
            raise PreventUpdate
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
        key = json.dumps([shot.key, repr(state.without("page", "sort", "view", "others", "brush", "trial"))])
        if sent and sent.get("key") == key:
            return no_update, no_update
        x, y, z = axes(shot, state)
        try:
            frame = filtered(shot, state.filter)
        except AutotuneError:
            frame = shot.frame  # the table says what is wrong with the filter
        figure = front_figure(frame, x, y, theme(state.theme), z=z, size=state.zas == "size", brush=state.brush)
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
            return [text(nothing(error.message, error.remedy or ""))], None

    def _page_key(self, state: ViewState, shot: Snapshot) -> str:
        """When a view is made again. Insight is slow and changes slowly: with every twentieth full training."""
        about: list[Any] = [state.study, state.view, state.theme, state.others]
        full = len(shot.results.entries)
        stands = [shot.row.status.value, full if full < 40 else full // max(1, full // 20)]
        return json.dumps([*about, stands if state.view == "insight" else list(shot.key)])
