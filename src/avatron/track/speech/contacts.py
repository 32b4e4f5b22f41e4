"""Closures and contacts of the lips as soft evidence: what the sounds say that the picture should show."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import erf

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.text.inventory import LABIODENTALS, base_of
from avatron.track.speech.phonemes import PhonemeTrack

__all__ = ["BILABIAL_CONTACTS", "ClosureEvidence", "ContactConfig", "ContactSpan", "closure_evidence"]


@dataclass(frozen=True)
class ContactSpan:
    """Where within a sound its contact lies; normal distributions, as measured on recordings."""

    onset_s: float
    """Mean of the contact's begin after the sound's."""
    onset_spread_s: float
    release_s: float
    """Mean of the contact's end after the sound's end."""
    release_spread_s: float


BILABIAL_CONTACTS: dict[str, ContactSpan] = {
    "p": ContactSpan(0.004, 0.026, -0.045, 0.020),
    "b": ContactSpan(-0.025, 0.028, -0.014, 0.020),
    "m": ContactSpan(0.000, 0.020, -0.005, 0.022),
}
"""Measured on GRID (`benchmarks/sound.py`), spreads without the picture's own 12 ms, times between those by the offset
of the corpus as we measure it and those by the bursts; `m`, which ends words there, lasts as long as its voicing."""
LABIODENTAL_CONTACT = ContactSpan(0.000, 0.030, -0.010, 0.030)
OPEN_VOWELS = frozenset({"ɑ", "æ", "aʊ", "aɪ"})
"""The mouth is surely not shut in the middle of these."""

HEARD_ODDS = 2.5
"""Natural log of the odds that a surely heard closure adds to what is seen: 12 to 1."""
LEAST_ODDS = 0.01
"""No picture is surer than that."""


@dataclass(frozen=True)
class ContactConfig:
    """How much is made of what is heard."""

    doubtful: float = 0.3
    """Confidence of a word at and below which it has no say."""
    sure: float = 0.55
    """Confidence at and above which it has all of it."""
    open_weight: float = 0.3
    """Of open vowels relative to contacts: the eye sees an open mouth well."""
    margin_s: float = 0.04
    """Around a contact, where it says that the lips may be parted, too."""


@dataclass(frozen=True, eq=False)
class ClosureEvidence:
    """What the sound says of the lips in each frame of the picture.

    Raises:
        ShapeError: lengths that disagree, or values that are not finite.
    """

    closed: NDArray[np.float32]
    """[T] probability that the lips touch all along, 0 .. 1; 0 in open vowels."""
    weight: NDArray[np.float32]
    """[T] how much `closed` counts, 0 .. 1; 0 where the sound does not say."""
    labiodental: NDArray[np.float32]
    """[T] probability that the lower lip touches the upper teeth, times how much that counts, 0 .. 1."""
    used: bool = True
    """False where the sound has no say at all: no speech, no sound, or a text that does not fit."""

    def __post_init__(self) -> None:
        for name in ("closed", "weight", "labiodental"):
            object.__setattr__(self, name, checked_array(name, getattr(self, name), (len(self.closed),), np.float32))

    def __len__(self) -> int:
        return len(self.closed)

    @staticmethod
    def nothing(frames: int) -> ClosureEvidence:
        """The evidence of silence: none."""
        empty = np.zeros(frames, np.float32)
        return ClosureEvidence(empty, empty, empty, used=False)

    def part(self, start: int, stop: int) -> ClosureEvidence:
        """The frames `start` .. `stop` - 1."""
        rows = slice(start, stop)
        return ClosureEvidence(self.closed[rows], self.weight[rows], self.labiodental[rows], self.used)

    def yielding_to(self, seen_closed: NDArray[np.float32], certainty: NDArray[np.float32]) -> ClosureEvidence:
        """The same, with less weight where the picture disagrees, and none where it does so for certain.

        `seen_closed` [T] 0 .. 1 how closed the lips look, `certainty` [T] 0 .. 1 of that.
        """
        disagreement = np.clip(certainty, 0, 1) * np.abs(self.closed - np.clip(seen_closed, 0, 1))
        kept = np.clip(1 - 1.5 * disagreement, 0, 1).astype(np.float32)
        parted = np.clip(1 - np.clip(certainty, 0, 1) * np.clip(seen_closed, 0, 1), 0, 1).astype(np.float32)
        return ClosureEvidence(self.closed, self.weight * kept, self.labiodental * parted, self.used)

    def contacts_with(self, seen_closed: NDArray[np.float32]) -> NDArray[np.float32]:
        """[T] how likely it is that the lower lip touches the upper teeth, 0 .. 1; 0 in lips that look closed for
        certain, `seen_closed` [T]."""
        seen = np.clip(seen_closed, LEAST_ODDS, 1 - LEAST_ODDS)
        return self.yielding_to(seen, np.abs(2 * seen - 1)).labiodental

    def fused_with(self, seen_closed: NDArray[np.float32]) -> NDArray[np.float32]:
        """[T] how likely it is that the lips are closed, from the picture's `seen_closed` [T] and the sound, 0 .. 1.

        Log odds are added, those of the sound times its weight; a lip at the teeth is none at the other lip. A picture
        that is sure keeps its answer.
        """
        seen = np.clip(seen_closed, LEAST_ODDS, 1 - LEAST_ODDS)
        heard = self.yielding_to(seen, np.abs(2 * seen - 1))
        said = heard.weight * (2 * heard.closed - 1) - heard.labiodental
        odds = np.log(seen / (1 - seen)) + HEARD_ODDS * said
        has_a_say = (heard.weight > 0) | (heard.labiodental > 0)
        return np.where(has_a_say, 1 / (1 + np.exp(-odds)), seen_closed).astype(np.float32)


def closure_evidence(
    track: PhonemeTrack,
    frames: int,
    fps: Fraction | float,
    *,
    audio_offset_s: float = 0.0,
    start_s: float = 0.0,
    config: ContactConfig | None = None,
) -> ClosureEvidence:
    """What the sounds of `track` say of the frames of a picture at `fps` that begins at `start_s`.

    `audio_offset_s` is by how much the sound comes late: a sound at time t was seen at t - audio_offset_s.
    """
    config = config or ContactConfig()
    times = start_s + np.arange(frames) / float(fps) + audio_offset_s
    trust = np.clip((track.confidence - config.doubtful) / (config.sure - config.doubtful), 0, 1)
    closed = np.zeros(frames)
    weight = np.zeros(frames)
    labiodental = np.zeros(frames)
    for symbol, start, end, trusted in zip(
        track.symbols, track.start_s.tolist(), track.end_s.tolist(), trust.tolist(), strict=True
    ):
        if trusted <= 0 or end <= start:
            continue
        base = base_of(symbol)
        near = slice(*np.searchsorted(times, (start - 0.2, end + 0.2)))
        moments = times[near]
        if base in BILABIAL_CONTACTS:
            touching = _touching(moments, start, end, BILABIAL_CONTACTS[base])
            closed[near] = np.maximum(closed[near], touching)
            # It speaks most surely where it is sure: in the middle of the contact.
            weight[near] = np.maximum(weight[near], trusted * touching)
        elif base in LABIODENTALS:
            labiodental[near] = np.maximum(
                labiodental[near], trusted * _touching(moments, start, end, LABIODENTAL_CONTACT)
            )
        elif base in OPEN_VOWELS and end - start > 2 * config.margin_s:
            inside = _touching(moments, start, end, ContactSpan(config.margin_s, 0.02, -config.margin_s, 0.02))
            weight[near] = np.maximum(weight[near], config.open_weight * trusted * inside * (1 - closed[near]))
    return ClosureEvidence(
        closed.astype(np.float32), weight.astype(np.float32), labiodental.astype(np.float32), used=True
    )


def _touching(times: NDArray[np.float64], start: float, end: float, contact: ContactSpan) -> NDArray[np.float64]:
    """[t] probability that the contact has begun and has not ended."""
    begin, release = start + contact.onset_s, end + contact.release_s
    if release < begin + 0.01:
        begin = release = 0.5 * (begin + release)
        begin, release = begin - 0.005, release + 0.005
    begun = _normal((times - begin) / contact.onset_spread_s)
    ended = _normal((times - release) / contact.release_spread_s)
    peak = (
        _normal(np.array([(release - begin) / 2 / contact.onset_spread_s]))[0]
        - _normal(np.array([(begin - release) / 2 / contact.release_spread_s]))[0]
    )
    # A short contact is as certain as a long one, only its place is less so.
    return np.clip((begun - ended) / max(float(peak), 0.3), 0, 1)


def _normal(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([0.5 * (1 + erf(value / 2**0.5)) for value in values.ravel()]).reshape(values.shape)
