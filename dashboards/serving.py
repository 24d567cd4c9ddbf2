"""Starting the server."""

from __future__ import annotations

import errno
import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from autotune.errors import AutotuneError
from autotune.store import Store

from .app import build
from .download import serve_exports
from .guard import is_loopback, protect
from .reader import Reader


@dataclass(frozen=True)
class Dashboard:
    """A server that is bound and ready to answer."""

    server: BaseWSGIServer
    url: str
    """With the token, where one is needed."""

    def run(self) -> None:
        """Answer until interrupted."""
        with suppress(KeyboardInterrupt):
            self.server.serve_forever()
        self.server.server_close()


class _Quiet(WSGIRequestHandler):
    """A line for each request would bury what matters."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def open_dashboard(
    store: Store,
    *,
    study: str | None = None,
    host: str = "127.0.0.1",
    port: int = 8050,
    token: str | None = None,
    store_flag: str = "",
) -> Dashboard:
    """Bind a dashboard on a store; the study is read in the background while the browser starts.

    Args:
        store: opened read-only.
        study: that the page begins with; the newest when None.
        host: address to bind; anything but loopback needs a token.
        port: 0 takes a free one.
        token: that requests must carry; made where the host is not loopback and none is given.
        store_flag: what commands need to find the store.

    Raises:
        AutotuneError: there is no such study, or the address cannot be bound.
    """
    reader = Reader(store)
    if study is not None:
        store.study(study)
    if token is None and not is_loopback(host):
        token = secrets.token_urlsafe(24)
    app = build(reader, store_flag)
    protect(app.server, token)
    serve_exports(app.server, reader)
    try:
        server = make_server(host, port, app.server, threaded=True, request_handler=_Quiet)
    except (OSError, SystemExit) as error:  # werkzeug exits where the port is taken
        raise _refused(host, port, error) from None
    shown = host if host not in ("0.0.0.0", "::") else socket.gethostname()  # noqa: S104 (only what is printed)
    shown = f"[{shown}]" if ":" in shown else shown
    query = "&".join([*([f"study={study}"] if study else []), *([f"token={token}"] if token else [])])
    threading.Thread(target=_warm(reader, study), daemon=True).start()
    return Dashboard(server, f"http://{shown}:{server.server_port}/" + (f"?{query}" if query else ""))


def _refused(host: str, port: int, error: BaseException) -> AutotuneError:
    taken = isinstance(error, SystemExit) or getattr(error, "errno", None) == errno.EADDRINUSE
    if taken:
        return AutotuneError(
            f"port {port} of {host} is taken", "choose another with --port, or --port 0 for a free one"
        )
    return AutotuneError(f"cannot listen on {host}, port {port}: {error}", "see: autotune dashboard --help")


def _warm(reader: Reader, study: str | None) -> Callable[[], None]:
    """Read the study before it is asked for, and the catalogue of methods before the first click needs it."""

    def work() -> None:
        from autotune.methods.difference import resolved

        with suppress(AutotuneError):
            shot = reader.snapshot(study or reader.newest())
            for trial in islice(shot.history.trials.values(), 1):
                resolved(trial.config, shot.facts)

    return work
