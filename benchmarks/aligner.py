"""How far our own aligner is from the corpus's alignment (Montreal Forced Aligner), beside pocketsphinx.

    python benchmarks/aligner.py --data LJSPEECH_FOLDER [--run runs/lj]

Distances of phoneme starts on training clips (an aligner is used on what it was trained on) and on held-out ones, and
of word starts on the held-out clips for both aligners. The reference is itself a machine's work, good to 10 .. 20 ms.
Needs the extra `[train]`.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.io.resample import resample_audio
from avatron.signal.mel import MelConfig
from avatron.training.acoustic_data import Example, examples
from avatron.training.aligner import Aligner, AlignerConfig, Tokens, tokens_of
from avatron.training.aligner_stage import align, boundary_errors_ms
from avatron.training.checkpoint import load_result
from avatron.training.corpus import Clip, read_audio, read_corpus
from avatron.training.features import LEAD_FRAMES, cached_features
from avatron.training.labels import label_clip
from record import write_result

TRAINING_CLIPS = 60
"""Training clips that are measured: every 7th."""


def summary(errors_ms: NDArray[np.float64]) -> dict[str, float]:
    """Count, median, mean, 95th percentile, and share within 25 ms."""
    return {
        "count": len(errors_ms),
        "median_ms": round(float(np.median(errors_ms)), 1),
        "mean_ms": round(float(errors_ms.mean()), 1),
        "percentile95_ms": round(float(np.percentile(errors_ms, 95)), 1),
        "within_25_ms": round(float((errors_ms <= 25).mean()), 3),
    }


def own_word_starts_s(aligner: Aligner, example: Example, tokens: Tokens) -> NDArray[np.float64]:
    """Seconds from the beginning of the clip, one per word, the first apart."""
    durations = align(aligner, example, tokens)
    starts = (np.cumsum(durations) - durations - LEAD_FRAMES) * 256 / 22050
    boundaries = np.nonzero(tokens.phonemes < 0)[0][:-1] + 1
    return np.asarray(starts[boundaries][1:])


def pocketsphinx_word_starts_s(clip: Clip) -> NDArray[np.float64] | None:
    """The same from pocketsphinx; None where it does not know all words, or finds no path."""
    from pocketsphinx import Decoder

    decoder = Decoder(samprate=16000, loglevel="FATAL", bestpath=False)
    words = [word.lower() for word in clip.spoken_words]
    if any(decoder.lookup_word(word) is None for word in words):
        return None
    audio = resample_audio(read_audio(clip.path, 22050), 16000)
    padded = Audio(np.pad(audio.samples, 3200), 16000)
    decoder.set_align_text(" ".join(words))
    decoder.start_utt()
    decoder.process_raw((np.clip(padded.samples, -1, 1) * 32767).astype(np.int16).tobytes(), full_utt=True)
    decoder.end_utt()
    if decoder.hyp() is None:
        return None
    found = [
        segment.start_frame / 100 - 0.2 for segment in decoder.seg() if not segment.word.startswith(("<", "[", "+"))
    ]
    return np.array(found[1:]) if len(found) == len(words) else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("AVATRON_DATA"), help="the LJSpeech folder")
    parser.add_argument("--run", type=Path, default=Path("runs/lj"), help="folder of the run")
    parsed = parser.parse_args()
    if parsed.data is None:
        parser.error("give the corpus with --data or $AVATRON_DATA")
    torch.set_num_threads(1)
    aligner = Aligner(AlignerConfig()).eval()
    load_result(aligner, parsed.run / "aligner" / "model.safetensors")
    clips = list(read_corpus(Path(parsed.data)))
    features = cached_features(clips, parsed.run / "features", MelConfig())
    labels = [label_clip(clip, found, 22050 / 256) for clip, found in zip(clips, features, strict=True)]
    every = list(zip(clips, examples(features, labels), strict=True))
    training = [pair for pair in every if not pair[0].held_out][::7][:TRAINING_CLIPS]
    held_out = [pair for pair in every if pair[0].held_out]

    result: dict[str, Any] = {"reference": "alignments.json of the corpus (Montreal Forced Aligner)"}
    for name, chosen in (("phoneme_starts_training", training), ("phoneme_starts_held_out", held_out)):
        errors = []
        for clip, example in chosen:
            tokens = tokens_of(clip, example)
            errors.append(boundary_errors_ms(align(aligner, example, tokens), example, tokens))
        result[name] = summary(np.concatenate(errors))
    ours, theirs, skipped = [], [], 0
    for clip, example in held_out:
        reference = np.array([phone.start_s for phone in clip.phones if phone.word_initial])[1:]
        other = pocketsphinx_word_starts_s(clip)
        own = own_word_starts_s(aligner, example, tokens_of(clip, example))
        if other is None or not len(other) == len(own) == len(reference):
            skipped += 1
            continue
        ours.append(np.abs(own - reference) * 1000)
        theirs.append(np.abs(other - reference) * 1000)
    result["word_starts_held_out"] = {
        "ours": summary(np.concatenate(ours)),
        "pocketsphinx": summary(np.concatenate(theirs)),
        "clips": len(ours),
        "clips_left_out": skipped,
    }
    print(write_result("aligner", result))


if __name__ == "__main__":
    main()
