"""The mouth's curves: blended gestures, then contacts, then rest, each overruling what came before it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from avatron.core.speech import Speech
from avatron.motion.viseme.articulators import CHANNEL_INDEX
from avatron.motion.viseme.blend import blend
from avatron.motion.viseme.contacts import contact_curve, contacts_of
from avatron.motion.viseme.gestures import gestures_of
from avatron.motion.viseme.silence import edge_rest, pause_rest

__all__ = ["mouth_curves"]

SEALED_JAW_SHARE = 0.25
"""Part of the vowel's jaw opening that stays behind closed lips: the jaw does not close fully between open vowels."""
SEALED_JAW = 0.02
SIBILANT_JAW = 0.025
"""Teeth edge to edge, less than a millimetre apart."""
TEETH_ON_LIP = {"jawOpen": 0.045, "mouthRollLower": 0.40, "mouthUpperUp": 0.16, "mouthLowerDown": 0.0}
"""The lower lip rolled in under the upper teeth, the upper lip lifted off them."""
SEALED_LIPS = {"mouthPress": 0.22, "mouthRollLower": 0.10, "mouthRollUpper": 0.08, "cheekPuff": 0.04}
TONGUE_CONTACTS = ("tongueL", "tongueTH", "tongueN", "tongueK")
LIP_SHAPING_CHANNELS = ("mouthFunnel", "mouthLowerDown", "mouthUpperUp")
"""Channels that part the lips by themselves."""


def mouth_curves(
    speech: Speech, times_s: NDArray[np.float64], frames: range, fps: Fraction, intensity: float
) -> NDArray[np.float64]:
    """[T, C] weights of the mouth's channels at `times_s` [T], seconds from the start of the utterance.

    `frames` and `fps` are those of the video, which must show every contact; the curves may be read at other times.

    Raises:
        InvalidValueError: a phoneme that the rules do not know.
    """
    curves = blend(gestures_of(speech, intensity), times_s)
    contacts = contacts_of(speech.spans, speech.start, frames, fps)
    strength = {kind: contact_curve(found, times_s) for kind, found in contacts.items()}

    _meet_with_tongue(curves, strength)
    _move_towards(curves, strength["teeth"], {"jawOpen": SIBILANT_JAW})
    _move_towards(curves, strength["teeth_on_lip"], TEETH_ON_LIP)
    _scale(curves, 1.0 - 0.8 * strength["teeth_on_lip"], ("mouthFunnel",))
    _seal_lips(curves, strength["lips"])

    rest = pause_rest(speech.spans, times_s)
    rounding = CHANNEL_INDEX["mouthPucker"]
    pucker = curves[:, rounding].copy()
    curves *= (1.0 - rest)[:, None]
    # Lips round behind a pause already: pursed lips are shut.
    curves[:, rounding] = pucker * (1.0 - 0.5 * rest)
    length_s = len(speech.audio.samples) / speech.audio.sample_rate
    curves *= (1.0 - edge_rest(speech.spans, length_s, times_s))[:, None]
    return curves


def _move_towards(curves: NDArray[np.float64], strength: NDArray[np.float64], pose: dict[str, float]) -> None:
    for channel, weight in pose.items():
        column = CHANNEL_INDEX[channel]
        curves[:, column] += strength * (weight - curves[:, column])


def _scale(curves: NDArray[np.float64], factor: NDArray[np.float64], channels: tuple[str, ...]) -> None:
    for channel in channels:
        curves[:, CHANNEL_INDEX[channel]] *= factor


def _meet_with_tongue(curves: NDArray[np.float64], strength: dict[str, NDArray[np.float64]]) -> None:
    """The tongue reaches its place; two contacts at once share it, so that the poses never add up beyond one."""
    strengths = np.stack([strength[kind] for kind in TONGUE_CONTACTS], axis=1)
    reached = 1.0 - np.prod(1.0 - strengths, axis=1)
    share = strengths / np.maximum(strengths.sum(axis=1, keepdims=True), 1e-9)
    for number, kind in enumerate(TONGUE_CONTACTS):
        column = CHANNEL_INDEX[kind]
        curves[:, column] += reached * (share[:, number] - curves[:, column])


def _seal_lips(curves: NDArray[np.float64], sealed: NDArray[np.float64]) -> None:
    """Close the lips over whatever the jaw does: ARKit's `mouthClose` undoes the parting of an equal `jawOpen`."""
    jaw = curves[:, CHANNEL_INDEX["jawOpen"]]
    jaw += sealed * (SEALED_JAW_SHARE * jaw + SEALED_JAW - jaw)
    _scale(curves, 1.0 - sealed, LIP_SHAPING_CHANNELS)
    _scale(curves, 1.0 - 0.5 * sealed, ("mouthSmile", "mouthStretch"))
    _move_towards(curves, sealed, SEALED_LIPS)
    curves[:, CHANNEL_INDEX["mouthClose"]] = sealed * jaw
