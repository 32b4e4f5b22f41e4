"""An animator on a fixed set of sentences: lip closure, mouth opening in silence, smoothness, speed.

    python benchmarks/animator.py --voice lj      # sentences as that voice speaks them
    python benchmarks/animator.py --by-rule       # no voice: durations from a table
    python benchmarks/animator.py --voice lj --animator mine=runs/mine/animator

The result says which of the two it was. Closure and silence are measured on the vertices of the shipped head.
"""

from __future__ import annotations

import argparse
import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from anchor import anchor, best_median_ms
from avatron.core.speech import PhonemeSequence, Speech
from avatron.evaluation.lips import CLOSED_GAP_MM, bilabial_closures, lip_gap_of, silence_gaps
from avatron.evaluation.measurement import measured_mean, measured_share
from avatron.evaluation.smoothness import derivative, log_dimensionless_jerk
from avatron.face.head import HeadModel
from avatron.motion.animators import load_animator
from avatron.motion.protocol import Animator
from avatron.motion.style import MotionStyle
from avatron.text.frontends import frontend_for
from record import write_result

SENTENCES = (
    "Pop my maple bubble, five vivid waves, the thin lather, shoe you owe.",
    "Hello! I am Ava. I was never recorded saying this.",
    "The morning train was late again, so we walked along the river and talked about the weather.",
    "She opened the small wooden box, and inside it lay a silver key.",
    "Machines can now read aloud, but listening is still a human art.",
    "Could you tell me where the nearest library is?",
    "Please remember to bring two bottles of water and a warm jacket.",
    "Bob and Pam built a big brown boat by the bay.",
    "My mother makes marmalade from plums and apples.",
    "Peter Piper picked a peck of pickled peppers.",
    "Five fluffy foxes found every vivid flower in the valley.",
    "I never thought that they would move both of them.",
    "The weather there is rather smooth, though the path is thin.",
    "We will wait where the wind was warm.",
    "You should choose a new blue suit for the school.",
    "She sells sea shells by the shore, and the shells she sells are surely sea shells.",
    "Judge Jones measured the edge of the treasure chest.",
    "A quick brown fox jumps over the lazy dog.",
    "Pack my box with five dozen liquor jugs.",
    "How now, brown cow?",
    "Boys enjoy noisy toys, but coins annoy Roy.",
    "No one knows how slowly the boat goes home.",
    "Maybe, maybe not.",
    "Stop!",
    "Why?",
    "The problem, however, is simple: people jump before they look.",
    "Empty promises impress nobody important.",
    "Good evening, and welcome to the programme.",
    "Look up at the moon above the rooftops.",
    "Thank you very much for watching, and see you tomorrow.",
)
FRAME_RATES = (24, 25, 30, 60)
PACES = (0.5, 1.0, 2.0)


def chosen_animator(text: str) -> tuple[str, Animator]:
    """(label, animator) of `NAME` or `NAME=FOLDER`."""
    name, equals, folder = text.partition("=")
    return name, load_animator(Path(folder) if equals else name)


def spoken(arguments: argparse.Namespace, phonemes: list[PhonemeSequence], pace: float) -> list[Speech]:
    """The sentences, one after another on one clock."""
    speeches: list[Speech] = []
    start_sample = 0
    for sentence in phonemes:
        if arguments.by_rule:
            sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
            from motion.synthetic import timed

            speech = timed(sentence, pace=pace, start_sample=start_sample, seed=len(speeches))
        else:
            from avatron.voice.style import VoiceStyle
            from avatron.voice.voices import load_voice

            style = VoiceStyle(pace=pace)
            speech = load_voice(arguments.voice).speak(sentence, style, start_sample=start_sample)
        start_sample += len(speech.audio.samples)
        speeches.append(speech)
    return speeches


def lips(animator: Animator, speeches: list[Speech], fps: int, head: HeadModel) -> dict[str, Any]:
    """Closure of P, B, M and opening in silence at one frame rate."""
    style = MotionStyle(fps=Fraction(fps))
    closed, silent = [], []
    for speech in speeches:
        motion = animator.animate(speech, style)
        gap_mm = lip_gap_of(motion, head)
        closed.append(bilabial_closures(gap_mm, motion, speech))
        silent.append(silence_gaps(gap_mm, motion, speech))
    everything_silent = np.concatenate(silent)
    return {
        "fps": fps,
        "closed_gap_mm": CLOSED_GAP_MM,
        "lip_closure": measured_share("lip closure on P B M", np.concatenate(closed), better="higher").as_json(),
        "silence": measured_mean("mouth opening in silence", everything_silent, unit="mm", better="lower").as_json(),
        "largest_opening_in_silence_mm": float(everything_silent.max()),
    }


def smoothness(animator: Animator, speeches: list[Speech]) -> dict[str, Any]:
    """Velocity and jerk of the jaw at 60 frames a second, sentence by sentence."""
    jaws = [animator.animate(speech, MotionStyle(fps=Fraction(60))).channel("jawOpen") for speech in speeches]
    return {
        "jaw_speed": measured_mean(
            "mean jaw speed",
            [float(np.abs(derivative(jaw, 60)).mean()) for jaw in jaws],
            unit="jawOpen per second",
            better="neither",
        ).as_json(),
        "jaw_peak_speed_per_s": float(max(np.abs(derivative(jaw, 60)).max() for jaw in jaws)),
        "largest_jaw_open": float(max(jaw.max() for jaw in jaws)),
        "jaw_smoothness": measured_mean(
            "ln dimensionless jerk of the jaw",
            [log_dimensionless_jerk(jaw, 60) for jaw in jaws],
            unit="",
            better="lower",
            citation="Balasubramanian et al. 2012",
        ).as_json(),
    }


def speed(animator: Animator, speeches: list[Speech]) -> dict[str, Any]:
    """Milliseconds to animate all sentences at 25 frames a second, every layer on."""
    style = MotionStyle()
    seconds = float(speeches[-1].end)
    elapsed_ms = best_median_ms(lambda: [animator.animate(speech, style) for speech in speeches], repeats=5)
    return {
        "film_s": seconds,
        "milliseconds": elapsed_ms,
        "milliseconds_per_minute": 60 * elapsed_ms / seconds,
        "goal_milliseconds_per_minute": 100,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--voice", help="name or folder of a voice")
    source.add_argument("--by-rule", action="store_true", help="durations from a table instead of a voice")
    parser.add_argument(
        "--animator", default="viseme", metavar="NAME[=FOLDER]", help="a name, or a learned one's folder"
    )
    arguments = parser.parse_args()
    name, animator = chosen_animator(arguments.animator)
    frontend = frontend_for("en-us", ("en-us",))
    phonemes = [frontend.phonemize(sentence, "en-us") for sentence in SENTENCES]
    head = HeadModel.load()
    normal = spoken(arguments, phonemes, 1.0)
    by_pace = {pace: normal if pace == 1.0 else spoken(arguments, phonemes, pace) for pace in PACES}
    result = {
        "anchor": anchor(),
        "animator": name,
        "durations": "by rule" if arguments.by_rule else f"voice {arguments.voice}",
        "sentences": len(SENTENCES),
        "lips": [
            {"pace": pace, **lips(animator, by_pace[pace], fps, head)}
            for pace, fps in [*((1.0, fps) for fps in FRAME_RATES), (0.5, 25), (2.0, 25)]
        ],
        "smoothness": smoothness(animator, normal),
        "speed": speed(animator, normal),
    }
    print(json.dumps({"written": str(write_result("animator" if name == "viseme" else f"animator-{name}", result))}))
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
