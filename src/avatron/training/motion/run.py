"""From a corpus of clips to the weights of a decoder."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import torch

from avatron.errors import UnreadableFileError
from avatron.face.shipped import shipped_head
from avatron.training.loop import train
from avatron.training.motion.corpus import MotionCorpus
from avatron.training.motion.examples import MotionExample, example_of
from avatron.training.motion.geometry import FaceGeometry
from avatron.training.motion.networks.make import make_network
from avatron.training.motion.recipe import MotionRecipe
from avatron.training.motion.stage import MotionStage, source_shares

__all__ = ["EMBEDDING_SPACE", "examples_of", "motion_stage", "train_decoder"]

EMBEDDING_SPACE = "embedding_space.json"
"""File of a run that says which text encoder's embedding it was trained on, and what the clock is."""


def train_decoder(
    recipe: MotionRecipe, folders: Sequence[Path], out: Path, *, resume: bool = False, threads: int = 1
) -> Path:
    """Trains what the recipe says from the clips in `folders`; the path of the averaged weights, in `out`.

    Raises:
        UnreadableFileError: no clips, a damaged one, or none of a subject that the recipe wants.
        DamagedModelError: the checkpoint to resume from cannot be read.
    """
    torch.set_num_threads(threads)
    torch.manual_seed(recipe.loop.seed)
    corpus = MotionCorpus(*folders)
    stage = motion_stage(recipe, examples_of(corpus, recipe, "train"), examples_of(corpus, recipe, "valid"))
    out.mkdir(parents=True, exist_ok=True)
    clip = corpus.clip(corpus.names()[0])
    learned_on = {
        "embedding_space": corpus.embedding_space,
        "embedding_width": int(clip.embedding.shape[0]),
        "mel_bins": int(clip.mel.shape[0]),
        "sample_rate": clip.sample_rate,
        "hop_length": clip.hop_length,
    }
    (out / EMBEDDING_SPACE).write_text(json.dumps(learned_on, indent=2) + "\n", encoding="utf-8")
    resolved = json.loads(json.dumps(dataclasses.asdict(recipe)))
    return train(stage, recipe.loop, out, resolved, resume=resume, keep_best=False)


def examples_of(corpus: MotionCorpus, recipe: MotionRecipe, split: str) -> list[MotionExample]:
    """The clips of a split by the subjects of the recipe, in memory.

    Raises:
        UnreadableFileError: there are none of a subject.
    """
    channels = recipe.network.head.channels
    found = []
    for subject in recipe.subjects:
        names = corpus.names(split, subject=subject)
        if not names:
            raise UnreadableFileError(
                f"the corpus has no clips of `{subject}` to {'learn from' if split == 'train' else 'choose by'}; "
                f"recipe `{recipe.name}` wants {', '.join(recipe.subjects)}"
            )
        found += [example_of(corpus.clip(name), channels, recipe.subjects) for name in names]
    return found


def motion_stage(recipe: MotionRecipe, training: list[MotionExample], held_out: list[MotionExample]) -> MotionStage:
    """The stage of a recipe; what it is chosen by are the held-out clips of its first subject."""
    geometry = FaceGeometry(shipped_head(), recipe.network.head.channels)
    return MotionStage(
        recipe.stage,
        lambda: make_network(recipe.network),
        geometry,
        len(recipe.subjects),
        training,
        [example for example in held_out if example.style == 0],
        source_shares(training, dict(enumerate(recipe.shares))),
    )
