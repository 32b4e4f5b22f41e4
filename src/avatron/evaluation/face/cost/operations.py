"""How many operations networks do: counted from the shapes that really went through them, in a profile of ONNX Runtime.

One multiplication with its addition counts as two operations. Counted are convolutions, matrix products and recurrent
layers, which are nearly all of it; what happens element by element is not.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from avatron.io.onnx_weights import weights_of
from avatron.io.sessions import profiled

__all__ = ["Operations", "counted", "operations_of_node", "parameters_of"]


@dataclass
class Operations:
    """What was counted; whole once its `counted` block is left."""

    total: int = 0
    by_kind: dict[str, int] = field(default_factory=dict)
    parameters: int = 0
    """Of all networks that were opened."""


@contextmanager
def counted() -> Iterator[Operations]:
    """Count what all sessions do that are opened inside of the block.

    Graphs run as they are written, without fusion, so that every product is seen; times inside mean nothing.
    """
    found = Operations()
    with tempfile.TemporaryDirectory(prefix="avatron-profile-") as folder, profiled(Path(folder)) as opened:
        yield found
        for one in opened:
            _add(found, Path(one.session.end_profiling()))
            found.parameters += parameters_of(one.graph)


def _add(found: Operations, profile: Path) -> None:
    for event in json.loads(profile.read_text(encoding="utf-8")):
        if event.get("cat") != "Node" or not event["name"].endswith("kernel_time"):
            continue
        kind = event["args"]["op_name"]
        shapes: list[list[int]] = [next(iter(one.values()), []) for one in event["args"].get("input_type_shape", ())]
        results: list[list[int]] = [next(iter(one.values()), []) for one in event["args"].get("output_type_shape", ())]
        count = operations_of_node(kind, shapes, results)
        if count:
            found.total += count
            found.by_kind[kind] = found.by_kind.get(kind, 0) + count


def operations_of_node(kind: str, inputs: list[list[int]], outputs: list[list[int]]) -> int:
    """Operations of one run of a node of the ONNX operator `kind`, from the shapes of its inputs and outputs."""
    if kind in ("Conv", "FusedConv"):
        weight = inputs[1]  # [out, in / groups, kernel ...]
        return 2 * math.prod(outputs[0]) * math.prod(weight[1:])
    if kind == "ConvTranspose":
        weight = inputs[1]  # [in, out / groups, kernel ...]
        return 2 * math.prod(inputs[0]) * math.prod(weight[1:])
    if kind in ("MatMul", "FusedMatMul"):
        return 2 * math.prod(outputs[0]) * inputs[0][-1]
    if kind == "Gemm":
        rows, columns = outputs[0]
        shared = math.prod(inputs[0]) // max(rows, 1)
        return 2 * rows * columns * shared
    if kind in ("LSTM", "GRU"):
        steps, batch = inputs[0][:2]
        directions, gates, width = inputs[1]
        recurrent = inputs[2][-1]
        return 2 * steps * batch * directions * gates * (width + recurrent)
    return 0


def parameters_of(graph: Path | bytes) -> int:
    """Numbers that a network holds: the weights of floating point of an ONNX file, or of its bytes. A single number
    without an axis is a constant of the formula, not a weight.

    Raises:
        DamagedModelError: no ONNX file.
    """
    weights = weights_of(graph if isinstance(graph, bytes) else graph.read_bytes())
    return sum(math.prod(weight.shape) for weight in weights.values() if weight.shape and weight.dtype.kind == "f")
