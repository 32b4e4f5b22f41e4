"""What the live tracker may be told."""

from __future__ import annotations

from dataclasses import dataclass, field

from avatron.errors import InvalidValueError
from avatron.track.config import TrackConfig
from avatron.track.landmarks.follower import FollowerConfig
from avatron.track.landmarks.steady import SteadyConfig

__all__ = ["LiveConfig"]


@dataclass(frozen=True)
class LiveConfig:
    """Speed, calm and calibration of the live tracker."""

    calibration_s: float = 1.0
    """Seconds of a visible face after which identity and camera are found for the first time."""
    refine_every_s: float = 5.0
    """Seconds until they are found again from all that was seen; each time it takes twice as long until the next."""
    longest_refine_s: float = 80.0
    """When the person is known so well that finding them again changes nothing, looking ends."""
    key_frames: int = 16
    """Frames that identity and camera are found from."""
    iterations: int = 2
    """Gauss-Newton steps a frame; the last frame is where they begin."""
    blendshapes: bool = True
    """Whether MediaPipe's expressions, for 0.7 ms a frame, tell the solver where to look."""
    follower: FollowerConfig = field(default_factory=FollowerConfig)
    steady: SteadyConfig = field(default_factory=SteadyConfig)
    track: TrackConfig = field(default_factory=TrackConfig)

    def __post_init__(self) -> None:
        for name in ("calibration_s", "refine_every_s", "longest_refine_s"):
            if not getattr(self, name) > 0:
                raise InvalidValueError(f"`{name}` is {getattr(self, name)} s, expected more than 0")
        if min(self.key_frames, self.iterations) < 1:
            raise InvalidValueError("`key_frames` and `iterations` must be 1 or more")
