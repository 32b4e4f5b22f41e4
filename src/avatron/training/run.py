"""Runs a recipe from its data to a voice folder."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import nn

from avatron.errors import InvalidValueError, UnknownNameError
from avatron.io.folders import ModelFolder, write_folder
from avatron.training.acoustic import PitchReader, ProsodyPredictor
from avatron.training.acoustic_data import Example, denormalised_mel, examples
from avatron.training.acoustic_stage import AcousticModel, AcousticStage, AcousticStageConfig
from avatron.training.adapted_export import export_adapted_voice
from avatron.training.adapters import adapted_factory, merge
from avatron.training.aligner import Aligner, tokens_of
from avatron.training.aligner_stage import AlignerStage, AlignerStageConfig
from avatron.training.calibration import calibrate
from avatron.training.card import CARD, card_of
from avatron.training.checkpoint import load_result
from avatron.training.corpus import HELD_OUT_STRIDE, Clip, read_corpus
from avatron.training.export import TrainedVoice, export_voice
from avatron.training.features import LEAD_FRAMES, ClipFeatures, cached_features
from avatron.training.labels import label_clip
from avatron.training.loop import train
from avatron.training.pitch_stage import PitchStage, PitchStageConfig
from avatron.training.prosody_stage import ProsodyStage, ProsodyStageConfig
from avatron.training.realign import realigned
from avatron.training.recipe import StageRecipe, VoiceRecipe
from avatron.training.recipes import find_recipe
from avatron.training.requirements import check_bases, check_corpus, is_done, pending_stages
from avatron.training.samples import Writer, acoustic_samples, vocoder_samples
from avatron.training.stage import Stage
from avatron.training.teacher_forcing import teacher_forced_mels
from avatron.training.vocoder import SourceFilterVocoder
from avatron.training.vocoder_stage import VocoderStage, VocoderStageConfig
from avatron.voice.neural import NeuralVoice

__all__ = ["find_recipe", "run"]

Network = TypeVar("Network", bound=nn.Module)


def run(
    recipe_name_or_path: str | Path,
    data: Path,
    out: Path,
    *,
    resume: bool = False,
    only: str | None = None,
    threads: int = 1,
    overwrite: bool = False,
) -> Path:
    """Trains what the recipe says and returns the folder of the finished voice, `out/voice`; that of the stage with
    `only`, which runs that one stage and exports nothing.

    `data` is the corpus, `out` the folder of the run. With `resume`, stages that are done are skipped and one that
    was interrupted goes on from its checkpoint; with `overwrite` they are trained anew. All that the stages need is
    looked for before the first of them begins.

    Raises:
        UnknownNameError: no recipe, stage or base voice of that name.
        UnreadableFileError: the corpus cannot be read, or what a stage builds on is not there.
        InvalidValueError: the file holds no recipe, or the run was begun with another corpus.
        OutputExistsError: a stage was trained before, and neither `resume` nor `overwrite` is set.
    """
    torch.set_num_threads(threads)
    recipe = find_recipe(recipe_name_or_path)
    names = [stage.name for stage in recipe.stages]
    if only is not None and only not in names:
        raise UnknownNameError("stage", only, names)
    pending = pending_stages(recipe, out, only=only, resume=resume, overwrite=overwrite)
    check_bases(recipe, pending, out)
    check_corpus(data, out)
    corpus = _Corpus(recipe, data, out / "features")
    for stage in pending:
        print(f"stage `{stage.name}`: {stage.loop.steps} steps", file=sys.stderr, flush=True)
        torch.manual_seed(stage.loop.seed)
        resolved = json.loads(json.dumps(dataclasses.asdict(stage), default=str))
        if recipe.durations_from is not None and not isinstance(stage.config, AlignerStageConfig):
            corpus.realign(recipe, out / recipe.durations_from / "model.safetensors")
        built = _build(recipe, stage, corpus, out)
        train(
            built,
            stage.loop,
            out / stage.name,
            resolved,
            resume=resume,
            keep_best=stage.keep_best,
            write_samples=_samples(recipe, stage, built, corpus, out),
        )
    if only is not None:
        return out / only
    print("writing the voice, and comparing it with torch", file=sys.stderr, flush=True)
    return export(recipe, corpus.training, out, card=card_of(recipe, out, corpus.minutes(recipe))).path


class _Corpus:
    """Clips, features and examples, split once."""

    def __init__(self, recipe: VoiceRecipe, data: Path, cache: Path) -> None:
        clips = read_corpus(data)
        features = cached_features(clips, cache, recipe.mel)
        frame_rate = recipe.mel.sample_rate / recipe.mel.hop_length
        labels = [label_clip(clip, found, frame_rate) for clip, found in zip(clips, features, strict=True)]
        every = examples(features, labels)
        self.training_clips: list[Clip] = _of(clips, clips, held_out=False)
        self.held_out_clips: list[Clip] = _of(clips, clips, held_out=True)
        self.training: list[Example] = _of(clips, every, held_out=False)
        self.held_out: list[Example] = _of(clips, every, held_out=True)
        self.training_features: list[ClipFeatures] = _of(clips, features, held_out=False)
        self.held_out_features: list[ClipFeatures] = _of(clips, features, held_out=True)
        self._realigned = False
        if not self.training:
            raise InvalidValueError(
                f"corpus `{data}` has {len(clips)} clip(s), and every {HELD_OUT_STRIDE}th is held out: none is left to "
                "train on; add recordings"
            )

    def minutes(self, recipe: VoiceRecipe) -> dict[str, float]:
        """How much speech is trained on and held out."""
        frames_a_minute = 60 * recipe.mel.sample_rate / recipe.mel.hop_length
        return {
            "trained on": sum(clip.frames - LEAD_FRAMES for clip in self.training_features) / frames_a_minute,
            "held out": sum(clip.frames - LEAD_FRAMES for clip in self.held_out_features) / frames_a_minute,
        }

    def realign(self, recipe: VoiceRecipe, weights: Path) -> None:
        """From here on, with the durations of our own aligner."""
        if self._realigned:
            return
        aligner = Aligner(recipe.aligner).eval()
        load_result(aligner, weights)
        self.training = list(realigned(aligner, self.training_clips, self.training_features, self.training))
        self.held_out = list(realigned(aligner, self.held_out_clips, self.held_out_features, self.held_out))
        self._realigned = True


def _of(clips: tuple[Clip, ...], values: Any, *, held_out: bool) -> list[Any]:
    return [value for clip, value in zip(clips, values, strict=True) if clip.held_out is held_out]


def _build(recipe: VoiceRecipe, stage: StageRecipe, corpus: _Corpus, out: Path) -> Stage:
    config, runs = stage.config, out.parent
    if isinstance(config, ProsodyStageConfig):
        make = adapted_factory(lambda: ProsodyPredictor(recipe.acoustic), stage.adapter, runs)
        return ProsodyStage(config, recipe.acoustic, corpus.training, corpus.held_out, make)
    if isinstance(config, AlignerStageConfig):
        training, held_out = (
            [(example, tokens_of(clip, example)) for clip, example in zip(clips, every, strict=True)]
            for clips, every in (
                (corpus.training_clips, corpus.training),
                (corpus.held_out_clips, corpus.held_out),
            )
        )
        return AlignerStage(config, recipe.aligner, training, held_out)
    if isinstance(config, PitchStageConfig):
        drawer = _acoustic_model(recipe, stage, out)
        drawn = teacher_forced_mels(drawer, corpus.training, with_dropout=True)
        drawn |= teacher_forced_mels(drawer, corpus.held_out)
        make_reader = adapted_factory(lambda: PitchReader(recipe.acoustic), stage.adapter, runs)
        return PitchStage(config, recipe.acoustic, corpus.training, corpus.held_out, drawn, make_reader)
    if isinstance(config, AcousticStageConfig):
        make_acoustic = adapted_factory(lambda: AcousticModel(recipe.acoustic), stage.adapter, runs)
        acoustic = AcousticStage(config, recipe.acoustic, corpus.training, corpus.held_out, make_acoustic)
        _start(acoustic, acoustic.adversary, stage, out)
        return acoustic
    mels = None
    if stage.mels_from is not None:
        drawn = teacher_forced_mels(_acoustic_model(recipe, stage, out), corpus.training)
        mels = {name: denormalised_mel(mel).numpy() for name, mel in drawn.items()}
    make_vocoder = adapted_factory(lambda: SourceFilterVocoder(recipe.vocoder), stage.adapter, runs)
    vocoder = VocoderStage(
        config, recipe.vocoder, corpus.training_features, corpus.held_out_features, mels=mels, make=make_vocoder
    )
    _start(vocoder, vocoder.adversary, stage, out)
    return vocoder


def _samples(recipe: VoiceRecipe, stage: StageRecipe, built: Stage, corpus: _Corpus, out: Path) -> Writer | None:
    """What writes the sound of held-out clips at each evaluation; None for a stage that makes none."""
    if isinstance(built, VocoderStage):
        return vocoder_samples(built.average.copy, corpus.held_out_features)
    if isinstance(built, AcousticStage):
        before = recipe.stages[: recipe.stages.index(stage)]
        heard = [
            each for each in before if isinstance(each.config, VocoderStageConfig) and is_done(out / each.name, each)
        ]
        if heard:
            vocoder = _trained(recipe, heard[-1].name, lambda: SourceFilterVocoder(recipe.vocoder), out).eval()
            return acoustic_samples(built.average.copy, vocoder, corpus.held_out_features, corpus.held_out)
    return None


def _acoustic_model(recipe: VoiceRecipe, stage: StageRecipe, out: Path) -> AcousticModel:
    if stage.mels_from is None:
        raise InvalidValueError(f"stage `{stage.name}` needs mels of the acoustic model: set `mels_from`")
    return _trained(recipe, stage.mels_from, lambda: AcousticModel(recipe.acoustic), out)


def _trained(recipe: VoiceRecipe, name: str, make: Callable[[], Network], out: Path) -> Network:
    """The network that stage `name` has made, as a plain one."""
    (stage,) = (stage for stage in recipe.stages if stage.name == name)
    network = adapted_factory(make, stage.adapter, out.parent)()
    load_result(network, out / name / "model.safetensors")
    return merge(network)


def _start(built: Stage, adversary: Any, stage: StageRecipe, out: Path) -> None:
    if stage.starts_from is not None:
        for name, module in built.modules().items():
            if name != "discriminator":
                load_result(module, out / stage.starts_from / "model.safetensors")
    if stage.discriminator_from is not None and adversary is not None:
        run = out.parent if "/" in stage.discriminator_from else out
        place = run / stage.discriminator_from / "checkpoint" / "discriminator.safetensors"
        load_result(adversary.discriminator, place)


def export(
    recipe: VoiceRecipe, training: list[Example], out: Path, *, half: bool = True, card: bytes | None = None
) -> ModelFolder:
    """Writes `out/voice` (or `out/voice-full` with full precision) from the finished stages, calibrated."""
    voice = TrainedVoice(recipe.acoustic, recipe.vocoder)
    voice.acoustic = _trained(recipe, recipe.acoustic_from, lambda: AcousticModel(recipe.acoustic), out)
    voice.prosody = _trained(recipe, recipe.prosody_from, lambda: ProsodyPredictor(recipe.acoustic), out)
    voice.pitch = _trained(recipe, recipe.pitch_from, lambda: PitchReader(recipe.acoustic), out)
    voice.vocoder = _trained(recipe, recipe.vocoder_from, lambda: SourceFilterVocoder(recipe.vocoder), out)
    voice.eval()
    config: dict[str, Any] = {
        "name": recipe.name,
        "description": recipe.description,
        "languages": list(recipe.languages),
        "licence": recipe.licence,
        "provenance": list(recipe.provenance),
        "lead_frames": recipe.lead_frames,
        "end_frames": recipe.end_frames,
        "gain": 1.0,
    }
    files = {} if card is None else {CARD: card}
    target = out / ("voice" if half else "voice-full")
    # A voice that is not calibrated yet does not stand where the finished one will.
    folder = out / f"{target.name}.draft"
    if recipe.base_voice is not None:
        draft = export_adapted_voice(voice, recipe.base_voice, folder, config, files, overwrite=True)
    else:
        draft = export_voice(voice, folder, config, files, half=half, overwrite=True)
    try:
        measured = calibrate(NeuralVoice.load(draft), training, recipe.languages[0], recipe.loudness_lufs)
        kept = {key: value for key, value in draft.config.items() if key not in ("format_version", "kind", "files")}
        contents = {name: draft.file(name) for name in draft.files}
        return write_folder(target, draft.kind, {**kept, **measured}, contents, overwrite=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
