"""Dashboards that answer within a test's own process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from autotune.dashboards.serving import open_dashboard
from helpers.crowd import Crowd

from autotune.store import Store


@dataclass
class Served:
    """A dashboard that answers."""

    url: str
    path: Path
    crowd: Crowd

    def grow(self, do: Callable[[Crowd], object]) -> None:
        """Record what the crowd does next."""
        with Store.open(self.path) as store:
            study = store.study("crowd").id
            for event in do(self.crowd):
                store.append(study, event)


@contextmanager
def serving(path: Path, **options) -> Iterator[str]:
    """The URL of a dashboard on a store, in a thread of this process."""
    with Store.open(path, create=False, read_only=True) as store:
        dashboard = open_dashboard(store, port=0, **options)
        thread = threading.Thread(target=dashboard.server.serve_forever, daemon=True)
        thread.start()
        try:
            yield dashboard.url
        finally:
            dashboard.server.shutdown()
            dashboard.server.server_close()
            thread.join(10)
