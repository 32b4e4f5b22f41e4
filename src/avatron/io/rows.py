"""Tables of requests: csv with a heading line, or jsonl, read into one dict per row."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from avatron.errors import UnreadableFileError

__all__ = ["read_rows"]

LARGEST_LINE = 2**20
"""Characters; a longer line is no row of a table."""


def read_rows(path: Path | str) -> Iterator[dict[str, Any]]:
    """The rows of a `.csv`, `.jsonl` or `.ndjson` file, in order; blank lines are left out. UTF-8.

    Raises:
        UnreadableFileError: another type, not readable, no rows, or a row that does not fit; the message gives its
            line.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".jsonl", ".ndjson"):
        raise UnreadableFileError(f"`{path}` has type `{suffix}`; expected .csv (with a heading line) or .jsonl")
    count = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            for row in _csv_rows(path, stream) if suffix == ".csv" else _json_rows(path, stream):
                count += 1
                yield row
    except UnicodeDecodeError as error:
        raise UnreadableFileError(f"`{path}` is not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except OSError as error:
        raise UnreadableFileError(f"cannot read `{path}`: {error.strerror or error}") from error
    if count == 0:
        raise UnreadableFileError(f"`{path}` has no rows")


def _lines(path: Path, stream: Iterator[str]) -> Iterator[str]:
    # `readline` with a limit, so that a file without line breaks does not fill the memory.
    readline = stream.readline  # type: ignore[attr-defined]
    number = 0
    while line := readline(LARGEST_LINE + 1):
        number += 1
        if len(line) > LARGEST_LINE:
            raise UnreadableFileError(f"line {number} of `{path}` is longer than {LARGEST_LINE} characters")
        if "\0" in line:
            raise UnreadableFileError(f"line {number} of `{path}` holds a zero byte; it is not a text file")
        yield line


def _csv_rows(path: Path, stream: Iterator[str]) -> Iterator[dict[str, Any]]:
    reader = csv.reader(_lines(path, stream), strict=True)
    header: list[str] | None = None
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = [cell.strip().lower() for cell in cells]
                _check_header(path, header)
                continue
            if len(cells) != len(header):
                raise UnreadableFileError(
                    f"line {reader.line_num} of `{path}` has {len(cells)} cells, expected {len(header)} "
                    f"({', '.join(header)}); put cells with commas in double quotes"
                )
            yield dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise UnreadableFileError(f"line {reader.line_num} of `{path}` is not csv: {error}") from None


def _check_header(path: Path, header: list[str]) -> None:
    if not all(header) or len(set(header)) != len(header):
        raise UnreadableFileError(
            f"the first line of `{path}` must name each column once, e.g. `text,output`; found `{','.join(header)}`"
        )


def _json_rows(path: Path, stream: Iterator[str]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(_lines(path, stream), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UnreadableFileError(f"line {number} of `{path}` is not JSON: {error}") from None
        if not isinstance(row, dict):
            raise UnreadableFileError(
                f'line {number} of `{path}` holds a {type(row).__name__}, expected an object such as {{"text": "Hi."}}'
            )
        yield row
