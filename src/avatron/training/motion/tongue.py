"""What films of faces do not show: the tongue, by rules, from the phonemes of the film."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.core.speech import Acoustics, Span, Speech
from avatron.motion.viseme.articulators import to_expression
from avatron.motion.viseme.mouth import mouth_curves
from avatron.training.motion.clip import MotionClip

__all__ = ["expression_by_rules"]


def expression_by_rules(clip: MotionClip, times_s: NDArray[np.float64]) -> NDArray[np.float32]:
    """[T, E] weights that the rules of `viseme` give to the speech of `clip` at `times_s` [T]."""
    edges_s = clip.boundaries_s
    spans = tuple(
        Span(symbol, float(start), float(end))
        for symbol, start, end in zip(clip.symbols, edges_s[:-1], edges_s[1:], strict=True)
    )
    acoustics = Acoustics(
        mel=clip.mel,
        text_embedding=clip.embedding,
        durations=clip.durations,
        pitch=clip.pitch,
        energy=clip.energy,
        embedding_space=clip.embedding_space,
        sample_rate=clip.sample_rate,
        hop_length=clip.hop_length,
    )
    silence = Audio(np.zeros(clip.frames * clip.hop_length, np.float32), clip.sample_rate)
    speech = Speech(silence, acoustics, None, spans, ())
    rate = clip.frame_rate
    return to_expression(mouth_curves(speech, times_s, range(clip.frames), Fraction(rate), 1.0))
