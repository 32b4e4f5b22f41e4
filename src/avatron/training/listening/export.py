"""From trained weights to the folder of an encoder of speech: an ONNX graph, the statistics of sounds, a card."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from avatron.errors import DamagedModelError
from avatron.io.folders import ModelFolder, tensor_bytes, write_folder
from avatron.io.sessions import open_session
from avatron.text.inventory import INVENTORY_VERSION
from avatron.training.checkpoint import load_result
from avatron.training.export import OPSET, halved
from avatron.training.listening.card import card_of
from avatron.training.listening.network import EncoderNetwork
from avatron.training.listening.recipe import EncoderRecipe
from avatron.training.listening.recordings import Recording
from avatron.training.listening.sounds import mean_embeddings, measure_sounds
from avatron.voice.listening.features import HEARING
from avatron.voice.listening.mel_encoder import ARCHITECTURE, GRAPH, KIND, STATISTICS

__all__ = ["export_encoder"]

_TOLERANCE = 0.05
"""How far the graph may be from the network, in the embedding and in natural logs: half precision makes 0.01."""


class _Exported(nn.Module):
    """The network, its embedding mixed with a table's."""

    table: Tensor

    def __init__(self, network: EncoderNetwork, table: NDArray[np.float32], share: float) -> None:
        """`table` [K, D] is an embedding for each sound; `share` of the answer comes from it."""
        super().__init__()
        self.network, self.share = network, share
        self.register_buffer("table", torch.from_numpy(table.T.copy()))

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        embedding, logits = self.network(features)
        log_shares = logits.log_softmax(1)
        looked_up = torch.matmul(self.table, log_shares.exp())
        return (1 - self.share) * embedding + self.share * looked_up, log_shares


def export_encoder(
    recipe: EncoderRecipe,
    weights: Path,
    recordings: Sequence[Recording],
    embedding_space: str,
    folder: Path,
    measured: dict[str, Any] | None = None,
    *,
    overwrite: bool = False,
) -> ModelFolder:
    """Writes the network as a folder of kind `speech-encoder`, weights in half precision.

    The statistics of sounds are those of `recordings` that are not held out; `measured` is put into the config and the
    card as it is.

    Raises:
        DamagedModelError: the weights are those of another network, or the graph does not say what the network says.
    """
    network = EncoderNetwork(recipe.network)
    load_result(network, weights)
    exported = _Exported(network, mean_embeddings(recordings), recipe.table_share).eval()
    graph = halved(_graph(exported, recipe)).SerializeToString()
    _check(exported, recipe, graph)
    before, after = recipe.network.context
    return write_folder(
        folder,
        KIND,
        {
            "name": recipe.name,
            "licence": recipe.licence,
            "provenance": list(recipe.provenance),
            "architecture": {"type": ARCHITECTURE, "before": before, "after": after},
            "inventory_version": INVENTORY_VERSION,
            "embedding_space": embedding_space,
            "measured": measured or {},
        },
        {
            GRAPH: graph,
            STATISTICS: tensor_bytes(measure_sounds(recordings).tensors()),
            "CARD.md": card_of(recipe, measured or {}),
        },
        overwrite=overwrite,
    )


def _graph(exported: nn.Module, recipe: EncoderRecipe) -> onnx.ModelProto:
    buffer = io.BytesIO()
    before, after = recipe.network.context
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        # The tracing exporter is announced as old; the new one needs a package more and gives larger graphs.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            exported,
            (torch.zeros(1, HEARING.bins, before + 32 + after),),
            buffer,  # type: ignore[arg-type]  # it takes any binary file
            input_names=["features"],
            output_names=["text_embedding", "log_shares"],
            dynamic_axes={"features": {2: "C"}, "text_embedding": {2: "F"}, "log_shares": {2: "F"}},
            opset_version=OPSET,
            dynamo=False,
        )
    return onnx.load_from_string(buffer.getvalue())


def _check(exported: nn.Module, recipe: EncoderRecipe, graph: bytes) -> None:
    before, after = recipe.network.context
    features = np.random.default_rng(0).uniform(-3, 2, (1, HEARING.bins, before + 64 + after)).astype(np.float32)
    with torch.no_grad():
        wanted = exported(torch.from_numpy(features))
    found = open_session(graph, name=GRAPH).run(["text_embedding", "log_shares"], {"features": features})
    distance = max(float(np.abs(one - other.numpy()).max()) for one, other in zip(found, wanted, strict=True))
    if not distance < _TOLERANCE:
        raise DamagedModelError(
            f"the exported graph of the encoder is {distance:.3g} off the network, expected below {_TOLERANCE}; "
            "nothing was written. Export once more, and report it if it stays"
        )
