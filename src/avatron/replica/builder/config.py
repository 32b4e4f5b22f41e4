"""What a build may be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from avatron.errors import InvalidValueError, UnknownNameError
from avatron.track.subject import LARGEST, Subject, check_subject

__all__ = ["QUALITIES", "BuildConfig", "Quality"]

Quality = Literal["full", "draft"]
QUALITIES: tuple[str, ...] = get_args(Quality)

_MOST_HELD_OUT = 0.5
_LEAST_EFFORT, _MOST_EFFORT = 0.001, 10.0


@dataclass(frozen=True)
class BuildConfig:
    """How a replica is built.

    Raises:
        UnknownNameError: no such quality.
        InvalidValueError: an effort out of range, a share that leaves too little to learn from, or no subject.
    """

    quality: Quality = "full"
    """`full` learns a person of Gaussians; `draft` draws the tracked head with its texture over the scene."""
    effort: float = 1.0
    """How long a `full` likeness learns, over the usual: less is sooner there, and worse."""
    voice: str | None = None
    """Name or folder of the voice that it speaks with; None takes the one most like the person's own."""
    transcript: str | None = None
    """What is said in the video, where it is known."""
    subject: Subject = LARGEST
    """Whose face it is, where there are several."""
    held_out_share: float = 0.2
    """Of the frames, from the end: the replica is judged on them, and nothing is learned from them."""
    seed: int = 0
    """Of everything that is drawn by lot."""
    force: bool = False
    """Whether a video that the report refuses is used all the same."""

    def __post_init__(self) -> None:
        if self.quality not in QUALITIES:
            raise UnknownNameError("quality", self.quality, QUALITIES)
        if not _LEAST_EFFORT <= self.effort <= _MOST_EFFORT:
            raise InvalidValueError(f"an effort of {self.effort:g} is outside {_LEAST_EFFORT:g} .. {_MOST_EFFORT:g}")
        if not 0 <= self.held_out_share <= _MOST_HELD_OUT:
            raise InvalidValueError(
                f"a share of {self.held_out_share:g} that is held out is outside 0 .. {_MOST_HELD_OUT:g}"
            )
        check_subject(self.subject)

    def learned_frames(self, frames: int) -> int:
        """How many of the `frames` of a video, from the first on, are learned from; at least one."""
        return max(1, frames - round(frames * self.held_out_share))
