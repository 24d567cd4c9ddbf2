"""``autotune spaces``: the search spaces that come with autotune, and the user's own."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from autotune.cli.options import Json
from autotune.cli.output import echo, echo_json, echo_table

app = typer.Typer(help="List the search spaces that ship with autotune, or show one.", invoke_without_command=True)

Which = Annotated[str, typer.Argument(metavar="NAME", help="A shipped space, or the path of a YAML file.")]


@app.callback()
def list_spaces(context: typer.Context, as_json: Json = False) -> None:
    """List the search spaces that ship with autotune, or show one."""
    if context.invoked_subcommand is not None:
        return
    from autotune.space import SearchSpace, available_spaces

    spaces = {name: SearchSpace.load(name) for name in available_spaces()}
    if as_json:
        echo_json(
            [
                {
                    "name": n,
                    "description": s.description,
                    "parameters": len(s.parameters),
                    "path": str(available_spaces()[n]),
                }
                for n, s in spaces.items()
            ]
        )
        return
    rows = [[name, str(len(s.parameters)), " ".join(s.description.split())] for name, s in spaces.items()]
    echo_table(["space", "parameters", "description"], rows, right=["parameters"])
    echo("to change one, copy it and pass the file: autotune spaces show quick > mine.yaml; --space mine.yaml")


@app.command("show")
def show(name: Which, as_json: Json = False) -> None:
    """Print a space as YAML that --space reads back."""
    from autotune.space import SearchSpace

    space = SearchSpace.load(name)
    if as_json:
        echo_json({**space.to_dict(), "digest": space.digest})
    else:
        echo(_source(name).rstrip("\n"))


def _source(name: str) -> Any:
    from autotune.space.shipped import find_space

    return find_space(name).read_text(encoding="utf-8")
