"""Emotions at full intensity on a fixed set of sentences: closures, silence, and how the face moves.

python benchmarks/emotion.py --voice lj
"""

from __future__ import annotations

import argparse
import json
from fractions import Fraction
from typing import Any

import numpy as np

from anchor import anchor
from animator import SENTENCES
from avatron.core.emotion import EMOTIONS, Emotion
from avatron.core.speech import Speech
from avatron.evaluation.lips import CLOSED_GAP_MM, bilabial_closures, lip_gap_of, silence_gaps
from avatron.evaluation.measurement import measured_mean, measured_share
from avatron.evaluation.smoothness import derivative
from avatron.face.head import HeadModel
from avatron.motion.animators import ANIMATORS, DEFAULT_ANIMATOR
from avatron.motion.style import MotionStyle
from avatron.text.frontends import frontend_for
from avatron.voice.emotion import felt_by_voice
from avatron.voice.style import VoiceStyle
from avatron.voice.voices import load_voice
from record import write_result

SHAPES = (
    "jawOpen",
    "mouthSmileLeft",
    "mouthFrownLeft",
    "cheekSquintLeft",
    "browInnerUp",
    "browDownLeft",
    "eyeWideLeft",
)


def measured(emotion: str, voice: Any, phonemes: list[Any], head: HeadModel) -> dict[str, Any]:
    """Of one emotion over all sentences, said with it."""
    animator = ANIMATORS.get(DEFAULT_ANIMATOR)()
    style = MotionStyle(fps=Fraction(25), emotion=emotion)
    closed, silent, speeds, heads, lengths_s = [], [], [], [], []
    shapes: dict[str, list[float]] = {name: [] for name in SHAPES}
    start_sample = 0
    for sequence in phonemes:
        speech: Speech = voice.speak(felt_by_voice(sequence, Emotion(emotion)), VoiceStyle(), start_sample=start_sample)
        start_sample += len(speech.audio.samples)
        motion = animator.animate(speech, style)
        gap_mm = lip_gap_of(motion, head)
        closed.append(bilabial_closures(gap_mm, motion, speech))
        silent.append(silence_gaps(gap_mm, motion, speech))
        speeds.append(float(np.abs(derivative(motion.channel("jawOpen"), 25)).mean()))
        turned = np.degrees((motion.head_rotation + motion.neck_rotation).astype(np.float64))
        heads.append(float(np.linalg.norm(derivative(turned, 25), axis=1).mean()))
        lengths_s.append(float(speech.end - speech.start))
        for name, values in shapes.items():
            values.append(float(motion.channel(name).mean()))
    return {
        "emotion": emotion,
        "closed_gap_mm": CLOSED_GAP_MM,
        "lip_closure": measured_share("lip closure on P B M", np.concatenate(closed), better="higher").as_json(),
        "silence": measured_mean(
            "mouth opening in silence", np.concatenate(silent), unit="mm", better="lower"
        ).as_json(),
        "jaw_speed": measured_mean("mean jaw speed", speeds, unit="jawOpen per second", better="neither").as_json(),
        "head_speed": measured_mean("mean head speed", heads, unit="degrees per second", better="neither").as_json(),
        "seconds": sum(lengths_s),
        "mean_weights": {name: float(np.mean(values)) for name, values in shapes.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voice", default="lj", help="name or folder of a voice")
    arguments = parser.parse_args()
    voice = load_voice(arguments.voice)
    frontend = frontend_for("en-us", ("en-us",))
    phonemes = [frontend.phonemize(sentence, "en-us") for sentence in SENTENCES]
    head = HeadModel.load()
    result = {
        "anchor": anchor(),
        "voice": arguments.voice,
        "sentences": len(SENTENCES),
        "emotions": [measured(emotion, voice, phonemes, head) for emotion in EMOTIONS],
    }
    print(json.dumps({"written": str(write_result("emotion", result))}))
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
