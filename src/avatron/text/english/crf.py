"""gruut's English models, opened directly: importing gruut itself costs half a second and brings nothing more."""

from __future__ import annotations

import base64
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from avatron.errors import MissingComponentError

__all__ = ["decoded", "encoded", "open_model"]


@cache
def open_model(name: str) -> Any:
    """The CRF tagger `g2p` or `pos` of gruut_lang_en.

    Raises:
        MissingComponentError: the package or the model is not there.
    """
    spec = find_spec("gruut_lang_en")
    if spec is None or spec.origin is None:
        raise MissingComponentError("the English models of gruut are not installed: pip install gruut_lang_en")
    path = Path(spec.origin).parent / name / "model.crf"
    if not path.is_file():
        raise MissingComponentError(
            f"the English model `{path}` of gruut is missing: pip install --force-reinstall gruut_lang_en"
        )
    import pycrfsuite  # type: ignore[import-untyped, unused-ignore]

    tagger = pycrfsuite.Tagger()
    tagger.open(str(path))
    return tagger


def encoded(text: str) -> str:
    """Text as the models' features hold it."""
    return base64.b64encode(text.encode()).decode("ascii")


def decoded(text: str) -> str:
    """The inverse of `encoded`."""
    return base64.b64decode(text.encode("ascii")).decode()
