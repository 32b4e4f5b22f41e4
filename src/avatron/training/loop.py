"""The one training loop: steps, averaged weights, a log, and checkpoints that a run resumes from.

A run is a folder: `recipe.json` (resolved), `log.jsonl`, `checkpoint/` (safetensors and `state.json`) and
`model.safetensors`, the averaged weights: the stage's result. No pickle.
"""

from __future__ import annotations

import json
import math
import shutil
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from avatron.errors import DamagedModelError

__all__ = ["AveragedWeights", "LoopConfig", "Schedule", "Stage", "load_result", "train"]


Network = TypeVar("Network", bound=nn.Module)


@dataclass(frozen=True)
class Schedule:
    """A learning rate over the run."""

    peak: float
    """Highest rate, reached after the warm-up."""
    final_share: float = 0.1
    """Rate at the end, as a share of the peak."""
    warm_up_steps: int = 100
    """Steps of linear rise from nought."""
    shape: str = "cosine"
    """How it falls: `cosine` or `linear`."""

    def rate(self, step: int, steps: int) -> float:
        """Learning rate of step `step` of `steps`."""
        done = min(1.0, step / max(1, steps))
        falling = 0.5 * (1 + math.cos(math.pi * done)) if self.shape == "cosine" else 1 - done
        rising = min(1.0, (step + 1) / max(1, self.warm_up_steps))
        return self.peak * rising * (self.final_share + (1 - self.final_share) * falling)


@dataclass(frozen=True)
class LoopConfig:
    """How long and how often."""

    steps: int
    """Optimiser steps of the whole run."""
    report_every: int = 50
    """Steps between lines of the log."""
    evaluate_every: int = 500
    """Steps between evaluations."""
    checkpoint_every_s: float = 150.0
    """Seconds between checkpoints."""
    seed: int = 0
    """Seeds weights, batches and noise."""


class Stage(Protocol):
    """One thing being trained: networks, optimisers, and what a step does."""

    def modules(self) -> dict[str, nn.Module]:
        """All that a checkpoint holds, `result` (averaged weights) among them."""

    def optimizers(self) -> dict[str, tuple[torch.optim.Optimizer, Schedule]]:
        """Each with its schedule."""

    def step(self, number: int, chooser: np.random.Generator) -> dict[str, float]:
        """One step; returns what to log."""

    def evaluate(self) -> dict[str, float]:
        """Losses of the averaged weights on clips that are not trained on; `score` decides what is best."""


class AveragedWeights(Generic[Network]):
    """Exponential moving average of a network's weights, in a copy of the network."""

    def __init__(self, source: Network, copy: Network, decay: float) -> None:
        self.source, self.copy, self.decay = source, copy, decay
        copy.load_state_dict(source.state_dict())
        copy.requires_grad_(False).eval()

    @torch.no_grad()
    def update(self, step: int) -> None:
        """After each optimiser step; young averages forget faster."""
        decay = min(self.decay, (step + 1) / (step + 21))
        averaged: list[Tensor] = list(self.copy.parameters())
        current: list[Tensor] = list(self.source.parameters())
        torch._foreach_lerp_(averaged, current, 1 - decay)
        for ours, theirs in zip(self.copy.buffers(), self.source.buffers(), strict=True):
            ours.copy_(theirs)


def train(
    stage: Stage,
    config: LoopConfig,
    folder: Path,
    recipe: dict[str, Any],
    *,
    resume: bool = False,
    keep_best: bool = False,
) -> Path:
    """Runs the stage to the end and returns the path of its averaged weights.

    With `resume` the run goes on from its last checkpoint, if there is one; with `keep_best` the result is the state
    with the lowest evaluation `score` instead of the last one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    result = folder / "model.safetensors"
    (folder / "recipe.json").write_text(json.dumps(recipe, indent=2) + "\n", encoding="utf-8")
    chooser = np.random.default_rng(config.seed)
    first, best_score = 0, math.inf
    if resume and (folder / "checkpoint").is_dir():
        first, best_score = _load_checkpoint(stage, chooser, folder / "checkpoint")
    started = saved = time.monotonic()
    sums: dict[str, list[float]] = defaultdict(list)
    with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
        for step in range(first, config.steps):
            for optimizer, schedule in stage.optimizers().values():
                for group in optimizer.param_groups:
                    group["lr"] = schedule.rate(step, config.steps)
            for name, value in stage.step(step, chooser).items():
                sums[name].append(value)
            done, last = step + 1, step + 1 == config.steps
            if done % config.report_every == 0 or last:
                elapsed_s = time.monotonic() - started
                means = {name: round(float(np.mean(values)), 5) for name, values in sums.items()}
                sums.clear()
                left_s = elapsed_s / (done - first) * (config.steps - done)
                _report(log, {"step": done, "elapsed_s": round(elapsed_s, 1), **means}, left_s)
            if done % config.evaluate_every == 0 or last:
                scores = stage.evaluate()
                better = scores.get("score", math.inf) <= best_score
                best_score = min(best_score, scores.get("score", math.inf))
                rounded = {name: round(score, 5) for name, score in scores.items()}
                _report(log, {"step": done, "evaluation": rounded}, None)
                if better or not keep_best:
                    _save(stage.modules()["result"].state_dict(), result)
            if last or time.monotonic() - saved > config.checkpoint_every_s:
                _save_checkpoint(stage, chooser, done, best_score, folder / "checkpoint")
                if not keep_best:
                    _save(stage.modules()["result"].state_dict(), result)
                saved = time.monotonic()
    return result


def load_result(module: nn.Module, path: Path) -> None:
    """Loads a stage's result into a network of the same shape.

    Raises:
        DamagedModelError: missing, or not the weights of that network.
    """
    try:
        module.load_state_dict(load_file(path))
    except (OSError, RuntimeError, ValueError) as error:
        raise DamagedModelError(
            f"weights `{path}` cannot be loaded ({error}); expected the result of the stage that this one builds on"
        ) from error


def _report(log: Any, record: dict[str, Any], left_s: float | None) -> None:
    log.write(json.dumps(record) + "\n")
    log.flush()
    left = "" if left_s is None else f", {left_s / 60:.1f} min left"
    print(f"{json.dumps(record)}{left}", file=sys.stderr, flush=True)


def _save(tensors: dict[str, Tensor], path: Path) -> None:
    partial = path.with_suffix(".partial")
    save_file({name: tensor.detach().contiguous().clone() for name, tensor in tensors.items()}, partial)
    partial.replace(path)


def _save_checkpoint(stage: Stage, chooser: np.random.Generator, step: int, best_score: float, folder: Path) -> None:
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    for name, module in stage.modules().items():
        _save(module.state_dict(), partial / f"{name}.safetensors")
    for name, (optimizer, _) in stage.optimizers().items():
        moments = {
            f"{place}.{key}": torch.as_tensor(value)
            for place, entries in optimizer.state_dict()["state"].items()
            for key, value in entries.items()
        }
        _save(moments, partial / f"{name}.optimizer.safetensors")
    _save({"torch": torch.get_rng_state()}, partial / "random.safetensors")
    state = {"step": step, "best_score": best_score, "chooser": chooser.bit_generator.state}
    (partial / "state.json").write_text(json.dumps(state), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


def _load_checkpoint(stage: Stage, chooser: np.random.Generator, folder: Path) -> tuple[int, float]:
    state = json.loads((folder / "state.json").read_text(encoding="utf-8"))
    for name, module in stage.modules().items():
        load_result(module, folder / f"{name}.safetensors")
    for name, (optimizer, _) in stage.optimizers().items():
        stored = optimizer.state_dict()
        stored["state"] = {}
        for key, tensor in load_file(folder / f"{name}.optimizer.safetensors").items():
            place, _, entry = key.partition(".")
            stored["state"].setdefault(int(place), {})[entry] = tensor
        optimizer.load_state_dict(stored)
    torch.set_rng_state(load_file(folder / "random.safetensors")["torch"])
    chooser.bit_generator.state = state["chooser"]
    return int(state["step"]), float(state["best_score"])
