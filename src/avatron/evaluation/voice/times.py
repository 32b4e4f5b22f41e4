"""How long a voice takes from text to sound, phonemizer included, on sentences that it has not met."""

from __future__ import annotations

import hashlib
import statistics
import time
from collections.abc import Sequence
from typing import Any

from avatron.evaluation.anchor import anchor, best_median_ms
from avatron.evaluation.machine import machine
from avatron.evaluation.voice.speaking import STYLE, audio_of, say
from avatron.text.frontends import frontend_for
from avatron.text.script import parse_script
from avatron.voice.voices import load_voice

__all__ = ["TEN_WORDS", "measure_repeatability", "measure_times"]

TEN_WORDS = "Please close the door when you leave the house tonight."
"""Ten words, for the time to the first sound."""
ROUNDS, BLOCKS = 5, 5
REPEATED = 10
"""Sentences that are spoken twice."""


def measure_times(name_or_path: str, texts: Sequence[str], thread_counts: Sequence[int] = (1, 2)) -> dict[str, Any]:
    """Seconds of work a second of speech, and milliseconds to the first sound, best of five medians; beside anchors.

    `real_time_factor` goes from text to samples, the voice warm and the sentences new to the phonemizer;
    `first_audio_ms` from the text of ten words to the first piece, everything warm.
    """
    found: dict[str, Any] = {"machine": machine(), "anchor_before": anchor()}
    for threads in thread_counts:
        voice = load_voice(name_or_path, threads=threads)
        frontend = frontend_for(voice.languages[0], voice.languages)

        def first_sound() -> None:
            sentence = next(parse_script(TEN_WORDS, voice.languages[0]))  # noqa: B023
            phonemes = frontend.phonemize(sentence.marked, sentence.language)  # noqa: B023
            next(iter(voice.stream(phonemes, STYLE)))  # noqa: B023

        say(voice, TEN_WORDS, frontend)
        medians, spoken_s = [], 0.0
        for block in range(ROUNDS):
            factors = []
            for part in range(BLOCKS):
                chosen = texts[block * BLOCKS + part :: ROUNDS * BLOCKS]
                if not chosen:
                    continue
                start = time.perf_counter()
                length_s = sum(audio_of(say(voice, text, frontend)).duration_s for text in chosen)
                factors.append((time.perf_counter() - start) / length_s)
                spoken_s += length_s
            if factors:
                medians.append(statistics.median(factors))
        found[f"threads_{threads}"] = {
            "real_time_factor": round(min(medians), 5),
            "speech_s": round(spoken_s, 1),
            "first_audio_ms": round(best_median_ms(first_sound, 9), 2),
        }
    found["anchor_after"] = anchor()
    return found


def measure_repeatability(name_or_path: str, texts: Sequence[str]) -> dict[str, Any]:
    """Whether the same texts give the same samples, bit for bit, in two voices that were loaded one after the other."""
    digests = []
    for _ in range(2):
        voice = load_voice(name_or_path)
        sound = hashlib.sha256()
        for text in texts[:REPEATED]:
            sound.update(audio_of(say(voice, text)).samples.tobytes())
        digests.append(sound.hexdigest())
    return {"sentences": len(texts[:REPEATED]), "same_samples": digests[0] == digests[1], "sha256": digests[0]}
