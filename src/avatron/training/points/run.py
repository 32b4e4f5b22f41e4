"""From drawn pictures to the folder of a point reader."""

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
from avatron.track.landmarks.landmarker import FaceLandmarker
from avatron.track.observations import LANDMARKS
from avatron.track.points.crop import CROP_SIZE, MM_PER_PIXEL
from avatron.training.checkpoint import load_result
from avatron.training.export import OPSET, halved
from avatron.training.loop import train
from avatron.training.points.augment import Landmarker
from avatron.training.points.card import card_of
from avatron.training.points.network import PointNetwork
from avatron.training.points.pictures import read_face_pictures
from avatron.training.points.recipe import PointRecipe
from avatron.training.points.stage import PointStage

__all__ = ["export_point_reader", "train_point_reader"]

_OUTPUTS = ("points", "deviations")
_TOLERANCE_PX = 0.1
"""How far a point of the exported graph may lie from the network's: weights in half precision make 0.02."""


def train_point_reader(
    recipe: PointRecipe,
    pictures: Path,
    out: Path,
    *,
    resume: bool = False,
    threads: int = 1,
    landmarker: Landmarker | None = None,
) -> Path:
    """Trains what the recipe says from the pictures in a folder; the path of the averaged weights, in `out`.

    `landmarker` is what the network is led by: MediaPipe's networks, unless another is given.

    Raises:
        MissingComponentError: those cannot be fetched or run.
        UnreadableFileError: there are no pictures, or none of people to test on.
        DamagedModelError: the checkpoint to resume from cannot be read.
    """
    torch.set_num_threads(threads)
    torch.manual_seed(recipe.loop.seed)
    everything = read_face_pictures(pictures)
    held_out = everything.person >= recipe.first_held_out
    training, test = everything.chosen(~held_out), everything.chosen(held_out)
    stage = PointStage(recipe.stage, recipe.network, training, test, landmarker or FaceLandmarker.load())
    return train(stage, recipe.loop, out, json.loads(json.dumps(dataclasses.asdict(recipe))), resume=resume)


def export_point_reader(
    recipe: PointRecipe, weights: Path, folder: Path, measured: dict[str, Any] | None = None, *, overwrite: bool = False
) -> ModelFolder:
    """Writes the network as a folder of kind `points`: the graph with weights in half precision, and a card.

    `measured` is put into the config and the card as it is.

    Raises:
        DamagedModelError: the weights are those of another network, or the graph does not say what the network says.
    """
    network = PointNetwork(recipe.network)
    load_result(network, weights)
    network.eval()
    graph = halved(_graph(network)).SerializeToString()
    _check(network, graph)
    return write_folder(
        folder,
        "points",
        {
            "name": recipe.name,
            "licence": recipe.licence,
            "provenance": list(recipe.provenance),
            "architecture": {
                "type": "face-points",
                "crop": list(CROP_SIZE),
                "mm_per_pixel": MM_PER_PIXEL,
                "points": LANDMARKS,
            },
            "measured": measured or {},
        },
        {"points.onnx": graph, "CARD.md": card_of(recipe, measured or {})},
        overwrite=overwrite,
    )


def _graph(network: nn.Module) -> onnx.ModelProto:
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # The tracing exporter is announced as old; the new one needs a package more and gives larger graphs.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (torch.zeros(2, 3, CROP_SIZE[1], CROP_SIZE[0]), torch.zeros(2, LANDMARKS, 2)),
            buffer,  # type: ignore[arg-type]  # it takes any binary file
            input_names=["crops", "seen"],
            output_names=list(_OUTPUTS),
            dynamic_axes={name: {0: "T"} for name in ("crops", "seen", *_OUTPUTS)},
            opset_version=OPSET,
            dynamo=False,
        )
    return onnx.load_from_string(buffer.getvalue())


def _check(network: nn.Module, graph: bytes) -> None:
    random = np.random.default_rng(0)
    crops = random.uniform(0, 255, (5, 3, CROP_SIZE[1], CROP_SIZE[0])).astype(np.float32)
    seen = random.uniform(0, CROP_SIZE[0], (5, LANDMARKS, 2)).astype(np.float32)
    with torch.no_grad():
        wanted = network(torch.from_numpy(crops), torch.from_numpy(seen))
    found = open_session(graph, name="points.onnx").run(list(_OUTPUTS), {"crops": crops, "seen": seen})
    distance = max(float(np.abs(one - other.numpy()).max()) for one, other in zip(found, wanted, strict=True))
    if not distance < _TOLERANCE_PX:
        raise DamagedModelError(
            f"the exported graph of the point reader is {distance:.3g} off the network, expected {_TOLERANCE_PX}; "
            "nothing was written. Export once more, and report it if it stays"
        )
