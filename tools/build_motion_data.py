"""Build the training set of the avatar decoder: clips of speech and the motion of a face, one npz each.

    python tools/build_motion_data.py viseme --data DATA -o OUT/viseme --cache CACHE

`DATA` holds `ljspeech/`. What is there already is kept unless `--overwrite` is given, so a build that was
interrupted goes on where it stopped. See docs/motion-data.md.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

import numpy as np

from avatron.core.audio import Audio
from avatron.signal.mel import MelConfig
from avatron.text.inventory import ARPABET, PADDING, SYMBOLS, base_of
from avatron.training.corpus import read_corpus
from avatron.training.features import cached_features
from avatron.training.labels import label_clip
from avatron.training.motion.corpus import write_clip
from avatron.training.motion.speech import forced_speech, phonemes_of
from avatron.training.motion.teacher import balanced_choice, teacher_clip
from avatron.voice.neural import NeuralVoice
from avatron.voice.voices import COLLECTION

LACKING_IN_GRID = frozenset(base_of(ARPABET[name]) for name in ("SH", "HH", "NG", "UH1", "OY1", "ZH"))
"""Sounds that none of GRID's 51 words has."""
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    viseme = verbs.add_parser("viseme", help="rules for the mouth on recorded speech")
    viseme.add_argument("--clips", type=int, default=200, help="how many recordings to take")
    viseme.set_defaults(build=build_viseme)
    for verb in (viseme,):
        verb.add_argument("--data", type=Path, required=True, help="folder of the corpora")
        verb.add_argument("--cache", type=Path, required=True, help="folder for features that are computed once")
        verb.add_argument("-o", "--output", type=Path, required=True, help="folder of the clips")
        verb.add_argument("--voice", default="lj", help="whose text encoder reads the phonemes")
        verb.add_argument("--overwrite", action="store_true", help="build what is there already again")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    options.build(options)


if __name__ == "__main__":
    main()
