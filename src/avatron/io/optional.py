"""Packages that only some things need: what is missing is said, with the line that installs it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from avatron.errors import MissingComponentError

__all__ = ["optional_package"]


def optional_package(name: str, install: str, unused: Sequence[str] = ()) -> Any:
    """The module `name`; `install` is what pip is to be given for it.

    Packages in `unused` are imported by it but serve nothing that we call: where they are missing or broken, empty
    modules stand in for them while it is imported.

    Raises:
        MissingComponentError: it is not installed, or cannot be imported.
    """
    stood_in = []
    for other in unused:
        if other not in sys.modules:
            try:
                importlib.import_module(other)
            except Exception:
                sys.modules[other] = ModuleType(other)
                stood_in.append(other)
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingComponentError(f"needs `{name}` ({error}); install it with `pip install {install}`") from error
    finally:
        for other in stood_in:
            del sys.modules[other]
