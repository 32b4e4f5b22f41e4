"""The fifteen visemes of Oculus as postures of our rig: the ones that the viseme animator gives to their sounds."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from avatron.motion.viseme.articulators import CHANNEL_INDEX, CHANNELS, to_expression
from avatron.motion.viseme.mouth import SEALED_JAW, SEALED_LIPS, SIBILANT_JAW, TEETH_ON_LIP
from avatron.motion.viseme.postures import posture_parts

__all__ = ["VISEMES", "viseme_expressions"]

VISEMES = MappingProxyType(
    {
        "viseme_sil": "|",
        "viseme_PP": "p",
        "viseme_FF": "f",
        "viseme_TH": "θ",
        "viseme_DD": "d",
        "viseme_kk": "k",
        "viseme_CH": "tʃ",
        "viseme_SS": "s",
        "viseme_nn": "n",
        "viseme_RR": "ɹ",
        "viseme_aa": "ɑ",
        "viseme_E": "ɛ",
        "viseme_I": "ɪ",
        "viseme_O": "oʊ",
        "viseme_U": "u",
    }
)
"""Name, as engines look for it, to the phoneme whose posture it is."""

_COMPLETE: dict[str, dict[str, float]] = {
    "viseme_PP": {"jawOpen": SEALED_JAW, "mouthClose": SEALED_JAW, "mouthUpperUp": 0.0, **SEALED_LIPS},
    "viseme_FF": TEETH_ON_LIP,
    "viseme_SS": {"jawOpen": SIBILANT_JAW},
    "viseme_CH": {"jawOpen": SIBILANT_JAW},
}
"""What a complete contact adds to the posture, as `motion/viseme/mouth.py` does over time."""


def viseme_expressions() -> NDArray[np.float32]:
    """[15, E] expression weights of each viseme at weight 1, in the order of `VISEMES`."""
    curves = np.zeros((len(VISEMES), len(CHANNELS)))
    for row, (name, phoneme) in zip(curves, VISEMES.items(), strict=True):
        for channel, weight in {**posture_parts(phoneme)[0].channel_targets(), **_COMPLETE.get(name, {})}.items():
            row[CHANNEL_INDEX[channel]] = weight
    return to_expression(curves)
