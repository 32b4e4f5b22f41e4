"""What decoders end with: curves of expressions, or the vertices of a mesh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from avatron.motion.decoder.channels import MOUTH_CHANNELS

__all__ = ["ExpressionHead", "HeadConfig", "VertexHead", "make_head"]


@dataclass(frozen=True)
class HeadConfig:
    """What comes out."""

    channels: tuple[str, ...] = MOUTH_CHANNELS
    """Names of `EXPRESSION_NAMES` whose curves come out; empty for vertices."""
    vertices: int = 0
    """Vertices of the mesh that comes out (VOCASET 5023, BIWI 23370); 0 for expressions."""
    components: int = 64
    """Width of what is left before the vertices: they are its linear image, as of a PCA."""
    hidden: int = 128
    """Width of the layer before the output."""

    @property
    def outputs(self) -> int:
        """O: values a frame."""
        return 3 * self.vertices if self.vertices else len(self.channels)


class ExpressionHead(nn.Module):
    """[B, T, C] -> weights of expressions [B, T, E'], not yet limited to 0 .. 1: losses must feel what is beyond."""

    def __init__(self, channels: int, config: HeadConfig) -> None:
        super().__init__()
        self.hidden = nn.Linear(channels, config.hidden)
        self.output = nn.Linear(config.hidden, config.outputs)
        nn.init.normal_(self.output.weight, std=0.02)
        nn.init.zeros_(self.output.bias)

    def forward(self, hidden: Tensor) -> Tensor:
        # A tenth of a millimetre at the jaw is less than a bfloat16 resolves.
        with torch.autocast("cpu", enabled=False):
            curves: Tensor = self.output(functional.gelu(self.hidden(hidden.float())))
        return curves


class VertexHead(nn.Module):
    """[B, T, C] -> offsets of vertices from the template [B, T, 3 V], metres.

    The last layer is as wide as the mesh and holds most weights of published decoders; here it is a basis that begins
    as the PCA of the training set and is learned on from there.
    """

    def __init__(self, channels: int, config: HeadConfig) -> None:
        super().__init__()
        self.hidden = nn.Linear(channels, config.hidden)
        self.coefficients = nn.Linear(config.hidden, config.components)
        self.basis = nn.Linear(config.components, config.outputs)
        nn.init.normal_(self.basis.weight, std=1e-4)
        nn.init.zeros_(self.basis.bias)

    @torch.no_grad()
    def begin_with(self, mean: NDArray[np.float32], basis: NDArray[np.float32]) -> None:
        """Take a PCA's `mean` [3 V] and scaled directions `basis` [N, 3 V], metres, N at most `components`."""
        self.basis.bias.copy_(torch.from_numpy(mean))
        self.basis.weight.zero_()
        self.basis.weight[:, : len(basis)].copy_(torch.from_numpy(np.ascontiguousarray(basis.T)))

    def forward(self, hidden: Tensor) -> Tensor:
        with torch.autocast("cpu", enabled=False):
            offsets: Tensor = self.basis(self.coefficients(functional.gelu(self.hidden(hidden.float()))))
        return offsets


def make_head(channels: int, config: HeadConfig) -> ExpressionHead | VertexHead:
    """The head that `config` describes."""
    return VertexHead(channels, config) if config.vertices else ExpressionHead(channels, config)
