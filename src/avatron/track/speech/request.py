"""What a track is asked to make of the sound of its clip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from avatron.io.clips import ClipInfo
from avatron.track.speech.evidence import SoundEvidence, sound_evidence
from avatron.track.speech.opening import seen_opening
from avatron.track.speech.phonemes import TimedWord
from avatron.track.speech.sound import listen
from avatron.track.store import CHUNK_FRAMES, ObservationStore

__all__ = ["SoundRequest", "evidence_of_clip"]


@dataclass(frozen=True)
class SoundRequest:
    """Whether the sound of a clip may have a say, and what is said in it."""

    use: bool = True
    """False: the sound is not even listened to."""
    transcript: str | None = None
    """What is said, where it is known."""
    words: tuple[TimedWord, ...] | None = None
    """(start, end, word) in seconds of everything that is said, where that is known; goes before the transcript."""


def evidence_of_clip(
    info: ClipInfo, store: ObservationStore, request: SoundRequest, on_note: Callable[[str], None] | None = None
) -> SoundEvidence | None:
    """What the sound of a clip says of its frames, whose landmarks are in `store`; None where it is not asked for.

    `on_note` hears why the sound has no say although a text was given.

    Raises:
        UnreadableFileError: the sound cannot be read.
        InvalidValueError, ScriptError: a transcript without words, or that cannot be spoken.
    """
    if not request.use:
        return None
    said = request.transcript is not None or request.words is not None
    heard = None
    if info.audio_rate is not None:
        heard = listen(info.path, request.transcript, words=request.words)
    openings, valid = [np.zeros(0, np.float32)], [np.zeros(0, bool)]
    for start in range(0, info.frames, CHUNK_FRAMES):
        part = store.read(start, min(start + CHUNK_FRAMES, info.frames))
        openings.append(seen_opening(part))
        valid.append(part.valid)
    evidence = sound_evidence(
        heard, np.concatenate(openings), info.fps, valid=np.concatenate(valid), start_s=info.start_s
    )
    if said and evidence.reason and on_note is not None:
        on_note(f"the sound has no say in the motion: {evidence.reason}")
    return evidence
