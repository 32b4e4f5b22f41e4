"""Sound as evidence for a track: the clock of the sound, and what the sounds say of the lips in each frame."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.errors import InvalidValueError
from avatron.track.observations import FaceObservations
from avatron.track.speech.contacts import ClosureEvidence, ContactConfig, closure_evidence
from avatron.track.speech.offset import AudioOffset, OffsetConfig, match_offset
from avatron.track.speech.opening import seen_opening
from avatron.track.speech.sound import INTELLIGIBLE, HeardSound, listen

__all__ = ["MOST_OFFSET_S", "SoundEvidence", "check_audio_offset", "estimate_audio_offset", "sound_evidence"]

BELIEVED = 0.5
"""Confidence from which on an offset that was measured is used."""


MOST_OFFSET_S = 5.0
"""No camera or cable is further off than this; a larger number is one of milliseconds, or of another clip."""


def check_audio_offset(seconds: float) -> None:
    """Refuse an offset that no recording has.

    Raises:
        InvalidValueError: not finite, or further than `MOST_OFFSET_S`.
    """
    if not abs(seconds) <= MOST_OFFSET_S:
        raise InvalidValueError(
            f"the audio offset is {seconds:g} s, expected -{MOST_OFFSET_S:g} .. {MOST_OFFSET_S:g} seconds; "
            "positive where the sound is late"
        )


@dataclass(frozen=True, eq=False)
class SoundEvidence:
    """What a track takes from the sound."""

    closures: ClosureEvidence
    """Of all T frames; `closures.used` says whether the sound has a say, `FaceTrack.audio_evidence`."""
    offset: AudioOffset
    reason: str
    """Why the sound has no say; empty where it has."""
    offset_given: bool = False
    """Whether the offset was said by somebody, rather than measured."""

    @property
    def audio_offset_s(self) -> float | None:
        """For `FaceTrack.audio_offset_s`: None where it was not given and could not be measured well enough."""
        return self.offset.seconds if self.offset.confidence >= BELIEVED else None


def estimate_audio_offset(
    seen: FaceObservations | NDArray[np.float32],
    fps: Fraction | float,
    sound: HeardSound | Audio,
    *,
    valid: NDArray[np.bool_] | None = None,
    start_s: float = 0.0,
    config: OffsetConfig | None = None,
) -> AudioOffset:
    """By how much the sound of a clip comes after its picture.

    `seen` is what the landmarks show of the whole clip, or how far the mouth is open [T] in any unit, at `fps` from
    `start_s` on the clock of the file; frames that are not `valid` [T] or not finite have no say. `sound` begins at the
    file's time 0.

    Raises:
        InvalidValueError: fps that is not positive.
        ShapeError: lengths that disagree.
    """
    if isinstance(seen, FaceObservations):
        opening, known = seen_opening(seen), seen.valid
    else:
        opening = np.asarray(seen, np.float32)
        known = np.isfinite(opening)
    if valid is not None:
        known = known & valid
    heard = listen(sound) if isinstance(sound, Audio) else sound
    return match_offset(opening, known, fps, heard.expected, speech=heard.speech, start_s=start_s, config=config)


def sound_evidence(
    heard: HeardSound | None,
    seen: FaceObservations | NDArray[np.float32],
    fps: Fraction | float,
    *,
    valid: NDArray[np.bool_] | None = None,
    start_s: float = 0.0,
    audio_offset_s: float | None = None,
    contacts: ContactConfig | None = None,
) -> SoundEvidence:
    """What the sound says of the T frames of a picture; nothing, with a reason, where it cannot be trusted.

    `heard` is what `listen` heard in the clip, None of a clip without sound; the rest is as in `estimate_audio_offset`.
    `audio_offset_s` takes the place of the offset that would be measured, and is believed.

    Raises:
        InvalidValueError: an offset given that is none, or further than `MOST_OFFSET_S`; fps that is not positive.
        ShapeError: lengths that disagree.
    """
    frames = len(seen)
    is_given = audio_offset_s is not None
    if audio_offset_s is not None:
        check_audio_offset(audio_offset_s)
        offset = AudioOffset(audio_offset_s, 1.0, 0.0, 0.0)
    elif heard is None:
        offset = AudioOffset.unknown()
    else:
        offset = estimate_audio_offset(seen, fps, heard, valid=valid, start_s=start_s)
    if heard is None:
        return SoundEvidence(ClosureEvidence.nothing(frames), offset, "the clip has no sound", is_given)
    reason = ""
    if heard.phonemes is None:
        reason = "no transcript was given"
    elif not heard.fits:
        reason = (
            f"the transcript does not fit the sound: its score is {heard.phonemes.score:.2f}; where text and sound "
            f"agree it is above {INTELLIGIBLE:g}"
        )
    if reason or heard.phonemes is None:
        return SoundEvidence(ClosureEvidence.nothing(frames), offset, reason, is_given)
    shift = offset.seconds if offset.confidence >= BELIEVED else 0.0
    closures = closure_evidence(heard.phonemes, frames, fps, audio_offset_s=shift, start_s=start_s, config=contacts)
    return SoundEvidence(closures, offset, reason, is_given)
