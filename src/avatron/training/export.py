"""From trained networks to a voice folder: three ONNX graphs, weights in half precision, and a config.

The graphs speak in physical units (ln Hz, ln magnitude, frames), so that nothing about normalisation leaks into the
run time. Weights are stored as float16 and cast to float32 by the graph itself; the run time folds the casts away
when it loads them.
"""

from __future__ import annotations

import hashlib
import io
import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from avatron.io.folders import ModelFolder, write_folder
from avatron.text.inventory import INVENTORY_VERSION
from avatron.training.graphs import GraphPart, TrainedVoice, graph_parts
from avatron.training.parity import FULL_TOLERANCE, HALF_TOLERANCE, check_parity

__all__ = ["TrainedVoice", "embedding_space_of", "export_voice", "halved", "voice_graphs"]

OPSET = 17
SMALLEST_HALVED = 1024
"""Tensors with fewer values stay float32: they cost nothing, and norms are sensitive."""


def embedding_space_of(encoder: nn.Module) -> str:
    """sha256 of a text encoder as it is shipped: names, shapes and half-precision values of its weights."""
    digest = hashlib.sha256()
    for name, tensor in sorted(encoder.state_dict().items()):
        digest.update(json.dumps([name, list(tensor.shape)]).encode())
        digest.update(tensor.to(torch.float16).numpy().tobytes())
    return digest.hexdigest()


def export_voice(
    voice: TrainedVoice,
    folder: Path,
    config: dict[str, Any],
    files: Mapping[str, bytes | Path],
    *,
    half: bool = True,
    overwrite: bool = False,
) -> ModelFolder:
    """Writes the voice to a folder of kind `voice`.

    `config` holds what only the recipe knows: name, languages, licence, provenance, gain; `files` are put beside
    the graphs as they are (the model card). With `half` off the weights are stored in full, to measure what half
    precision loses.

    Raises:
        DamagedModelError: a graph does not say what its network says; nothing is written then.
    """
    vocoder = voice.vocoder.config
    acoustic = voice.acoustic
    architecture = {
        "type": "neural-source-filter",
        "sample_rate": vocoder.sample_rate,
        "hop_length": vocoder.hop_length,
        "mel_bins": vocoder.mel_bins,
        "window_length": vocoder.window_length,
        "context_frames": voice.vocoder.trunk.context_frames,
        "embedding_width": acoustic.encoder.word_initial.embedding_dim,
    }
    graphs = {
        name: (halved(graph) if half else graph).SerializeToString() for name, graph in voice_graphs(voice).items()
    }
    check_parity(graph_parts(voice), graphs, HALF_TOLERANCE if half else FULL_TOLERANCE)
    contents: dict[str, bytes | Path] = {**graphs}
    return write_folder(
        folder,
        "voice",
        {
            **config,
            "architecture": architecture,
            "inventory_version": INVENTORY_VERSION,
            "embedding_space": embedding_space_of(acoustic.encoder),
        },
        {**contents, **files},
        overwrite=overwrite,
    )


def voice_graphs(voice: TrainedVoice) -> dict[str, onnx.ModelProto]:
    """The graphs in full precision, by their file names."""
    return {name: _graph(part) for name, part in graph_parts(voice).items()}


def halved(graph: onnx.ModelProto) -> onnx.ModelProto:
    """The graph with its large weights as float16, each behind a cast to float32."""
    casts = []
    for place, weight in enumerate(graph.graph.initializer):
        values = numpy_helper.to_array(weight)
        if values.dtype != np.float32 or values.size < SMALLEST_HALVED:
            continue
        name = weight.name
        stored = f"{name}.float16"
        graph.graph.initializer[place].CopyFrom(numpy_helper.from_array(values.astype(np.float16), stored))
        casts.append(helper.make_node("Cast", [stored], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.graph.node]
    del graph.graph.node[:]
    graph.graph.node.extend(nodes)
    onnx.checker.check_model(graph)
    return graph


def _graph(part: GraphPart) -> onnx.ModelProto:
    """The part as a graph; each input and output with its one free axis."""
    buffer = io.BytesIO()
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        # The tracing exporter is announced as old; the new one needs a package more and gives larger graphs.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            part.module.eval(),
            part.example(9, 40),
            buffer,  # type: ignore[arg-type]  # it takes any binary file
            input_names=list(part.inputs),
            output_names=list(part.outputs),
            dynamic_axes={name: {axis: letter} for name, (axis, letter) in {**part.inputs, **part.outputs}.items()},
            opset_version=OPSET,
            dynamo=False,
        )
    return onnx.load_from_string(buffer.getvalue())
