"""Contacts lie where sounds ask for them, follow the sound's clock, and give way to what is seen."""

from __future__ import annotations

import numpy as np

from avatron.track.speech.contacts import ClosureEvidence, closure_evidence
from avatron.track.speech.phonemes import PhonemeTrack

SOUNDS = (
    ("|", 0.0, 0.5),
    ("m", 0.5, 0.6),
    ("ˈɑ", 0.6, 0.9),
    ("p", 0.9, 1.02),
    ("ˈæ", 1.02, 1.3),
    ("f", 1.3, 1.42),
    ("|", 1.42, 2.0),
)


def track(confidence: float = 0.8) -> PhonemeTrack:
    symbols, starts, ends = zip(*SOUNDS, strict=True)
    words = np.array([-1 if symbol == "|" else 0 for symbol in symbols])
    return PhonemeTrack(
        symbols, np.array(starts), np.array(ends), np.full(len(symbols), confidence, np.float32), words, ("map",)
    )


def test_lips_close_for_each_bilabial_and_nowhere_else() -> None:
    evidence = closure_evidence(track(), 200, 100)
    closed = evidence.closed > 0.5
    runs = np.flatnonzero(np.diff(closed.astype(int)) == 1)
    assert len(runs) == 2
    assert closed[55] and closed[93] and not closed[[20, 75, 115, 136, 170]].any()
    assert evidence.weight[[55, 93]].min() > 0.7 and evidence.weight[[20, 170]].max() < 0.01


def test_a_closure_ends_before_its_burst_is_over() -> None:
    evidence = closure_evidence(track(), 200, 100)
    assert evidence.closed[101] < 0.3


def test_open_vowels_say_that_the_lips_are_apart() -> None:
    evidence = closure_evidence(track(), 200, 100)
    assert evidence.closed[75] < 0.05 and 0.1 < evidence.weight[75] < 0.5


def test_f_touches_the_teeth() -> None:
    evidence = closure_evidence(track(), 200, 100)
    assert evidence.labiodental[136] > 0.5 and evidence.labiodental[[55, 75, 93, 170]].max() < 0.05


def test_contacts_move_with_the_clock_of_the_sound() -> None:
    still, late = closure_evidence(track(), 200, 100), closure_evidence(track(), 200, 100, audio_offset_s=0.1)
    np.testing.assert_allclose(late.closed[:-10], still.closed[10:], atol=1e-5)


def test_every_rate_shows_every_closure() -> None:
    for fps in (15, 24, 25, 30, 60, 120):
        evidence = closure_evidence(track(), 2 * fps, fps)
        for middle in (0.55, 0.94):
            near = slice(int((middle - 0.07) * fps), int((middle + 0.07) * fps) + 1)
            assert evidence.closed[near].max() > 0.5, fps


def test_doubtful_words_count_less_and_very_doubtful_ones_not_at_all() -> None:
    weights = [float(closure_evidence(track(confidence), 200, 100).weight.max()) for confidence in (0.8, 0.42, 0.2)]
    assert weights[0] > weights[1] > weights[2] == 0


def test_what_is_clearly_seen_is_never_overruled() -> None:
    evidence = closure_evidence(track(), 200, 100)
    opposite = 1 - evidence.closed
    sure = np.ones(200, np.float32)
    strong = (evidence.weight > 0.2) & (np.abs(evidence.closed - 0.5) > 0.4)
    assert (evidence.yielding_to(opposite, sure).weight[strong] == 0).all()
    np.testing.assert_allclose(evidence.yielding_to(opposite, 0 * sure).weight, evidence.weight)
    np.testing.assert_allclose(evidence.yielding_to(evidence.closed, sure).weight, evidence.weight, atol=1e-6)
    parted = evidence.yielding_to(sure, sure)
    assert parted.labiodental.max() == 0


def test_the_sound_decides_where_the_picture_does_not_and_only_there() -> None:
    evidence = closure_evidence(track(), 200, 100)
    middle, vowel, silence = 55, 75, 20
    unsure = evidence.fused_with(np.full(200, 0.5, np.float32))
    assert unsure[middle] > 0.9 and unsure[vowel] < 0.4 and unsure[silence] == 0.5
    opened, shut = (evidence.fused_with(np.full(200, seen, np.float32)) for seen in (0.02, 0.98))
    assert opened.max() < 0.05 and shut.min() > 0.9


def test_nothing_is_evidence_of_nothing() -> None:
    evidence = ClosureEvidence.nothing(30)
    assert len(evidence) == 30 and not evidence.used and not evidence.weight.any()
