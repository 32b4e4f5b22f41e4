"""Does an exported graph say what the network says? Asked of every graph before it is written, with fresh inputs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from avatron.errors import DamagedModelError
from avatron.io.sessions import open_session
from avatron.training.graphs import GraphPart

__all__ = ["FULL_TOLERANCE", "HALF_TOLERANCE", "check_parity", "parity_errors"]

FULL_TOLERANCE = 2e-4
"""Of graphs with weights in full precision: another order of summing makes 2e-5 in the shipped voice."""
HALF_TOLERANCE = 1e-2
"""Of graphs with weights in half precision, which makes 2.4e-3, and of a base in half precision to which a change in
half precision, cut to its rank, is added: 1.7e-3."""
SIZES = ((1, 2), (23, 131))
"""(phonemes, frames) that are tried: neither is what the graphs were traced with."""


def parity_errors(parts: Mapping[str, GraphPart], graphs: Mapping[str, bytes]) -> dict[str, float]:
    """For each output of each graph, its root mean square distance from the network's, as a share of the latter's
    standard deviation; the larger of the sizes that are tried.

    Raises:
        DamagedModelError: ONNX Runtime cannot load a graph, or run it.
    """
    errors: dict[str, float] = {}
    for name, part in parts.items():
        session = open_session(graphs[name], name=name)
        for phonemes, frames in SIZES:
            with torch.random.fork_rng(devices=[]), torch.no_grad():
                torch.manual_seed(phonemes)
                given = part.example(phonemes, frames)
                wanted = [output.numpy() for output in part.module.eval()(*given)]
            try:
                found = session.run(
                    list(part.outputs),
                    {key: tensor.numpy() for key, tensor in zip(part.inputs, given, strict=True)},
                )
            except Exception as error:  # ONNX Runtime raises many unrelated classes here
                reason = str(error).splitlines()[0] if str(error) else type(error).__name__
                raise DamagedModelError(f"the graph `{name}` cannot be run ({reason}); export it again") from error
            for output, ours, theirs in zip(part.outputs, found, wanted, strict=True):
                key = f"{name}: {output}"
                errors[key] = max(errors.get(key, 0.0), _distance(ours, theirs))
    return errors


def _distance(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> float:
    if ours.shape != theirs.shape or not np.isfinite(ours).all():
        return float("inf")
    # An output that does not vary is measured by its size.
    scale = float(theirs.std()) or float(np.abs(theirs).mean()) or 1.0
    return float(np.sqrt(np.mean((ours.astype(np.float64) - theirs) ** 2))) / scale


def check_parity(parts: Mapping[str, GraphPart], graphs: Mapping[str, bytes], tolerance: float) -> None:
    """Refuses graphs of which an output is further from the network's than `tolerance` of its standard deviation.

    Raises:
        DamagedModelError: which output, by how much.
    """
    errors = parity_errors(parts, graphs)
    worst = max(errors, key=lambda key: errors[key])
    if errors[worst] > tolerance:
        raise DamagedModelError(
            f"the exported graph does not say what the network says: `{worst}` is {errors[worst]:.2g} standard "
            f"deviations off, allowed {tolerance:g}; nothing was written. Export once more, and report it if it stays"
        )
