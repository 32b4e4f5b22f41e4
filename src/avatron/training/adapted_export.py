"""From adapted networks to a voice folder that holds only what is different from its base.

The networks are exported as those of the base were, and the weights compared one by one. What an adapter has changed
is of low rank, so its singular vectors hold it exactly; what was trained whole is stored as a difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from avatron.errors import InvalidValueError
from avatron.io.collection import Collection
from avatron.io.folders import ModelFolder, tensor_bytes, write_folder
from avatron.io.onnx_weights import Weight, changed_graph, weights_of
from avatron.text.inventory import INVENTORY_VERSION
from avatron.training.acoustic import AcousticConfig
from avatron.training.export import TrainedVoice, embedding_space_of, halved, voice_graphs
from avatron.training.graphs import graph_parts
from avatron.training.parity import HALF_TOLERANCE, check_parity
from avatron.training.vocoder import VocoderConfig
from avatron.voice.adapted import CHANGES

__all__ = ["check_same_networks", "export_adapted_voice", "factors_of"]

SMALLEST_SHARE = 3e-3
"""Singular values below this share of the largest are noise: float16 of the base has that much."""
SMALLEST_CHANGE = 1e-6
"""Root mean square of a change that is not worth storing, as a share of the weight's; float16 rounds by 3e-4."""
ROUNDING = 4e-4
"""Root mean square share by which float16 alone changes a weight."""


def export_adapted_voice(
    voice: TrainedVoice,
    base_name: str,
    folder: Path,
    config: dict[str, Any],
    files: Mapping[str, bytes | Path],
    *,
    overwrite: bool = False,
) -> ModelFolder:
    """Writes the voice as a change of the voice `base_name`; `config` and `files` as in `export_voice`.

    Raises:
        InvalidValueError: its text encoder is not the base's, or its networks are of another shape.
        UnknownNameError: no voice of that name.
        DamagedModelError: the base with the changes does not say what the networks say; nothing is written then.
    """
    base = Collection("voice").load(base_name)
    space = embedding_space_of(voice.acoustic.encoder)
    if space != base.config["embedding_space"]:
        raise InvalidValueError(
            f"the text encoder is not that of `{base_name}` (space {space[:12]}..., expected "
            f"{base.config['embedding_space'][:12]}...): freeze `encoder` in the adapters of the acoustic stages"
        )
    changes: dict[str, NDArray[np.float16]] = {}
    loaded: dict[str, bytes] = {}
    for name, graph in voice_graphs(voice).items():
        own = _changes(graph, base.read_bytes(name), name)
        changes |= {f"{name}/{key}": value for key, value in own.items()}
        loaded[name] = changed_graph(base.read_bytes(name), own)
    check_parity(graph_parts(voice), loaded, HALF_TOLERANCE)
    return write_folder(
        folder,
        "voice",
        {
            **config,
            "architecture": base.config["architecture"],
            "inventory_version": INVENTORY_VERSION,
            "embedding_space": space,
            "base": {"name": base_name, "files": {name: base.files[name] for name in loaded}},
        },
        {CHANGES: tensor_bytes(changes), **files},
        overwrite=overwrite,
    )


def _changes(graph: onnx.ModelProto, base: bytes, name: str) -> dict[str, NDArray[np.float16]]:
    """What turns the base's weights into the graph's, by `WEIGHT/up`, `WEIGHT/down` or `WEIGHT/difference`."""
    full = {weight.name: onnx.numpy_helper.to_array(weight) for weight in graph.graph.initializer}
    theirs = _same_weights(graph, base, name)
    found: dict[str, NDArray[np.float16]] = {}
    for key, weight in theirs.items():
        wanted = full[key.removesuffix(".float16")]
        if wanted.dtype != np.float32:
            continue
        change = wanted - weight.read(base).astype(np.float32)
        size, own = float(np.sqrt(np.mean(change**2))), float(np.sqrt(np.mean(wanted**2)))
        if size <= (ROUNDING if weight.dtype == np.float16 else SMALLEST_CHANGE) * own:
            continue
        factors = factors_of(change)
        if factors is None:
            found[f"{key}/difference"] = change.astype(np.float16)
        else:
            found[f"{key}/up"], found[f"{key}/down"] = factors
    return found


def _same_weights(graph: onnx.ModelProto, base: bytes, name: str) -> dict[str, Weight]:
    """The base's weights, after a check that the graph has the same; the graph is halved."""
    shapes = {key: weight.shape for key, weight in weights_of(halved(graph).SerializeToString()).items()}
    theirs = weights_of(base)
    other = shapes.items() ^ {key: weight.shape for key, weight in theirs.items()}.items()
    if other:
        raise InvalidValueError(
            f"`{name}` has other weights than its base (`{min(other)[0]}`); use the sizes and the avatron that the "
            "base was exported with, or export the base again"
        )
    return theirs


def check_same_networks(acoustic: AcousticConfig, vocoder: VocoderConfig, base: ModelFolder) -> None:
    """Refuses a base whose graphs are not those of networks of these sizes: in seconds, before anything is trained.

    Raises:
        InvalidValueError: which graph.
    """
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        voice = TrainedVoice(acoustic, vocoder)
        for parameter in voice.parameters():
            # The exporter stores equal tensors once, and an untrained network has many.
            parameter.add_(0.01 * torch.randn_like(parameter))
        for name, graph in voice_graphs(voice).items():
            _same_weights(graph, base.read_bytes(name), name)


def factors_of(change: NDArray[np.float32]) -> tuple[NDArray[np.float16], NDArray[np.float16]] | None:
    """(up [R, K], down [K, C]) whose product is the change as a matrix [R, C]; None where they are no smaller."""
    if change.ndim < 2:
        return None
    matrix = change.reshape(len(change), -1).astype(np.float64)
    tall = matrix.shape[0] > matrix.shape[1]
    wide = matrix.T if tall else matrix
    # Eigenvectors of the smaller product are its singular vectors, at a tenth of the time of a full decomposition.
    squares, vectors = np.linalg.eigh(wide @ wide.T)
    values = np.sqrt(np.maximum(squares[::-1], 0))
    rank = int((values > SMALLEST_SHARE * values[0]).sum())
    if rank * sum(matrix.shape) >= matrix.size:
        return None
    root = np.sqrt(values[:rank])
    kept = vectors[:, ::-1][:, :rank]
    near, far = kept * root, (kept.T @ wide) / root[:, None]
    up, down = (far.T, near.T) if tall else (near, far)
    return up.astype(np.float16), down.astype(np.float16)
