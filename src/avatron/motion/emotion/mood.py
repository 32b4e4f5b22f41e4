"""What is felt in an utterance and by whom, as functions of time that every layer of motion can ask."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from avatron.core.emotion import EMOTIONS, NEUTRAL, Emotion
from avatron.core.speech import Speech
from avatron.motion.curves import plateau
from avatron.motion.emotion.course import Course, course_of
from avatron.motion.emotion.profiles import PROFILES
from avatron.motion.idle.accents import Accent, Pause, accents_of, pauses_of
from avatron.motion.manner import MANNERS, Manner
from avatron.motion.noise import hashed_uniform, smooth_noise

__all__ = ["LEAST_SWELL", "Mood"]

MIDDLE = 0.84
"""Where an expression is held between accents, as a share of its peak."""
LEAST_SWELL, GREATEST_SWELL = 0.45, 1.15
BREATH_PERIODS_S = (3.3, 1.15)
"""An expression comes and goes at two tempos at once."""
ACCENT_RISE_S, ACCENT_HOLD_S, ACCENT_FALL_S = 0.22, 0.10, 0.60
PAUSE_RISE_S, PAUSE_FALL_S = 0.35, 0.45
LEFT_SHARE = 0.7
"""Share of the seeds whose left side is the stronger one."""


@dataclass(frozen=True, eq=False)
class Mood:
    """The mood of one utterance; times are on the script's clock.

    All values are functions of the clock, the seed and events inside the utterance whose effect is gone at both of
    its ends, so that utterances join.
    """

    speech: Speech
    base: Emotion = NEUTRAL
    """Felt where the script asks for nothing."""
    manner: Manner = MANNERS["plain"]
    seed: int = 0

    @cached_property
    def course(self) -> Course:
        """When each emotion comes and goes."""
        return course_of(self.speech, self.base)

    @cached_property
    def feels(self) -> bool:
        """Whether anything but neutral is felt at any time."""
        return bool(self.course.first.any() or self.course.steps.any())

    def strengths(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """[T, 6] how strongly each of `EMOTIONS` is felt, 0 .. 1.5 with the person's share."""
        return self.manner.feeling * self.course.strengths(times_s - float(self.speech.start))

    def factor(self, name: str, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """[T] the factor that the profiles have under `name`, mixed by what is felt."""
        if not self.feels:
            return np.ones(len(times_s))
        own = np.array([getattr(PROFILES[emotion], name) for emotion in EMOTIONS])
        return np.asarray(np.maximum(1.0 + self.strengths(times_s) @ (own - 1.0), 0.0))

    def base_factor(self, name: str) -> float:
        """The same for what is felt where nothing is asked: for events that know no utterance, such as blinks."""
        own = float(getattr(PROFILES[self.base.name], name))
        return max(1.0 + self.base.intensity * self.manner.feeling * (own - 1.0), 0.1)

    def swell(self, emotion: str, group: str, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """[T] how far the shapes of a group are out, about 0.45 .. 1.15 of their weights in the profile.

        No two groups of muscles keep the same time: a face whose brows, lids and mouth come and go as one is a mask.
        """
        profile = PROFILES[emotion]
        slow_s, fast_s = BREATH_PERIODS_S
        stream = f"emotion/{emotion}/{group}"
        swell = MIDDLE + profile.breath * (
            smooth_noise(self.seed, stream, times_s, slow_s)
            + 0.4 * smooth_noise(self.seed, f"{stream}/fast", times_s, fast_s)
        )
        accented, paused = self._events(times_s)
        swell = swell + profile.accent * accented + profile.pause * paused
        return np.clip(swell, LEAST_SWELL, GREATEST_SWELL)

    def posture(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """[T, 3] how the head leans by what is felt, axis-angle in radians."""
        lean = np.zeros((len(times_s), 3))
        side = 1.0 if hashed_uniform(self.seed, "emotion/lean", 0) < 0.5 else -1.0
        for number, strength in enumerate(self.strengths(times_s).T):
            if strength.any():
                turn = np.array(PROFILES[EMOTIONS[number]].posture) * (1.0, side, side)
                lean += (strength * self.swell(EMOTIONS[number], "head", times_s))[:, None] * turn
        return lean

    def gaze_pitch(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """[T] how far above the camera the eyes rest by what is felt, radians."""
        own = np.radians([PROFILES[emotion].gaze_pitch_degrees for emotion in EMOTIONS])
        return np.asarray(self.strengths(times_s) @ own)

    def sides(self, group: str, times_s: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """[T] factors of the left and of the right side; one is stronger, and by how much wanders."""
        left = hashed_uniform(self.seed, "emotion/side", 0) < LEFT_SHARE
        wander = 0.7 + 0.6 * smooth_noise(self.seed, f"emotion/side/{group}", times_s, 4.7)
        lean = (0.5 if left else -0.5) * self.manner.asymmetry * wander
        return 1.0 + lean, 1.0 - lean

    def _events(self, times_s: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """[T] how far an accent and a pause are under way; both 0 at the ends of the utterance."""
        local_s = times_s - float(self.speech.start)
        length_s = float(self.speech.end - self.speech.start)
        accented, paused = np.zeros(len(times_s)), np.zeros(len(times_s))
        for accent in self._accents:
            bump = _inside(
                local_s,
                (accent.time_s - 0.5 * ACCENT_HOLD_S, accent.time_s + 0.5 * ACCENT_HOLD_S),
                (ACCENT_RISE_S, ACCENT_FALL_S),
                length_s,
            )
            accented = accented + (1.0 - accented) * accent.strength * bump
        for pause in self._pauses:
            paused = paused + (1.0 - paused) * _inside(
                local_s, (pause.start_s + 0.1, pause.end_s - 0.1), (PAUSE_RISE_S, PAUSE_FALL_S), length_s
            )
        return accented, paused

    @cached_property
    def _accents(self) -> list[Accent]:
        return accents_of(self.speech)

    @cached_property
    def _pauses(self) -> list[Pause]:
        return pauses_of(self.speech)


def _inside(
    local_s: NDArray[np.float64], held_s: tuple[float, float], flanks_s: tuple[float, float], length_s: float
) -> NDArray[np.float64]:
    """1 while it is held, with soft flanks, 0 at both ends of the utterance: squeezed to fit inside."""
    rise_s, fall_s = min(flanks_s[0], 0.4 * length_s), min(flanks_s[1], 0.4 * length_s)
    start_s = float(np.clip(held_s[0], rise_s, length_s - fall_s))
    end_s = float(np.clip(held_s[1], start_s, length_s - fall_s))
    return plateau(local_s, start_s, end_s, rise_s, fall_s)
