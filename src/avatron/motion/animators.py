"""The animators by name."""

from __future__ import annotations

import os
from pathlib import Path

from avatron.core.registry import Registry
from avatron.errors import DamagedModelError, UnknownNameError, UnreadableFileError
from avatron.io.folders import ModelFolder, load_folder
from avatron.motion.protocol import Animator, MovesAsSubject

__all__ = ["ANIMATORS", "DEFAULT_ANIMATOR", "installed_animators", "load_animator", "split_subject"]

DEFAULT_ANIMATOR = "avatron"
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

    The `motion` folder of a replica is one, too. `NAME@SUBJECT` is a learned animator that moves as the subject does,
    one of those it was trained on.

    Raises:
        UnknownNameError: no animator of that name, or a subject that it does not know; the known ones are listed.
        MissingComponentError: a learned animator whose weights are not installed.
        UnreadableFileError: no folder at that path.
        DamagedModelError: a file of the folder is missing, altered or of another head.
    """
    given, subject = split_subject(os.fspath(name_or_path))
    if isinstance(name_or_path, os.PathLike) or os.sep in given or (os.altsep and os.altsep in given):
        folder = Path(given).expanduser()
        if not folder.is_dir():
            raise UnreadableFileError(f"`{given}` is not a folder; a learned animator is a folder with a `config.json`")
        return _of_folder(load_folder(folder), subject)
    animator = ANIMATORS.get(given)()
    if subject is None:
        return animator
    if not isinstance(animator, MovesAsSubject):
        raise UnknownNameError("subject", subject, (), f"`{given}` has one way of moving; leave `@{subject}` out")
    return animator.moving_as(subject)


def _of_folder(folder: ModelFolder, subject: str | None) -> Animator:
    """A learned animator, or a person's motion out of their replica."""
    from avatron.motion.decoder.animator import LearnedAnimator
    from avatron.motion.decoder.config import KIND as LEARNED
    from avatron.motion.personal.animator import PersonalAnimator
    from avatron.motion.personal.folder import KIND as PERSONAL

    if folder.kind == PERSONAL:
        person = PersonalAnimator(folder)
        return person if subject is None else person.moving_as(subject)
    if folder.kind != LEARNED:
        raise DamagedModelError(f"`{folder.path}` is a folder of kind `{folder.kind}`, expected `{LEARNED}`")
    return LearnedAnimator(folder, subject=subject)


def split_subject(text: str) -> tuple[str, str | None]:
    """(name or path, subject) of `NAME@SUBJECT`; a folder whose path has an `@` is taken as it is."""
    name, at, subject = text.rpartition("@")
    return (name, subject) if at and name and not Path(text).expanduser().is_dir() else (text, None)


def installed_animators() -> tuple[str, ...]:
    """The names that can be used here, sorted: learned animators only where their weights are."""
    from avatron.motion.decoder.shipped import weight_places

    def there(name: str) -> bool:
        return any((place / "config.json").is_file() for place in weight_places(name))

    return tuple(name for name in ANIMATORS.names() if name not in _LEARNED or there(name))
