from __future__ import annotations

from pathlib import Path

import pytest

from avatron.errors import UnreadableFileError
from avatron.io.rows import LARGEST_LINE, read_rows


def test_csv_rows_have_the_names_of_the_heading_and_keep_quoted_commas_and_lines(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('\ufeffText, output\n"Hello, you","a.mp4"\n\n"two\nlines",b\n', encoding="utf-8")
    assert list(read_rows(tmp_path / "a.csv")) == [
        {"text": "Hello, you", "output": "a.mp4"},
        {"text": "two\nlines", "output": "b"},
    ]


def test_jsonl_rows_come_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "Grüße", "seed": 3}\n\n{"text": ""}\n', encoding="utf-8")
    assert list(read_rows(tmp_path / "a.jsonl")) == [{"text": "Grüße", "seed": 3}, {"text": ""}]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"text,output\nHello, you,a.mp4\n", "line 2 .* has 3 cells, expected 2"),
        ("a.csv", b"text,text\na,b\n", "name each column once"),
        ("a.csv", b'text\n"open\n', "line 2 .* is not csv"),
        ("a.csv", b"text\n", "has no rows"),
        ("a.csv", b"", "has no rows"),
        ("a.csv", b"text\n\xff\xfe\n", "not UTF-8"),
        ("a.csv", b"text\nhi\0\n", "zero byte"),
        ("a.jsonl", b'{"text": "a"}\n{"text": \n', "line 2 .* is not JSON"),
        ("a.jsonl", b"[1]\n", "line 1 .* holds a list"),
        ("a.jsonl", b"[" * 100_000, "line 1 .* is not JSON"),
        ("a.txt", b"text", "expected .csv"),
    ],
)
def test_what_does_not_fit_is_named_with_its_line(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableFileError, match=said):
        list(read_rows(tmp_path / name))


def test_a_line_of_two_megabytes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "' + "a" * 2 * LARGEST_LINE + '"}')
    with pytest.raises(UnreadableFileError, match=r"line 1 .* is longer than"):
        list(read_rows(tmp_path / "a.jsonl"))


def test_a_missing_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="No such file"):
        list(read_rows(tmp_path / "a.csv"))
