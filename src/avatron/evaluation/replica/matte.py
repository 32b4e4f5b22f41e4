"""Whether the person alone is the person: what the Gaussians cover against what a network takes for somebody."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from avatron.core.motion import FaceMotion
from avatron.render.protocol import Renderer
from avatron.track.person import PersonSegmenter

__all__ = ["matte_difference"]


def matte_difference(
    pictures: Iterator[NDArray[np.uint8]],
    renderer: Renderer,
    motion: FaceMotion,
    *,
    stride: int = 5,
    segmenter: PersonSegmenter | None = None,
) -> float | None:
    """Mean difference of the alpha that `renderer` draws (0 .. 1, straight alpha) from MediaPipe's selfie segmentation
    of the real `pictures`, over all pixels of every `stride`-th frame of `motion`. None where there is no frame.

    No matte of a real film is known; the network's is right but for hair and a border of a cell or two.

    Raises:
        MissingComponentError: the network cannot be had.
    """
    looked = segmenter or PersonSegmenter.load()
    found = []
    for number, real in zip(range(len(motion)), pictures, strict=False):
        if number % stride:
            continue
        alpha = next(renderer.frames(motion.part(number, number + 1)))[..., 3].astype(np.float32) / 255
        height, width = alpha.shape
        person = Image.fromarray(looked.look(real)).resize((width, height), Image.Resampling.BILINEAR)
        found.append(float(np.abs(alpha - np.asarray(person)).mean()))
    return round(float(np.mean(found)), 4) if found else None
