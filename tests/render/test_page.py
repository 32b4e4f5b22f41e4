"""The programs of the renderer's page run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "render.md"
PROGRAMS = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_a_program_of_the_page_runs(number: int) -> None:
    found: dict[str, object] = {}
    exec(compile(PROGRAMS[number], str(PAGE), "exec"), found)
    assert "renderer" in found


def test_the_page_has_programs() -> None:
    assert len(PROGRAMS) == 2
