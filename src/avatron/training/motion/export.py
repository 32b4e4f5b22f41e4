"""From the weights of a run to the folder of a learned animator."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.errors import DamagedModelError, UnreadableFileError
from avatron.io.folders import FileSource, ModelFolder, tensor_bytes, write_folder
from avatron.motion.decoder.config import KIND
from avatron.motion.decoder.features import CLASSES
from avatron.motion.decoder.mesh_animator import TEMPLATE
from avatron.training.checkpoint import load_result
from avatron.training.export import halved
from avatron.training.motion.card import card_of
from avatron.training.motion.graphs import check_motion_graph, motion_graphs, traced
from avatron.training.motion.networks.avatron import AvatronNetwork
from avatron.training.motion.networks.decoder import Decoder
from avatron.training.motion.networks.faceformer import FaceFormerNetwork
from avatron.training.motion.networks.make import make_network
from avatron.training.motion.recipe import MotionRecipe
from avatron.training.motion.run import EMBEDDING_SPACE
from avatron.training.parity import FULL_TOLERANCE, HALF_TOLERANCE

__all__ = ["export_decoder", "write_decoder"]


def export_decoder(
    recipe: MotionRecipe,
    run: Path,
    folder: Path,
    measured: dict[str, Any] | None = None,
    *,
    half: bool = True,
    overwrite: bool = False,
) -> ModelFolder:
    """Writes the state that the training in `run` has reached as a folder of kind `animator`.

    Raises:
        UnreadableFileError: the run has not begun.
        DamagedModelError: the weights are those of another network, or a graph does not say what the network says.
    """
    place = run / EMBEDDING_SPACE
    try:
        learned_on = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UnreadableFileError(f"`{place}` cannot be read ({error}); expected the folder of a training") from error
    network = make_network(recipe.network)
    load_result(network, run / "model.safetensors")
    return write_decoder(network, recipe, learned_on, folder, measured, half=half, overwrite=overwrite)


def write_decoder(
    network: Decoder,
    recipe: MotionRecipe,
    learned_on: dict[str, Any],
    folder: Path,
    measured: dict[str, Any] | None = None,
    *,
    template: tuple[NDArray[np.float32], NDArray[np.int32]] | None = None,
    half: bool = True,
    overwrite: bool = False,
) -> ModelFolder:
    """Writes `network` as a folder; `learned_on` is what the run noted of its corpus.

    `measured` is put into the config and the card as it is. `template` is the mesh at rest (vertices [V, 3] metres,
    triangles [K, 3]) of networks with a vertex head.

    Raises:
        DamagedModelError: a graph does not say what the network says; nothing is written then.
    """
    network.eval()
    files: dict[str, FileSource] = {}
    parameters = sum(weight.numel() for weight in network.parameters())
    for name, part in motion_graphs(network).items():
        graph = traced(part)
        written: bytes = (halved(graph) if half else graph).SerializeToString()
        check_motion_graph(name, part, written, HALF_TOLERANCE if half else FULL_TOLERANCE)
        files[name] = written
    head = recipe.network.head
    if head.vertices:
        if template is None or template[0].shape != (head.vertices, 3):
            raise DamagedModelError(
                f"a network with a head of {head.vertices} vertices needs the mesh at rest with as many; nothing was "
                "written"
            )
        files[TEMPLATE] = tensor_bytes({"vertices": template[0], "triangles": template[1]})
    files["CARD.md"] = card_of(recipe, parameters, network.view, learned_on, measured or {})
    mel = isinstance(network, FaceFormerNetwork)
    kind = "faceformer" if mel else "avatron" if isinstance(network, AvatronNetwork) else "fully-connected"
    view = network.view
    return write_folder(
        folder,
        KIND,
        {
            "name": recipe.name,
            "description": recipe.description,
            "licence": recipe.licence,
            "provenance": [dict(source) for source in recipe.provenance],
            "embedding_space": learned_on["embedding_space"],
            "subjects": list(recipe.subjects),
            "guarded": int(recipe.guarded),
            "architecture": {
                "type": kind,
                "parameters": parameters,
                "sample_rate": learned_on["sample_rate"],
                "hop_length": learned_on["hop_length"],
                "width": learned_on["mel_bins" if mel else "embedding_width"],
                "classes": len(CLASSES),
                "channels": list(head.channels),
                "vertices": head.vertices,
                "past_frames": view.past_frames,
                "future_frames": view.future_frames,
                "future_columns": view.future_columns,
                "block_frames": view.block_frames,
                "state_width": view.state_width,
            },
            "measured": measured or {},
        },
        files,
        overwrite=overwrite,
    )
