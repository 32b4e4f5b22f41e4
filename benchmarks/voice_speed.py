"""How fast voices are: real-time factor from text to sound, part by part, and the time to the first sound.

    python benchmarks/voice_speed.py [--voice lj]

Everything is warm. A real-time factor is seconds of work a second of speech, the best of five medians over twelve
sentences; the first sound is timed over twenty sentences of ten words. The fixed work of `anchor` is timed before,
between and after: where its times differ, the machine was disturbed, and so are the numbers. Seconds of the processor,
of all threads together, are given beside those of the clock: others who use the same cores disturb them less.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from anchor import anchor
from avatron.evaluation.voice.texts import new_sentences
from avatron.text.frontends import frontend_for
from avatron.text.script import parse_script
from avatron.voice.neural import NeuralVoice
from avatron.voice.style import VoiceStyle
from avatron.voice.voices import list_voices, load_voice
from record import write_result

TEN_WORDS = (
    "Please close the door when you leave the house tonight.",
    "The children played outside until the sun went down slowly.",
    "She opened the small box and found a silver key.",
    "We walked along the river and talked about the weather.",
    "My brother bought a new bicycle for his daughter yesterday.",
    "There are seven bridges over the river in this town.",
    "Nobody could remember where the old map had been hidden.",
    "A warm wind carried the smell of bread across town.",
    "Could you tell me where the nearest public library is?",
    "The teacher wrote a long sentence on the empty blackboard.",
    "He poured two cups of coffee and sat down again.",
    "Every morning the same bird sings outside of my window.",
    "They decided to wait until the heavy rain had stopped.",
    "Put the plates on the table and call your sister.",
    "It takes about an hour to drive to the airport.",
    "The doctor asked him to come back again next Monday.",
    "What a wonderful surprise it was to see you here!",
    "Some people prefer tea, but I always drink black coffee.",
    "The little boat drifted slowly towards the far stone harbour.",
    "You should read this book before you watch the film.",
)
EVERY = 8
"""For the real-time factor: every eighth of the hundred new sentences."""
ROUNDS = 5
PARTS = ("text", "encoder", "decoder", "vocoder")
GOAL_REAL_TIME_FACTOR, GOAL_FIRST_SOUND_MS = 0.01, 40.0
STYLE = VoiceStyle()


class Stopwatch:
    """Seconds of the parts of one sentence, by the clock and of the processor."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {"processor": 0.0}

    def time(self, part: str, work: Callable[[], Any]) -> Any:
        """`work()`, its time counted."""
        start, start_processor = time.perf_counter(), time.process_time()
        result = work()
        self.seconds[part] = self.seconds.get(part, 0.0) + time.perf_counter() - start
        self.seconds["processor"] += time.process_time() - start_processor
        return result


def spoken(voice: NeuralVoice, frontend: Any, text: str) -> tuple[float, dict[str, float]]:
    """(seconds of speech, seconds of each part of the work) of a text."""
    watch = Stopwatch()
    samples = 0
    for sentence in watch.time("text", lambda: list(parse_script(text))):
        phonemes = watch.time("text", lambda: frontend.phonemize(sentence.marked, sentence.language))  # noqa: B023
        reading = watch.time("encoder", lambda: voice.acoustic_model.read(phonemes, STYLE))  # noqa: B023
        drawing = watch.time("decoder", lambda: voice.acoustic_model.draw(reading))  # noqa: B023
        pieces = watch.time("vocoder", lambda: list(voice.render(drawing, STYLE)))  # noqa: B023
        samples += sum(len(piece.samples) for piece in pieces)
    return samples / voice.sample_rate, watch.seconds


def real_time_factor(voice: NeuralVoice, frontend: Any) -> dict[str, Any]:
    """Text to sound, and each part: medians over the sentences, of the best of the rounds."""
    rounds = []
    for _ in range(ROUNDS):
        rows = [spoken(voice, frontend, text) for text in new_sentences()[::EVERY]]
        factors = {part: statistics.median(parts[part] / length_s for length_s, parts in rows) for part in rows[0][1]}
        factors["whole"] = statistics.median(sum(parts[part] for part in PARTS) / length_s for length_s, parts in rows)
        rounds.append(factors)
    best = min(rounds, key=lambda factors: factors["whole"])
    return {
        **{part: round(value, 5) for part, value in best.items()},
        "whole_of_each_round": [round(factors["whole"], 5) for factors in rounds],
    }


def first_sound(voice: NeuralVoice, frontend: Any) -> dict[str, Any]:
    """Milliseconds from a text of ten words to its first piece of sound: of the best round, and of each."""

    processor: list[float] = []

    def once(text: str) -> float:
        start, start_processor = time.perf_counter(), time.process_time()
        sentence = next(parse_script(text))
        next(voice.stream(frontend.phonemize(sentence.marked, sentence.language), STYLE))
        processor.append((time.process_time() - start_processor) * 1000)
        return (time.perf_counter() - start) * 1000

    once(TEN_WORDS[0])
    rounds = [[once(text) for text in TEN_WORDS] for _ in range(ROUNDS)]
    best = min(rounds, key=statistics.median)
    return {
        "median_ms": round(statistics.median(best), 2),
        "quantile_95_ms": round(float(np.quantile(best, 0.95)), 2),
        "median_processor_ms": round(statistics.median(processor), 2),
        "fastest_ms": round(min(min(each) for each in rounds), 2),
        "median_of_each_round_ms": [round(statistics.median(each), 2) for each in rounds],
    }


def measure(name: str) -> dict[str, Any]:
    """One voice, by threads; and whether the threads change what it says."""
    result: dict[str, Any] = {}
    sounds = []
    for threads in (2, 1):
        voice = load_voice(name, threads=threads)
        assert isinstance(voice, NeuralVoice), f"`{name}` is code, not a folder"
        frontend = frontend_for(voice.languages[0], voice.languages)
        result[f"threads_{threads}"] = {
            "real_time_factor": real_time_factor(voice, frontend),
            "first_sound": first_sound(voice, frontend),
            "anchor": anchor(),
        }
        phonemes = [frontend.phonemize(text) for text in TEN_WORDS]
        sounds.append(np.concatenate([voice.speak(each, STYLE).audio.samples for each in phonemes]))
    result["same_samples_with_1_and_2_threads"] = bool(np.array_equal(*sounds))
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voice", action="append", help="name or folder (default: all of the package's)")
    arguments = parser.parse_args()
    assert all(len(text.split()) == 10 for text in TEN_WORDS)
    names = arguments.voice or [summary.name for summary in list_voices() if summary.builtin]
    result: dict[str, Any] = {
        "goal": {"real_time_factor": GOAL_REAL_TIME_FACTOR, "first_sound_ms": GOAL_FIRST_SOUND_MS, "threads": 2},
        "anchor_before": anchor(),
        "voices": {Path(name).name: measure(name) for name in names},
    }
    print(write_result("voice-speed", result).read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
