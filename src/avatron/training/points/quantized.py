"""A point reader's graph with its convolutions in 8 bits: half the time; points move by a twentieth of a pixel.

Only the trunk is quantised. Points and what is added to them stay float32: a 256th of a crop is half a pixel.
So does the first level, which sees the picture itself: half of all that quantisation changed came from there.
Weights take 7 bits: processors without dot products of bytes add two products in 16 bits, which 8 would overflow.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from avatron.training.export import halved
from avatron.training.points.augment import AugmentConfig, Landmarker, augmented
from avatron.training.points.pictures import FacePictures

__all__ = ["calibration", "quantized"]

Floats = NDArray[np.float32]

_TRUNK = ("/levels", "/from_", "/blend", "/Add_1", "/Add_2")
"""How the nodes of the trunk are called; `Add_1` and `Add_2` join its scales."""
_KEPT = ("/levels.0",)
_KINDS = ("Conv", "Relu", "Add")
_BATCH = 8


def calibration(
    pictures: FacePictures, landmarker: Landmarker, count: int, random: np.random.Generator
) -> tuple[Floats, Floats]:
    """(crops [N, 3, H, W] 0 .. 255, landmarks seen [N, 478, 2] in their pixels) of about `count` pictures, made as
    those of the training."""
    made = []
    for one in random.choice(len(pictures), min(count, len(pictures)), replace=False):
        found = augmented(pictures.pictures[one], pictures.points[one], landmarker, random, AugmentConfig())
        if found is not None:
            made.append((found[0], found[2]))
    crops, seen = zip(*made, strict=True)
    return np.stack(crops).transpose(0, 3, 1, 2).astype(np.float32), np.stack(seen)


def quantized(graph: onnx.ModelProto, crops: Floats, seen: Floats) -> onnx.ModelProto:
    """The graph of a point reader with its trunk in 8 bits, in the ranges that `crops` [N, 3, H, W] and `seen`
    [N, 478, 2] show; all other large weights in half precision."""
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    class Batches(CalibrationDataReader):  # type: ignore[misc]  # ONNX Runtime has no types
        def __init__(self) -> None:
            self._starts = iter(range(0, len(crops), _BATCH))

        def get_next(self) -> dict[str, Any] | None:
            start = next(self._starts, None)
            if start is None:
                return None
            part = slice(start, start + _BATCH)
            return {"crops": np.ascontiguousarray(crops[part]), "seen": seen[part]}

    full = _in_full(graph)
    nodes = [
        node.name
        for node in full.graph.node
        if node.op_type in _KINDS and node.name.startswith(_TRUNK) and not node.name.startswith(_KEPT)
    ]
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "full.onnx", Path(folder) / "quantized.onnx"
        onnx.save(full, str(source))
        quantize_static(
            str(source),
            str(target),
            Batches(),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(_KINDS),
            nodes_to_quantize=nodes,
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        return halved(onnx.load(str(target)))


def _in_full(graph: onnx.ModelProto) -> onnx.ModelProto:
    """The graph without the casts of weights that are stored in half precision."""
    full = onnx.ModelProto()
    full.CopyFrom(graph)
    weights = {weight.name: weight for weight in full.graph.initializer}
    for node in [node for node in full.graph.node if node.op_type == "Cast" and node.input[0] in weights]:
        stored = weights[node.input[0]]
        values = numpy_helper.to_array(stored).astype(np.float32)
        stored.CopyFrom(numpy_helper.from_array(values, node.output[0]))
        full.graph.node.remove(node)
    return full
