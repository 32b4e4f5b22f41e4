"""How strongly each emotion is felt at each moment of an utterance, from the marks of its script."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.emotion import EMOTIONS, NOTHING_ASKED, Border, Emotion
from avatron.core.speech import PhonemeMarks, Speech
from avatron.motion.curves import minimum_jerk
from avatron.motion.emotion.profiles import PROFILES
from avatron.motion.silences import is_pause

__all__ = ["Course", "course_of", "strengths_of"]

MET_SHARE = 0.35
"""What is left of two different emotions where two utterances meet: the face passes through something near neutral."""
LEAD_SHARE = 0.5
"""Part of a change that is over when the first sound of the new emotion is heard: faces are ahead of words."""
_ONSETS_S = np.array([PROFILES[name].onset_s for name in EMOTIONS])
_DECAYS_S = np.array([PROFILES[name].decay_s for name in EMOTIONS])


@dataclass(frozen=True, eq=False)
class Course:
    """Changes of what is felt, in seconds from the start of the utterance; complete when the utterance ends."""

    first: NDArray[np.float64]
    """[6] strengths before the first change, by the order of `EMOTIONS`."""
    starts_s: NDArray[np.float64]
    """[C, 6] when each change begins."""
    lengths_s: NDArray[np.float64]
    """[C, 6] how long it takes."""
    steps: NDArray[np.float64]
    """[C, 6] by how much."""

    def strengths(self, local_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """[T, 6] 0 .. 1 at times from the start of the utterance; constant before its start and after its end."""
        felt = np.tile(self.first, (len(local_s), 1))
        for start_s, length_s, step in zip(self.starts_s, self.lengths_s, self.steps, strict=True):
            felt += step * minimum_jerk((local_s[:, None] - start_s) / length_s)
        return np.clip(felt, 0.0, 1.0)


def strengths_of(emotion: Emotion) -> NDArray[np.float64]:
    """[6] the strength of each of `EMOTIONS` when one is felt."""
    strengths = np.zeros(len(EMOTIONS))
    strengths[EMOTIONS.index(emotion.name)] = emotion.intensity if emotion.name != "neutral" else 0.0
    return strengths


def course_of(speech: Speech, base: Emotion) -> Course:
    """The course of an utterance; `base` is felt where the script asks for nothing.

    Where two utterances meet, the same emotion goes on, and different ones leave `MET_SHARE` of either: a value that
    both can work out, reached with no velocity.
    """
    marks = None if speech.phonemes is None else speech.phonemes.marks
    starts, ends = (NOTHING_ASKED, NOTHING_ASKED) if marks is None else (marks.starts, marks.ends)
    length_s = max(float(speech.end - speech.start), 1e-3)
    first, last = _met(starts, base), _met(ends, base)
    changes: list[tuple[float, NDArray[np.float64]]] = []
    before = first
    for time_s, felt in _felt(speech, marks, base):
        if not np.array_equal(felt, before):
            changes.append((time_s, felt - before))
            before = felt
    if not np.array_equal(last, before):
        changes.append((length_s, last - before))
    steps = np.array([step for _, step in changes]).reshape(-1, len(EMOTIONS))
    at_s = np.array([time_s for time_s, _ in changes])[:, None]
    lengths_s = np.minimum(np.where(steps > 0, _ONSETS_S, _DECAYS_S), 0.5 * length_s)
    starts_s = np.clip(at_s - LEAD_SHARE * lengths_s, 0.0, length_s - lengths_s)
    return Course(first, starts_s, lengths_s, steps)


def _met(border: Border, base: Emotion) -> NDArray[np.float64]:
    before, after = strengths_of(border.before or base), strengths_of(border.after or base)
    return np.asarray(np.minimum(before, after) + MET_SHARE * np.abs(before - after))


def _felt(speech: Speech, marks: PhonemeMarks | None, base: Emotion) -> list[tuple[float, NDArray[np.float64]]]:
    """(time from the start, strengths from then on) of each stretch of one emotion; a pause is shared by its sides."""
    if marks is None or not marks.emotions:
        return [(0.0, strengths_of(base))]
    found: list[tuple[float, NDArray[np.float64]]] = []
    previous: Emotion | None = None
    ended_s = 0.0
    for span, asked in zip(speech.spans, marks.emotions, strict=True):
        if is_pause(span.label):
            continue
        felt = asked or base
        if felt != previous:
            time_s = 0.0 if previous is None else 0.5 * (ended_s + span.start_s)
            found.append((time_s, strengths_of(felt)))
            previous = felt
        ended_s = span.end_s
    return found or [(0.0, strengths_of(base))]
