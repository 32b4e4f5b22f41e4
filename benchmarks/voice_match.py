"""Whether two recordings are of one speaker: how often that is told wrong, by our statistics and by Resemblyzer.

    python benchmarks/voice_match.py DATA

DATA holds `grid_s1/video`, `ljspeech/wavs`, `pm_voice/wavs` and `clips`. Every pair of takes of one speaker and of two
is compared, once as recorded and once with one of the two as another microphone in another room would have it: a random
colour of 4 dB, noise 25 dB down. Takes of one speaker are of one recording session where nothing is changed, which
flatters; five or six speakers are few. The equal error rate is where as many pairs of one speaker are refused as pairs
of two are let through. The installed voices are ranked for each speaker too.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.errors import InvalidValueError
from avatron.io.audio import read_audio
from avatron.io.resample import resample_audio
from avatron.voice.match.closest import installed_candidates, rank_voices
from avatron.voice.match.profile import VoiceProfile, profile_of
from avatron.voice.match.similarity import STATISTICS, compare_speakers
from avatron.voice.match.speakers import installed_encoder
from record import write_result

RATE = 16_000
TAKE_S = 8.0
MOST_TAKES = 12
KNOTS_HZ = (0, 200, 600, 1500, 3500, 8000)
COLOUR_DB, NOISE_DB = 4.0, -25.0
LIMITS = (1.0, 1.5)
"""Distances: where it could be either, and where a statement of consent is refused."""


def main() -> None:
    """Measures and writes `results/voice_match.json`."""
    if len(sys.argv) != 2:
        sys.exit("usage: python benchmarks/voice_match.py DATA")
    encoder = installed_encoder()
    began = time.process_time()
    takes: list[tuple[str, bool, VoiceProfile]] = []
    unheard: list[str] = []
    for speaker, audio in _takes(Path(sys.argv[1])):
        for other in (False, True):
            sound = _elsewhere(audio, len(takes)) if other else audio
            try:
                takes.append((speaker, other, profile_of(sound, speaker, encoder)))
            except InvalidValueError:
                unheard.append(speaker)
    counts = {name: sum(speaker == name and not other for speaker, other, _ in takes) for name, _, _ in takes}
    pairs = list(combinations(takes, 2))
    same_room = [(one, two) for one, two in pairs if not one[1] and not two[1]]
    # A take is not compared with its own other microphone.
    other_room = [(one, two) for one, two in pairs if one[1] != two[1] and abs(takes.index(one) - takes.index(two)) > 1]
    methods: dict[str, Any] = {}
    for method in (STATISTICS, *(() if encoder is None else (encoder.name,))):
        methods[method] = {
            "as recorded": _errors(same_room, method),
            "another microphone": _errors(other_room, method),
        }
    candidates = installed_candidates(encoder=encoder)
    closest: dict[str, Any] = {}
    for speaker in counts:
        profile = next(one for name, other, one in takes if name == speaker and not other)
        closest[speaker] = [
            {
                "voice": match.name,
                "similarity": round(match.similarity.similarity, 4),
                "distance": round(match.similarity.distance, 2),
                "pitch_semitones": round(match.pitch_distance_semitones, 1),
            }
            for match in rank_voices(profile, candidates)
        ]
    write_result(
        "voice_match",
        {
            "takes_s": TAKE_S,
            "takes": counts,
            "takes_without_a_second_of_voice": len(unheard),
            "equal_error_rate": methods,
            "voices_by_nearness": closest,
            "processor_seconds": round(time.process_time() - began, 1),
        },
    )


def _takes(data: Path) -> Iterator[tuple[str, Audio]]:
    films = sorted((data / "grid_s1" / "video").glob("*.mp4"))[::9][:36]
    yield from _cut("grid s1", films)
    for name in ("ljspeech", "pm_voice"):
        yield from _cut(name, sorted((data / name / "wavs").iterdir())[::7][:24])
    for clip in sorted((data / "clips").glob("*.mp4")):
        yield from _cut(clip.stem, [clip])


def _cut(speaker: str, files: list[Path]) -> Iterator[tuple[str, Audio]]:
    """Takes of `TAKE_S` out of the files, one after another."""
    samples = np.concatenate([resample_audio(read_audio(file), RATE).samples for file in files])
    length = round(TAKE_S * RATE)
    for number in range(min(len(samples) // length, MOST_TAKES)):
        yield speaker, Audio(samples[number * length : (number + 1) * length], RATE)


def _elsewhere(audio: Audio, number: int) -> Audio:
    """The take through another microphone, in another room."""
    chooser = np.random.default_rng(number)
    spectrum = np.fft.rfft(audio.samples)
    hertz = np.fft.rfftfreq(len(audio.samples), 1 / RATE)
    colour_db = np.interp(hertz, KNOTS_HZ, chooser.normal(0, COLOUR_DB, len(KNOTS_HZ)))
    samples = np.fft.irfft(spectrum * 10 ** (colour_db / 20), len(audio.samples))
    level = np.sqrt(np.mean(samples**2)) * 10 ** (NOISE_DB / 20)
    samples = samples + chooser.normal(0, level, len(samples))
    return Audio(np.clip(samples, -1, 1).astype(np.float32), RATE)


def _errors(pairs: list[tuple[Any, Any]], method: str) -> dict[str, Any]:
    """How well the method tells pairs of one speaker from pairs of two."""
    distances = np.array([_distance(one[2], two[2], method) for one, two in pairs])
    same = np.array([one[0] == two[0] for one, two in pairs])
    rate, threshold = _equal_error(distances, same)
    return {
        "pairs_of_one": int(same.sum()),
        "pairs_of_two": int((~same).sum()),
        "equal_error_rate": round(rate, 4),
        "at_distance": round(threshold, 2),
    } | {
        f"at_{limit:g}": {
            "refused": round(float((distances[same] > limit).mean()), 4),
            "let_through": round(float((distances[~same] <= limit).mean()), 4),
        }
        for limit in LIMITS
    }


def _distance(one: VoiceProfile, two: VoiceProfile, method: str) -> float:
    if method == STATISTICS:
        one, two = (_without_vector(profile) for profile in (one, two))
    return compare_speakers(one, two).distance


def _without_vector(profile: VoiceProfile) -> VoiceProfile:
    return replace(profile, vector=None, encoder=None)


def _equal_error(distances: NDArray[np.float64], same: NDArray[np.bool_]) -> tuple[float, float]:
    """(share of errors, distance) where both kinds of error are nearest to one another."""
    places = np.unique(distances)
    refused = np.array([(distances[same] > place).mean() for place in places])
    passed = np.array([(distances[~same] <= place).mean() for place in places])
    best = int(np.abs(refused - passed).argmin())
    return float(0.5 * (refused[best] + passed[best])), float(places[best])


if __name__ == "__main__":
    main()
