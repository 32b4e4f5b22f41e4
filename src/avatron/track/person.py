"""What of a picture is a person: MediaPipe's selfie segmentation under LiteRT."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from avatron.assets import fetch_asset
from avatron.errors import DamagedModelError, UnreadableFileError
from avatron.track.landmarks.litert import LiteRtModel

__all__ = ["PersonSegmenter"]

Floats = NDArray[np.float32]

ASSET = "selfie_segmentation.tflite"


class PersonSegmenter:
    """Tells people from what is behind them. Holds the network's buffers: one thread at a time."""

    SIZE_PX = 256
    """Cells each way, whatever the picture's shape."""

    def __init__(self, network: LiteRtModel) -> None:
        """Use `load`."""
        self._network = network
        self._share = network.output("activation_10", (1, self.SIZE_PX, self.SIZE_PX, 1))

    @staticmethod
    def load(path: str | Path | None = None, *, threads: int = 1) -> PersonSegmenter:
        """The network of `selfie_segmentation.tflite`, which is fetched if need be, on so many threads.

        Raises:
            MissingComponentError: it cannot be fetched, or LiteRT is not installed.
            UnreadableFileError: no such file.
            DamagedModelError: another network.
        """
        source = fetch_asset(ASSET) if path is None else Path(path)
        try:
            content = source.read_bytes()
        except OSError as error:
            raise UnreadableFileError(f"`{source}` cannot be read: {error}") from None
        network = LiteRtModel(source.name, content, threads=threads)
        if network.input_shape != (1, PersonSegmenter.SIZE_PX, PersonSegmenter.SIZE_PX, 3):
            raise DamagedModelError(f"`{source}` takes {list(network.input_shape)}, which is no picture of 256 pixels")
        return PersonSegmenter(network)

    def look(self, image: NDArray[np.uint8]) -> Floats:
        """[256, 256] 0 .. 1: how much of each cell of `image` [H, W, 3] is a person."""
        size = (self.SIZE_PX, self.SIZE_PX)
        small = Image.fromarray(image).resize(size, Image.Resampling.BILINEAR)
        # No name may hold the input while the network runs.
        self._network.input()[0] = np.asarray(small, np.float32) / 255
        self._network.run()
        return self._network.read(self._share)[0, ..., 0]
