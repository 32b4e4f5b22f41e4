"""What a run resumes from: weights, moments, random states and the place in the run, as safetensors and JSON.

A checkpoint is written beside the last one and takes its place when it is whole, so that a kill at any moment leaves
one that works.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from avatron.errors import DamagedModelError, OutputError
from avatron.io.atomic import output_errors
from avatron.training.stage import Stage

__all__ = ["Progress", "finished_steps", "has_checkpoint", "load_checkpoint", "load_result", "save", "save_checkpoint"]

STATE = "state.json"


@dataclass(frozen=True)
class Progress:
    """How far a stage has come."""

    step: int
    """Steps that are done."""
    best_score: float
    """Lowest evaluation score so far."""
    elapsed_s: float
    """Seconds of training, those before interruptions among them."""


def save(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Writes a safetensors file, whole or not at all.

    Raises:
        OutputError: the disk is full, or does not take it.
    """
    partial = path.with_suffix(".partial")
    try:
        with output_errors(path):
            save_file({name: tensor.detach().contiguous().clone() for name, tensor in tensors.items()}, partial)
            partial.replace(path)
    except SafetensorError as error:
        raise OutputError(f"cannot write `{path}`: {error}; free some space or write to another disk") from error
    finally:
        partial.unlink(missing_ok=True)


def load_result(module: nn.Module, path: Path) -> None:
    """Loads a stage's result into a network of the same shape.

    Raises:
        DamagedModelError: missing, cut off, or not the weights of that network.
    """
    try:
        module.load_state_dict(load_file(path))
    except (OSError, RuntimeError, ValueError, SafetensorError) as error:
        reason = str(error).splitlines()[0]
        raise DamagedModelError(
            f"weights `{path}` cannot be loaded ({reason}); expected the result of the stage that this one builds on"
        ) from error


def has_checkpoint(folder: Path) -> bool:
    """Whether a stage's folder has something to resume from."""
    return _found(folder) is not None


def finished_steps(folder: Path) -> int:
    """Steps that the checkpoint in a stage's folder has done; 0 without one.

    Raises:
        DamagedModelError: it cannot be read.
    """
    found = _found(folder)
    return int(_state(found)["step"]) if found else 0


def save_checkpoint(stage: Stage, chooser: np.random.Generator, progress: Progress, folder: Path) -> None:
    """Writes `folder/checkpoint`; the one before it stays until this one is whole.

    Raises:
        OutputError: the disk is full, or does not take it.
    """
    target, partial, before = (folder / f"checkpoint{ending}" for ending in ("", ".partial", ".before"))
    with output_errors(target):
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        try:
            for name, module in stage.modules().items():
                save(module.state_dict(), partial / f"{name}.safetensors")
            for name, (optimizer, _) in stage.optimizers().items():
                moments = {
                    f"{place}.{key}": torch.as_tensor(value)
                    for place, entries in optimizer.state_dict()["state"].items()
                    for key, value in entries.items()
                }
                save(moments, partial / f"{name}.optimizer.safetensors")
            save({"torch": torch.get_rng_state()}, partial / "random.safetensors")
            state = {
                "step": progress.step,
                "best_score": progress.best_score,
                "elapsed_s": round(progress.elapsed_s, 1),
                "chooser": chooser.bit_generator.state,
            }
            (partial / STATE).write_text(json.dumps(state), encoding="utf-8")
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        if target.exists():
            shutil.rmtree(before, ignore_errors=True)
            target.rename(before)
        partial.rename(target)
        shutil.rmtree(before, ignore_errors=True)


def load_checkpoint(stage: Stage, chooser: np.random.Generator, folder: Path) -> Progress:
    """Puts the stage and the random states where the checkpoint in `folder` left them.

    Raises:
        DamagedModelError: a file of it is missing, cut off or of another network.
    """
    found = _found(folder)
    assert found is not None
    state = _state(found)
    try:
        for name, module in stage.modules().items():
            load_result(module, found / f"{name}.safetensors")
        for name, (optimizer, _) in stage.optimizers().items():
            stored = optimizer.state_dict()
            stored["state"] = {}
            for key, tensor in load_file(found / f"{name}.optimizer.safetensors").items():
                place, _, entry = key.partition(".")
                stored["state"].setdefault(int(place), {})[entry] = tensor
            optimizer.load_state_dict(stored)
        torch.set_rng_state(load_file(found / "random.safetensors")["torch"])
        chooser.bit_generator.state = state["chooser"]
    except (DamagedModelError, OSError, RuntimeError, KeyError, TypeError, ValueError, SafetensorError) as error:
        raise _damaged(found, error) from error
    return Progress(int(state["step"]), float(state["best_score"]), float(state.get("elapsed_s", 0.0)))


def _found(folder: Path) -> Path | None:
    """The newest whole checkpoint: a kill between two renames leaves only the one before."""
    for name in ("checkpoint", "checkpoint.before"):
        if (folder / name).is_dir():
            return folder / name
    return None


def _state(found: Path) -> dict[str, Any]:
    try:
        state = json.loads((found / STATE).read_text(encoding="utf-8"))
        int(state["step"]), float(state["best_score"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise _damaged(found, error) from error
    return dict(state)


def _damaged(found: Path, error: Exception) -> DamagedModelError:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return DamagedModelError(
        f"checkpoint `{found}` is damaged ({reason}); delete the folder `{found.parent}` to train that stage anew"
    )
