"""A film's track joined with what is said in it: one clip for the decoder, on the clock of its picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.core.track import FaceTrack
from avatron.face.head import HeadModel, PosedHead
from avatron.io.audio import read_audio
from avatron.io.resample import resample_audio
from avatron.signal.loudness import loudness_lufs
from avatron.signal.pitch import track_pitch
from avatron.text.inventory import BILABIALS, LABIODENTALS, LEAD_PAUSE, PAUSES, SYMBOL_IDS, base_of
from avatron.track.speech.align import align_within_words
from avatron.track.speech.phonemes import PhonemeTrack, TimedWord
from avatron.training.labels import lend_frames
from avatron.training.motion.clip import MotionClip
from avatron.training.motion.neutral import NeutralConfig, RestedMotion, lip_gaps_mm, rested_motion
from avatron.training.motion.speech import forced_speech, phonemes_of
from avatron.voice.neural import NeuralVoice

__all__ = [
    "FilmedClip",
    "JoinConfig",
    "LeftOut",
    "aligned_phonemes",
    "joined_clip",
    "on_picture_clock",
    "resting_frames",
]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class JoinConfig:
    """What is believed of sound and picture, and what is left out.

    The limits are those of a corpus: look at its own distribution before taking them for another one.
    """

    audio_offset_s: float = 0.018
    """By how much the sound of the corpus comes after its picture, seconds, where a track does not say it of its own
    clip: bursts of P and B against parting lips (`benchmarks/motion_data.py`)."""
    loudness_lufs: float = -24.5
    """What the sound is brought to: that of the corpus that the voice was trained on."""
    lowest_pitch_hz: float = 60.0
    """Men speak below the 80 Hz that pitch is usually looked for."""
    shortest_pause_s: float = 0.04
    """Shorter pauses between sounds are part of the sound before."""
    away_s: float = 0.15
    """A face rests only this far from speech: lips part for breath before the first sound."""
    rest_gap_mm: float = 1.0
    """Lips further apart than this are not at rest."""
    fewest_rest_frames: int = 3
    """Clips with fewer are left out: nobody knows what their weights are counted from."""
    lowest_score: float = 0.45
    """Of the alignment; below, what is said is not what is heard."""
    lowest_valid_share: float = 0.8
    """Part of the frames that must show a face."""
    usual_error_px: float = 0.5
    """Landmark error of a good frame of the corpus."""
    largest_error_px: float = 1.0
    """Frames above, twice the usual, are not learned from."""
    largest_mean_error_px: float = 0.8
    """Clips above are left out."""
    closed_mm: float = 0.5
    """Lips nearer than this are closed."""
    closure_reach_s: tuple[float, float] = (0.08, 0.06)
    """Lips may be closed so long before P, B, M, F and V begin, and after they end."""
    largest_gap_change_mm: float = 0.6
    """Frames whose lips the mean head cannot bring as near to one another as the person's are not learned from."""


@dataclass(frozen=True)
class LeftOut:
    """A film that is not learned from."""

    name: str
    kind: str
    """The same few words for all that are left out for the same reason."""
    reason: str


@dataclass(frozen=True, eq=False)
class FilmedClip:
    """A clip, and what it cost to make it."""

    clip: MotionClip
    phonemes: PhonemeTrack
    """On the clock of the picture."""
    rested: RestedMotion


def joined_clip(
    name: str,
    film: Path,
    track: FaceTrack,
    words: Sequence[TimedWord],
    *,
    voice: NeuralVoice,
    head: HeadModel,
    subject: str,
    split: str,
    config: JoinConfig | None = None,
    neutral: NeutralConfig | None = None,
) -> FilmedClip | LeftOut:
    """The clip of `film`, whose `words` have times on the clock of its sound; or why it cannot be used.

    Raises:
        UnreadableFileError: a film whose sound cannot be read.
        ScriptError: a word that cannot be spoken.
    """
    config = config or JoinConfig()
    if (share := float(track.valid.mean())) < config.lowest_valid_share:
        return LeftOut(name, "face not seen", f"{100 * share:.0f} % of its frames show a face")
    error_px = float(track.landmark_error[track.valid].mean())
    if error_px > config.largest_mean_error_px:
        return LeftOut(name, "landmarks do not fit", f"{error_px:.2f} px from the model's")
    offset_s = config.audio_offset_s if track.audio_offset_s is None else track.audio_offset_s
    late_s = track.start_s + offset_s
    heard = on_picture_clock(read_audio(film), late_s)
    sounds = align_within_words(heard, [(start - late_s, end - late_s, word) for start, end, word in words])
    if sounds.score < config.lowest_score:
        return LeftOut(name, "text does not fit", f"its alignment has the score {sounds.score:.2f}")

    rate, hop = voice.config.sample_rate, voice.config.hop_length
    audio = _levelled(resample_audio(heard, rate), config.loudness_lufs)
    frames = len(audio.samples) // hop
    audio = Audio(audio.samples[: frames * hop], rate)
    ids, word_initial, durations = aligned_phonemes(sounds, frames, rate / hop, config)
    phonemes = phonemes_of(ids, word_initial, words=sounds.words, text=" ".join(sounds.words))
    pitch_hz = track_pitch(audio, hop, lowest_hz=config.lowest_pitch_hz)
    speech = forced_speech(voice, audio, phonemes, durations, pitch_hz)
    acoustics = speech.acoustics

    displacement = track.displacement if len(track.displacement) else np.zeros((0, 3), np.float32)
    person = _person(head, track.identity.tobytes(), displacement.tobytes())
    gap_mm = lip_gaps_mm(person, track.motion.expression)
    resting = resting_frames(track, gap_mm, sounds, config)
    if resting.sum() < config.fewest_rest_frames:
        return LeftOut(name, "never at rest", f"{int(resting.sum())} frames of closed lips in its silences")
    rested = rested_motion(track.motion, resting, gap_mm, _person(head, b"", b""), neutral)
    valid, confidence = _trust(track, rested, sounds, frames * hop / rate, config)
    clip = MotionClip(
        name=name,
        subject=subject,
        source="grid",
        split=split,
        embedding=acoustics.text_embedding,
        embedding_space=acoustics.embedding_space,
        phoneme_ids=ids,
        durations=durations,
        mel=acoustics.mel,
        pitch=acoustics.pitch,
        energy=acoustics.energy,
        sample_rate=rate,
        hop_length=hop,
        motion=rested.motion,
        valid=valid,
        confidence=confidence,
        word_initial=word_initial,
        text=phonemes.text,
    )
    return FilmedClip(clip, sounds, rested)


def on_picture_clock(audio: Audio, late_s: float) -> Audio:
    """`audio` without its first `late_s` seconds, so that its sample 0 belongs to the picture's frame 0.

    Where that is negative, the first samples, turned round, stand in for what is missing.
    """
    count = round(abs(late_s) * audio.sample_rate)
    if late_s >= 0:
        return Audio(audio.samples[count:], audio.sample_rate)
    return Audio(np.concatenate([audio.samples[:count][::-1], audio.samples]), audio.sample_rate)


def aligned_phonemes(
    sounds: PhonemeTrack, frames: int, frame_rate: float, config: JoinConfig | None = None
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64]]:
    """(ids [P], word_initial [P], durations [P] with sum `frames`) as an utterance of the voice would have them.

    It begins with a pause and ends with the pause of a full stop; pauses too short to be heard belong to the sound
    before them.
    """
    config = config or JoinConfig()
    symbols: list[str] = [LEAD_PAUSE]
    words: list[int] = [-1]
    starts: list[float] = [0.0]
    last = len(sounds) - 1
    for place, symbol in enumerate(sounds.symbols):
        start_s, end_s = float(sounds.start_s[place]), float(sounds.end_s[place])
        if symbol in PAUSES and (place in (0, last) or end_s - start_s < config.shortest_pause_s):
            continue
        symbols.append(symbol)
        words.append(int(sounds.word_index[place]))
        starts.append(start_s)
    spoken = np.flatnonzero(sounds.spoken)
    symbols.append(".")
    words.append(-1)
    starts.append(float(sounds.end_s[spoken[-1]]))
    edges = np.rint(np.array(starts) * frame_rate).astype(np.int64).clip(0, frames)
    edges = np.maximum.accumulate(edges)
    durations = lend_frames(np.diff(np.append(edges, frames)))
    kept = durations > 0
    word = np.array(words)[kept]
    initial = (word >= 0) & (word != np.append(-1, word[:-1]))
    ids = np.array([SYMBOL_IDS[symbol] for symbol in symbols], np.int64)[kept]
    return ids, initial, durations[kept]


def resting_frames(
    track: FaceTrack, gap_mm: Floats, sounds: PhonemeTrack, config: JoinConfig | None = None
) -> NDArray[np.bool_]:
    """[T] the frames in which a silent face has its lips together, `gap_mm` [T] apart; `sounds` are on its clock."""
    config = config or JoinConfig()
    return (
        track.valid & (gap_mm < config.rest_gap_mm) & ~_near(sounds, sounds.spoken, track, config.away_s, config.away_s)
    )


def doubtful_frames(
    track: FaceTrack, gap_mm: Floats, sounds: PhonemeTrack, config: JoinConfig | None = None
) -> NDArray[np.bool_]:
    """[T] the frames in which the lips do what speech does not explain; `gap_mm` [T] is how far they are apart.

    Lips that part in a long silence draw breath, which nothing in the text says. And trackers take lips that are
    narrow and round, in W and R, for closed ones: closed lips away from P, B, M, F, V and silence are no example.
    """
    config = config or JoinConfig()
    speaking = _near(sounds, sounds.spoken, track, config.away_s, config.away_s)
    lips = np.array([base_of(symbol) in BILABIALS | LABIODENTALS for symbol in sounds.symbols], bool)
    pauses = ~sounds.spoken & (sounds.end_s - sounds.start_s >= config.shortest_pause_s)
    explained = _near(sounds, lips, track, *config.closure_reach_s) | _near(sounds, pauses, track, 0.1, 0.1)
    closed = gap_mm < config.closed_mm
    return (~closed & ~speaking) | (closed & ~explained)


def _near(
    sounds: PhonemeTrack, chosen: NDArray[np.bool_], track: FaceTrack, before_s: float, after_s: float
) -> NDArray[np.bool_]:
    """[T] the frames from `before_s` before to `after_s` after one of the `chosen` [P] sounds."""
    times_s = np.arange(len(track)) / float(track.motion.fps)
    near = np.zeros(len(track), bool)
    for start_s, end_s in zip(sounds.start_s[chosen], sounds.end_s[chosen], strict=True):
        near |= (times_s >= start_s - before_s) & (times_s <= end_s + after_s)
    return near


@lru_cache(maxsize=4)
def _person(head: HeadModel, identity: bytes, displacement: bytes) -> PosedHead:
    """The head of a person; many clips are of one."""
    own = np.frombuffer(displacement, np.float32).reshape(-1, 3)
    return head.posed(np.frombuffer(identity, np.float32) if identity else None, own if len(own) else None)


def _levelled(audio: Audio, wanted_lufs: float) -> Audio:
    """The sound at that loudness; silence stays silent."""
    found = loudness_lufs(audio)
    gain = 10 ** ((wanted_lufs - found) / 20) if np.isfinite(found) else 1.0
    return Audio((audio.samples * gain).clip(-1, 1).astype(np.float32), audio.sample_rate)


def _trust(
    track: FaceTrack, rested: RestedMotion, sounds: PhonemeTrack, sound_s: float, config: JoinConfig
) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """(valid [T], confidence [T]): a frame with twice the usual error is believed by half."""
    times_s = np.arange(len(track)) / float(track.motion.fps)
    lips_off_mm = np.abs(np.maximum(rested.gap_mm, 0) - np.maximum(rested.wanted_gap_mm, 0))
    valid = track.valid & (track.landmark_error <= config.largest_error_px) & (times_s <= sound_s)
    valid &= (lips_off_mm <= config.largest_gap_change_mm) & ~doubtful_frames(track, rested.gap_mm, sounds, config)
    excess = np.maximum(track.landmark_error / config.usual_error_px - 1, 0)
    return valid, np.where(valid, 1 / (1 + excess**2), 0).astype(np.float32)
