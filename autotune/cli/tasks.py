"""``autotune tasks``."""

from __future__ import annotations

from autotune.cli.options import Json
from autotune.cli.output import echo, echo_json, echo_table


def command(as_json: Json = False) -> None:
    """List the tasks that `search --task` knows by name."""
    from autotune import tasks

    found = tasks.available()
    if as_json:
        echo_json([vars(info) for info in found])
        return
    rows = [[i.name, i.kind, i.metric, i.source, i.description] for i in found]
    echo_table(["task", "kind", "ranked by", "source", "description"], rows)
    echo("your own: --task with a csv, tsv, jsonl or parquet file, or a folder with train and validation files")
