"""Labels of closed lips in GRID, from the pixels: which places are looked at, how they are shown, how they are stored.

    python benchmarks/label_closures.py sheets --grid DATA/grid_s1 --out SHEETS
    python benchmarks/label_closures.py store --grid DATA/grid_s1 --decisions DECISIONS --out benchmarks/labels

The rule. All clips of the speaker, in the order of the sha256 of their names, give one place each. Every other clip is
looked at where a word begins with P or B (bin, blue, by, place, please, the letters B and P) or ends with M (the letter
M); the word is the one that was taken least often so far. The others are looked at where lips should not meet: labials
that are no closure (F, V, W), S, TH, R, rounded and other vowels, other consonants, and beside speech; again the kind
that was taken least often. A clip without P, B and M leaves its turn to the next.

`sheets` draws seven frames about each place, the mouth enlarged four times. A person says for each place the frames in
which the lips are surely closed, or surely apart, in every one: a line `PLACE FIRST-LAST`, or `PLACE drop` where the
pixels do not tell, where the lips do not do what was expected, or where the film is damaged. Sound and transcript are
not asked. `store` writes the intervals: the first 150 of each kind of four clips in five are for scoring, all others
for choosing thresholds. No picture is stored.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

CLOSING = {"bin": "b", "blue": "b", "by": "b", "place": "p", "please": "p", "b": "b", "p": "p", "m": "m"}
OPEN = {
    **{word: ("f", share) for word, share in (("f", 0.7), ("four", 0.15), ("five", 0.15))},
    **dict.fromkeys(("white", "with", "one"), ("w", 0.15)),
    **{word: ("s", share) for word, share in (("set", 0.2), ("soon", 0.2), ("six", 0.2), ("seven", 0.2), ("s", 0.7))},
    **{word: ("vowel", share) for word, share in (("lay", 0.6), ("again", 0.6), ("nine", 0.5), ("now", 0.5))},
    **dict.fromkeys(("in", "at", "eight"), ("vowel", 0.5)),
    **{word: ("rounded", share) for word, share in (("two", 0.5), ("zero", 0.7), ("q", 0.6), ("u", 0.6), ("o", 0.5))},
    **{word: ("consonant", share) for word, share in (("green", 0.5), ("j", 0.3), ("g", 0.3), ("d", 0.3), ("t", 0.3))},
    "n": ("consonant", 0.6),
    "v": ("v", 0.15),
    "red": ("r", 0.3),
    "three": ("th", 0.3),
    "sil": ("rest", 0.5),
}
"""Word: what is looked at, and at which share of the word."""
FPS = 25
PER_KIND = 150
ROWS, FRAMES_ASIDE = 10, 3
CROP, ENLARGED = (56, 34), 4


@dataclass(frozen=True)
class Place:
    """Where to look."""

    clip: str
    scored: bool
    closed: bool
    """What is expected."""
    kind: str
    word: str
    middle_s: float


def places(words: Mapping[str, Sequence[Sequence[Any]]]) -> list[Place]:
    """The places that the rule chooses from `words` (clip to start, end, word)."""
    taken: tuple[Counter[str], Counter[str]] = Counter(), Counter()
    chosen, owed = [], 0
    for number, clip in enumerate(sorted(words, key=lambda name: hashlib.sha256(name.encode()).hexdigest())):
        closing = [(word, start, end) for start, end, word in words[clip] if word in CLOSING]
        closed = number % 2 == 0
        if closed and not closing:
            closed, owed = False, owed + 1
        elif not closed and owed and closing:
            closed, owed = True, owed - 1
        scored = number % 5 != 4
        if closed:
            word, start, end = min(closing, key=lambda one: (taken[0][one[0]], one[0]))
            taken[0][word] += 1
            middle_s = end - 0.05 if word == "m" else start - 0.02
            chosen.append(Place(clip, scored, True, CLOSING[word], word, middle_s))
        else:
            kind, word, middle_s = min(_open(words[clip]), key=lambda one: (taken[1][one[0]], one[0]))
            taken[1][kind] += 1
            chosen.append(Place(clip, scored, False, kind, word, middle_s))
    return chosen


def _open(spoken: Sequence[Sequence[Any]]) -> list[tuple[str, str, float]]:
    found = []
    for number, (start, end, word) in enumerate(spoken):
        if word not in OPEN:
            continue
        kind, share = OPEN[word]
        middle_s = start + (end - start) * share
        if word == "sil":
            middle_s = end - 0.24 if number == 0 else start + 0.28
        if 0.1 < middle_s < 2.85:
            found.append((kind, word, middle_s))
    return found


def draw_sheets(chosen: Sequence[Place], video: Path, out: Path) -> None:
    """Sheets of ten places each, closures and others apart; a place's number and frame stand in each picture."""
    from PIL import Image, ImageDraw

    from avatron.io.clips import probe_clip, read_frames
    from avatron.track.landmarks.landmarker import FaceLandmarker

    landmarker = FaceLandmarker.load()
    out.mkdir(parents=True, exist_ok=True)
    width, height = (side * ENLARGED for side in CROP)
    for closed in (True, False):
        numbered = [(number, place) for number, place in enumerate(chosen) if place.closed == closed]
        for page, start in enumerate(range(0, len(numbered), ROWS)):
            sheet = Image.new("RGB", ((2 * FRAMES_ASIDE + 1) * width, ROWS * height))
            for row, (number, place) in enumerate(numbered[start : start + ROWS]):
                info = probe_clip(video / f"{place.clip}.mp4")
                frames = list(read_frames(info))
                seen = np.concatenate([part.landmarks for part in landmarker.observe(iter(frames), info)])
                middle = min(max(round(place.middle_s * FPS), FRAMES_ASIDE), len(frames) - 1 - FRAMES_ASIDE)
                for column, frame in enumerate(range(middle - FRAMES_ASIDE, middle + FRAMES_ASIDE + 1)):
                    centre = np.rint(seen[frame, [61, 291, 0, 17], :2].mean(0)).astype(int)
                    left, top = centre - np.array(CROP) // 2
                    picture = Image.fromarray(frames[frame]).crop((left, top, left + CROP[0], top + CROP[1]))
                    picture = picture.resize((width, height), Image.Resampling.BICUBIC)
                    ImageDraw.Draw(picture).text((2, 1), f"{number}:{frame} {place.word}", fill=(0, 0, 255))
                    sheet.paste(picture, (column * width, row * height))
            sheet.save(out / f"{'closed' if closed else 'open'}_{page:02d}.png")


def stored(chosen: Sequence[Place], decisions: str) -> dict[str, Any]:
    """The labels as they are stored, from the lines that a person wrote.

    Raises:
        SystemExit: a place without a decision, or one that is not near what was shown.
    """
    decided = dict(line.split() for line in decisions.splitlines() if line.strip())
    intervals: list[dict[str, Any]] = []
    dropped: Counter[str] = Counter()
    scored: Counter[bool] = Counter()
    for number, place in enumerate(chosen):
        decision = decided.get(str(number))
        if decision is None:
            raise SystemExit(f"place {number} ({place.clip}) has no decision; write `{number} FIRST-LAST` or `drop`")
        if decision == "drop":
            dropped["closed" if place.closed else "open"] += 1
            continue
        first, last = (int(frame) for frame in decision.split("-"))
        if first > last or abs((first + last) / 2 - place.middle_s * FPS) > 2 * FRAMES_ASIDE:
            raise SystemExit(f"place {number} ({place.clip}): frames {decision} were not shown")
        for_score = place.scored and scored[place.closed] < PER_KIND
        scored[place.closed] += for_score
        intervals.append(
            {
                "clip": place.clip,
                "first_frame": first,
                "last_frame": last,
                "closed": place.closed,
                "kind": place.kind,
                "split": "score" if for_score else "choose",
            }
        )
    return {
        "corpus": "GRID speaker 1 (Cooke et al. 2006, CC BY 4.0), 25 frames/s, frames counted from 0",
        "meaning": "lips closed, or apart, in every frame from first_frame to last_frame, seen in the pixels",
        "rule": "benchmarks/label_closures.py",
        "looked_at": len(chosen),
        "dropped": dict(dropped),
        "intervals": intervals,
    }


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description="label closed lips in GRID")
    parser.add_argument("what", choices=["sheets", "store"])
    parser.add_argument("--grid", type=Path, required=True, help="folder with words.json and video/")
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    parser.add_argument("--decisions", type=Path, help="what a person saw, a line for each place")
    arguments = parser.parse_args()
    chosen = places(json.loads((arguments.grid / "words.json").read_text(encoding="utf-8")))
    if arguments.what == "sheets":
        draw_sheets(chosen, arguments.grid / "video", arguments.out)
        return
    labels = stored(chosen, arguments.decisions.read_text(encoding="utf-8"))
    rows = ",\n".join("  " + json.dumps(interval) for interval in labels.pop("intervals"))
    head = json.dumps(labels, indent=1)[:-2]
    path = arguments.out / "grid_closures.json"
    path.write_text(f'{head},\n "intervals": [\n{rows}\n ]\n}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
