"""What each row of the table promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from avatron.core.motion import FaceMotion
from avatron.core.speech import Speech
from avatron.evaluation.face.case import FaceCase

__all__ = ["Contender", "Row"]


class Contender(Protocol):
    """Something that moves a face."""

    def animate(self, case: FaceCase, speech: Speech) -> FaceMotion | None:
        """The motion for `speech`, which says what `case` says, at the frame rate of the case's truth.

        None where it has nothing for this speech: kept motions know only the recording's own timing.
        """
        ...


@dataclass(frozen=True, eq=False)
class Row:
    """One line of the table."""

    name: str
    contenders: tuple[Contender, ...]
    """One, or one for each seed that was trained."""
    about: str = ""
    """What people should know of it."""
    reference: bool = False
    """Knows the truth: a bound, not a contender."""
