"""From drawn pictures to the folder of a lip reader."""

from __future__ import annotations

import dataclasses
import io
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from torch import nn

from avatron.errors import DamagedModelError
from avatron.io.folders import ModelFolder, write_folder
from avatron.io.sessions import open_session
from avatron.track.lips.crop import CROP_SIZE, MM_PER_PIXEL
from avatron.track.lips.points import LIP_POINTS
from avatron.training.checkpoint import load_result
from avatron.training.export import OPSET, halved
from avatron.training.lips.card import card_of
from avatron.training.lips.network import LipNetwork
from avatron.training.lips.pictures import read_lip_pictures
from avatron.training.lips.recipe import LipRecipe
from avatron.training.lips.stage import LipStage
from avatron.training.loop import train

__all__ = ["export_lip_reader", "train_lip_reader"]

_OUTPUTS = ("points", "deviations", "opening")
_TOLERANCE_PX = 0.1
"""How far a point of the exported graph may lie from the network's: weights in half precision make 0.02."""


def train_lip_reader(recipe: LipRecipe, pictures: Path, out: Path, *, resume: bool = False, threads: int = 1) -> Path:
    """Trains what the recipe says from the pictures in a folder; the path of the averaged weights, in `out`.

    Raises:
        UnreadableFileError: there are no pictures, or none of people to test on.
        DamagedModelError: the checkpoint to resume from cannot be read.
    """
    torch.set_num_threads(threads)
    torch.manual_seed(recipe.loop.seed)
    everything = read_lip_pictures(pictures)
    held_out = everything.person >= recipe.first_held_out
    stage = LipStage(recipe.stage, recipe.network, everything.chosen(~held_out), everything.chosen(held_out))
    return train(stage, recipe.loop, out, json.loads(json.dumps(dataclasses.asdict(recipe))), resume=resume)


def export_lip_reader(
    recipe: LipRecipe, weights: Path, folder: Path, measured: dict[str, Any] | None = None, *, overwrite: bool = False
) -> ModelFolder:
    """Writes the network as a folder of kind `lips`: the graph with weights in half precision, and a card.

    `measured` is put into the config and the card as it is.

    Raises:
        DamagedModelError: the weights are those of another network, or the graph does not say what the network says.
    """
    network = LipNetwork(recipe.network)
    load_result(network, weights)
    network.eval()
    graph = halved(_graph(network)).SerializeToString()
    _check(network, graph)
    return write_folder(
        folder,
        "lips",
        {
            "name": recipe.name,
            "licence": recipe.licence,
            "provenance": list(recipe.provenance),
            "architecture": {
                "type": "lip-contour",
                "crop": list(CROP_SIZE),
                "mm_per_pixel": MM_PER_PIXEL,
                "points": LIP_POINTS,
            },
            "measured": measured or {},
        },
        {"lips.onnx": graph, "CARD.md": card_of(recipe, measured or {})},
        overwrite=overwrite,
    )


def _graph(network: nn.Module) -> onnx.ModelProto:
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # The tracing exporter is announced as old; the new one needs a package more and gives larger graphs.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (torch.zeros(2, 3, CROP_SIZE[1], CROP_SIZE[0]),),
            buffer,  # type: ignore[arg-type]  # it takes any binary file
            input_names=["crops"],
            output_names=list(_OUTPUTS),
            dynamic_axes={name: {0: "T"} for name in ("crops", *_OUTPUTS)},
            opset_version=OPSET,
            dynamo=False,
        )
    return onnx.load_from_string(buffer.getvalue())


def _check(network: nn.Module, graph: bytes) -> None:
    crops = np.random.default_rng(0).uniform(0, 255, (5, 3, CROP_SIZE[1], CROP_SIZE[0])).astype(np.float32)
    with torch.no_grad():
        wanted = network(torch.from_numpy(crops))
    found = open_session(graph, name="lips.onnx").run(list(_OUTPUTS), {"crops": crops})
    distance = max(float(np.abs(one - other.numpy()).max()) for one, other in zip(found, wanted, strict=True))
    if not distance < _TOLERANCE_PX:
        raise DamagedModelError(
            f"the exported graph of the lip reader is {distance:.3g} off the network, expected below {_TOLERANCE_PX}; "
            "nothing was written. Export once more, and report it if it stays"
        )
