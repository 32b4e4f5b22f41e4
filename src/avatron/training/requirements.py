"""What has to be there before a recipe is run: found out in a second, and not after hours of training."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from avatron.errors import DamagedModelError, InvalidValueError, OutputExistsError, UnreadableFileError
from avatron.io.atomic import output_errors, write_file
from avatron.io.collection import Collection
from avatron.training.acoustic_stage import AcousticModel
from avatron.training.adapted_export import check_same_networks
from avatron.training.checkpoint import finished_steps, has_checkpoint, load_result
from avatron.training.export import embedding_space_of
from avatron.training.recipe import StageRecipe, VoiceRecipe

__all__ = ["check_bases", "check_corpus", "is_done", "pending_stages"]

CORPUS_MARK = "corpus.json"
"""File of a run that says which corpus it was begun with."""


def pending_stages(
    recipe: VoiceRecipe, out: Path, *, only: str | None, resume: bool, overwrite: bool
) -> list[StageRecipe]:
    """The stages that are to be trained now.

    Raises:
        InvalidValueError: both `resume` and `overwrite`.
        OutputExistsError: a stage was trained before, and neither was asked for.
        DamagedModelError: a checkpoint to go on from cannot be read.
    """
    if resume and overwrite:
        raise InvalidValueError("both `--resume` and `--overwrite` are given: go on, or begin anew?")
    chosen = [stage for stage in recipe.stages if only in (None, stage.name)]
    if resume:
        return [stage for stage in chosen if not is_done(out / stage.name, stage)]
    for stage in chosen:
        folder = out / stage.name
        if not overwrite and (has_checkpoint(folder) or (folder / "model.safetensors").exists()):
            raise OutputExistsError(
                f"`{folder}` was trained before; give `--resume` to go on from there, `--overwrite` to train it anew, "
                "or another `--out`"
            )
    return chosen


def is_done(folder: Path, stage: StageRecipe) -> bool:
    """Whether the stage in that folder has done all of its steps."""
    return (folder / "model.safetensors").is_file() and finished_steps(folder) >= stage.loop.steps


def check_bases(recipe: VoiceRecipe, pending: Sequence[StageRecipe], out: Path) -> None:
    """Refuses stages that build on something that is neither there nor about to be made.

    Raises:
        UnreadableFileError: a run or a stage is missing.
        InvalidValueError: the base voice is not the one whose run the adapters start from.
        UnknownNameError: no voice of the base's name.
    """
    coming = {stage.name for stage in pending}
    for stage in pending:
        for needed in (stage.starts_from, stage.mels_from):
            if needed is not None:
                _check_stage(stage, needed, out, coming, "model.safetensors")
        if stage.discriminator_from is not None:
            _check_stage(stage, stage.discriminator_from, out, coming, "checkpoint/discriminator.safetensors")
        if stage.adapter is not None:
            _check_stage(stage, stage.adapter.base, out, coming, "model.safetensors")
    if recipe.base_voice is not None:
        _check_base_voice(recipe, recipe.base_voice, out)


def _check_stage(stage: StageRecipe, needed: str, out: Path, coming: set[str], file: str) -> None:
    if needed in coming:
        return
    folder = (out.parent if "/" in needed else out) / needed
    if (folder / file).is_file():
        return
    run, _, name = needed.rpartition("/")
    how = (
        f"the run of `{run}` has to lie beside `{out}`, in `{out.parent}`; train it there with `avatron train {run} "
        f"--data CORPUS --out {out.parent / run}`, or choose an `--out` beside it"
        if run
        else f"train stage `{name}` first"
    )
    raise UnreadableFileError(f"stage `{stage.name}` builds on `{needed}`, and there is no `{folder / file}`: {how}")


def _check_base_voice(recipe: VoiceRecipe, name: str, out: Path) -> None:
    """The voice that is stored as a change of another must have the text encoder that the adapters were trained on."""
    base = Collection("voice").load(name)
    expected = base.config["embedding_space"]
    (stage,) = (stage for stage in recipe.stages if stage.name == recipe.acoustic_from)
    if stage.adapter is None or "encoder" not in stage.adapter.frozen:
        raise InvalidValueError(
            f"the voice is stored as a change of `{name}`, so stage `{stage.name}` needs an adapter with "
            '`frozen=("encoder",)`: every animator of the one is to drive the other'
        )
    model = AcousticModel(recipe.acoustic)
    load_result(model, out.parent / stage.adapter.base / "model.safetensors")
    found = embedding_space_of(model.encoder)
    if found != expected:
        run = out.parent / stage.adapter.base.split("/")[0]
        raise InvalidValueError(
            f"the adapters start from `{stage.adapter.base}` in `{out.parent}`, which is not what the voice `{name}` "
            f"was made from (embedding space {found[:12]}..., expected {expected[:12]}...); add that run's "
            f"voice with `avatron voice add {run / 'voice'} --name NAME` and set `base_voice` to NAME"
        )
    check_same_networks(recipe.acoustic, recipe.vocoder, base)


def check_corpus(data: Path, out: Path) -> None:
    """Refuses to go on in a run that was begun with another corpus: its features are cached by the clips' names.

    Raises:
        UnreadableFileError: no corpus in `data`.
        InvalidValueError: another corpus.
        OutputError: the run's folder cannot be written to.
    """
    found = _fingerprint(data)
    mark = out / CORPUS_MARK
    if not mark.exists():
        with output_errors(out):
            out.mkdir(parents=True, exist_ok=True)
        write_file(mark, json.dumps({"sha256": found, "data": str(data)}) + "\n")
        return
    try:
        before = json.loads(mark.read_text(encoding="utf-8"))
        same = before["sha256"] == found
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedModelError(f"`{mark}` cannot be read ({error}); delete it if the corpus is the same") from error
    if not same:
        raise InvalidValueError(
            f"the run `{out}` was begun with another corpus (`{before.get('data')}`, or it has changed since); give "
            "another `--out`"
        )


def _fingerprint(data: Path) -> str:
    """sha256 of the tables of a corpus and of the sizes of its recordings."""
    digest = hashlib.sha256()
    try:
        for name in ("alignments.json", "metadata.csv"):
            digest.update((data / name).read_bytes())
        sizes = sorted((path.name, path.stat().st_size) for path in (data / "wavs").iterdir())
    except OSError as error:
        hint = (
            "; it holds plain recordings: make a corpus of them with `avatron prepare`"
            if (data / "metadata.csv").is_file() and not (data / "alignments.json").exists()
            else "; expected `alignments.json`, `metadata.csv` and `wavs/` in it, as `avatron prepare` makes them"
        )
        raise UnreadableFileError(f"corpus `{data}` cannot be read ({error.strerror or error}){hint}") from error
    digest.update(json.dumps(sizes).encode())
    return digest.hexdigest()
