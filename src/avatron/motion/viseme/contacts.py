"""Contacts that the eye never forgives: when they happen, and which video frame shows them.

Blending alone undershoots: in fast speech a P between two open vowels would leave the lips apart. So each contact is
an event with a plateau, during which it is complete whatever the blend says. A plateau lasts at least 42 ms, more than
a frame of 24 fps, so nearly every rate samples it where it is; where none of the video's frames falls inside
(below 24 fps), the plateau moves to the frame that is nearest, by half a frame at most.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from avatron.core.speech import Span
from avatron.motion.curves import meeting_pairs, plateau

__all__ = ["CONTACT_KINDS", "Contact", "contact_curve", "contacts_of"]

SHORTEST_PLATEAU_S = 0.042
LONGEST_PLATEAU_S = 0.08
SHORTEST_FLANK_S = 0.02


@dataclass(frozen=True)
class ContactKind:
    """One way in which articulators meet."""

    phonemes: frozenset[str]
    rise_s: float
    """Time from the free curve to the complete contact."""
    fall_s: float
    """Time back."""
    plateau_share: float
    """Part of the phoneme that the plateau takes, between the shortest and the longest plateau."""


CONTACT_KINDS: dict[str, ContactKind] = {
    # Lips close at about 20 cm/s and part a little faster (Lofqvist and Gracco, Lip and jaw kinematics in bilabial
    # stop consonant production, 1997); with 8 to 10 mm to go that is 60 to 80 ms.
    "lips": ContactKind(frozenset("pbm"), 0.075, 0.065, 0.5),
    "teeth_on_lip": ContactKind(frozenset({"f", "v", "ʋ", "β", "pf"}), 0.07, 0.07, 0.5),
    "teeth": ContactKind(
        frozenset({"s", "z", "ʃ", "ʒ", "tʃ", "dʒ", "ts", "dz", "ɕ", "ʑ", "ʂ", "ʐ", "tɕ"}), 0.07, 0.07, 0.4
    ),
    "tongueL": ContactKind(frozenset("lɫʎɬ"), 0.06, 0.06, 0.4),
    "tongueTH": ContactKind(frozenset("θð"), 0.06, 0.06, 0.5),
    "tongueN": ContactKind(frozenset({"t", "d", "n", "ɾ", "ɲ", "tʃ", "dʒ", "ts", "dz", "tɕ"}), 0.05, 0.05, 0.4),
    "tongueK": ContactKind(frozenset("kɡgŋxqɣ"), 0.06, 0.06, 0.4),
}
_OPPOSED = ("lips", "teeth_on_lip")
"""Contacts of the lower lip, of which only one can be complete at a time."""


@dataclass(frozen=True)
class Contact:
    """One complete contact, in seconds from the start of the utterance."""

    kind: str
    start_s: float
    end_s: float
    rise_s: float
    fall_s: float


def contacts_of(spans: tuple[Span, ...], start: Fraction, frames: range, fps: Fraction) -> dict[str, list[Contact]]:
    """The contacts of an utterance by kind, each complete in at least one of the video's `frames`.

    `start` is the utterance's place on the script's clock, on which frame t is at t / fps.
    """
    found: dict[str, list[Contact]] = {kind: [] for kind in CONTACT_KINDS}
    kinds: list[str] = []
    for span in spans:
        duration_s = span.end_s - span.start_s
        if duration_s <= 0:
            continue
        bare = span.label.rstrip("ːˑ̩̃")
        previous, kinds = kinds, [name for name, kind in CONTACT_KINDS.items() if bare in kind.phonemes]
        for name in kinds:
            kind = CONTACT_KINDS[name]
            half_s = 0.5 * min(max(kind.plateau_share * duration_s, SHORTEST_PLATEAU_S), LONGEST_PLATEAU_S)
            centre_s = 0.5 * (span.start_s + span.end_s)
            if frames and name in _OPPOSED:
                centre_s = _seen_centre(centre_s, half_s, float(start), frames, float(fps))
            contact = Contact(name, centre_s - half_s, centre_s + half_s, kind.rise_s, kind.fall_s)
            before = found[name][-1] if name in previous else None
            if before is not None and contact.start_s >= before.end_s:
                # Two in a row, as in "from my", are one long contact.
                found[name][-1] = replace(before, end_s=contact.end_s)
            else:
                found[name].append(contact)
    return {**found, **_kept_apart({kind: found[kind] for kind in _OPPOSED})}


def _seen_centre(centre_s: float, half_s: float, start_s: float, frames: range, fps: float) -> float:
    """`centre_s`, or the time of the nearest frame where no frame falls inside the plateau."""
    nearest = int(np.clip(round((start_s + centre_s) * fps), frames.start, frames.stop - 1))
    frame_s = nearest / fps - start_s
    return centre_s if abs(frame_s - centre_s) <= half_s else frame_s


def _kept_apart(found: dict[str, list[Contact]]) -> dict[str, list[Contact]]:
    """The contacts with flanks that end before the plateau of a neighbour of another kind begins."""
    ordered = sorted((contact for contacts in found.values() for contact in contacts), key=lambda c: c.start_s)
    for index in range(len(ordered) - 1):
        before, after = ordered[index], ordered[index + 1]
        if before.kind != after.kind:
            gap_s = max(after.start_s - before.end_s, SHORTEST_FLANK_S)
            ordered[index] = replace(before, fall_s=min(before.fall_s, gap_s))
            ordered[index + 1] = replace(after, rise_s=min(after.rise_s, gap_s))
    return {kind: [contact for contact in ordered if contact.kind == kind] for kind in found}


def contact_curve(contacts: list[Contact], times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """[T] how complete the contacts are at `times_s`: 0 free, 1 complete; smooth where several follow closely."""
    if not contacts:
        return np.zeros(len(times_s))
    start_s, end_s, rise_s, fall_s = np.array(
        [[contact.start_s, contact.end_s, contact.rise_s, contact.fall_s] for contact in contacts]
    ).T
    longest_s = float(max(rise_s.max(), fall_s.max()))
    pairs = meeting_pairs(times_s, start_s - longest_s, end_s + longest_s)
    event = pairs.event
    bumps = plateau(times_s[:, None], start_s[event], end_s[event], rise_s[event], fall_s[event]) * pairs.valid
    # A product instead of a maximum: overlapping contacts join without a corner.
    return np.asarray(1.0 - np.prod(1.0 - bumps, axis=1))
