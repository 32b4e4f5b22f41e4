"""One person's mouth, out of a decoder's: a linear filter over time, learned from their video in a second, no torch.

What a decoder says of speech, the sounds with their neighbours and how loud it is go in; the person's curves come out.
It was weighed against matching means and spreads shape by shape, which moves nothing at a better time, and against
training the decoder itself: see `docs/personal.md`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.core.motion import EXPRESSION_INDEX
from avatron.core.speech import Speech
from avatron.core.timeline import sample_curve
from avatron.core.track import FaceTrack
from avatron.errors import DamagedModelError, InvalidValueError, ShapeError
from avatron.motion.decoder.channels import TONGUE_CHANNELS
from avatron.motion.decoder.decoder import MotionDecoder
from avatron.motion.decoder.features import CLASSES
from avatron.motion.decoder.speech_input import columns_of

__all__ = ["MouthFilter", "learn_mouth", "person_curves"]

_CURVE_DELAYS, _CURVE_SHARE = (-4, -2, 0, 2, 4), 1.0
_CLASS_DELAYS, _CLASS_SHARE = (-8, -6, -4, -2, 0, 2, 4, 6, 8), 0.7
_EMBEDDING_DELAYS, _EMBEDDING_SHARE = (-4, 0, 4), 0.3
_ENERGY_DELAYS, _ENERGY_SHARE = (-8, -6, -4, -2, 0, 2, 4, 6, 8), 0.7
"""Frames of the decoder at which each is looked at, and how much it counts against the ridge."""
_STIFFNESS = 160.0
"""Of the ridge, in frames. From 40 to 600 hardly matters; below, a minute of speech is learned by heart."""
_LIVELINESS = 0.8
"""Of the person's spread that the curves are brought to: least squares alone moves a third as far as the person, and a
mouth that moves as far as theirs at times that are not exactly theirs looks like more than theirs."""
_MOST_GAIN = 3.0
_LOUD_PERCENT, _LOUD_SPAN = 95.0, 2.0
"""Energy is counted from an utterance's loud moments down, in units of e squared: microphones and voices differ."""
_LEAST_FRAMES = 60


@dataclass(frozen=True, eq=False)
class MouthFilter:
    """What is heard and what a decoder makes of it -> the curves of a person.

    Raises:
        ShapeError: lengths that disagree.
    """

    base: NDArray[np.float32]
    """[I] mean of what goes in."""
    middle: NDArray[np.float32]
    """[O] mean of the person's curves."""
    solution: NDArray[np.float32]
    """[I, O]."""
    kept: NDArray[np.bool_]
    """[O] channels that stay the decoder's: the tongue, which no video shows."""

    def __post_init__(self) -> None:
        inputs, outputs = len(self.base), len(self.middle)
        for name, shape, dtype in (
            ("base", (inputs,), np.float32),
            ("middle", (outputs,), np.float32),
            ("solution", (inputs, outputs), np.float32),
            ("kept", (outputs,), np.bool_),
        ):
            object.__setattr__(self, name, checked_array(name, getattr(self, name), shape, dtype))

    def of(self, speech: Speech, decoder: MotionDecoder, curves: NDArray[np.floating]) -> NDArray[np.float32]:
        """[T, O] the person's, within 0 .. 1, for `curves` [T, O] of the decoder for the same speech.

        Raises:
            InvalidValueError: a decoder that reads no text embedding of this width.
        """
        design = _design(speech, decoder, curves)
        if design.shape[1] != len(self.base):
            raise InvalidValueError(
                f"this person's mouth was learned from {len(self.base)} values a frame, and `{decoder.config.name}` "
                f"gives {design.shape[1]}; use the animator that it was learned with"
            )
        made = self.middle + (design - self.base) @ self.solution
        return np.where(self.kept, curves, np.clip(made, 0, 1)).astype(np.float32)

    def tensors(self) -> dict[str, NDArray[Any]]:
        """For a safetensors file."""
        return {
            "base": self.base,
            "middle": self.middle,
            "solution": self.solution.astype(np.float16),
            "kept": self.kept.astype(np.uint8),
        }

    @staticmethod
    def of_tensors(tensors: Mapping[str, NDArray[Any]], source: str) -> MouthFilter:
        """What `tensors` gave; `source` names the file in messages.

        Raises:
            DamagedModelError: an array is missing or not of this form.
        """
        try:
            return MouthFilter(
                tensors["base"], tensors["middle"], tensors["solution"].astype(np.float32), tensors["kept"] > 0
            )
        except (KeyError, ShapeError) as error:
            raise DamagedModelError(f"the mouth in `{source}` cannot be read ({error}); build it again") from error


def learn_mouth(
    track: FaceTrack, speeches: Sequence[Speech], frames: range, decoder: MotionDecoder, *, offset_s: float
) -> MouthFilter:
    """From the trusted ones of the track's `frames` while the `speeches` are said; see `person_curves`.

    Raises:
        InvalidValueError: hardly anything is said in them.
    """
    channels, person, given = decoder.config.channels, [], []
    for speech in speeches:
        curves = decoder.curves(speech)
        theirs, seen = person_curves(
            track, speech, frames, channels, len(curves), decoder.config.frame_rate, offset_s=offset_s
        )
        person.append(theirs[seen].astype(np.float64))
        given.append(_design(speech, decoder, curves)[seen])
    if sum(map(len, person)) < _LEAST_FRAMES:
        raise InvalidValueError(
            "hardly anything is heard in the part of the clip that is learned from; a mouth is learned from a second "
            "of speech at least, and well from half a minute"
        )
    wanted, design = np.concatenate(person), np.concatenate(given)
    base, middle = design.mean(0), wanted.mean(0)
    design = design - base
    gram = design.T @ design
    gram[np.diag_indices_from(gram)] += _STIFFNESS
    solution = np.linalg.solve(gram, design.T @ (wanted - middle))
    spread = (design @ solution).std(0)
    gain = np.minimum(_LIVELINESS * wanted.std(0) / np.maximum(spread, 1e-3), _MOST_GAIN)
    return MouthFilter(
        base.astype(np.float32),
        middle.astype(np.float32),
        (solution * gain).astype(np.float32),
        np.array([name in TONGUE_CHANNELS for name in channels]),
    )


def person_curves(
    track: FaceTrack,
    speech: Speech,
    frames: range,
    channels: tuple[str, ...],
    count: int,
    rate_hz: float,
    *,
    offset_s: float,
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """(curves [count, O] of the person while `speech` is said, [count] which of them were seen in `frames`).

    The first is at the start of the speech, on the clock of the file's sound; its sound comes `offset_s` after its
    picture. A curve between two frames was seen if both can be trusted.
    """
    fps = float(track.motion.fps)
    shown_s = speech.start_s + np.arange(count) / rate_hz - offset_s - track.start_s
    columns = [EXPRESSION_INDEX[name] for name in channels]
    curves = sample_curve(track.motion.expression[:, columns].T, fps, shown_s).T
    allowed = np.zeros(len(track), bool)
    allowed[frames.start : frames.stop] = track.valid[frames.start : frames.stop]
    last = len(track) - 1
    # To a thousandth of a frame: a moment that is a frame's needs that one only.
    before, after = (np.floor(shown_s * fps + side).astype(np.int64) for side in (1e-3, 1 - 1e-3))
    inside = (before >= 0) & (after <= last)
    return curves, inside & allowed[np.clip(before, 0, last)] & allowed[np.clip(after, 0, last)]


def _design(speech: Speech, decoder: MotionDecoder, curves: NDArray[np.floating]) -> NDArray[np.float64]:
    """[T, I] what the filter is given for each of the decoder's frames."""
    count = len(curves)
    columns = columns_of(speech.acoustics, [span.label for span in speech.spans], decoder.config)
    place = np.minimum(2 * np.arange(count), max(len(columns) - 1, 0))
    classes = np.eye(len(CLASSES))[columns.phoneme_class[place]]
    energy = speech.acoustics.energy.astype(np.float64)
    loud = np.percentile(energy, _LOUD_PERCENT) if len(energy) else 0.0
    rate = decoder.config.frame_rate
    heard = sample_curve(
        np.clip((energy - loud) / _LOUD_SPAN, -3, 1), speech.acoustics.frame_rate, np.arange(count) / rate
    )
    parts = (
        (np.clip(curves, 0, 1), _CURVE_DELAYS, _CURVE_SHARE),
        (classes, _CLASS_DELAYS, _CLASS_SHARE),
        (columns.main.T[place], _EMBEDDING_DELAYS, _EMBEDDING_SHARE),
        (heard[:, None], _ENERGY_DELAYS, _ENERGY_SHARE),
    )
    around = np.arange(count)
    return np.concatenate(
        [
            share * values[np.clip(around + delay, 0, count - 1)].astype(np.float64)
            for values, delays, share in parts
            for delay in delays
        ],
        axis=1,
    )
