"""How well the listener aligns known texts: word starts on GRID, phoneme starts on LJSpeech, wrong texts, own voices.

    python benchmarks/alignment.py --data DATA_FOLDER [--run runs/listener] [--pocketsphinx]

GRID's words come with times (every 10th clip is held out), LJSpeech with an alignment of the Montreal Forced Aligner
(every 20th); both are a machine's work, good to 10 .. 20 ms. With `--run` the rounds of a training are measured, of
which the first has heard LJSpeech alone: how the listener does with a man, an accent and a microphone that it never
heard. A wrong text is that of another clip.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from avatron.io.audio import read_audio
from avatron.text.inventory import ARPABET, base_of
from avatron.track.speech.align import align_transcript
from avatron.track.speech.hearing import hear
from avatron.track.speech.listener import Listener, shipped_listener
from avatron.track.speech.phonemes import Transcript, transcript_of_words
from avatron.training.corpus import read_corpus
from avatron.training.listener_data import grid_words
from record import write_result

GRID_STRIDE = 10


def summary(errors_s: list[float]) -> dict[str, float]:
    """Count, mean, median, 95th percentile and bias."""
    errors = 1000 * np.array(errors_s)
    return {
        "count": len(errors),
        "mean_ms": round(float(np.abs(errors).mean()), 1),
        "median_ms": round(float(np.median(np.abs(errors))), 1),
        "percentile95_ms": round(float(np.percentile(np.abs(errors), 95)), 1),
        "bias_ms": round(float(errors.mean()), 1),
    }


def grid(data: Path, listener: Listener) -> dict[str, Any]:
    """Word starts, those of the first words, which follow silence, apart; and scores of right and wrong texts."""
    clips = list(grid_words(data / "grid_s1").items())
    starts: list[float] = []
    first: list[float] = []
    right: list[float] = []
    wrong: list[float] = []
    for place in range(0, len(clips), GRID_STRIDE):
        name, words = clips[place]
        audio = read_audio(data / "grid_s1" / "video" / f"{name}.mp4")
        blocks = list(hear(audio, listener))
        track = align_transcript(blocks, transcript_of_words([word for _, _, word in words]), listener)
        for number, (start, _, _) in enumerate(words):
            kept = starts if number else first
            kept.append(float(track.start_s[np.flatnonzero(track.word_index == number)[0]]) - start)
        right.append(track.score)
        other = clips[(place + 237) % len(clips)][1]
        wrong.append(align_transcript(blocks, transcript_of_words([word for _, _, word in other]), listener).score)
    return {
        "word_starts": summary(starts),
        "first_words": summary(first),
        "score_right": spread(right),
        "score_wrong": spread(wrong),
    }


def lj(data: Path, listener: Listener) -> dict[str, Any]:
    """Phoneme starts of the held-out clips, and scores of right and wrong texts."""
    clips = [clip for clip in read_corpus(data / "ljspeech") if clip.held_out]
    starts: list[float] = []
    right: list[float] = []
    wrong: list[float] = []
    transcripts = [spoken(clip.phones) for clip in clips]
    for place, clip in enumerate(clips):
        blocks = list(hear(read_audio(clip.path), listener))
        track = align_transcript(blocks, transcripts[place], listener)
        # Optional sounds may be missing: compare those that both have, by their place.
        wanted = [phone.start_s for phone in clip.phones if not phone.is_pause]
        symbols = [symbol for symbol in transcripts[place].symbols if symbol != "|"]
        found = iter(zip(track.symbols, track.start_s.tolist(), strict=True))
        found = ((symbol, start) for symbol, start in found if symbol != "|")
        current = next(found, None)
        for symbol, start in zip(symbols, wanted, strict=True):
            if current is not None and current[0] == symbol:
                starts.append(current[1] - start)
                current = next(found, None)
        right.append(track.score)
        wrong.append(align_transcript(blocks, transcripts[(place + 1) % len(clips)], listener).score)
    return {"phoneme_starts": summary(starts), "score_right": spread(right), "score_wrong": spread(wrong)}


def spoken(phones: Any) -> Transcript:
    """The sounds of an aligned clip without their times; what the aligner knew no word for is left out."""
    symbols, words, word = ["|"], [-1], -1
    for phone in phones:
        if phone.is_pause:
            continue
        if phone.word_initial:
            word += 1
            if symbols[-1] != "|":
                symbols.append("|")
                words.append(-1)
        symbols.append(base_of(ARPABET[phone.label]) if phone.label in ARPABET else "ɑ")
        words.append(max(word, 0))
    return Transcript((*symbols, "|"), np.array([*words, -1]), tuple(map(str, range(max(words) + 1))))


def spread(scores: list[float]) -> dict[str, float]:
    """Mean and the extremes."""
    return {
        key: round(float(value), 3)
        for key, value in zip(("mean", "lowest", "highest"), (np.mean(scores), min(scores), max(scores)), strict=True)
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--run", type=Path)
    arguments = parser.parse_args()
    listeners: dict[str, Listener] = {}
    if arguments.run is not None:
        from avatron.training.checkpoint import load_result
        from avatron.training.listener import ListenerNet

        for name in ("round1", "round2"):
            if (arguments.run / name / "model.safetensors").is_file():
                network = ListenerNet()
                load_result(network, arguments.run / name / "model.safetensors")
                listeners[name] = network.listener()
    else:
        listeners["shipped"] = shipped_listener()
    result = {
        name: {"grid": grid(arguments.data, listener), "lj": lj(arguments.data, listener)}
        for name, listener in listeners.items()
    }
    write_result("alignment", result) if arguments.run is None else print(result)


if __name__ == "__main__":
    main()
