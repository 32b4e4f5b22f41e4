"""The one training loop: steps, averaged weights, a log, and checkpoints that a run resumes from.

A run is a folder: `recipe.json` (resolved), `log.jsonl`, `checkpoint/` (safetensors and `state.json`), `samples/` of
stages that make sound, and `model.safetensors`, the averaged weights: the stage's result. No pickle.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from avatron.io.atomic import output_errors
from avatron.training.checkpoint import (
    Progress,
    has_checkpoint,
    load_checkpoint,
    save,
    save_checkpoint,
)
from avatron.training.stage import Stage

__all__ = ["LoopConfig", "train"]


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


def train(
    stage: Stage,
    config: LoopConfig,
    folder: Path,
    recipe: dict[str, Any],
    *,
    resume: bool = False,
    keep_best: bool = False,
    write_samples: Callable[[int, Path], None] | None = None,
) -> Path:
    """Runs the stage to the end and returns the path of its averaged weights.

    With `resume` the run goes on from its last checkpoint, if there is one; with `keep_best` the result is the state
    with the lowest evaluation `score` instead of the last one. `write_samples` is called at each evaluation with the
    steps that are done and the folder `samples`.

    Raises:
        DamagedModelError: the checkpoint to resume from cannot be read.
        OutputError: the disk is full, or does not take it.
    """
    result = folder / "model.safetensors"
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "recipe.json").write_text(json.dumps(recipe, indent=2) + "\n", encoding="utf-8")
    chooser = np.random.default_rng(config.seed)
    begun = Progress(0, math.inf, 0.0)
    if resume and has_checkpoint(folder):
        begun = load_checkpoint(stage, chooser, folder)
    best_score = begun.best_score
    started = saved = time.monotonic()
    sums: dict[str, list[float]] = defaultdict(list)
    with output_errors(folder), _log_up_to(begun.step, folder / "log.jsonl").open("a", encoding="utf-8") as log:
        for step in range(begun.step, config.steps):
            rates = {}
            for name, (optimizer, schedule) in stage.optimizers().items():
                rates[name] = schedule.rate(step, config.steps)
                for group in optimizer.param_groups:
                    group["lr"] = rates[name]
            for name, value in stage.step(step, chooser).items():
                sums[name].append(value)
            done, last = step + 1, step + 1 == config.steps
            elapsed_s = time.monotonic() - started
            if done % config.report_every == 0 or last:
                means = {name: round(float(np.mean(values)), 5) for name, values in sums.items()}
                sums.clear()
                left_s = elapsed_s / (done - begun.step) * (config.steps - done)
                head = {"step": done, "elapsed_s": round(begun.elapsed_s + elapsed_s, 1)}
                _report(log, {**head, "learning_rate": round(next(iter(rates.values())), 8), **means}, left_s)
            if done % config.evaluate_every == 0 or last:
                scores = stage.evaluate()
                better = scores.get("score", math.inf) <= best_score
                best_score = min(best_score, scores.get("score", math.inf))
                rounded = {name: round(score, 5) for name, score in scores.items()}
                _report(log, {"step": done, "evaluation": rounded}, None)
                if better or not keep_best:
                    save(stage.modules()["result"].state_dict(), result)
                if write_samples is not None:
                    write_samples(done, folder / "samples")
            if last or time.monotonic() - saved > config.checkpoint_every_s:
                save_checkpoint(stage, chooser, Progress(done, best_score, begun.elapsed_s + elapsed_s), folder)
                if not keep_best:
                    save(stage.modules()["result"].state_dict(), result)
                saved = time.monotonic()
    return result


def _log_up_to(step: int, path: Path) -> Path:
    """The log without the lines of steps that will be done again, and without one that a kill has cut off."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
    kept = [line for line in lines if _step_of(line) <= step]
    path.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
    return path


def _step_of(line: str) -> float:
    try:
        return float(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError):
        return math.inf


def _report(log: Any, record: dict[str, Any], left_s: float | None) -> None:
    log.write(json.dumps(record) + "\n")
    log.flush()
    left = "" if left_s is None else f", {left_s / 60:.1f} min left"
    print(f"{json.dumps(record)}{left}", file=sys.stderr, flush=True)
