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
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from avatron.io.folders import ModelFolder, write_folder
from avatron.text.inventory import INVENTORY_VERSION
from avatron.training.acoustic import AcousticConfig, PitchReader, ProsodyPredictor
from avatron.training.acoustic_stage import AcousticModel
from avatron.training.labels import ENERGY_CENTRE, ENERGY_SCALE, PITCH_CENTRE, PITCH_SCALE
from avatron.training.vocoder import SourceFilterVocoder, VocoderConfig

__all__ = ["TrainedVoice", "embedding_space_of", "export_voice", "halved", "voice_graphs"]

OPSET = 17
SMALLEST_HALVED = 1024
"""Tensors with fewer values stay float32: they cost nothing, and norms are sensitive."""


class TrainedVoice(nn.Module):
    """All networks of a voice."""

    def __init__(self, acoustic: AcousticConfig, vocoder: VocoderConfig) -> None:
        super().__init__()
        self.acoustic = AcousticModel(acoustic)
        self.prosody = ProsodyPredictor(acoustic)
        self.pitch = PitchReader(acoustic)
        self.vocoder = SourceFilterVocoder(vocoder)
        self.eval()


class EncoderGraph(nn.Module):
    """ids, word_initial -> text embedding, ln(frames + 1), ln Hz, mean ln mel."""

    def __init__(self, voice: TrainedVoice) -> None:
        super().__init__()
        self.encoder, self.prosody = voice.acoustic.encoder, voice.prosody

    def forward(self, ids: Tensor, word_initial: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mask = torch.ones_like(ids)[:, None].float()
        prosody = self.prosody(ids, word_initial, mask)
        return (
            self.encoder(ids, word_initial, mask),
            prosody.log_duration,
            prosody.pitch / PITCH_SCALE + PITCH_CENTRE,
            prosody.energy / ENERGY_SCALE + ENERGY_CENTRE,
        )


class DecoderGraph(nn.Module):
    """Text embedding and prosody of phonemes, positions of frames -> mel, ln Hz and voicing of frames."""

    def __init__(self, voice: TrainedVoice) -> None:
        super().__init__()
        self.decoder, self.pitch = voice.acoustic.decoder, voice.pitch

    def forward(
        self, text_embedding: Tensor, pitch: Tensor, energy: Tensor, phone_of_frame: Tensor, positions: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        pitch = (pitch - PITCH_CENTRE) * PITCH_SCALE
        energy = (energy - ENERGY_CENTRE) * ENERGY_SCALE
        condition = self.decoder.phoneme_condition(text_embedding, pitch, energy)
        frames = self.decoder.frame_condition(condition[0], pitch[0], phone_of_frame, positions)[None]
        mel = self.decoder(frames).mel
        log_pitch, voicing = self.pitch(mel, frames[:, -1])
        return mel / ENERGY_SCALE + ENERGY_CENTRE, log_pitch / PITCH_SCALE + PITCH_CENTRE, voicing


class VocoderGraph(nn.Module):
    """mel, ln Hz, voiced -> filters of the two sources."""

    def __init__(self, voice: TrainedVoice) -> None:
        super().__init__()
        self.vocoder = voice.vocoder

    def forward(self, mel: Tensor, log_pitch: Tensor, voiced: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        filters = self.vocoder.filters(mel, log_pitch, voiced)
        return filters.harmonic_log_gain, filters.harmonic_phase, filters.noise_log_gain


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
    files: dict[str, Path],
    *,
    half: bool = True,
    overwrite: bool = False,
) -> ModelFolder:
    """Writes the voice to a folder of kind `voice`.

    `config` holds what only the recipe knows: name, languages, licence, provenance, gain; `files` are copied as they
    are (the model card). With `half` off the weights are stored in full, to measure what half precision loses.
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
    contents: dict[str, bytes | Path] = {
        name: (halved(graph) if half else graph).SerializeToString() for name, graph in voice_graphs(voice).items()
    }
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
    return {"encoder.onnx": _encoder(voice), "decoder.onnx": _decoder(voice), "vocoder.onnx": _vocoder(voice)}


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


def _encoder(voice: TrainedVoice) -> onnx.ModelProto:
    ids = torch.arange(9)[None] + 1
    return _graph(
        EncoderGraph(voice),
        (ids, torch.zeros_like(ids)),
        {"ids": (1, "P"), "word_initial": (1, "P")},
        {"text_embedding": (2, "P"), "log_duration": (1, "P"), "pitch": (1, "P"), "energy": (1, "P")},
    )


def _decoder(voice: TrainedVoice) -> onnx.ModelProto:
    phonemes, frames = 9, 40
    width = voice.acoustic.encoder.word_initial.embedding_dim
    return _graph(
        DecoderGraph(voice),
        (
            torch.randn(1, width, phonemes),
            torch.randn(1, phonemes),
            torch.randn(1, phonemes),
            torch.arange(frames) * phonemes // frames,
            torch.rand(3, frames),
        ),
        {
            "text_embedding": (2, "P"),
            "pitch": (1, "P"),
            "energy": (1, "P"),
            "phone_of_frame": (0, "F"),
            "positions": (1, "F"),
        },
        {"mel": (2, "F"), "log_pitch": (1, "F"), "voicing": (1, "F")},
    )


def _vocoder(voice: TrainedVoice) -> onnx.ModelProto:
    frames = 40
    return _graph(
        VocoderGraph(voice),
        (torch.randn(1, voice.vocoder.config.mel_bins, frames), torch.randn(1, frames), torch.ones(1, frames)),
        {"mel": (2, "F"), "log_pitch": (1, "F"), "voiced": (1, "F")},
        {"harmonic_log_gain": (1, "F"), "harmonic_phase": (1, "F"), "noise_log_gain": (1, "F")},
    )


def _graph(
    module: nn.Module,
    example: Sequence[Tensor],
    inputs: dict[str, tuple[int, str]],
    outputs: dict[str, tuple[int, str]],
) -> onnx.ModelProto:
    """The module as a graph; each input and output with its one free axis."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # The tracing exporter is announced as old; the new one needs a package more and gives larger graphs.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(),
            tuple(example),
            buffer,  # type: ignore[arg-type]  # it takes any binary file
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes={name: {axis: letter} for name, (axis, letter) in {**inputs, **outputs}.items()},
            opset_version=OPSET,
            dynamo=False,
        )
    return onnx.load_from_string(buffer.getvalue())
