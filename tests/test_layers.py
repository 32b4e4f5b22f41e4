"""The layers of `docs/concepts.md`, read from the imports themselves: a module imports only from rows above its own."""

from __future__ import annotations

import ast
from pathlib import Path

import avatron

PACKAGE = Path(avatron.__file__).parent

ROWS: tuple[frozenset[str], ...] = (
    frozenset({"errors", "core"}),
    frozenset({"io", "native", "assets", "_native"}),
    frozenset({"text", "signal", "face"}),
    frozenset({"voice", "motion", "track", "render"}),
    frozenset({"avatar", "replica"}),
    frozenset({"pipeline", "export"}),
    frozenset({"evaluation"}),
    frozenset({"cli", "server"}),
)
SHARED_ROWS = (0, 1, 2, 5, 6, 7)
"""Rows whose members may import one another; those of the other rows may not."""
TRAINING_REACH = 3
"""`training` imports rows 0 to 3, and only the command line and the replica builder load it, lazily."""
FACE = frozenset({"__init__", "__main__"})
"""The package's own front door may load anything, lazily."""


def row_of(part: str) -> int:
    for number, members in enumerate(ROWS):
        if part in members:
            return number
    raise AssertionError(f"`avatron.{part}` is in no row: add it to the table in docs/concepts.md and here")


def imported_parts(tree: ast.Module, inside: tuple[str, ...]) -> set[tuple[str, bool]]:
    """(part, lazy) for each `avatron.PART` that a module imports; lazy means inside a function."""
    lazy_nodes = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for child in ast.walk(node)
    }
    parts: set[tuple[str, bool]] = set()
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import in {'.'.join(inside)}"
            if node.module == "avatron":
                names = [f"avatron.{alias.name}" for alias in node.names]
            elif node.module:
                names = [node.module]
        for name in names:
            pieces = name.split(".")
            if pieces[0] == "avatron" and len(pieces) > 1:
                parts.add((pieces[1], id(node) in lazy_nodes))
    return parts


def violations() -> list[str]:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        inside = path.relative_to(PACKAGE).with_suffix("").parts
        own = inside[0]
        if own in FACE or own == "data":
            continue
        for part, lazy in imported_parts(ast.parse(path.read_text(encoding="utf-8")), inside):
            if part == own or part.startswith("__"):
                continue
            where = f"{'/'.join(inside)}.py imports avatron.{part}"
            if part == "training":
                if not (lazy and own in {"cli", "replica"}):
                    found.append(f"{where}: only `cli` and `replica` may, inside a function")
            elif own == "training":
                if row_of(part) > TRAINING_REACH:
                    found.append(f"{where}: training reaches rows 0 to {TRAINING_REACH}")
            elif row_of(part) > row_of(own):
                found.append(f"{where}, which is a row below")
            elif row_of(part) == row_of(own) and row_of(own) not in SHARED_ROWS:
                found.append(f"{where}: parts of one row do not import one another")
    return found


def test_every_module_imports_only_from_rows_above_its_own() -> None:
    assert violations() == []


def test_the_reader_of_imports_sees_an_import_that_breaks_the_layers() -> None:
    tree = ast.parse("def f():\n    from avatron.cli import main\nimport avatron.core.audio\n")
    assert imported_parts(tree, ("core", "x")) == {("cli", True), ("core", False)}


def test_run_time_code_never_imports_torch() -> None:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        if "training" in path.relative_to(PACKAGE).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            found += [f"{path.name}: {name}" for name in names if name.split(".")[0] == "torch"]
    assert found == []


def test_no_module_grows_past_450_lines() -> None:
    long = {
        str(path.relative_to(PACKAGE)): count
        for path in PACKAGE.rglob("*.py")
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 450
    }
    assert long == {}
