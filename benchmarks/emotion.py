"""Emotions at full intensity on a fixed set of sentences: closures, silence, and how the face moves.

python benchmarks/emotion.py --voice lj --animators viseme mine=runs/mine/animator

Prints the table of `docs/emotion.md`.
"""

from __future__ import annotations

import argparse
import json
from fractions import Fraction
from typing import Any

import numpy as np

from anchor import anchor
from animator import SENTENCES, chosen_animator
from avatron.core.emotion import EMOTIONS, Emotion
from avatron.core.speech import PhonemeSequence, Speech
from avatron.evaluation.lips import CLOSED_GAP_MM, bilabial_closures, lip_gap_of, silence_gaps
from avatron.evaluation.measurement import measured_mean, measured_share
from avatron.evaluation.smoothness import derivative
from avatron.face.head import HeadModel
from avatron.motion.protocol import Animator
from avatron.motion.style import MotionStyle
from avatron.text.frontends import frontend_for
from avatron.voice.emotion import felt_by_voice
from avatron.voice.protocol import Voice
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


def spoken(emotion: str, voice: Voice, phonemes: list[PhonemeSequence]) -> list[Speech]:
    """All sentences, said with one emotion, one after another on one clock."""
    speeches: list[Speech] = []
    start_sample = 0
    for sequence in phonemes:
        felt = felt_by_voice(sequence, Emotion(emotion))
        speeches.append(voice.speak(felt, VoiceStyle(), start_sample=start_sample))
        start_sample += len(speeches[-1].audio.samples)
    return speeches


def measured(emotion: str, animator: Animator, speeches: list[Speech], head: HeadModel) -> dict[str, Any]:
    """What one animator does with sentences that are said with one emotion."""
    style = MotionStyle(fps=Fraction(25), emotion=emotion)
    closed, silent, speeds, heads = [], [], [], []
    shapes: dict[str, list[float]] = {name: [] for name in SHAPES}
    for speech in speeches:
        motion = animator.animate(speech, style)
        gap_mm = lip_gap_of(motion, head)
        closed.append(bilabial_closures(gap_mm, motion, speech))
        silent.append(silence_gaps(gap_mm, motion, speech))
        speeds.append(float(np.abs(derivative(motion.channel("jawOpen"), 25)).mean()))
        turned = np.degrees((motion.head_rotation + motion.neck_rotation).astype(np.float64))
        heads.append(float(np.linalg.norm(derivative(turned, 25), axis=1).mean()))
        for name, values in shapes.items():
            values.append(float(motion.channel(name).mean()))
    return {
        "closed_gap_mm": CLOSED_GAP_MM,
        "lip_closure": measured_share("lip closure on P B M", np.concatenate(closed), better="higher").as_json(),
        "silence": measured_mean(
            "mouth opening in silence", np.concatenate(silent), unit="mm", better="lower"
        ).as_json(),
        "jaw_speed": measured_mean("mean jaw speed", speeds, unit="jawOpen per second", better="neither").as_json(),
        "head_speed": measured_mean("mean head speed", heads, unit="degrees per second", better="neither").as_json(),
        "mean_weights": {name: float(np.mean(values)) for name, values in shapes.items()},
    }


def table(result: dict[str, Any]) -> str:
    """The result as the docs show it."""
    lines = [
        "| emotion | animator | speech s | closed P B M | silence mm | jaw /s | head deg/s | smile | frown | brows |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in result["emotions"]:
        for name, one in row["animators"].items():
            closed, weights = one["lip_closure"], one["mean_weights"]
            cells = [
                *(row["emotion"], name, f"{row['seconds']:.0f}"),
                f"{round(closed['mean'] * closed['count'])} of {closed['count']}",
                f"{one['silence']['mean']:.2f}",
                f"{one['jaw_speed']['mean']:.2f}",
                f"{one['head_speed']['mean']:.1f}",
                f"{weights['mouthSmileLeft']:.2f}",
                f"{weights['mouthFrownLeft']:.2f}",
                f"{weights['browInnerUp']:.2f} up, {weights['browDownLeft']:.2f} down",
            ]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voice", default="lj", help="name or folder of a voice")
    parser.add_argument(
        "--animators", nargs="+", default=["viseme"], metavar="NAME[=FOLDER]", help="names, or folders of learned ones"
    )
    arguments = parser.parse_args()
    voice = load_voice(arguments.voice)
    frontend = frontend_for("en-us", ("en-us",))
    phonemes = [frontend.phonemize(sentence, "en-us") for sentence in SENTENCES]
    head = HeadModel.load()
    animators = dict(chosen_animator(text) for text in arguments.animators)
    rows = []
    for emotion in EMOTIONS:
        speeches = spoken(emotion, voice, phonemes)
        rows.append(
            {
                "emotion": emotion,
                "seconds": float(speeches[-1].end),
                "animators": {name: measured(emotion, one, speeches, head) for name, one in animators.items()},
            }
        )
    result = {"anchor": anchor(), "voice": arguments.voice, "sentences": len(SENTENCES), "emotions": rows}
    print(json.dumps({"written": str(write_result("emotion", result))}))
    print(table(result))


if __name__ == "__main__":
    main()
