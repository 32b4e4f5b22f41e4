"""Synthetic truth on the package's avatars: an animator's own motion for sentences of the package, each on one face.

What it can show: how near an animator is to the one that made the truth, whether lips close on four different faces,
what a faster or another voice changes, and that the measures themselves work: the maker's own row is the truth.
What it cannot: whether anybody moves like that. No row is good because it is near to rules; for that there is `grid`.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from avatron.avatar.store import COLLECTION, load_avatar
from avatron.evaluation.face.case import Face, FaceCase
from avatron.evaluation.face.regions import DEFAULT_LIPS
from avatron.face.shipped import shipped_head
from avatron.motion.animators import ANIMATORS
from avatron.motion.style import MotionStyle
from avatron.text.frontends import frontend_for
from avatron.text.script import parse_script
from avatron.voice.protocol import Voice
from avatron.voice.style import VoiceStyle

__all__ = ["HELD_OUT_EVERY", "TRUTH_ANIMATOR", "TRUTH_VOICE", "avatar_faces", "synthetic_cases"]

HELD_OUT_EVERY = 5
"""Each fifth sentence is judged; mean motion and neighbours come from the others."""
TRUTH_VOICE = "lj"
TRUTH_ANIMATOR = "viseme"
"""The rules: no row is judged by what it made itself, but their own."""
_TRUTH_SEED = 1
"""Of the truth's idle layers, which no row shares: only the mouth is to be foreseen."""


def avatar_faces(names: Sequence[str] = (), lips: str = DEFAULT_LIPS) -> list[Face]:
    """The faces of avatars; all of the package's where none is named.

    Raises:
        UnknownNameError: no avatar, or no lip set, of that name.
    """
    head = shipped_head()
    faces = []
    for name in names or COLLECTION.names():
        look = load_avatar(name).appearance()
        faces.append(Face(name, head, head.posed(look.identity, look.displacement), lips))
    return faces


def synthetic_cases(
    sentences: Sequence[str],
    voice: Voice,
    *,
    maker: str = TRUTH_ANIMATOR,
    held_out: bool = True,
    lips: str = DEFAULT_LIPS,
    fps: Fraction = Fraction(25),
    most: int | None = None,
) -> list[FaceCase]:
    """What `maker` makes of the held-out `sentences`, or of the others, as `voice` says them, on the faces in turn.

    Raises:
        UnknownNameError: no animator or lip set of that name.
    """
    animator = ANIMATORS.get(maker)()
    faces = avatar_faces(lips=lips)
    frontend = frontend_for(voice.languages[0], voice.languages)
    cases: list[FaceCase] = []
    for number, text in enumerate(sentences):
        if (number % HELD_OUT_EVERY == 0) is not held_out:
            continue
        if most is not None and len(cases) >= most:
            break
        sentence = next(parse_script(text, voice.languages[0]))
        phonemes = frontend.phonemize(sentence.marked, sentence.language)
        speech = voice.speak(phonemes, VoiceStyle())
        truth = animator.animate(speech, MotionStyle(fps=fps, seed=_TRUTH_SEED))
        face = faces[len(cases) % len(faces)]
        cases.append(FaceCase(f"{number:03}-{face.name}", speech, truth, np.ones(len(truth), bool), face))
    return cases
