"""The entry point: the commands, and the one place where errors become a message and an exit code.

Exit codes: 0 done, 1 the answer is no, 2 wrong usage or an error, 130 interrupted with the state saved.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated

import typer

from autotune.cli import (
    bench,
    compare,
    dashboard,
    doctor,
    export,
    import_,
    methods,
    pareto,
    record,
    replay,
    report_,
    resume,
    search,
    show,
    spaces,
    status,
    stop,
    studies,
    tasks,
    train,
)
from autotune.cli.output import fancy, forget_stdout
from autotune.errors import AutotuneError

app = typer.Typer(
    name="autotune",
    help="Find the Pareto-optimal fine-tuning configurations of a model on a task within a device-time budget.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich" if fancy(sys.stdout) else None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _command in (
    search,
    resume,
    stop,
    status,
    pareto,
    show,
    compare,
    dashboard,
    export,
    import_,
    train,
    replay,
    report_,
    record,
    bench,
    tasks,
    methods,
    doctor,
):
    app.command(_command.__name__.rpartition(".")[2].rstrip("_"))(_command.command)
app.add_typer(studies.app, name="studies")
app.add_typer(spaces.app, name="spaces")


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"autotune {version('autotune')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks; anywhere on the line.")] = False,
) -> None:
    """Both are dealt with before this runs."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: without the program's name; those of the process when None.

    Returns:
        The exit code.
    """
    given, debug = _without_debug(list(sys.argv[1:] if arguments is None else arguments))
    try:
        result = typer.main.get_command(app).main(args=given, prog_name="autotune", standalone_mode=False)
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        typer.echo("interrupted", err=True)
        return 130
    except BrokenPipeError:
        forget_stdout()
        return 0
    except Exception as error:  # whatever it is, the person gets a message
        if debug:
            traceback.print_exc()
        _tell(error, debug)
        return 2
    return result if isinstance(result, int) else 0


def _without_debug(arguments: list[str]) -> tuple[list[str], bool]:
    """``--debug`` works before and after the command's name."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    kept = [a for a in arguments[:end] if a != "--debug"] + arguments[end:]
    return kept, len(kept) < len(arguments) or os.environ.get("AUTOTUNE_DEBUG", "0") not in ("", "0")


def _tell(error: Exception, debug: bool) -> None:
    if isinstance(error, AutotuneError):
        message, remedy = error.message, error.remedy
    elif isinstance(error, typer.TyperException):
        context = getattr(error, "ctx", None)
        path = context.command_path if context is not None else "autotune"
        message = getattr(error, "format_message", lambda: str(error))()
        remedy = f"see: {path} --help"
    else:
        message = f"unexpected {type(error).__name__}: {error}"
        remedy = None if debug else "for the traceback run it again with AUTOTUNE_DEBUG=1"
    typer.echo(f"error: {message}", err=True)
    if remedy:
        typer.echo(remedy, err=True)


if __name__ == "__main__":
    sys.exit(main())
