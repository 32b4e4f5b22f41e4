"""Whether it is the same person: cosines of speaker embeddings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.errors import InvalidValueError
from avatron.evaluation.measurement import Measurement, measured_mean

__all__ = ["speaker_similarity"]


def speaker_similarity(own: NDArray[np.float32], recordings: NDArray[np.float32]) -> Measurement:
    """Mean cosine of each utterance [C, 256] with the recordings [C, 256] of all other texts.

    The recordings against themselves are the ceiling.

    Raises:
        InvalidValueError: fewer than two recordings.
    """
    if len(recordings) < 2:
        raise InvalidValueError("speaker similarity needs at least two recordings")
    cosines = own @ recordings.T
    others = ~np.eye(len(own), dtype=bool)
    means = [float(row[keep].mean()) for row, keep in zip(cosines, others, strict=True)]
    return measured_mean("speaker_similarity", means, unit="cosine", better="higher", citation="Resemblyzer 0.1.4")
