"""Train the listener of `avatron.track.speech`, and write it as the model folder that the package ships.

    python tools/train_listener.py --data DATA_FOLDER --out runs/listener [--resume] [--ship FOLDER]

`DATA_FOLDER` holds `ljspeech` (aligned), `pm_voice` and `grid_s1`. Round 1 learns from LJSpeech alone. What it has
learned aligns the other two (their texts, and within GRID's words), and round 2 goes on with all three. Every 20th clip
of LJSpeech and of the second reader, and every 10th of GRID, sorted by name, are never trained on. One thread, seeded,
resumable.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from avatron.core.audio import Audio
from avatron.io.audio import read_audio
from avatron.io.folders import tensor_bytes, write_folder
from avatron.track.speech.align import align_phonemes, align_within_words
from avatron.track.speech.listener import KIND, WEIGHTS, Listener
from avatron.track.speech.sounds import sound_id
from avatron.training.checkpoint import load_result
from avatron.training.listener import HeardClip, ListenerNet, ListenerStage, ListenerStageConfig
from avatron.training.listener_data import SPEEDS, TimedSound, grid_words, heard_clip, lj_sounds
from avatron.training.loop import LoopConfig, train
from avatron.training.stage import Schedule

GRID_STRIDE = 10
READER_STRIDE = 20
FITS = 0.36
"""Least mean share of a clip's own sounds for its alignment to be learned from."""
ROUNDS = (
    (
        "round1",
        ListenerStageConfig(Schedule(2e-3, final_share=0.1, warm_up_steps=100)),
        LoopConfig(900, 50, 300, seed=1),
    ),
    (
        "round2",
        ListenerStageConfig(Schedule(1.5e-3, final_share=0.02, warm_up_steps=50)),
        LoopConfig(700, 50, 350, seed=2),
    ),
)

Recording = tuple[str, Audio, tuple[TimedSound, ...]]
Corpus = tuple[list[HeardClip], list[HeardClip]]
"""(to train on, held out)."""


def cached(path: Path, speeds: tuple[float, ...], recordings: Callable[[], Iterable[tuple[bool, Recording]]]) -> Corpus:
    """The corpus at all speeds, from the cache where it is there; held-out clips at their own speed alone."""
    if not path.is_file():
        arrays: dict[str, np.ndarray] = {}
        for held_out, (name, audio, sounds) in recordings():
            for speed in (1.0,) if held_out else speeds:
                clip = heard_clip(name, audio, sounds, speed)
                key = f"{'held' if held_out else 'train'}|{clip.name}"
                arrays[f"{key}|mel"], arrays[f"{key}|states"] = clip.mel, clip.states
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial.npz")
        np.savez(partial, **arrays)
        partial.replace(path)
    with np.load(path) as stored:
        keys = sorted({name.rpartition("|")[0] for name in stored.files})
        clips = [
            (key.split("|")[0], HeardClip(key.split("|")[1], stored[f"{key}|mel"], stored[f"{key}|states"]))
            for key in keys
        ]
    return [clip for kind, clip in clips if kind == "train"], [clip for kind, clip in clips if kind == "held"]


def lj(data: Path) -> Iterable[tuple[bool, Recording]]:
    """LJSpeech with its own alignment."""
    for name, path, held_out, sounds in lj_sounds(data / "ljspeech"):
        yield held_out, (name, read_audio(path), sounds)


def reader(data: Path, listener: Listener) -> Iterable[tuple[bool, Recording]]:
    """The second reader, aligned to his texts; what does not fit them is left out."""
    lines = (data / "pm_voice" / "metadata.csv").read_text(encoding="utf-8").splitlines()
    for place, line in enumerate(sorted(lines)):
        name, _, text = line.split("|")
        audio = read_audio(data / "pm_voice" / "wavs" / f"{name}.flac")
        track = align_phonemes(audio, text, listener=listener)
        if track.score >= FITS:
            yield place % READER_STRIDE == 0, (name, audio, timed(track))


def grid(data: Path, listener: Listener) -> Iterable[tuple[bool, Recording]]:
    """GRID, aligned within the words that come with it."""
    for place, (name, words) in enumerate(grid_words(data / "grid_s1").items()):
        audio = read_audio(data / "grid_s1" / "video" / f"{name}.mp4")
        track = align_within_words(audio, words, listener=listener)
        yield place % GRID_STRIDE == 0, (name, audio, timed(track))


def timed(track) -> tuple[TimedSound, ...]:
    """The spans of a phoneme track as sounds."""
    return tuple(
        TimedSound(sound_id(symbol), start, end)
        for symbol, start, end in zip(track.symbols, track.start_s.tolist(), track.end_s.tolist(), strict=True)
    )


def trained(folder: Path) -> Listener:
    """The result of a round."""
    network = ListenerNet()
    load_result(network, folder / "model.safetensors")
    return network.listener()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--ship", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    data, out = arguments.data, arguments.out
    corpora = {"lj": cached(out / "lj.npz", SPEEDS["lj"], lambda: lj(data))}
    for number, (name, stage_config, loop) in enumerate(ROUNDS):
        if number:
            before = trained(out / ROUNDS[number - 1][0])
            corpora["pm"] = cached(out / f"pm-{name}.npz", SPEEDS["pm"], lambda listener=before: reader(data, listener))
            corpora["grid"] = cached(
                out / f"grid-{name}.npz", SPEEDS["grid"], lambda listener=before: grid(data, listener)
            )
        if (out / name / "done").is_file():
            continue
        torch.manual_seed(loop.seed)
        shares = {"lj": 0.5, "pm": 0.25, "grid": 0.25}
        training = [(shares[corpus], clips) for corpus, (clips, _) in corpora.items()]
        stage = ListenerStage(stage_config, training, [clip for _, held in corpora.values() for clip in held])
        if number and not (out / name / "checkpoint").exists():
            prior = stage.model.log_prior.clone()
            for network in (stage.model, stage.average.copy):
                load_result(network, out / ROUNDS[number - 1][0] / "model.safetensors")
                network.log_prior.copy_(prior)
        train(stage, loop, out / name, {"stage": asdict(stage_config), "loop": asdict(loop)}, resume=arguments.resume)
        (out / name / "done").touch()
    if arguments.ship:
        ship(trained(out / ROUNDS[-1][0]), arguments.ship)


def ship(listener: Listener, folder: Path) -> None:
    """Write the model folder, weights in half precision."""
    tensors = {"log_prior": listener.log_prior}
    for place, (weight, bias) in enumerate(zip(listener.weights, listener.biases, strict=True)):
        tensors[f"weight{place}"], tensors[f"bias{place}"] = weight.astype(np.float16), bias.astype(np.float16)
    card = (Path(__file__).parent / "listener_card.md").read_bytes()
    write_folder(
        folder,
        KIND,
        {"licence": "Apache-2.0", "description": "Which sound is heard in each hundredth of a second"},
        {WEIGHTS: tensor_bytes(tensors), "CARD.md": card},
        overwrite=True,
    )


if __name__ == "__main__":
    main()
