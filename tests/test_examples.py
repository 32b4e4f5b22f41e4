"""The examples, and the Python of the README, run as they stand."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_runs(example: Path, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, str(example)], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_the_python_of_the_api_page_runs_from_top_to_bottom(tmp_path: Path) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / "docs" / "api.md").read_text("utf-8"), re.M | re.S)
    assert len(blocks) > 5
    program = [sys.executable, "-W", "error", "-c", "\n".join(blocks)]
    done = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "unknown voice `nobody`; known: lj" in done.stdout


def test_the_api_page_names_every_option_and_every_error() -> None:
    import inspect

    import avatron
    from avatron import errors

    page = (ROOT / "docs" / "api.md").read_text("utf-8")
    calls = (getattr(avatron, name) for name in avatron.__all__)
    options = {name for call in calls for name in inspect.signature(call).parameters}
    assert [name for name in options - {"text", "output", "video", "motion", "sound"} if f"`{name}`" not in page] == []
    roots = [name for name in errors.__all__ if errors.AvatronError in getattr(errors, name).__bases__]
    assert [name for name in roots if f"`{name}`" not in page] == []


@pytest.mark.parametrize("page", ["README.md", "docs/getting-started.md"])
def test_the_python_of_a_page_runs(page: str, tmp_path: Path) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"((?:^ {4}.*\n|^\n)+)", text, re.MULTILINE)
    programs = [block for block in blocks if "import avatron" in block]
    assert programs
    for program in programs:
        source = re.sub(r"^ {4}", "", program, flags=re.MULTILINE)
        done = subprocess.run([sys.executable, "-c", source], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
