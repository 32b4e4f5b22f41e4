"""The animators by name."""

from __future__ import annotations

import os
from pathlib import Path

from avatron.core.registry import Registry
from avatron.errors import UnreadableFileError
from avatron.motion.protocol import Animator

__all__ = ["ANIMATORS", "DEFAULT_ANIMATOR", "installed_animators", "load_animator"]

DEFAULT_ANIMATOR = "viseme"
"""What moves the face where nobody asks for another."""

_SHIPPED = "avatron.motion.decoder.shipped"
_LEARNED = ("avatron", "avatron-nogan", "avatron-fc", "faceformer")

ANIMATORS: Registry[type[Animator]] = Registry(
    "animator",
    {
        "viseme": "avatron.motion.viseme.animator:VisemeAnimator",
        "avatron": f"{_SHIPPED}:AvatronAnimator",
        "avatron-nogan": f"{_SHIPPED}:AvatronNoGanAnimator",
        "avatron-fc": f"{_SHIPPED}:FullyConnectedAnimator",
        "faceformer": f"{_SHIPPED}:FaceFormerAnimator",
    },
)
"""Classes that are made without arguments; other packages add theirs under the entry point `avatron.animator`."""


def load_animator(name_or_path: str | os.PathLike[str]) -> Animator:
    """The animator of that name, or the learned one in the folder at that path (anything with a separator in it).

    Raises:
        UnknownNameError: no animator of that name; the message lists the known ones.
        MissingComponentError: a learned animator whose weights are not installed.
        UnreadableFileError: no folder at that path.
        DamagedModelError: a file of the folder is missing, altered or of another head.
    """
    given = os.fspath(name_or_path)
    if isinstance(name_or_path, os.PathLike) or os.sep in given or (os.altsep and os.altsep in given):
        from avatron.motion.decoder.animator import LearnedAnimator

        folder = Path(given).expanduser()
        if not folder.is_dir():
            raise UnreadableFileError(f"`{given}` is not a folder; a learned animator is a folder with a `config.json`")
        return LearnedAnimator(folder)
    return ANIMATORS.get(given)()


def installed_animators() -> tuple[str, ...]:
    """The names that can be used here, sorted: learned animators only where their weights are."""
    from avatron.motion.decoder.shipped import weight_places

    def there(name: str) -> bool:
        return any((place / "config.json").is_file() for place in weight_places(name))

    return tuple(name for name in ANIMATORS.names() if name not in _LEARNED or there(name))
