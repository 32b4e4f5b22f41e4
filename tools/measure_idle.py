"""Blinks and head motion of tracked films beside those of the rules, for the constants of `motion/idle`.

    python tools/measure_idle.py --tracks TRACKS --data DATA

TRACKS is a folder of face tracks (`avatron track ... -o NAME.npz`), DATA the folder that holds `grid_s1/words.json`.
Prints one JSON: blinks a minute, how long lids close and open, how fast and how far heads turn, and whether they turn
on words. Films of one sentence have no long pauses and few blinks: numbers, not truths.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import FaceMotion
from avatron.io.tracks import read_track
from avatron.motion.style import MotionStyle
from avatron.motion.viseme.animator import VisemeAnimator
from avatron.text.english.frontend import EnglishFrontend
from avatron.text.marks import parse_marks
from avatron.voice.style import VoiceStyle
from avatron.voice.voices import load_voice

CLOSED, OPEN = 0.2, 0.07
"""Weights of `eyeBlink`, above the film's own middle: a blink goes beyond the first, from and to the second. Tracked
lids of GRID close to 0.35 in the median film, at 25 frames a second."""
SMOOTHING_S = 0.2


def blinks_in(lids: NDArray[np.float64], fps: float) -> list[tuple[float, float, float]]:
    """(start, seconds to the deepest point, seconds back) of each blink that lies inside of the film."""
    found = []
    above = lids - np.median(lids)
    frame = 0
    while frame < len(above):
        if above[frame] < CLOSED:
            frame += 1
            continue
        first = last = frame
        while first > 0 and above[first] > OPEN:
            first -= 1
        while last < len(above) - 1 and above[last] > OPEN:
            last += 1
        deepest = first + int(np.argmax(above[first : last + 1]))
        if first > 0 and last < len(above) - 1:
            found.append((first / fps, (deepest - first) / fps, (last - deepest) / fps))
        frame = last + 1
    return found


def turns_in(rotation: NDArray[np.float64], fps: float) -> dict[str, NDArray[np.float64]]:
    """Spread in degrees about the film's mean and speed in degrees a second, pitch, yaw, roll; after smoothing."""
    width = max(int(SMOOTHING_S * fps), 1)
    kernel = np.hanning(width + 2)[1:-1]
    kernel /= kernel.sum()
    degrees = np.degrees(np.stack([np.convolve(axis, kernel, "valid") for axis in rotation.T], 1))
    speed = np.abs(np.diff(degrees, axis=0)) * fps
    return {"spread": degrees.std(axis=0), "speed": speed.mean(axis=0), "largest": speed.max(axis=0)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tracks", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    arguments = parser.parse_args()
    words = json.loads((arguments.data / "grid_s1" / "words.json").read_text())
    tracks = ((path.stem, read_track(path)) for path in sorted(arguments.tracks.glob("[!.]*.npz")))
    filmed = [
        (track.motion, words.get(name))
        for name, track in tracks
        if len(track) >= 2 * track.motion.fps and track.valid.mean() >= 0.95
    ]
    print(json.dumps({"films": summary(filmed), "rules": summary(ruled(len(filmed)))}, indent=2))


def ruled(count: int) -> list[tuple[FaceMotion, Any]]:
    """As many films by the rules, each with another seed, of a sentence like those of GRID."""
    marked = parse_marks("[pause 0.6s] Bin blue at f four please. [pause 0.6s]")
    speech = load_voice("lj").speak(EnglishFrontend().phonemize(marked), VoiceStyle())
    words = [(word.start_s, word.end_s, word.label) for word in speech.words]
    animator = VisemeAnimator()
    return [(animator.animate(speech, MotionStyle(seed=seed)), words) for seed in range(count)]


def speed_on_words(rotation: NDArray[np.float64], fps: float, spoken: Any) -> float | None:
    """Head speed while words are said over that before and after them; None where the film has too little of either."""
    if not spoken:
        return None
    start_s, end_s = speech_of(spoken)
    times_s = (np.arange(len(rotation) - 1) + 0.5) / fps
    speed = np.linalg.norm(np.diff(rotation, axis=0), axis=1)
    inside = (times_s >= start_s) & (times_s < end_s)
    if min(inside.sum(), (~inside).sum()) < 5:
        return None
    return float(speed[inside].mean() / max(speed[~inside].mean(), 1e-9))


def speech_of(spoken: Any) -> tuple[float, float]:
    """When the first word begins and the last one ends, seconds."""
    times = [(float(start_s), float(end_s)) for start_s, end_s, word in spoken if word not in ("sil", "sp")]
    return min(start for start, _ in times), max(end for _, end in times)


def summary(films: list[tuple[FaceMotion, Any]]) -> dict[str, Any]:
    """All that is measured of films with their words, medians over films."""
    seconds = sum(len(motion) / float(motion.fps) for motion, _ in films)
    blinks: list[tuple[float, float, float]] = []
    turns: list[dict[str, NDArray[np.float64]]] = []
    on_words: list[float] = []
    for motion, spoken in films:
        fps = float(motion.fps)
        blinks += blinks_in(0.5 * (motion.channel("eyeBlinkLeft") + motion.channel("eyeBlinkRight")).astype(float), fps)
        rotation = (motion.head_rotation + motion.neck_rotation + motion.torso_rotation).astype(np.float64)
        turns.append(turns_in(rotation, fps))
        ratio = speed_on_words(rotation, fps, spoken)
        if ratio is not None:
            on_words.append(ratio)

    def axes(name: str) -> list[float]:
        return [round(float(value), 3) for value in np.median([turn[name] for turn in turns], axis=0)]

    closing, opening = ([blink[index] for blink in blinks] for index in (1, 2))
    return {
        "films": len(films),
        "minutes": round(seconds / 60, 2),
        "blinks": len(blinks),
        "blinks_per_minute": round(60 * len(blinks) / seconds, 2) if seconds else None,
        "closing_s": round(float(np.median(closing)), 3) if blinks else None,
        "opening_s": round(float(np.median(opening)), 3) if blinks else None,
        "head_spread_degrees": axes("spread"),
        "head_speed_degrees_per_s": axes("speed"),
        "head_largest_speed_degrees_per_s": axes("largest"),
        "films_with_words": len(on_words),
        "head_speed_on_words_over_beside": round(float(np.median(on_words)), 3) if on_words else None,
    }


if __name__ == "__main__":
    main()
