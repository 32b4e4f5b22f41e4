"""The learned animators by name, and where their weights are looked for."""

from __future__ import annotations

from pathlib import Path

from avatron.errors import MissingComponentError
from avatron.io.collection import user_data_folder
from avatron.motion.decoder.animator import LearnedAnimator

__all__ = [
    "AvatronAnimator",
    "AvatronNoGanAnimator",
    "FaceFormerAnimator",
    "FullyConnectedAnimator",
    "find_weights",
    "weight_places",
]

_DATA = Path(__file__).resolve().parents[2] / "data" / "motion"


def weight_places(name: str) -> tuple[Path, Path]:
    """Folders in which the weights of the animator `name` are looked for: the package's, then the user's."""
    return _DATA / name, user_data_folder() / "motion" / name


def find_weights(name: str) -> Path:
    """The folder of the animator `name`.

    Raises:
        MissingComponentError: its weights are in none of the places, which are named.
    """
    places = weight_places(name)
    for place in places:
        if (place / "config.json").is_file():
            return place
    raise MissingComponentError(
        f"the weights of the animator `{name}` are not installed: neither `{places[0]}` nor `{places[1]}` has a "
        f"`config.json`; train them with `python tools/train_motion.py recipes/motion/{name.replace('-', '_')}.py` and "
        "put them there, give their folder as `--animator ./FOLDER`, or ask for the rules: `--animator viseme`"
    )


class AvatronAnimator(LearnedAnimator):
    """`avatron`: text embedding, conformer, LSTM over time, trained against judges of movement."""

    def __init__(self) -> None:
        """Raises MissingComponentError without weights."""
        super().__init__(find_weights("avatron"))


class AvatronNoGanAnimator(LearnedAnimator):
    """`avatron-nogan`: the same network, trained without judges."""

    def __init__(self) -> None:
        """Raises MissingComponentError without weights."""
        super().__init__(find_weights("avatron-nogan"))


class FullyConnectedAnimator(LearnedAnimator):
    """`avatron-fc`: fully connected layers on the same input."""

    def __init__(self) -> None:
        """Raises MissingComponentError without weights."""
        super().__init__(find_weights("avatron-fc"))


class FaceFormerAnimator(LearnedAnimator):
    """`faceformer`: sound in, each frame from the frames before it."""

    def __init__(self) -> None:
        """Raises MissingComponentError without weights."""
        super().__init__(find_weights("faceformer"))
