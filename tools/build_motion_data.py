"""Build the training set of the avatar decoder: clips of speech and the motion of a face, one npz each.

    python tools/build_motion_data.py viseme --data DATA -o OUT/viseme --cache CACHE
    avatron track --batch DATA/grid_s1/video -o TRACKS --one-person --words DATA/grid_s1/words.json --jobs 2
    python tools/build_motion_data.py grid --data DATA --tracks TRACKS -o OUT/grid [--part 1/2]
    python tools/build_motion_data.py presenter --films OUT/grid --rules OUT/viseme -o OUT/presenter

`DATA` holds `ljspeech/` and `grid_s1/`. What is there already is kept unless `--overwrite` is given, so a build that
was interrupted, or whose tracks were not all there, goes on where it stopped. `grid` writes beside the clips
`joined.jsonl`, one line for each that was built, and `left_out.jsonl`, one for each that cannot be used, with the
reason. See docs/motion-data.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from avatron.core.audio import Audio
from avatron.face.shipped import shipped_head
from avatron.io.tracks import read_track
from avatron.signal.mel import MelConfig
from avatron.text.inventory import ARPABET, PADDING, SYMBOLS, base_of
from avatron.training.corpus import read_corpus
from avatron.training.features import cached_features
from avatron.training.labels import label_clip
from avatron.training.listener_data import grid_words
from avatron.training.motion.corpus import MotionCorpus, write_clip
from avatron.training.motion.join import LeftOut, joined_clip
from avatron.training.motion.presenter import presenter_clips
from avatron.training.motion.speech import forced_speech, phonemes_of
from avatron.training.motion.split import split_by_name
from avatron.training.motion.teacher import balanced_choice, teacher_clip
from avatron.voice.neural import NeuralVoice
from avatron.voice.voices import COLLECTION

LACKING_IN_GRID = frozenset(base_of(ARPABET[name]) for name in ("SH", "HH", "NG", "UH1", "OY1", "ZH"))
"""Sounds that none of GRID's 51 words has."""
JOINED, LEFT_OUT = "joined.jsonl", "left_out.jsonl"
VALIDATION_STRIDE = 20
"""Of the clips that the voice was trained on, every 20th, from the 10th, chooses the best state."""


def build_viseme(options: argparse.Namespace) -> None:
    voice = NeuralVoice.load(COLLECTION.find(options.voice))
    config = MelConfig(sample_rate=voice.config.sample_rate, hop_length=voice.config.hop_length)
    clips = read_corpus(options.data / "ljspeech")
    features = cached_features(clips, options.cache, config)
    labels = [
        label_clip(clip, found, config.sample_rate / config.hop_length)
        for clip, found in zip(clips, features, strict=True)
    ]
    known = [place for place, label in enumerate(labels) if SYMBOLS.index(PADDING) not in label.ids]
    sounds = [[base_of(SYMBOLS[number]) for number in labels[place].ids] for place in known]
    chosen = [known[place] for place in balanced_choice(sounds, options.clips, favoured=LACKING_IN_GRID)]
    trained = [place for place in chosen if not clips[place].held_out]
    valid = set(trained[VALIDATION_STRIDE // 2 :: VALIDATION_STRIDE])
    for number, place in enumerate(chosen):
        clip, found, label = clips[place], features[place], labels[place]
        if not options.overwrite and (options.output / f"{clip.name}.npz").exists():
            continue
        phonemes = phonemes_of(label.ids, label.word_initial.astype(bool), text=clip.text)
        speech = forced_speech(
            voice, Audio(found.samples, config.sample_rate), phonemes, label.durations, found.pitch_hz, config
        )
        split = "test" if clip.held_out else "valid" if place in valid else "train"
        write_clip(options.output, teacher_clip(clip.name, split, speech, text=clip.text), overwrite=True)
        if number % 20 == 0:
            print(f"viseme {number}/{len(chosen)}", file=sys.stderr, flush=True)
    print(f"{len(chosen)} clips, {sum(features[place].frames for place in chosen) / 86.13 / 60:.1f} min")
    counts = np.bincount(np.concatenate([labels[place].ids for place in chosen]), minlength=len(SYMBOLS))
    totals: Counter[str] = Counter()
    for symbol, count in zip(SYMBOLS, counts.tolist(), strict=True):
        totals[base_of(symbol)] += count
    print(", ".join(f"{name} {count}" for name, count in reversed(totals.most_common())))


def build_grid(options: argparse.Namespace) -> None:
    voice, head = NeuralVoice.load(COLLECTION.find(options.voice)), shipped_head()
    folder = options.data / "grid_s1"
    words = grid_words(folder)
    splits = split_by_name(words)
    part, parts = (int(number) for number in options.part.split("/"))
    # Not by turns: a clip belongs to the same part whichever tracks are there.
    names = [name for place, name in enumerate(words) if place % parts == part - 1]
    out = {row["name"] for row in read_rows(options.output / LEFT_OUT)}
    for name in names:
        track, clip = options.tracks / f"{name}.npz", options.output / f"{name}.npz"
        if not track.is_file() or (not options.overwrite and (clip.is_file() or name in out)):
            continue
        found = joined_clip(
            name,
            folder / "video" / f"{name}.mp4",
            read_track(track),
            words[name],
            voice=voice,
            head=head,
            subject="grid-s1",
            split=splits[name],
        )
        if isinstance(found, LeftOut):
            add_row(options.output / LEFT_OUT, {**asdict(found), "split": splits[name]})
            continue
        write_clip(options.output, found.clip, overwrite=True)
        rested = found.rested
        off_mm = np.abs(np.maximum(rested.gap_mm, 0) - np.maximum(rested.wanted_gap_mm, 0))
        row = {
            "name": name,
            "split": splits[name],
            "score": round(found.phonemes.score, 3),
            "valid_share": round(float(found.clip.valid.mean()), 4),
            "confidence": round(float(found.clip.confidence.mean()), 4),
            "movement_error_mm": round(float(rested.error_mm.mean()), 3),
            "gap_error_mm": round(float(off_mm.mean()), 3),
            "largest_gap_error_mm": round(float(off_mm.max()), 3),
        }
        add_row(options.output / JOINED, row)
        print(row, file=sys.stderr, flush=True)


def build_presenter(options: argparse.Namespace) -> None:
    films, rules = MotionCorpus(options.films), MotionCorpus(options.rules)
    made = presenter_clips(
        [films.clip(name) for name in films.names()],
        [rules.clip(name) for name in rules.names()],
        shipped_head().posed(),
    )
    for clip in made:
        write_clip(options.output, clip, overwrite=True)


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The objects of a file of JSON lines; none where there is no file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []


def add_row(path: Path, row: dict[str, Any]) -> None:
    """One line more; whole lines, so that two builds may write at once."""
    with path.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(row) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    viseme = verbs.add_parser("viseme", help="rules for the mouth on recorded speech")
    viseme.add_argument("--clips", type=int, default=200, help="how many recordings to take")
    viseme.set_defaults(build=build_viseme)
    viseme.add_argument("--cache", type=Path, required=True, help="folder for features that are computed once")
    grid = verbs.add_parser("grid", help="tracked films of GRID joined with what is said in them")
    grid.add_argument("--tracks", type=Path, required=True, help="folder of tracks, CLIP.npz")
    grid.add_argument("--part", default="1/1", help="K/N: the K-th of N parts, to run several at a time")
    grid.set_defaults(build=build_grid)
    presenter = verbs.add_parser("presenter", help="both, as one who is to be understood would move")
    presenter.add_argument("--films", type=Path, required=True, help="folder that `grid` wrote")
    presenter.add_argument("--rules", type=Path, required=True, help="folder that `viseme` wrote")
    presenter.set_defaults(build=build_presenter)
    for verb in (viseme, grid, presenter):
        verb.add_argument("-o", "--output", type=Path, required=True, help="folder of the clips")
    for verb in (viseme, grid):
        verb.add_argument("--data", type=Path, required=True, help="folder of the corpora")
        verb.add_argument("--voice", default="lj", help="whose text encoder reads the phonemes")
        verb.add_argument("--overwrite", action="store_true", help="build what is there already again")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    options.build(options)


if __name__ == "__main__":
    main()
