"""From how a clip is spoken to a style that makes a voice speak so.

The voice says a paragraph, which is measured as the clip is; where the two differ the style is moved, and the paragraph
said again. So no number is stored for a voice, whatever makes it nonlinear is undone, and a voice that hears itself
keeps its own style.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from avatron.core.audio import Audio
from avatron.io.resample import resample_audio
from avatron.text.frontends import frontend_for
from avatron.voice.protocol import Voice
from avatron.voice.reference.clip import ReferenceClip, read_clip
from avatron.voice.reference.measures import WIDEST_RATE, SpeechMeasures, measure_speech
from avatron.voice.style import HIGHEST_FACTOR, LOWEST_FACTOR, VoiceStyle

__all__ = ["ClipStyle", "style_from_clip", "style_of"]

PARAGRAPH = (
    "The lighthouse keeper climbed the narrow stairs every evening, carrying a lamp, a book and a cup of tea.",
    "He counted the waves, as he had always done, and wrote the number in a small grey notebook.",
    "Nobody had ever asked him why; perhaps he would not have known what to say.",
    "When the morning came he slept until noon, and the gulls were quiet.",
)
"""Plain prose of twenty seconds, with a list, commas and falls. It is said in English whatever languages the
voice has: what is asked of it is its tempo and its melody."""
PARAGRAPH_LANGUAGE = "en-us"

TAKEN = ("pace", "pitch_range", "dynamics", "pauses")
"""The fields of a style that come from a clip."""
ROUNDS = 3
"""How often the style is moved; the voice follows a factor by two thirds or more, so that little is left."""
CLOSE_ENOUGH = 0.03
"""Natural log of a ratio that nobody hears."""
TELLING_S = 2.0
TELLING_DYNAMICS_S = 5.0
TELLING_PAUSES = 1
"""With so much speech (for pace and pitch range, and for dynamics), or so many pauses, the logarithm of a ratio counts
half. A short clip tells little of a style and much of its text: clips of one reader, 6 s each, differ by 12 % in tempo,
20 % in pitch range, 26 % in the range of loudness and 30 % in pauses."""


@dataclass(frozen=True)
class ClipStyle:
    """What a clip asks of a voice."""

    style: VoiceStyle
    """Factors on the voice's own, those of `TAKEN`."""
    pitch: float
    """The clip's pitch relative to the voice's, NaN if that has none. It is not taken: it is the size of another
    speaker's larynx more than the way he speaks."""
    remarks: tuple[str, ...]
    """What was taken, and what a user should know of the clip."""

    def applied_to(self, style: VoiceStyle, on_note: Callable[[str], None]) -> VoiceStyle:
        """`style` on top of the clip's; `on_note` hears what was taken, and what the voice cannot do of it."""
        for remark in self.remarks:
            on_note(remark)
        both: dict[str, Any] = {}
        for name in TAKEN:
            asked = getattr(self.style, name) * getattr(style, name)
            both[name] = _in_range(asked)
            if asked != both[name]:
                on_note(
                    f"{name.replace('_', ' ')} {asked:.2f}, the clip's times the option's, is outside "
                    f"{LOWEST_FACTOR:g} .. {HIGHEST_FACTOR:g}: {both[name]:g} is taken"
                )
        return replace(style, **both)


def style_from_clip(path: Path | str, voice: Voice) -> ClipStyle:
    """What makes `voice` speak as the recording at `path` does; it is measured once for as long as it does not change.

    Raises:
        UnreadableFileError: a file that shows nobody speaking; see `read_clip`.
    """
    path = Path(path)
    state = path.stat() if path.is_file() else None
    changed = None if state is None else (state.st_mtime_ns, state.st_size)
    return _remembered(path, changed, voice)  # type: ignore[arg-type]  # any voice is hashed by what it is


@lru_cache(maxsize=8)
def _remembered(path: Path, changed: tuple[int, int] | None, voice: Voice) -> ClipStyle:
    return style_of(read_clip(path), voice)


def style_of(clip: ReferenceClip, voice: Voice) -> ClipStyle:
    """What makes `voice` speak as in `clip`."""
    heard_at = min(clip.sample_rate, WIDEST_RATE)
    own = _said(voice, VoiceStyle(), heard_at)
    style, said = VoiceStyle(), own
    for number in range(ROUNDS):
        moved = _moved(style, said, clip)
        change = max(abs(math.log(getattr(moved, name) / getattr(style, name))) for name in TAKEN)
        style = moved
        if change < CLOSE_ENOUGH:
            break
        if number < ROUNDS - 1:
            said = _said(voice, style, heard_at)
    measures = clip.measures
    told = measures.speech_s / (measures.speech_s + TELLING_S)
    style = replace(
        style,
        pace=style.pace**told,
        pitch_range=style.pitch_range**told,
        dynamics=style.dynamics ** (measures.speech_s / (measures.speech_s + TELLING_DYNAMICS_S)),
        pauses=style.pauses ** (measures.pause_count / (measures.pause_count + TELLING_PAUSES)),
    )
    # A voice that whispers has no pitch to compare with.
    pitch = measures.pitch_hz / own.pitch_hz if own.pitch_hz else math.nan
    taken = ", ".join(f"{name.replace('_', ' ')} {getattr(style, name):.2f}" for name in TAKEN)
    found = f"style from {clip.name}: {taken}; its pitch, {pitch:.2f} times the voice's, is left alone"
    return ClipStyle(style, pitch, (found, *clip.remarks))


def _moved(style: VoiceStyle, said: SpeechMeasures, clip: ReferenceClip) -> VoiceStyle:
    """`style` with each factor moved by the ratio of what the clip shows and what the voice `said` with it."""
    shown = clip.measures
    tells_pauses = shown.pause_count > 0 and said.pause_count > 0 and not clip.hides_pauses
    return replace(
        style,
        pace=_in_range(style.pace * _ratio(shown.articulation_rate, said.articulation_rate)),
        pitch_range=_in_range(style.pitch_range * _ratio(shown.pitch_range, said.pitch_range)),
        dynamics=1.0
        if clip.hides_dynamics
        else _in_range(style.dynamics * _ratio(shown.loudness_range, said.loudness_range)),
        pauses=_in_range(style.pauses * _ratio(shown.mean_pause_s, said.mean_pause_s)) if tells_pauses else 1.0,
    )


def _said(voice: Voice, style: VoiceStyle, heard_at: int) -> SpeechMeasures:
    """How the voice says the paragraph, heard at that sample rate: what a telephone takes, it takes from both."""
    return _said_once(voice, style, heard_at)  # type: ignore[arg-type]  # as above


@lru_cache(maxsize=16)
def _said_once(voice: Voice, style: VoiceStyle, heard_at: int) -> SpeechMeasures:
    frontend = frontend_for(PARAGRAPH_LANGUAGE, (PARAGRAPH_LANGUAGE,))
    sentences = [voice.speak(frontend.phonemize(text, PARAGRAPH_LANGUAGE), style).audio for text in PARAGRAPH]
    return measure_speech(resample_audio(Audio.joined(sentences), heard_at))


def _ratio(shown: float, said: float) -> float:
    # A clip on one note has no range at all, and a voice that whispers none of its own.
    return shown / said if shown > 0 and said > 0 else (LOWEST_FACTOR if said > 0 else 1.0)


def _in_range(factor: float) -> float:
    return min(max(factor, LOWEST_FACTOR), HIGHEST_FACTOR)
