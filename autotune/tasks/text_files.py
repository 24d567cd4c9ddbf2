"""Reading csv, tsv, jsonl and json files into tables."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NoReturn

from autotune.errors import AutotuneError
from autotune.tasks.tables import Table

csv.field_size_limit(2**31 - 1)
_JSON_FORM = 'write one object a line: {"text": "...", "label": "..."}'


def lines_of(path: Path) -> Iterator[str]:
    """The lines of a UTF-8 file (with or without a byte-order mark), line ends kept.

    Raises:
        AutotuneError: the file cannot be read or is not UTF-8; the message has line and byte.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from file
    except UnicodeDecodeError:
        _refuse_encoding(path)
    except OSError as error:
        raise AutotuneError(f"{path} cannot be read: {error.strerror}", "check the path and its permissions") from None


def _refuse_encoding(path: Path) -> NoReturn:
    offset = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if number == 1 and line[:2] in (b"\xff\xfe", b"\xfe\xff"):
                message = f"{path} is UTF-16, not UTF-8"
                raise AutotuneError(message, f"convert it: iconv -f UTF-16 -t UTF-8 {path.name} > utf8-{path.name}")
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                at = f"line {number}, byte {offset + error.start} (0x{line[error.start]:02x})"
                raise AutotuneError(
                    f"{path} is not UTF-8: {at}",
                    f"convert it, for example: iconv -f WINDOWS-1252 -t UTF-8 {path.name} > utf8-{path.name}",
                ) from None
            offset += len(line)
    raise AutotuneError(f"{path} is not UTF-8", "convert it to UTF-8")


def read_csv(path: Path) -> Table:
    """A csv file with a header line, quoted by the csv standard (RFC 4180); ``;`` or tab may stand for the comma.

    Raises:
        AutotuneError: quotes are unbalanced or a row has another number of fields than the header; with its line.
    """
    first = next(lines_of(path), "")
    delimiter = max(",;\t", key=first.count) if "," not in first else ","
    return _table(path, _quoted_rows(path, delimiter))


def read_tsv(path: Path) -> Table:
    """A tsv file with a header line.

    Fields are taken as they stand, as GLUE writes them. Only where every field that begins with a quotation mark is a
    well-formed quoted field, or where rows do not fit the header otherwise, is the file read as quoted.
    """
    rows = [row for row in plain_rows(path) if row != [""]]
    width = len(rows[0]) if rows else 0
    if any(len(row) != width for row in rows):
        try:
            return _table(path, _quoted_rows(path, "\t"))
        except AutotuneError:
            return _table(path, enumerate(rows, 1))
    fields = [f for row in rows for f in row if f.startswith('"')]
    if fields and all(_well_quoted(f) for f in fields):
        rows = [[f[1:-1].replace('""', '"') if f.startswith('"') else f for f in row] for row in rows]
    return _table(path, enumerate(rows, 1))


def plain_rows(path: Path) -> Iterator[list[str]]:
    """The tab-separated fields of each line, quotation marks being ordinary characters."""
    for line in lines_of(path):
        yield line.rstrip("\r\n").split("\t")


def _well_quoted(field: str) -> bool:
    return len(field) >= 2 and field.endswith('"') and '"' not in field[1:-1].replace('""', "")


def _quoted_rows(path: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(lines_of(path), delimiter=delimiter, strict=True)
    start = 1
    try:
        for row in reader:
            if row:
                yield start, row
            start = reader.line_num + 1
    except csv.Error as error:
        raise AutotuneError(
            f"{path}, line {start}: {error}",
            'put a field that holds a quotation mark between quotation marks and double it inside: "say ""yes"""',
        ) from None


def _table(path: Path, numbered: Iterable[tuple[int, list[str]]]) -> Table:
    rows = iter(numbered)
    _, header = next(rows, (0, []))
    names = [name.strip() for name in header]
    if not any(names):
        raise AutotuneError(f"{path} is empty", "give a file with a header line and a row for each example")
    if len(set(names)) != len(names):
        twice = next(n for n in names if names.count(n) > 1)
        raise AutotuneError(f"{path} has two columns {twice!r}", "rename one in the header line")
    cells: list[list[str | None]] = [[] for _ in names]
    for line, row in rows:
        if len(row) != len(names):
            raise AutotuneError(
                f"{path}, line {line}: {len(row)} fields where the header has {len(names)} ({', '.join(names[:6])})",
                "quote the field that holds a delimiter, or mend the line",
            )
        for column, cell in zip(cells, row, strict=True):
            column.append(cell if cell else None)
    return Table(dict(zip(names, cells, strict=True)), str(path))


def read_json(path: Path) -> Table:
    """Examples as JSON: one object a line, or (``.json``) a list of objects, or an object whose ``data`` is that list.

    Raises:
        AutotuneError: a line is no JSON object; with its number.
    """
    if path.suffix.lower() == ".json":
        try:
            whole = json.loads("".join(lines_of(path)))
        except ValueError:
            whole = None
        if isinstance(whole, dict) and isinstance(whole.get("data"), list):
            whole = whole["data"]
        if isinstance(whole, list):
            if not all(isinstance(x, dict) for x in whole):
                raise AutotuneError(f"{path} is no list of JSON objects", _JSON_FORM)
            return _records(path, whole)
    numbered = ((n, line) for n, line in enumerate(lines_of(path), 1) if line.strip())
    return _records(path, (_object(path, n, line) for n, line in numbered))


def _object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError as error:
        raise AutotuneError(f"{path}, line {number}: no valid JSON: {error}", _JSON_FORM) from None
    if not isinstance(value, dict):
        raise AutotuneError(f"{path}, line {number}: no JSON object but {line.strip()[:40]!r}", _JSON_FORM)
    return value


def _records(path: Path, objects: Iterable[dict[str, Any]]) -> Table:
    columns: dict[str, list[Any]] = {}
    count = 0
    for count, record in enumerate(objects, 1):
        for name, cell in record.items():
            columns.setdefault(name, [None] * (count - 1)).append(cell)
        for cells in columns.values():
            if len(cells) < count:
                cells.append(None)
    if not count:
        raise AutotuneError(f"{path} is empty", _JSON_FORM)
    return Table(columns, str(path))
