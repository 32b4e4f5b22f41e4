"""Whether a voice that is steered by a recording speaks like it, measured on the sound of both.

    python benchmarks/reference.py --data FOLDER [--voice lj]

FOLDER holds corpora, each with a folder `wavs`: of each, clips that no stage of training saw are the recordings. Ten
texts are spoken with each of them, and the output is measured as the recording is. Besides: styles of the voice itself,
which should come back, and what damage to a recording does to its numbers.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.io.audio import read_audio
from avatron.io.resample import resample_audio
from avatron.text.frontends import frontend_for
from avatron.voice.protocol import Voice
from avatron.voice.reference.clip import measure_clip
from avatron.voice.reference.measures import SpeechMeasures, measure_speech
from avatron.voice.reference.transfer import TAKEN, style_of
from avatron.voice.style import VoiceStyle
from avatron.voice.voices import load_voice
from record import write_result

TEXTS = (
    "The train to the coast leaves every morning at a quarter past seven.",
    "She opened the letter, read it twice, and put it back on the table.",
    "If you follow the river for an hour, you will come to a small stone bridge.",
    "Most of the houses were dark, but one window was still lit.",
    "They had planted apples, pears and plums along the southern wall.",
    "It was not the answer that he wanted; it was, however, the truth.",
    "The museum is closed on Mondays, except in July and August.",
    "Three men carried the piano up the stairs, slowly, one step at a time.",
    "Nothing in the report explains why the lights went out.",
    "After the storm the air was clear, and we could see the islands.",
)
OTHER_TEXTS = (
    "The city council voted on Tuesday to close the old bridge for repairs.",
    "Work will begin in March, officials said, and should be finished before the end of the year.",
    "Drivers are asked to use the northern route.",
    "When the sunlight strikes raindrops in the air, they act as a prism and form a rainbow.",
    "Its two ends lie beyond the horizon, and nobody has ever reached them.",
)
STYLES = (
    VoiceStyle(),
    VoiceStyle(pace=0.75),
    VoiceStyle(pace=1.25),
    VoiceStyle(pace=1.5),
    VoiceStyle(pitch_range=0.6),
    VoiceStyle(pitch_range=1.5),
    VoiceStyle(dynamics=0.6),
    VoiceStyle(dynamics=1.6),
    VoiceStyle(pauses=0.6),
    VoiceStyle(pauses=1.6),
    VoiceStyle(pace=1.25, pitch_range=1.5),
    VoiceStyle(pace=0.8, pitch_range=0.7, dynamics=1.5, pauses=1.5),
)
HELD_OUT_STRIDE = 20
CLIPS_PER_CORPUS = 7
MEASURES = ("articulation_rate", "pitch_range", "loudness_range", "mean_pause_s")
UNITS = {
    "articulation_rate": "syllables per second of speech",
    "pitch_range": "semitones between the 10th and the 90th percentile",
    "loudness_range": "dB between the 10th and the 90th percentile of the syllables",
    "mean_pause_s": "seconds",
}


def spoken(voice: Voice, texts: Iterable[str], style: VoiceStyle) -> Audio:
    """The texts, one after another."""
    frontend = frontend_for("en-us", voice.languages)
    return Audio.joined([voice.speak(frontend.phonemize(text, "en-us"), style).audio for text in texts])


def recordings(data: Path) -> dict[str, Audio]:
    """Clips that no stage of training saw, by the name of their corpus and their own."""
    found = {}
    for folder in sorted(data.glob("*/wavs")):
        held_out = sorted(folder.iterdir())[::HELD_OUT_STRIDE]
        for path in held_out[:: max(1, len(held_out) // CLIPS_PER_CORPUS)][:CLIPS_PER_CORPUS]:
            found[f"{folder.parent.name}/{path.stem}"] = read_audio(path)
    return found


def numbers(measures: SpeechMeasures) -> dict[str, float]:
    """What is compared."""
    return {name: round(getattr(measures, name), 3) for name in MEASURES}


def transfer(voice: Voice, clips: dict[str, Audio]) -> dict[str, Any]:
    """For each clip its numbers, the style that was taken, and the numbers of what was said with it."""
    own = measure_speech(spoken(voice, TEXTS, VoiceStyle()))
    rows = {}
    for name, audio in clips.items():
        clip = measure_clip(audio, name)
        taken = style_of(clip, voice)
        said = measure_speech(spoken(voice, TEXTS, taken.style))
        rows[name] = {
            "clip_s": round(audio.duration_s, 2),
            "pauses": clip.measures.pause_count,
            "clip": numbers(clip.measures),
            "taken": {factor: round(getattr(taken.style, factor), 3) for factor in TAKEN},
            "output": numbers(said),
        }
        print(name, rows[name], flush=True)
    return {"own": numbers(own), "agreement": agreement(rows, numbers(own)), "clips": rows}


def agreement(rows: dict[str, Any], own: dict[str, float]) -> dict[str, Any]:
    """For each measure: how output and clip agree over the clips, and how far off the voice is unsteered."""
    result = {}
    for name in MEASURES:
        # A clip without a pause shows no length of one.
        kept = [row for row in rows.values() if row["clip"][name] > 0]
        clip = np.log([row["clip"][name] for row in kept])
        output = np.log([row["output"][name] for row in kept])
        result[name] = {
            "unit": UNITS[name],
            "clips": len(kept),
            "correlation": round(float(np.corrcoef(clip, output)[0, 1]), 3),
            "ratio": round(float(np.exp(np.mean(output - clip))), 3),
            "distance_percent": percent(np.abs(output - clip)),
            "distance_percent_unsteered": percent(np.abs(np.log(own[name]) - clip)),
        }
    return result


def percent(distances: NDArray[np.float64]) -> float:
    """Mean of distances in ln units, as a percentage."""
    return round(float(np.expm1(np.mean(distances)) * 100), 1)


def round_trips(voice: Voice) -> list[dict[str, Any]]:
    """The voice's own styles, from what it says with them."""
    rows = []
    for style in STYLES:
        found = style_of(measure_clip(spoken(voice, OTHER_TEXTS, style), "own"), voice).style
        rows.append(
            {
                "asked": {factor: getattr(style, factor) for factor in TAKEN},
                "found": {factor: round(getattr(found, factor), 3) for factor in TAKEN},
            }
        )
        print(rows[-1], flush=True)
    return rows


def noisy(decibels: float) -> Callable[[Audio], Audio]:
    """White noise, so far below the mean power of the clip."""

    def add(audio: Audio) -> Audio:
        noise = np.random.default_rng(0).standard_normal(len(audio.samples))
        level = np.sqrt(np.mean(audio.samples.astype(np.float64) ** 2)) * 10 ** (-decibels / 20)
        return Audio((audio.samples + level * noise).astype(np.float32), audio.sample_rate)

    return add


def clipped(decibels: float) -> Callable[[Audio], Audio]:
    """Recorded with so much gain too much."""

    def clip(audio: Audio) -> Audio:
        most = float(np.abs(audio.samples).max()) * 10 ** (-decibels / 20)
        return Audio(np.clip(audio.samples, -most, most), audio.sample_rate)

    return clip


DAMAGES: dict[str, Callable[[Audio], Audio]] = {
    "8 kHz": lambda audio: resample_audio(audio, 8000),
    "16 kHz": lambda audio: resample_audio(audio, 16000),
    "noise 30 dB below": noisy(30),
    "noise 20 dB below": noisy(20),
    "noise 10 dB below": noisy(10),
    "clipped by 6 dB": clipped(6),
    "clipped by 10 dB": clipped(10),
    "clipped by 15 dB": clipped(15),
}


def damage(clips: dict[str, Audio]) -> dict[str, Any]:
    """What damage does to the numbers: mean ratio to the clip as it was, and its standard deviation in percent."""
    whole = {name: measure_speech(audio) for name, audio in clips.items()}
    result = {}
    for label, spoil in DAMAGES.items():
        spoiled = {name: measure_speech(spoil(audio)) for name, audio in clips.items()}
        row: dict[str, Any] = {}
        for measure in MEASURES:
            pairs = [(getattr(spoiled[name], measure), getattr(whole[name], measure)) for name in clips]
            ratios = np.log([after / before for after, before in pairs if before > 0 and after > 0])
            row[measure] = {
                "ratio": round(float(np.exp(ratios.mean())), 3),
                "deviation_percent": percent(np.atleast_1d(ratios.std())),
            }
        result[label] = row
        print(label, row, flush=True)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("AVATRON_DATA"))
    parser.add_argument("--voice", default="lj")
    options = parser.parse_args()
    if options.data is None:
        parser.error("give --data FOLDER or set AVATRON_DATA")
    voice = load_voice(options.voice)
    clips = recordings(Path(options.data))
    result = {
        "voice": voice.name,
        "round_trips": round_trips(voice),
        "damage": damage(clips),
        "transfer": transfer(voice, clips),
    }
    print(write_result("reference", result))


if __name__ == "__main__":
    main()
