"""A trial's export as a zip, for the panel's button."""

from __future__ import annotations

import io
import tempfile
import threading
import zipfile
from pathlib import Path

from flask import Flask, Response, request

from autotune.errors import AutotuneError

from .reader import Reader

_one_at_a_time = threading.Lock()


def serve_exports(server: Flask, reader: Reader) -> None:
    """Answer ``/export?study=…&trial=…`` with what ``autotune export`` writes."""

    @server.get("/export")
    def export() -> Response:
        study, trial = request.args.get("study", ""), request.args.get("trial", "")
        if not trial.isdecimal():
            return Response(f"{trial!r} is no number of a trial\n", 400, content_type="text/plain; charset=utf-8")
        try:
            data = _zipped(reader, study, int(trial))
        except AutotuneError as error:
            return Response(str(error), 409, content_type="text/plain; charset=utf-8")
        name = f"{study}-{trial}.zip"
        return Response(data, content_type="application/zip",
                        headers={"Content-Disposition": f'attachment; filename="{name}"'})  # fmt: skip


def _zipped(reader: Reader, study: str, trial: int) -> bytes:
    from autotune.export import export_trial

    with _one_at_a_time, tempfile.TemporaryDirectory(prefix="autotune-export-") as folder:
        reader.store.study(study)  # an unknown name is refused before it becomes part of a path
        root = Path(folder) / f"{study}-{trial}"
        export_trial(reader.store, study, trial, root)
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
            for path in sorted(p for p in root.rglob("*") if p.is_file()):
                packed.write(path, path.relative_to(root.parent).as_posix())
        return data.getvalue()
