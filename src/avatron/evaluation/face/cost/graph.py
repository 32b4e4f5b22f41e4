"""A few words in which networks are written down as ONNX, with random weights: for timing, never for use."""

from __future__ import annotations

from typing import Any

import numpy as np

from avatron.io.optional import optional_package

__all__ = ["RandomGraph"]

_OPSET, _IR = 20, 9


class RandomGraph:
    """Nodes and weights of one network; each word adds a layer and gives the name of its result."""

    def __init__(self, seed: int = 0) -> None:
        """`seed` of the weights.

        Raises:
            MissingComponentError: the package `onnx` is not installed.
        """
        self._onnx = optional_package("onnx", "onnx")
        self._generator = np.random.default_rng(seed)
        self._nodes: list[Any] = []
        self._weights: list[Any] = []
        self.parameters = 0

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """A node with one result."""
        name = f"{kind}{len(self._nodes)}"
        self._nodes.append(self._onnx.helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def weight(self, *shape: int, scale: float | None = None) -> str:
        """Random numbers of that shape, so large that what goes through keeps its size."""
        fan_in = int(np.prod(shape[1:])) if len(shape) > 2 else shape[0]
        values = self._generator.standard_normal(shape, dtype=np.float32)
        values *= np.float32(1 / np.sqrt(fan_in) if scale is None else scale)
        self.parameters += values.size
        return self._stored(values)

    def constant(self, values: Any, kind: type[np.generic] = np.int64) -> str:
        """Fixed numbers, which are no parameters."""
        return self._stored(np.asarray(values, kind))

    def linear(self, value: str, width: int, outputs: int) -> str:
        """A fully connected layer over the last axis."""
        return self.add("Add", self.add("MatMul", value, self.weight(width, outputs)), self.weight(outputs, scale=0.01))

    def norm(self, value: str, width: int) -> str:
        """Layer normalisation over the last axis."""
        return self.add("LayerNormalization", value, self.weight(width, scale=1.0), self.weight(width, scale=0.01))

    def attention(self, query: str, memory: str, width: int, heads: int) -> str:
        """Attention of [1, T, D] on [1, S, D] with `heads` heads, and its output layer."""
        split = self.constant([0, -1, heads, width // heads])
        parts = [
            self.add("Transpose", self.add("Reshape", self.linear(source, width, width), split), perm=order)
            for source, order in ((query, [0, 2, 1, 3]), (memory, [0, 2, 3, 1]), (memory, [0, 2, 1, 3]))
        ]
        scale = self.constant(1 / np.sqrt(width // heads), np.float32)
        scores = self.add("Softmax", self.add("Mul", self.add("MatMul", parts[0], parts[1]), scale), axis=-1)
        mixed = self.add("Transpose", self.add("MatMul", scores, parts[2]), perm=[0, 2, 1, 3])
        return self.linear(self.add("Reshape", mixed, self.constant([0, -1, width])), width, width)

    def feed_forward(self, value: str, width: int, inner: int, kind: str = "Gelu") -> str:
        """Two layers with a bend between them."""
        return self.linear(self.add(kind, self.linear(value, width, inner)), inner, width)

    def to_bytes(self, inputs: dict[str, list[Any]], outputs: list[str]) -> bytes:
        """The ONNX file; inputs by name with their shapes."""
        helper, number = self._onnx.helper, self._onnx.TensorProto.FLOAT
        taken = [helper.make_tensor_value_info(name, number, shape) for name, shape in inputs.items()]
        given = [helper.make_tensor_value_info(name, number, None) for name in outputs]
        graph = helper.make_graph(self._nodes, "random", taken, given, self._weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)
        return bytes(model.SerializeToString())

    def _stored(self, values: Any) -> str:
        name = f"weight{len(self._weights)}"
        self._weights.append(self._onnx.numpy_helper.from_array(values, name))
        return name
