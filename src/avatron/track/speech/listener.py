"""The listener: which sound is heard in each hundredth of a second, whoever speaks.

A small convolutional network, run in NumPy: it is so small that a matrix product per layer is all there is to it.
`avatron.training.listener` trains it; its card says on what.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatron.errors import DamagedModelError
from avatron.io.folders import load_folder
from avatron.track.speech.features import HEARING
from avatron.track.speech.sounds import STATES

__all__ = ["LAYERS", "Listener", "ListenerLayer", "shipped_listener"]

KIND = "listener"
WEIGHTS = "listener.safetensors"


@dataclass(frozen=True)
class ListenerLayer:
    """One convolution over time."""

    width: int
    """Channels that it makes."""
    taps: int
    """Frames that it looks at, odd."""
    dilation: int
    """Frames from one tap to the next."""


LAYERS: tuple[ListenerLayer, ...] = (
    ListenerLayer(160, 5, 1),
    ListenerLayer(160, 3, 1),
    ListenerLayer(160, 3, 2),
    ListenerLayer(160, 3, 3),
    ListenerLayer(160, 3, 4),
    ListenerLayer(STATES, 1, 1),
)
"""A tap looks 120 ms to either side: two or three sounds."""


@dataclass(frozen=True, eq=False)
class Listener:
    """Weights of the network; never changes."""

    weights: tuple[NDArray[np.float32], ...]
    """Per layer [taps, channels in, channels out]."""
    biases: tuple[NDArray[np.float32], ...]
    """Per layer [channels out]."""
    log_prior: NDArray[np.float32]
    """[STATES] log of how often each state comes, in what it was trained on."""

    @staticmethod
    def load(folder: Path | str) -> Listener:
        """The listener of a model folder.

        Raises:
            DamagedModelError: not a listener, or of other sizes than this avatron's.
        """
        stored = load_folder(folder, KIND).tensors(WEIGHTS)
        channels = [HEARING.bins, *(layer.width for layer in LAYERS)]
        try:
            weights = tuple(stored[f"weight{place}"].astype(np.float32) for place in range(len(LAYERS)))
            biases = tuple(stored[f"bias{place}"].astype(np.float32) for place in range(len(LAYERS)))
            prior = stored["log_prior"].astype(np.float32)
        except KeyError as error:
            raise DamagedModelError(
                f"the listener `{folder}` lacks the tensor {error}; install avatron again"
            ) from None
        shapes = [weight.shape for weight in weights]
        wanted = [(layer.taps, *ends) for layer, ends in zip(LAYERS, pairwise(channels), strict=True)]
        if shapes != wanted or prior.shape != (STATES,):
            raise DamagedModelError(f"the listener `{folder}` has layers {shapes}, expected {wanted}")
        return Listener(weights, biases, prior)

    def log_shares(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """[F, STATES] log of how probable each state is, from normalised features [F, 40]."""
        values = features
        for place, (layer, weight, bias) in enumerate(zip(LAYERS, self.weights, self.biases, strict=True)):
            values = _convolved(values, weight, layer.dilation) + bias
            if place + 1 < len(LAYERS):
                np.maximum(values, 0, out=values)
        values -= values.max(axis=1, keepdims=True)
        return np.asarray(values - np.log(np.exp(values).sum(axis=1, keepdims=True)), np.float32)


def _convolved(values: NDArray[np.float32], weight: NDArray[np.float32], dilation: int) -> NDArray[np.float32]:
    """[F, channels out]; frames beyond the ends are nought."""
    taps, _, width = weight.shape
    reach = dilation * (taps // 2)
    padded = np.pad(values, ((reach, reach), (0, 0)))
    result = np.zeros((len(values), width), np.float32)
    for tap in range(taps):
        result += padded[tap * dilation : tap * dilation + len(values)] @ weight[tap]
    return result


@cache
def shipped_listener() -> Listener:
    """The listener of the package, loaded once.

    Raises:
        DamagedModelError: the installation is damaged.
    """
    with as_file(files("avatron").joinpath("data", "track", "listener")) as folder:
        return Listener.load(folder)
