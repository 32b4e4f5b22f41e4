"""What a speech-driven pipeline costs: a FaceFormer of the real size with random weights, behind the same voice.

Baevski et al., wav2vec 2.0, 2020 (base: 7 convolutions, 12 layers of 768); Fan et al., FaceFormer, 2022 (one decoder
layer of 64, frame after frame, to the 15,069 numbers of a FLAME mesh). Random weights take as long as trained ones.
As in the published code for VOCASET, what the convolutions hear at 50 Hz is read at the mesh's 30 frames a second
before the layers. In the baseline's favour: the decoder keeps what it has read of earlier frames and maps only the
newest one to vertices, where the published code maps all of them again at every step.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.evaluation.face.cost.graph import RandomGraph
from avatron.io.resample import resample_audio
from avatron.io.sessions import open_session

__all__ = ["SpeechDriven", "attention_bytes", "decoder_graph", "encoder_graph", "write_real_size"]

SAMPLE_RATE = 16_000
_CONVOLUTIONS = ((10, 5), (3, 2), (3, 2), (3, 2), (3, 2), (2, 2), (2, 2))
_CHANNELS, _WIDTH, _INNER, _HEADS, _LAYERS = 512, 768, 3072, 12, 12
_POSITION_KERNEL, _POSITION_GROUPS = 128, 16
_DECODER_WIDTH, _DECODER_HEADS, _MESH = 64, 4, 15_069
_FPS, _HEARD_HZ = 30, 50
_FLOAT = 1
"""ONNX's number of float32."""
_ENCODER, _DECODER = "encoder.onnx", "decoder.onnx"


def encoder_graph(layers: int = _LAYERS, width: int = _WIDTH, channels: int = _CHANNELS) -> tuple[bytes, int]:
    """(ONNX file, number of parameters) of wav2vec2-base, or of a smaller one: audio [1, N] to [1, T, D].

    Raises:
        MissingComponentError: the package `onnx` is not installed.
    """
    graph = RandomGraph()
    heads = max(1, width * _HEADS // _WIDTH)
    value = graph.add("Unsqueeze", "audio", graph.constant([1]))
    before = 1
    for number, (kernel, stride) in enumerate(_CONVOLUTIONS):
        value = graph.add("Conv", value, graph.weight(channels, before, kernel), strides=[stride])
        if number == 0:
            scale, shift = graph.weight(channels, scale=1.0), graph.weight(channels, scale=0.01)
            value = graph.add("InstanceNormalization", value, scale, shift)
        value = graph.add("Gelu", value)
        before = channels
    # Written as a quotient: an array of floating point would count as weights.
    rates = graph.add("Cast", graph.constant([_HEARD_HZ, _HEARD_HZ, _FPS]), to=_FLOAT)
    scales = graph.add("Div", rates, graph.constant(_HEARD_HZ, np.float32))
    value = graph.add("Resize", value, "", scales, mode="linear", coordinate_transformation_mode="align_corners")
    value = graph.norm(graph.add("Transpose", value, perm=[0, 2, 1]), channels)
    value = graph.linear(value, channels, width)
    groups = max(1, width * _POSITION_GROUPS // _WIDTH)
    kernels = graph.weight(width, width // groups, _POSITION_KERNEL)
    pads = [_POSITION_KERNEL // 2, _POSITION_KERNEL // 2 - 1]
    place = graph.add("Conv", graph.add("Transpose", value, perm=[0, 2, 1]), kernels, pads=pads, group=groups)
    place = graph.add("Transpose", graph.add("Gelu", place), perm=[0, 2, 1])
    value = graph.norm(graph.add("Add", value, place), width)
    for _ in range(layers):
        value = graph.norm(graph.add("Add", value, graph.attention(value, value, width, heads)), width)
        value = graph.norm(graph.add("Add", value, graph.feed_forward(value, width, 4 * width)), width)
    return graph.to_bytes({"audio": [1, "N"]}, [value]), graph.parameters


def decoder_graph(memory_width: int = _WIDTH, mesh: int = _MESH) -> tuple[bytes, int]:
    """(ONNX file, number of parameters) of one step of FaceFormer's decoder.

    It reads what was said so far, `prefix` [1, t, 64], and the sound of the new frame, `sound` [1, 1, D], and gives the
    mesh [1, 1, V * 3] and its embedding [1, 1, 64], which is the next one of the prefix.

    Raises:
        MissingComponentError: the package `onnx` is not installed.
    """
    graph, width = RandomGraph(1), _DECODER_WIDTH
    newest = graph.add(
        "Slice", "prefix", graph.constant([-1]), graph.constant([np.iinfo(np.int64).max]), graph.constant([1])
    )
    heard = graph.linear("sound", memory_width, width)
    value = graph.norm(graph.add("Add", newest, graph.attention(newest, "prefix", width, _DECODER_HEADS)), width)
    value = graph.norm(graph.add("Add", value, graph.attention(value, heard, width, _DECODER_HEADS)), width)
    value = graph.norm(graph.add("Add", value, graph.feed_forward(value, width, 2 * width, "Relu")), width)
    moved = graph.linear(value, width, mesh)
    return graph.to_bytes(
        {"prefix": [1, "t", width], "sound": [1, 1, memory_width]},
        [
            moved,
            graph.linear(moved, mesh, width),
        ],
    ), graph.parameters


class SpeechDriven:
    """Sound to a mesh, as FaceFormer does it."""

    def __init__(self, encoder: Path | bytes, decoder: Path | bytes, *, threads: int = 1) -> None:
        """Open both graphs on `threads`."""
        self._encoder = open_session(encoder, threads=threads, name="audio encoder")
        self._decoder = open_session(decoder, threads=threads, name="mesh decoder")

    @classmethod
    def written(cls, folder: Path, *, threads: int = 1) -> SpeechDriven:
        """Those that `write_real_size` wrote to `folder`: who builds them needs three times their memory."""
        return cls(folder / _ENCODER, folder / _DECODER, threads=threads)

    def animate(self, audio: Audio) -> NDArray[np.float32]:
        """[T, V * 3] at 30 frames a second, of sound at any rate."""
        heard = resample_audio(audio, SAMPLE_RATE).samples
        (memory,) = self._encoder.run(None, {"audio": heard[None].astype(np.float32)})
        frames = round(len(heard) / SAMPLE_RATE * _FPS)
        chosen = np.linspace(0, memory.shape[1] - 1, max(frames, 1)).round().astype(int)
        prefix = np.zeros((1, 1, _DECODER_WIDTH), np.float32)
        meshes = []
        for place in chosen:
            mesh, embedded = self._decoder.run(None, {"prefix": prefix, "sound": memory[:, place : place + 1]})
            meshes.append(mesh[0, 0])
            prefix = np.concatenate([prefix, embedded], axis=1)
        return np.stack(meshes)


def write_real_size(folder: Path) -> None:
    """Write wav2vec2-base and FaceFormer's decoder for VOCASET to `folder`, 386 MB.

    Raises:
        MissingComponentError: the package `onnx` is not installed.
    """
    (folder / _ENCODER).write_bytes(encoder_graph()[0])
    (folder / _DECODER).write_bytes(decoder_graph()[0])


def attention_bytes(seconds: float) -> int:
    """Bytes of one layer's attention scores, if `seconds` of sound are read at once: they grow with the square."""
    frames: Any = seconds * _FPS
    return int(4 * _HEADS * frames**2)
