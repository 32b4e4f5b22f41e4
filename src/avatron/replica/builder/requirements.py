"""What has to be installed before a build begins: found out in a moment, and not after minutes of tracking."""

from __future__ import annotations

from importlib.util import find_spec

from avatron.errors import MissingComponentError
from avatron.replica.builder.config import BuildConfig

__all__ = ["check_installed"]

_NEEDED = {"full": ("torch", "onnx"), "draft": ()}
"""Packages by quality."""


def check_installed(config: BuildConfig) -> None:
    """Refuse a build that would end for want of a package.

    Raises:
        MissingComponentError: which, and how to get it.
    """
    missing = [name for name in _NEEDED[config.quality] if find_spec(name) is None]
    if missing:
        raise MissingComponentError(
            f"a replica of quality `{config.quality}` is trained, and {' and '.join(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} not installed: `pip install torch==2.13.0`, then "
            "`pip install 'avatron[train]'`; `--quality draft` needs neither"
        )
