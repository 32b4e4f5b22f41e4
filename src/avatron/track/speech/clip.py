"""What the sound says of the frames of a clip whose landmarks are known."""

from __future__ import annotations

import numpy as np

from avatron.io.clips import ClipInfo
from avatron.track.speech.evidence import SoundEvidence, sound_evidence
from avatron.track.speech.opening import seen_opening
from avatron.track.speech.sound import HeardSound
from avatron.track.store import CHUNK_FRAMES, ObservationStore

__all__ = ["evidence_of_clip"]


def evidence_of_clip(
    heard: HeardSound | None, store: ObservationStore, info: ClipInfo, audio_offset_s: float | None = None
) -> SoundEvidence:
    """What the sound of a clip says of all its frames, chunk by chunk; `store` has their landmarks.

    `heard` is None where the clip has no sound, or none that may have a say; `audio_offset_s` takes the place of the
    offset that would be measured.
    """
    openings, valid = [np.zeros(0, np.float32)], [np.zeros(0, bool)]
    for start in range(0, info.frames, CHUNK_FRAMES):
        part = store.read(start, min(start + CHUNK_FRAMES, info.frames))
        openings.append(seen_opening(part))
        valid.append(part.valid)
    return sound_evidence(
        heard,
        np.concatenate(openings),
        info.fps,
        valid=np.concatenate(valid),
        start_s=info.start_s,
        audio_offset_s=audio_offset_s,
    )
