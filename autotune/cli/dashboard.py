"""``autotune dashboard``."""

from __future__ import annotations

from typing import Annotated

import typer

from autotune.cli.options import Store
from autotune.cli.output import echo, progress

Which = Annotated[str | None, typer.Option("--study", metavar="STUDY", help="Study to begin with.  [default: newest]")]
Host = Annotated[str, typer.Option("--host", help="Address to listen on; any but loopback needs a token.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")]
Token = Annotated[
    str | None,
    typer.Option("--token", metavar="TEXT", help="What requests must carry; made and printed for other hosts."),
]
Open = Annotated[bool, typer.Option("--open", help="Open it in the browser.")]


def command(
    study: Which = None,
    host: Host = "127.0.0.1",
    port: Port = 8050,
    token: Token = None,
    open_: Open = False,
    store: Store = None,
) -> None:
    """Show studies in the browser, live and read-only."""
    from autotune.cli.stores import opened, store_flag
    from autotune.errors import AutotuneError

    try:
        from autotune.dashboards.serving import open_dashboard
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("dash", "plotly", "flask"):
            raise
        raise AutotuneError(
            f"the dashboard needs the package {error.name}, which is not installed", "pip install 'autotune[dashboard]'"
        ) from None
    if token is not None and len(token) < 8:
        raise AutotuneError("the token has fewer than 8 characters", "leave --token out: one is made and printed")
    with opened(store) as found:
        made = open_dashboard(found, study=study, host=host, port=port, token=token, store_flag=store_flag(store))
        echo(made.url)
        progress("Ctrl-C ends it")
        if open_:
            typer.launch(made.url)
        made.run()
