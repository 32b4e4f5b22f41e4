"""From a corpus of clips to the weights of a decoder."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from avatron.core.motion import EXPRESSION_INDEX
from avatron.errors import UnreadableFileError
from avatron.face.shipped import shipped_head
from avatron.training.loop import train
from avatron.training.motion.corpus import MotionCorpus
from avatron.training.motion.examples import MotionExample, example_of
from avatron.training.motion.geometry import FaceGeometry
from avatron.training.motion.networks.make import make_network
from avatron.training.motion.recipe import MotionRecipe
from avatron.training.motion.restyle import learn_restyling
from avatron.training.motion.stage import MotionStage, group_shares
from avatron.training.motion.tongue import expression_by_rules

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
    stage = motion_stage(recipe, corpus)
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
    return train(stage, recipe.loop, out, resolved, resume=resume, keep_best=True)


def motion_stage(recipe: MotionRecipe, corpus: MotionCorpus) -> MotionStage:
    """The stage of a recipe; what it is chosen by are the clips of `valid` of the filmed subject.

    Raises:
        UnreadableFileError: no clips of a subject that the recipe wants.
        InvalidValueError: too few films to restyle by.
    """
    subjects = recipe.subjects
    by_subject = {subject: examples_of(corpus, recipe, "train", subject) for subject in subjects}
    groups, wanted = list(by_subject.values()), list(recipe.shares)
    if recipe.restyled:
        groups.append(_restyled(corpus, recipe, by_subject))
        wanted.append(recipe.restyled)
    return MotionStage(
        recipe.stage,
        lambda: make_network(recipe.network),
        FaceGeometry(shipped_head(), recipe.network.head.channels),
        len(subjects),
        [example for group in groups for example in group],
        examples_of(corpus, recipe, "valid", recipe.filmed),
        group_shares(groups, wanted),
    )


def examples_of(corpus: MotionCorpus, recipe: MotionRecipe, split: str, subject: str) -> list[MotionExample]:
    """The clips of a split and subject, in memory.

    Raises:
        UnreadableFileError: there are none.
    """
    names = corpus.names(split, subject=subject)
    if not names:
        raise UnreadableFileError(
            f"the corpus has no clips of `{subject}` to {'learn from' if split == 'train' else 'choose by'}; "
            f"recipe `{recipe.name}` wants {', '.join(recipe.subjects)}"
        )
    return [example_of(corpus.clip(name), recipe.network.head.channels, recipe.subjects) for name in names]


def _restyled(
    corpus: MotionCorpus, recipe: MotionRecipe, by_subject: Mapping[str, Sequence[MotionExample]]
) -> list[MotionExample]:
    """The examples that rules have moved, as the filmed subject would move."""
    channels = recipe.network.head.channels
    columns = [EXPRESSION_INDEX[name] for name in channels]
    films, rules = by_subject[recipe.filmed], []
    for film in films:
        clip = corpus.clip(film.name)
        times_s = np.arange(0, clip.frames, 2) / float(clip.frame_rate)
        rules.append(expression_by_rules(clip, times_s)[:, columns])
    restyling = learn_restyling(films, rules, channels)
    style = recipe.subjects.index(recipe.filmed)
    return [restyling.example(example, style) for example in by_subject[recipe.by_rules]]
