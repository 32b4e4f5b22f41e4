"""From recordings to trained weights, round by round."""

from __future__ import annotations

import dataclasses
import json
from functools import partial
from pathlib import Path

import torch

from avatron.training.checkpoint import finished_steps, has_checkpoint, load_result
from avatron.training.listening.network import EncoderNetwork
from avatron.training.listening.recipe import EncoderRecipe
from avatron.training.listening.recordings import read_recordings
from avatron.training.listening.stage import EncoderStage
from avatron.training.loop import train

__all__ = ["train_encoder"]


def train_encoder(
    recipe: EncoderRecipe, recordings: Path, out: Path, *, resume: bool = False, threads: int = 1
) -> Path:
    """Trains what the recipe says from the recordings in a folder; the path of the last round's averaged weights.

    With `resume`, rounds that are done are not done again.

    Raises:
        UnreadableFileError: recordings are missing.
        DamagedModelError: a checkpoint to resume from cannot be read.
    """
    torch.set_num_threads(threads)
    before: Path | None = None
    for turn in recipe.rounds:
        folder = out / turn.name
        if resume and finished_steps(folder) >= turn.loop.steps:
            before = folder / "model.safetensors"
            continue
        torch.manual_seed(turn.loop.seed)
        corpora = [read_recordings(recordings / f"{name}.npz") for name in turn.corpora]
        stage = EncoderStage(turn.stage, partial(EncoderNetwork, recipe.network), corpora)
        if before is not None and not (resume and has_checkpoint(folder)):
            # The scale of the embedding is the first round's for good: its weights are made for that.
            load_result(stage.model, before)
            load_result(stage.average.copy, before)
        told = json.loads(json.dumps({"recipe": recipe.name, "round": dataclasses.asdict(turn)}))
        before = train(stage, turn.loop, folder, told, resume=resume)
    assert before is not None, "a recipe has a round"
    return before
