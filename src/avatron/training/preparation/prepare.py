"""From a plain folder of recordings and texts to an aligned corpus, with a report of what was left out and why.

Needs `metadata.csv` (`name|text`, or `name|as written|written out`) and `wavs/NAME.flac` or `.wav`. The texts go
through the front end that speaks at run time; our own aligner, which knows a voice already, gets used to the new one
and says where each phoneme is; clips that do not fit are dropped, silence at the edges is cut, and all clips get one
loudness. What comes out is read by the same stages as LJSpeech. It is written under another name and gets its own when
it is whole.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from avatron.errors import AvatronError, InvalidValueError, OutputExistsError, UnreadableFileError
from avatron.io.atomic import PendingFolder, check_target, output_errors
from avatron.signal.mel import MelConfig
from avatron.text.frontends import frontend_for
from avatron.training.acoustic_data import Example, examples
from avatron.training.aligner import Aligner, AlignerConfig, Tokens, tokens_of
from avatron.training.aligner_stage import AlignerStage
from avatron.training.checkpoint import load_result
from avatron.training.corpus import HELD_OUT_STRIDE, AlignedPhone, Clip, read_corpus
from avatron.training.features import ClipFeatures, cached_features
from avatron.training.labels import label_clip
from avatron.training.loop import train
from avatron.training.preparation.placement import SpokenClip, cut, fits_of, place, understood
from avatron.training.preparation.recordings import PrepareConfig, Recording, Rejection, read_recordings, write_flac
from avatron.training.preparation.report import KeptClip, PreparationReport

__all__ = ["prepare"]

COMPANION_STRIDE = 3
"""Of the base's clips, every third one is heard as well."""
MEASURED_COMPANIONS = 8
"""Of those, the first are only measured on."""
CORPUS_FILES = frozenset({"alignments.json", "metadata.csv", "report.json", "wavs"})
"""What a prepared corpus consists of: only such a folder is replaced."""


def prepare(
    source: Path,
    target: Path,
    base_run: Path | None = None,
    *,
    config: PrepareConfig | None = None,
    base_data: Path | None = None,
    overwrite: bool = False,
    threads: int = 1,
) -> PreparationReport:
    """Writes the aligned corpus of the recordings in `source` to the folder `target` and returns its report.

    `base_run` is the run whose stage `aligner` has learned a voice; without one an aligner is trained on these
    recordings alone, which takes longer and wants half an hour of them. `base_data` is the aligned corpus of that
    voice: clips of it keep the aligner from forgetting what boundaries are, and are what its error is measured on.

    Raises:
        UnreadableFileError: no `metadata.csv`, or nothing in it; no trained aligner in `base_run`.
        OutputExistsError: `target` is there and `overwrite` is not set, or it is no prepared corpus.
        InvalidValueError: no clip is left.
        OutputError: it cannot be written.
    """
    torch.set_num_threads(threads)
    config = config or PrepareConfig()
    mel = MelConfig()
    _check_folders(source, target, base_run, overwrite)
    frontend = frontend_for(config.language, (config.language,))
    recordings, rejected = read_recordings(source, mel.sample_rate, config)
    if not recordings:
        raise _nothing_left(source, rejected)
    base = _Base.of(base_run, base_data, mel)
    with output_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    with PendingFolder(target, overwrite=overwrite) as pending, output_errors(target):
        work = pending.partial / "work"
        spoken: list[SpokenClip] = []
        for recording, found in zip(recordings, _features(recordings, work / "features", mel), strict=True):
            try:
                clip = understood(recording, found, frontend, config.language)
            except AvatronError as error:
                rejected.append(Rejection(recording.name, "text cannot be read aloud", str(error)))
                continue
            if problem := _too_much_text(clip, recording.audio.duration_s, config):
                rejected.append(Rejection(recording.name, "text does not fit", problem))
            else:
                spoken.append(clip)
        if not spoken:
            raise _nothing_left(source, rejected)
        aligner, boundary_error_ms = _adapted(config, base, work / "aligner", spoken)
        report = _written(pending.partial, aligner, spoken, rejected, config, mel, boundary_error_ms)
        if not report.clips:
            raise _nothing_left(source, report.rejected)
        shutil.rmtree(work)
    return report


def _nothing_left(source: Path, rejected: Sequence[Rejection]) -> InvalidValueError:
    first = rejected[0]
    return InvalidValueError(
        f"no clip of `{source}` can be used; {len(rejected)} are left out, the first is `{first.name}`: {first.reason}"
    )


def _check_folders(source: Path, target: Path, base_run: Path | None, overwrite: bool) -> None:
    """Refuses what cannot be before anything is read."""
    if not source.is_dir():
        raise UnreadableFileError(
            f"`{source}` is not a folder; expected one with `metadata.csv` and the recordings in `wavs/`"
        )
    if base_run is not None and not (base_run / "aligner" / "model.safetensors").is_file():
        raise UnreadableFileError(
            f"the run `{base_run}` has no trained stage `aligner`; train it with `avatron train lj aligner "
            f"--data CORPUS --out {base_run}`, or leave the base out"
        )
    if not target.exists():
        return
    check_target(target, overwrite=overwrite, folder=True)
    inside = {entry.name for entry in target.iterdir()}
    own, theirs = target.resolve(), source.resolve()
    if inside != CORPUS_FILES or own in (theirs, *theirs.parents):
        raise OutputExistsError(f"`{target}` is no prepared corpus and is not replaced; give another folder")


@dataclass(frozen=True, eq=False)
class _Base:
    """What the aligner begins with."""

    weights: Path | None
    """A trained aligner."""
    clips: tuple[tuple[Example, Tokens], ...]
    """Every third clip of its corpus, with its tokens."""

    @classmethod
    def of(cls, run: Path | None, data: Path | None, mel: MelConfig) -> _Base:
        if run is None:
            return cls(None, ())
        weights = run / "aligner" / "model.safetensors"
        load_result(Aligner(AlignerConfig()), weights)
        if data is None:
            return cls(weights, ())
        clips = [clip for clip in read_corpus(data) if not clip.held_out][::COMPANION_STRIDE]
        features = cached_features(clips, run / "features", mel)
        frame_rate = mel.sample_rate / mel.hop_length
        labels = [label_clip(clip, found, frame_rate) for clip, found in zip(clips, features, strict=True)]
        every = examples(features, labels)
        return cls(
            weights, tuple((example, tokens_of(clip, example)) for clip, example in zip(clips, every, strict=True))
        )


def _too_much_text(clip: SpokenClip, seconds: float, config: PrepareConfig) -> str | None:
    """What is wrong where nobody speaks that fast. The aligner could not even lay such a text over its frames."""
    if clip.phonemes / max(seconds, 1e-3) <= config.fastest_phonemes_s:
        return None
    return f"{clip.phonemes} phonemes in {seconds:.2f} s: more text than was said"


def _features(recordings: Sequence[Recording], folder: Path, mel: MelConfig) -> tuple[ClipFeatures, ...]:
    """Features of the clips as they are; without an alignment, room tone comes from anywhere in the clip."""
    folder.mkdir(parents=True)
    clips = []
    for recording in recordings:
        path = folder / f"{recording.name}.flac"
        write_flac(path, recording.audio)
        whole = AlignedPhone("sp", 0.0, recording.audio.duration_s, False)
        clips.append(Clip(recording.name, path, recording.text, (whole,), (), held_out=False))
    return cached_features(clips, folder, mel)


def _adapted(
    config: PrepareConfig, base: _Base, folder: Path, spoken: Sequence[SpokenClip]
) -> tuple[Aligner, float | None]:
    """(the aligner after it has listened to the new voice, its error on clips of the base in ms)."""
    # They come sorted by name. What is held out later is not listened to now, either.
    listened = [clip for number, clip in enumerate(spoken) if number % HELD_OUT_STRIDE] or list(spoken[:1])
    pairs = [(clip.example, clip.tokens) for clip in listened]
    measured, heard = base.clips[:MEASURED_COMPANIONS], base.clips[MEASURED_COMPANIONS:]
    loop = config.from_nothing if base.weights is None else config.adaptation
    torch.manual_seed(loop.seed)
    learning = config.aligner_from_nothing if base.weights is None else config.aligner
    stage = AlignerStage(learning, AlignerConfig(), [*pairs, *heard], measured or pairs[:1])
    if base.weights is not None:
        for network in (stage.model, stage.average.copy):
            load_result(network, base.weights)
    train(stage, loop, folder, {"base": str(base.weights)})
    return stage.average.copy.eval(), stage.evaluate()["boundary_mean_ms"] if measured else None


def _written(
    folder: Path,
    aligner: Aligner,
    spoken: Sequence[SpokenClip],
    rejected: Sequence[Rejection],
    config: PrepareConfig,
    mel: MelConfig,
    boundary_error_ms: float | None,
) -> PreparationReport:
    """Writes the corpus of the clips that fit, and gives the report of all."""
    placements = [place(aligner, clip.example, clip.tokens) for clip in spoken]
    fits = fits_of(placements)
    out = list(rejected)
    alignments: dict[str, Any] = {}
    kept: list[KeptClip] = []
    (folder / "wavs").mkdir()
    for clip, placement in zip(spoken, placements, strict=True):
        recording, below = clip.recording, fits.deviations_below(placement.fit)
        speech_s = placement.durations[clip.tokens.phonemes >= 0].sum() * mel.hop_length / mel.sample_rate
        problem = _too_much_text(clip, float(speech_s), config)
        if below > config.outlier_deviations:
            problem = f"{placement.fit:.2f} nats a frame, {below:.1f} robust deviations below the median"
        if problem:
            out.append(Rejection(recording.name, "text does not fit", problem))
            continue
        alignments[recording.name], audio = cut(
            clip, placement.durations, mel, lead_s=config.lead_s, tail_s=config.tail_s
        )
        write_flac(folder / "wavs" / f"{recording.name}.flac", audio)
        kept.append(
            KeptClip(
                name=recording.name,
                seconds=round(audio.duration_s, 2),
                trimmed_s=round(recording.audio.duration_s - audio.duration_s, 2),
                fit=round(placement.fit, 3),
                deviations=round(-below, 2),
                loudness_lufs=round(recording.loudness_lufs, 1),
                noise_db=round(recording.noise_db, 1) if recording.noise_db > float("-inf") else None,
                origin=recording.origin,
            )
        )
    report = PreparationReport(
        clips=tuple(kept),
        rejected=tuple(out),
        fit_median=round(fits.median, 3),
        fit_deviation=round(fits.deviation, 3),
        boundary_error_ms=None if boundary_error_ms is None else round(boundary_error_ms, 1),
        loudness_lufs=config.loudness_lufs,
        noise_limit_db=config.noise_db,
    )
    texts = {clip.recording.name: clip.recording.text for clip in spoken}
    lines = [f"{clip.name}|{texts[clip.name]}|{texts[clip.name]}\n" for clip in kept]
    (folder / "metadata.csv").write_text("".join(lines), encoding="utf-8")
    (folder / "report.json").write_text(json.dumps(report.as_json(), indent=1) + "\n", encoding="utf-8")
    (folder / "alignments.json").write_text(json.dumps(alignments) + "\n", encoding="utf-8")
    return report
