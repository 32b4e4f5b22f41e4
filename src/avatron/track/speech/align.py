"""Forced alignment: when each sound of a known text is said.

A path visits the sounds in order; the best one is found in windows of half a minute, of which all but the last seconds
are settled, so that a text of hours costs no more memory than one of a minute.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.track.speech.features import FRAME_RATE
from avatron.track.speech.hearing import hear
from avatron.track.speech.listener import Listener, shipped_listener
from avatron.track.speech.path import StateChain, best_path, chain_of
from avatron.track.speech.phonemes import (
    SILENT_WORDS,
    PhonemeTrack,
    TimedWord,
    Transcript,
    read_transcript,
    transcript_of_words,
)
from avatron.track.speech.sounds import manner_shares, sound_id

__all__ = ["align_phonemes", "align_timed", "align_transcript", "align_within_words"]

WINDOW_FRAMES = round(30 * FRAME_RATE)
"""Frames of a window."""
UNSETTLED_FRAMES = round(8 * FRAME_RATE)
"""At its end, which the next window looks at again."""
SOUNDS_PER_FRAME = 25 / FRAME_RATE
"""More sounds than that nobody says, pauses among them."""


def align_phonemes(audio: Audio, text: str, *, listener: Listener | None = None) -> PhonemeTrack:
    """When each sound of `text` is said in `audio`.

    Raises:
        InvalidValueError, ScriptError: a text without words, or that cannot be spoken.
    """
    listener = listener or shipped_listener()
    return align_transcript(hear(audio, listener), read_transcript(text), listener)


def align_within_words(
    audio: Audio, words: Sequence[TimedWord], *, slack_s: float = 0.05, listener: Listener | None = None
) -> PhonemeTrack:
    """When each sound of words is said whose times are known to `slack_s` seconds; for clips of up to some minutes.

    Raises:
        InvalidValueError, ScriptError: no word, or one that cannot be spoken.
    """
    listener = listener or shipped_listener()
    words = [each for each in words if each[2] not in SILENT_WORDS]
    transcript = transcript_of_words([word for _, _, word in words])
    return align_timed(hear(audio, listener), transcript, words, listener, slack_s=slack_s)


def align_timed(
    blocks: Iterable[NDArray[np.float32]],
    transcript: Transcript,
    words: Sequence[TimedWord],
    listener: Listener,
    *,
    slack_s: float = 0.05,
) -> PhonemeTrack:
    """The same from the `blocks` [f, STATES] of `hear` and the transcript of the words, of which none is silent."""
    heard = np.concatenate([np.zeros((0, len(listener.log_prior)), np.float32), *blocks])
    sounds = _sounds(transcript)
    chain = chain_of(sounds, transcript.optional)
    word = transcript.word_index[chain.sound]
    time_s = np.arange(len(heard)) / FRAME_RATE
    starts = np.array([start for start, _, _ in words]) - slack_s
    ends = np.array([end for _, end, _ in words]) + slack_s
    allowed = (word < 0) | ((time_s[:, None] >= starts[word]) & (time_s[:, None] <= ends[word]))
    place = _place(heard - listener.log_prior, chain, transcript.optional, whole=True, allowed=allowed)
    return _track(
        transcript, _Settled.of(heard, place, chain, sounds) if place is not None else _Settled.nothing(sounds)
    )


def align_transcript(blocks: Iterable[NDArray[np.float32]], transcript: Transcript, listener: Listener) -> PhonemeTrack:
    """When each sound of the transcript is said, from the `blocks` [f, STATES] of `hear`.

    Sounds that found no place, because the sound ended before them, have no length and no confidence.
    """
    sounds = _sounds(transcript)
    optional = transcript.optional
    settled = _Settled.nothing(sounds)
    held: list[NDArray[np.float32]] = []
    begin_frame, begin_sound = 0, 0
    count = 0
    for block in blocks:
        held.append(block)
        count += len(block)
        while count >= WINDOW_FRAMES:
            heard = np.concatenate(held)
            stop_sound = min(len(sounds), begin_sound + round(WINDOW_FRAMES * SOUNDS_PER_FRAME))
            ahead = slice(begin_sound, stop_sound)
            chain = chain_of(sounds[ahead], optional[ahead])
            place = _place((heard - listener.log_prior)[:WINDOW_FRAMES], chain, optional[ahead], whole=False)
            used = WINDOW_FRAMES - UNSETTLED_FRAMES
            if place is not None:
                # The window ends with a whole sound, and the next begins with the one after it.
                boundaries = np.flatnonzero(np.diff(chain.sound[place[: used + 1]])) + 1
                used = int(boundaries[-1]) if len(boundaries) else used
                settled.take(heard[:used], chain.sound[place[:used]] + begin_sound, begin_frame, sounds)
                begin_sound += int(chain.sound[place[used]])
            held, begin_frame, count = [heard[used:]], begin_frame + used, count - used
    if count:
        heard = np.concatenate(held)
        chain = chain_of(sounds[begin_sound:], optional[begin_sound:])
        place = _place(heard - listener.log_prior, chain, optional[begin_sound:], whole=True)
        if place is not None:
            settled.take(heard, chain.sound[place] + begin_sound, begin_frame, sounds)
    return _track(transcript, settled)


@dataclass(frozen=True, eq=False)
class _Settled:
    """What is known of the sounds so far."""

    start: NDArray[np.int64]
    """[P] first frame; -1 where none is known."""
    end: NDArray[np.int64]
    """[P] frame after the last."""
    share: NDArray[np.float64]
    """[P] sum over the frames of the share that the listener gives to the sound."""

    @staticmethod
    def nothing(sounds: NDArray[np.int64]) -> _Settled:
        return _Settled(np.full(len(sounds), -1), np.full(len(sounds), -1), np.zeros(len(sounds)))

    @staticmethod
    def of(
        heard: NDArray[np.float32], place: NDArray[np.int64], chain: StateChain, sounds: NDArray[np.int64]
    ) -> _Settled:
        settled = _Settled.nothing(sounds)
        settled.take(heard, chain.sound[place], 0, sounds)
        return settled

    def take(
        self, heard: NDArray[np.float32], sound: NDArray[np.int64], first_frame: int, sounds: NDArray[np.int64]
    ) -> None:
        """Frames [f] with the place of each one's sound in the text."""
        shares = manner_shares(np.exp(heard))[np.arange(len(sound)), sounds[sound]]
        frames = np.arange(first_frame, first_frame + len(sound))
        found, at = np.unique(sound, return_index=True)
        new = self.start[found] < 0
        self.start[found[new]] = frames[at[new]]
        self.end[found] = frames[len(sound) - 1 - np.unique(sound[::-1], return_index=True)[1]] + 1
        self.share[:] += np.bincount(sound, shares, minlength=len(self.share))


def _sounds(transcript: Transcript) -> NDArray[np.int64]:
    return np.array([sound_id(symbol) for symbol in transcript.symbols])


def _place(
    likelihood: NDArray[np.float32],
    chain: StateChain,
    optional: NDArray[np.bool_],
    *,
    whole: bool,
    allowed: NDArray[np.bool_] | None = None,
) -> NDArray[np.int64] | None:
    """[F] where the path is in the chain of P sounds of which some are `optional` [P].

    It begins with the first sound, or after it where that may be left out; `whole` ones end likewise.
    """
    if not len(likelihood) or not len(optional):
        return None
    changes = np.diff(chain.sound) != 0
    first, last = np.append(True, changes), np.append(changes, True)
    from_start = np.append(True, np.logical_and.accumulate(optional)[:-1])
    begins = first & from_start[chain.sound]
    ends = np.ones(len(chain.sound), bool)
    if whole:
        to_end = np.append(True, np.logical_and.accumulate(optional[::-1])[:-1])[::-1]
        ends = last & to_end[chain.sound]
    path = best_path(likelihood, chain, begins, ends, allowed)
    return None if path is None else path.place


def _track(transcript: Transcript, settled: _Settled) -> PhonemeTrack:
    """What was found, without optional sounds that nobody said; confidence is that of the whole word."""
    kept = np.flatnonzero((settled.start >= 0) | ~transcript.optional)
    start, end = settled.start.astype(float), settled.end.astype(float)
    reached = 0.0
    for place in range(len(start)):
        if start[place] < 0:
            start[place] = end[place] = reached
        reached = end[place]
    frames = end - start
    word = transcript.word_index
    spoken = word >= 0
    count = len(transcript.words)
    lengths = np.bincount(word[spoken], frames[spoken], minlength=count)
    shares = np.bincount(word[spoken], settled.share[spoken], minlength=count)
    own = settled.share / np.maximum(frames, 1)
    confidence = np.where(spoken, (shares / np.maximum(lengths, 1))[word], own)
    return PhonemeTrack(
        tuple(transcript.symbols[place] for place in kept),
        (start / FRAME_RATE)[kept],
        (end / FRAME_RATE)[kept],
        np.clip(confidence, 0, 1).astype(np.float32)[kept],
        word[kept],
        transcript.words,
    )
