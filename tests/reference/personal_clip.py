"""A person who never was: a shipped voice says some sentences, and the track of a face that moves with them is made
from the shipped decoder's curves, in a known manner, with known blinks and a known sway of the head."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.core.motion import EXPRESSION_INDEX, EXPRESSION_NAMES, FaceMotion
from avatron.core.speech import Speech
from avatron.core.timeline import sample_curve
from avatron.core.track import FaceTrack
from avatron.io.folders import load_folder
from avatron.motion.decoder.decoder import MotionDecoder
from avatron.motion.decoder.shipped import find_weights
from avatron.motion.viseme.silence import edge_rest
from avatron.text.frontends import frontend_for
from avatron.voice.style import VoiceStyle
from avatron.voice.voices import load_voice

__all__ = ["BLINK_EVERY_S", "FPS", "OFFSET_S", "REST_SMILE", "PersonalClip", "personal_clip", "spoken"]

FPS = 25
OFFSET_S = 0.08
"""The sound of the clip comes so much after its picture."""
REST_SMILE = 0.25
"""This person smiles whatever they say, ..."""
OPENING = 0.6
"""... opens the mouth that part as far as the decoder would, ..."""
BLINK_EVERY_S = 2.5
"""... and blinks like a clock."""
SENTENCES = (
    "Maybe Bob may pay for the blue umbrella before breakfast.",
    "My brother put the paper map on top of the piano.",
    "We have found five very fine vines in the village.",
    "People who jump from a boat may bump into a pump.",
)


@dataclass(frozen=True, eq=False)
class PersonalClip:
    """What a replica would be built from."""

    track: FaceTrack
    speeches: tuple[Speech, ...]


@lru_cache(maxsize=8)
def spoken(text: str, start_sample: int = 0) -> Speech:
    """`text` in the voice `lj`."""
    voice = load_voice("lj")
    phonemes = frontend_for("en-us", voice.languages).phonemize(text, "en-us")
    return voice.speak(phonemes, VoiceStyle(), start_sample=start_sample)


@lru_cache(maxsize=1)
def personal_clip() -> PersonalClip:
    """About 13 s of the person."""
    decoder = MotionDecoder.load(load_folder(find_weights("avatron"), "animator"))
    speeches: list[Speech] = []
    for text in SENTENCES:
        speeches.append(spoken(text, sum(len(speech.audio.samples) for speech in speeches)))
    count = int(float(speeches[-1].end) * FPS)
    times_s = np.arange(count) / FPS
    expression = np.zeros((count, len(EXPRESSION_NAMES)), np.float32)
    columns = [EXPRESSION_INDEX[name] for name in decoder.config.channels]
    for speech in speeches:
        curves = np.clip(decoder.curves(speech), 0, 1)
        heard_s = times_s + OFFSET_S - speech.start_s
        inside = (heard_s >= 0) & (heard_s < float(speech.end - speech.start))
        moved = sample_curve(curves.T, decoder.config.frame_rate, heard_s[inside]).T
        still = 1 - edge_rest(speech.spans, float(speech.end - speech.start), heard_s[inside])
        expression[np.ix_(inside, columns)] = moved * still[:, None]
    for name in ("jawOpen", "mouthClose", "mouthLowerDownLeft", "mouthLowerDownRight"):
        expression[:, EXPRESSION_INDEX[name]] *= OPENING
    for side in ("Left", "Right"):
        smile = expression[:, EXPRESSION_INDEX[f"mouthSmile{side}"]]
        expression[:, EXPRESSION_INDEX[f"mouthSmile{side}"]] = REST_SMILE + (1 - REST_SMILE) * smile
        expression[:, EXPRESSION_INDEX[f"eyeBlink{side}"]] = 0.1 + 0.8 * _blinks(times_s)
    sway = np.stack([0.05 * np.sin(0.9 * times_s), 0.08 * np.sin(0.6 * times_s), 0.02 * np.sin(1.3 * times_s)], 1)
    motion = replace(
        FaceMotion.at_rest(count), expression=expression, head_rotation=sway.astype(np.float32), fps=Fraction(FPS)
    )
    track = FaceTrack(
        identity=np.zeros(10, np.float32),
        displacement=np.zeros((0, 3), np.float32),
        motion=motion,
        camera=Camera(512, 512, 900.0, (256.0, 256.0), np.eye(3), np.zeros(3)),
        radial_distortion=0.0,
        landmark_error=np.ones(count, np.float32),
        valid=np.ones(count, bool),
        audio_offset_s=OFFSET_S,
    )
    return PersonalClip(track, tuple(speeches))


def _blinks(times_s: NDArray[np.float64]) -> NDArray[np.float32]:
    """[T] lids that close in 0.1 s and open in 0.2 s, in the middle of each period."""
    since_s = np.mod(times_s, BLINK_EVERY_S) - 0.5 * BLINK_EVERY_S
    return np.clip(np.minimum(1 + since_s / 0.1, 1 - since_s / 0.2), 0, 1).astype(np.float32)
