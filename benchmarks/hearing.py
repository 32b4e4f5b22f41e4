"""How well recorded speech is heard: sounds, text embedding, and what the mouth makes of it, clean and in noise.

    python benchmarks/hearing.py --recordings FOLDER [--encoder FOLDER] [--clips 8]

The recordings come from `tools/build_recordings.py`; only those that are held out are heard. Truth is the alignment of
each clip and the text encoder's embedding of it. Noise is half coloured, half babble of other clips. Curves are those
of the animator `viseme` from what is heard, against those from the truth: the correlation of `jawOpen`, the share of P,
B and M for which the lips close within 60 ms, and closures a minute where nobody says any within 120 ms. `listener` is
the network that aligns transcripts, on the same clips, with a table of one embedding for each of its sounds.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from avatron.core.audio import Audio
from avatron.core.motion import EXPRESSION_INDEX
from avatron.core.speech import PhonemeSequence, Speech
from avatron.io.folders import load_folder
from avatron.io.sessions import open_session
from avatron.motion.animators import ANIMATORS
from avatron.motion.style import MotionStyle
from avatron.text.inventory import BILABIALS, SYMBOLS, base_of
from avatron.track.speech.hearing import hear
from avatron.track.speech.listener import shipped_listener
from avatron.track.speech.sounds import SOUNDS, sound_shares
from avatron.training.listening.augment import noise_of, with_noise
from avatron.training.listening.recordings import Recording, read_recordings
from avatron.voice.listening.decoding import decode_sounds
from avatron.voice.listening.encoders import DEFAULT_ENCODER, load_speech_encoder
from avatron.voice.listening.features import COLUMN_S, HEARING
from avatron.voice.listening.protocol import HeardColumns, SpeechEncoder
from avatron.voice.listening.recorded import recorded_speech
from avatron.voice.listening.sounds import BASE_OF_SOUND, BASES, ID_OF_SOUND, SOUND_OF_ID
from avatron.voice.voices import COLLECTION
from record import write_result

LEVELS = (None, 20.0, 10.0, 5.0)
"""dB of speech above noise; None is the recording as it is."""
FPS = Fraction(100)
"""Of the curves."""
JAW, PRESS = EXPRESSION_INDEX["jawOpen"], EXPRESSION_INDEX["mouthPressLeft"]
PRESSED = 0.11
"""Half of what sealed lips have."""


@dataclass
class Tally:
    """Sums over clips."""

    columns: int = 0
    right: dict[str, int] = field(default_factory=dict)
    cosine: dict[str, float] = field(default_factory=dict)
    jaws: list[float] = field(default_factory=list)
    closures: int = 0
    closed: int = 0
    invented: int = 0
    minutes: float = 0.0

    @staticmethod
    def add(where: dict[str, Any], name: str, value: float) -> None:
        where[name] = where.get(name, 0) + value

    def summary(self) -> dict[str, Any]:
        shares = {f"base_accuracy_{name}": round(value / self.columns, 4) for name, value in self.right.items()}
        cosines = {f"cosine_{name}": round(value / self.columns, 4) for name, value in self.cosine.items()}
        return {
            "columns": self.columns,
            **shares,
            **cosines,
            "jaw_correlation": round(float(np.mean(self.jaws)), 4),
            "closures": self.closures,
            "closures_hit": round(self.closed / max(self.closures, 1), 4),
            "false_closures_per_minute": round(self.invented / self.minutes, 2),
        }


def spoken(ids: np.ndarray, durations: np.ndarray, heard: HeardColumns, samples: np.ndarray) -> Speech:
    """Speech of these phonemes, without words."""
    phonemes = PhonemeSequence(tuple(SYMBOLS[one] for one in ids), ids, np.full(len(ids), -1), (), "", "en-us")
    audio = Audio(samples, HEARING.sample_rate)
    # The pitch moves head and brows alone; here it costs more than all the rest.
    return recorded_speech(phonemes, durations, heard.text_embedding, heard.mel, audio, samples[:0], "0" * 64)


def curves(speech: Speech) -> np.ndarray:
    """[T, E] of the animator's mouth."""
    style = MotionStyle(fps=FPS, blinks=False, gaze=False, head=False, brows=False, breathing=False)
    return ANIMATORS.get("viseme")().animate(speech, style).expression


def bilabials(speech: Speech) -> list[tuple[float, float]]:
    return [(span.start_s, span.end_s) for span in speech.spans if base_of(span.label) in BILABIALS]


def compare_curves(tally: Tally, found: Speech, truth: Speech) -> None:
    ours, theirs = curves(found), curves(truth)
    tally.jaws.append(float(np.corrcoef(ours[:, JAW], theirs[:, JAW])[0, 1]))
    pressed = ours[:, PRESS] > PRESSED
    times = np.arange(len(pressed)) / float(FPS)
    wanted = bilabials(truth)
    for start, end in wanted:
        tally.closures += 1
        tally.closed += bool(pressed[(times > start - 0.06) & (times < end + 0.06)].any())
    edges = np.flatnonzero(np.diff(np.concatenate([[False], pressed, [False]]).astype(int)))
    for begin, stop in edges.reshape(-1, 2):
        middle = 0.5 * (begin + stop) / float(FPS)
        tally.invented += not any(start - 0.12 < middle < end + 0.12 for start, end in wanted)
    tally.minutes += len(pressed) / float(FPS) / 60


def codebook(recordings: list[Recording], base_count: int, base_of_id: np.ndarray) -> np.ndarray:
    """[number of base sounds, D] mean embedding of each, over time."""
    total = np.zeros((base_count, recordings[0].embedding.shape[0]))
    weight = np.full(base_count, 1e-6)
    for recording in recordings:
        lengths = np.diff(recording.end_s, prepend=0.0)
        for place, base in enumerate(base_of_id[recording.ids]):
            if base >= 0:
                total[base] += lengths[place] * recording.embedding[:, place].astype(float)
                weight[base] += lengths[place]
    return total / weight[:, None]


def cosine(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return (one * other).sum(0) / (np.linalg.norm(one, axis=0) * np.linalg.norm(other, axis=0) + 1e-9)


def measure(
    recording: Recording,
    level: float | None,
    encoder: SpeechEncoder,
    text_encoder: Any,
    table: np.ndarray,
    others: list[Recording],
    tally: Tally,
    listened: Tally,
) -> None:
    """One clip at one level."""
    random = np.random.default_rng(len(recording.samples))
    samples = recording.samples.astype(np.float32) / 32768
    if level is not None:
        rest = [one.samples[: len(samples)].astype(np.float32) / 32768 for one in others]
        noises = [noise_of(kind, len(samples), HEARING.sample_rate, rest, random) for kind in ("coloured", "babble")]
        noise = sum(noise / np.sqrt(np.mean(noise**2)) for noise in noises)
        samples = np.clip(with_noise(samples, np.asarray(noise, np.float32), level), -1, 1)
    hearing = encoder.listen()
    heard = HeardColumns.joined([hearing.push(samples), hearing.finish()])
    phoneme = recording.phoneme_of(len(heard))
    truth = SOUND_OF_ID[recording.ids[phoneme]]
    known = truth >= 0
    wanted = recording.embedding[:, phoneme].astype(np.float32)
    base = np.where(known, BASE_OF_SOUND[truth], -1)
    decoded = decode_sounds(heard.log_shares, encoder.statistics)
    path = np.repeat(decoded.sounds, decoded.durations)
    said = text_encoder.run(
        ["text_embedding"],
        {"ids": ID_OF_SOUND[decoded.sounds][None], "word_initial": np.zeros((1, len(decoded.sounds)), np.int64)},
    )[0][0]
    shares = np.zeros((len(BASES), len(heard)))
    np.add.at(shares, BASE_OF_SOUND, np.exp(heard.log_shares))
    tally.columns += int(known.sum())
    tally.add(tally.right, "frame", int((shares.argmax(0) == base)[known].sum()))
    tally.add(tally.right, "path", int((BASE_OF_SOUND[path] == base)[known].sum()))
    tally.add(tally.cosine, "embedding", float(cosine(heard.text_embedding, wanted)[known].sum()))
    tally.add(tally.cosine, "of_path", float(cosine(np.repeat(said, decoded.durations, 1), wanted)[known].sum()))
    tally.add(tally.cosine, "of_table", float(cosine(table.T @ shares, wanted)[known].sum()))
    durations = np.bincount(phoneme, minlength=len(recording.ids))
    kept = (durations > 0) & (SOUND_OF_ID[recording.ids] >= 0)
    if kept.sum() == (durations > 0).sum():
        compare_curves(
            tally,
            spoken(ID_OF_SOUND[decoded.sounds], decoded.durations, heard, samples),
            spoken(recording.ids[kept], durations[kept], heard, samples),
        )
    blocks = np.concatenate(list(hear(Audio(samples, HEARING.sample_rate), shipped_listener())))
    own = sound_shares(np.exp(blocks))[
        np.minimum(np.rint(np.arange(len(heard)) * COLUMN_S * 100).astype(int), len(blocks) - 1)
    ].T
    names = np.array([BASES.index(base_of(sound)) for sound in SOUNDS])
    listened.columns += int(known.sum())
    listened.add(listened.right, "frame", int((names[own.argmax(0)] == base)[known].sum()))
    listened.add(listened.cosine, "of_table", float(cosine(table[names].T @ own, wanted)[known].sum()))


def real_time_factor(encoder: SpeechEncoder, recordings: list[Recording]) -> dict[str, float]:
    """Processor seconds for a second of sound, encoder and path apart; the best of three."""
    samples = np.concatenate([one.samples for one in recordings])[: 60 * HEARING.sample_rate].astype(np.float32) / 32768
    seconds = len(samples) / HEARING.sample_rate
    hearing_s, path_s = [], []
    for _ in range(3):
        start = time.process_time()
        hearing = encoder.listen()
        heard = HeardColumns.joined([hearing.push(samples), hearing.finish()])
        middle = time.process_time()
        decode_sounds(heard.log_shares[:, :2000], encoder.statistics)
        path_s.append((time.process_time() - middle) / (2000 * COLUMN_S))
        hearing_s.append((middle - start) / seconds)
    return {"encoder": round(min(hearing_s), 5), "path": round(min(path_s), 5)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recordings", type=Path, required=True)
    parser.add_argument("--encoder", default=DEFAULT_ENCODER)
    parser.add_argument("--clips", type=int, default=8, help="held-out clips of each corpus")
    parser.add_argument("--levels", default="", help="e.g. clean,10 (default: all)")
    parser.add_argument("--out", default="hearing", help="name of the result")
    arguments = parser.parse_args()
    encoder = load_speech_encoder(arguments.encoder)
    text_encoder = open_session(load_folder(COLLECTION.find("lj"), "voice").file("encoder.onnx"))
    corpora = {name: list(read_recordings(arguments.recordings / f"{name}.npz")) for name in ("lj", "pm", "grid")}
    trained = [one for corpus in corpora.values() for one in corpus if not one.held_out]
    base_of_id = np.where(SOUND_OF_ID >= 0, BASE_OF_SOUND[np.maximum(SOUND_OF_ID, 0)], -1)
    table = codebook(trained, len(BASES), base_of_id)
    levels = [
        level
        for level in LEVELS
        if not arguments.levels or (f"{level:g}" if level else "clean") in arguments.levels.split(",")
    ]
    result: dict[str, Any] = {"encoder": encoder.name, "look_ahead_s": round(encoder.look_ahead_s, 4)}
    for name, corpus in corpora.items():
        held_out = [one for one in corpus if one.held_out]
        chosen = held_out[:: max(1, len(held_out) // arguments.clips)][: arguments.clips]
        for level in levels:
            tally, listened = Tally(), Tally()
            for recording in chosen:
                others = [one for one in held_out if one is not recording][:3]
                measure(recording, level, encoder, text_encoder, table, others, tally, listened)
            row = {
                **tally.summary(),
                "listener": {
                    "base_accuracy_frame": round(listened.right["frame"] / listened.columns, 4),
                    "cosine_of_table": round(listened.cosine["of_table"] / listened.columns, 4),
                },
                "clips": len(chosen),
            }
            result[f"{name}, {'clean' if level is None else f'{level:g} dB'}"] = row
            print(name, level, row, flush=True)
    result["real_time_factor"] = real_time_factor(encoder, corpora["lj"][:12])
    print(result["real_time_factor"])
    write_result(arguments.out, result)


if __name__ == "__main__":
    main()
