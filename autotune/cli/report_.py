"""``autotune report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autotune.cli.options import Overwrite, Store, Study
from autotune.cli.output import echo

Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="File to write; printed without it.")]
Form = Annotated[
    str | None,
    typer.Option("--format", help="html or md.  [default: by the file's ending, else md]", show_default=False),
]


def command(
    study: Study, out: Out = None, form: Form = None, overwrite: Overwrite = False, store: Store = None
) -> None:
    """Write a study up: what was asked, what was spent, what was found and how sure that is.

    One HTML file that opens offline and prints, or Markdown for a pull request.
    """
    from autotune.cli.stores import opened
    from autotune.errors import AutotuneError
    from autotune.export.staging import written
    from autotune.report import document, gather, to_html, to_markdown

    ending = "" if out is None else out.suffix.lower().lstrip(".")
    chosen = form or {"html": "html", "htm": "html"}.get(ending, "md")
    if chosen not in ("html", "md"):
        raise AutotuneError(f"--format {chosen} is not known", "write --format html or --format md")
    with opened(store) as found:
        gathered = gather(found, study)
    made = document(gathered, pictures=chosen == "html")
    text = to_html(made) if chosen == "html" else to_markdown(made)
    if out is None:
        echo(text.rstrip("\n"))
        return
    with written(out, overwrite=overwrite) as file:
        file.write_text(text, encoding="utf-8")
    echo(str(out))
