"""The recipes that are found by name, and those that are given as a file."""

from __future__ import annotations

import importlib.util
import traceback
from pathlib import Path
from typing import Any, TypeVar, overload

from avatron.errors import InvalidValueError, UnknownNameError, UnreadableFileError
from avatron.training.recipe import VoiceRecipe

__all__ = ["find_recipe", "known_recipes"]

Recipe = TypeVar("Recipe")


def known_recipes() -> tuple[str, ...]:
    """Names of the files in `recipes/` of the folder we are in and of the source tree, sorted."""
    return tuple(sorted({path.stem for folder in _folders() if folder.is_dir() for path in folder.glob("*.py")}))


@overload
def find_recipe(name_or_path: str | Path) -> VoiceRecipe: ...
@overload
def find_recipe(name_or_path: str | Path, kind: type[Recipe]) -> Recipe: ...
def find_recipe(name_or_path: str | Path, kind: type[Any] = VoiceRecipe) -> Any:
    """The recipe of type `kind` in a Python file, or in `recipes/NAME.py` here or in the source tree.

    Raises:
        UnknownNameError: no recipe of that name.
        UnreadableFileError: no file at that path.
        InvalidValueError: the file cannot be run, or has no value `RECIPE` of that type.
    """
    given = Path(name_or_path)
    if given.suffix == ".py" or len(given.parts) > 1:
        if not given.is_file():
            raise UnreadableFileError(
                f"there is no file `{given}`; recipes that are found by name: {', '.join(known_recipes()) or 'none'}"
            )
        return _recipe_in(given, kind)
    for folder in _folders():
        if (folder / f"{given}.py").is_file():
            return _recipe_in(folder / f"{given}.py", kind)
    raise UnknownNameError(
        "recipe", str(name_or_path), known_recipes(), "Another one is given as a file: `PATH/NAME.py`"
    )


def _folders() -> tuple[Path, Path]:
    return Path("recipes"), Path(__file__).resolve().parents[3] / "recipes"


def _recipe_in(place: Path, kind: type[Any]) -> Any:
    specification = importlib.util.spec_from_file_location(f"avatron_recipe_{place.stem}", place)
    if specification is None or specification.loader is None:
        raise InvalidValueError(f"recipe `{place}` is no Python file; expected a name that ends in `.py`")
    module = importlib.util.module_from_spec(specification)
    try:
        specification.loader.exec_module(module)
    except Exception as error:
        raise InvalidValueError(
            f"recipe `{place}` cannot be used: {type(error).__name__} in line {_line_of(error, place)}: {error}"
        ) from error
    recipe = getattr(module, "RECIPE", None)
    if not isinstance(recipe, kind):
        known = {VoiceRecipe: "; see recipes/lj.py"}.get(kind, "")
        raise InvalidValueError(f"`{place}` has no value `RECIPE` of type `{kind.__name__}`{known}")
    return recipe


def _line_of(error: Exception, place: Path) -> str:
    """The line of the recipe that the error came from."""
    if isinstance(error, SyntaxError):
        return str(error.lineno)
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).resolve() == place.resolve()
    ]
    return str(lines[-1]) if lines else "?"
