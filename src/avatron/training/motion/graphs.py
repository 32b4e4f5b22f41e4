"""The graphs that decoders are shipped as, and whether they say what the networks say."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from avatron.errors import DamagedModelError
from avatron.io.sessions import open_session
from avatron.motion.decoder.features import CLASSES
from avatron.training.export import OPSET
from avatron.training.motion.networks.avatron import AvatronNetwork
from avatron.training.motion.networks.decoder import Decoder
from avatron.training.motion.networks.faceformer import FaceFormerNetwork
from avatron.training.motion.networks.fully_connected import FullyConnectedNetwork

__all__ = ["MotionGraph", "check_motion_graph", "motion_graphs", "traced"]

_FREE = {
    "embedding": 2,
    "phoneme_class": 1,
    "age": 1,
    "mel": 2,
    "curves": 1,
    "memory_out": 1,
    "keys": 2,
    "values": 2,
    "keys_out": 2,
    "values_out": 2,
}
"""The one free axis of inputs and outputs that have one."""
SIZES = ((0, 2, 0), (8, 46, 6))
"""(first, count, context) in frames that parity is tried at: neither is what the graphs are traced with."""


@dataclass(frozen=True, eq=False)
class MotionGraph:
    """One graph of a decoder."""

    module: nn.Module
    """What it does."""
    inputs: tuple[str, ...]
    """Names, in the order of the module's arguments."""
    outputs: tuple[str, ...]
    """Names of what it gives."""
    decoder: Decoder
    """Whose graph it is."""

    def example(self, first: int, count: int, context: int) -> tuple[Tensor, ...]:
        """Made-up inputs."""
        return tuple(self._input(name, first, count, context) for name in self.inputs)

    def _input(self, name: str, first: int, count: int, context: int) -> Tensor:
        view, config = self.decoder.view, self.decoder.config
        columns = view.columns_for(context + count)
        if name in ("first", "context", "count"):
            return torch.tensor({"first": first, "context": context, "count": count}[name])
        if name in ("hidden", "cell"):
            return torch.randn(1, 1, view.state_width)
        if name in ("keys", "values"):
            return torch.randn(1, config.heads, first, config.channels // config.heads)
        return {
            "embedding": lambda: torch.randn(1, config.embedding_width, columns),
            "phoneme_class": lambda: torch.randint(0, len(CLASSES), (1, columns)),
            "age": lambda: torch.rand(1, columns),
            "style": lambda: torch.softmax(torch.randn(1, config.styles), 1),
            "mel": lambda: torch.randn(1, config.mel_bins, 2 * count) * 2 - 5,
            "previous": lambda: torch.rand(1, 1, config.head.outputs),
            "memory": lambda: torch.randn(1, 1, 2, config.channels),
        }[name]()


def motion_graphs(decoder: Decoder) -> dict[str, MotionGraph]:
    """The graphs of a decoder by their file names."""
    speech = ("embedding", "phoneme_class", "age", "style", "first", "context", "count")
    if isinstance(decoder, AvatronNetwork):
        inputs, outputs = (*speech, "hidden", "cell"), ("curves", "hidden_out", "cell_out")
        return {"decoder.onnx": MotionGraph(decoder, inputs, outputs, decoder)}
    if isinstance(decoder, FullyConnectedNetwork):
        return {"decoder.onnx": MotionGraph(decoder, speech, ("curves",), decoder)}
    assert isinstance(decoder, FaceFormerNetwork)
    step = ("previous", "memory", "style", "first", "keys", "values")
    return {
        "encoder.onnx": MotionGraph(decoder.encoder, ("mel",), ("memory_out",), decoder),
        "step.onnx": MotionGraph(decoder.decoder, step, ("curves", "keys_out", "values_out"), decoder),
    }


def traced(part: MotionGraph) -> onnx.ModelProto:
    """The graph in full precision."""
    buffer = io.BytesIO()
    free = {name: {_FREE[name]: "N"} for name in (*part.inputs, *part.outputs) if name in _FREE}
    free = {name: axes for name, axes in free.items() if not ("previous" in part.inputs and name == "curves")}
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        # The tracing exporter is announced as old; the new one needs a package more and gives larger graphs.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            part.module.eval(),
            part.example(6, 32, 4),
            buffer,  # type: ignore[arg-type]  # it takes any binary file
            input_names=list(part.inputs),
            output_names=list(part.outputs),
            dynamic_axes=free,
            opset_version=OPSET,
            dynamo=False,
        )
    return onnx.load_from_string(buffer.getvalue())


def check_motion_graph(name: str, part: MotionGraph, graph: bytes, tolerance: float) -> float:
    """The largest root mean square distance of an output from the network's, as a share of its standard deviation.

    Raises:
        DamagedModelError: it is above `tolerance`, or the graph cannot be run.
    """
    session = open_session(graph, name=name)
    taken = {node.name for node in session.get_inputs()}
    worst = 0.0
    for sizes in SIZES:
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            torch.manual_seed(sizes[1])
            given = part.example(*sizes)
            made = part.module.eval()(*given)
        wanted = [tensor.numpy() for tensor in (made if isinstance(made, tuple) else (made,))]
        feed = {key: tensor.numpy() for key, tensor in zip(part.inputs, given, strict=True) if key in taken}
        try:
            found = session.run(list(part.outputs), feed)
        except Exception as error:  # ONNX Runtime raises many unrelated classes here
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise DamagedModelError(f"the graph `{name}` cannot be run ({reason}); export it again") from error
        for ours, theirs in zip(found, wanted, strict=True):
            if ours.shape != theirs.shape:
                raise DamagedModelError(
                    f"the graph `{name}` gives {list(ours.shape)}, and the network {list(theirs.shape)}; nothing was "
                    "written"
                )
            scale = float(theirs.std()) or 1.0
            worst = max(worst, float(np.sqrt(np.mean((ours.astype(np.float64) - theirs) ** 2))) / scale)
    if not worst <= tolerance:
        raise DamagedModelError(
            f"the exported graph `{name}` does not say what the network says: {worst:.2g} standard deviations off, "
            f"allowed {tolerance:g}; nothing was written. Export once more, and report it if it stays"
        )
    return worst
