"""MediaPipe's own guess of the 52 expressions, from 146 of its landmarks.

The weights saturate and jitter: a good place to start from, no final answer. There is no `tongueOut` among them; the
network's first output, `_neutral`, has no counterpart and is left out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import ARKIT_NAMES
from avatron.track.landmarks.litert import LiteRtModel

__all__ = ["OUTPUT_NAMES", "SUBSET", "BlendshapeGuess"]

Floats = NDArray[np.float32]

SUBSET: tuple[int, ...] = (
    *(0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65, 66, 67, 70, 78),
    *(80, 81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136, 144, 145, 146, 148, 149, 150, 152),
    *(153, 154, 155, 157, 158, 159, 160, 161, 162, 163, 168, 172, 173, 176, 178, 181, 185, 191, 195, 197, 234, 246),
    *(249, 251, 263, 267, 269, 270, 276, 282, 283, 284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312),
    *(314, 317, 318, 321, 323, 324, 332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381),
    *(382, 384, 385, 386, 387, 388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466, 468, 469, 470, 471, 472),
    *(473, 474, 475, 476, 477),
)
"""The landmarks that the network takes, `kLandmarksSubsetIdxs` of MediaPipe's `face_blendshapes_graph.cc`."""

OUTPUT_NAMES: tuple[str, ...] = ("_neutral", *sorted(set(ARKIT_NAMES) - {"tongueOut"}))
"""The network's outputs: `kBlendshapeNames` of the same file, which are in the order of the alphabet."""


class BlendshapeGuess:
    """The network of the landmarker's bundle."""

    def __init__(self, model: LiteRtModel) -> None:
        """Raises DamagedModelError where the network has another output."""
        self._model = model
        self._output = model.output("StatefulPartitionedCall:0", (len(OUTPUT_NAMES),))
        self._subset = np.array(SUBSET)
        self._columns = np.array([ARKIT_NAMES.index(name) for name in OUTPUT_NAMES[1:]])

    def weights(self, landmarks: Floats) -> Floats:
        """[52] of `ARKIT_NAMES`, 0 .. 1, for landmarks [478, 2 or 3] px; `tongueOut` stays 0."""
        # No name may hold the input while the network runs.
        self._model.input()[0] = landmarks[self._subset, :2]
        self._model.run()
        weights = np.zeros(len(ARKIT_NAMES), np.float32)
        weights[self._columns] = self._model.read(self._output)[1:].clip(0, 1)
        return weights
