"""Synthetic truth: held-out sentences on the faces of the avatars in turn, made by the animator that is asked for."""

from __future__ import annotations

import numpy as np
import pytest

from avatron.avatar.store import COLLECTION
from avatron.errors import UnknownNameError
from avatron.evaluation.face.avatar_cases import avatar_faces, synthetic_cases
from evaluation.face.scene import PacedVoice

SENTENCES = ("Pam.", "Bob.", "Mum.", "Five.", "Six.", "My map.", "No.")


class Speaker(PacedVoice):
    languages = ("en-us",)


def test_each_fifth_sentence_is_judged_and_the_others_are_known() -> None:
    voice = Speaker()
    held = synthetic_cases(SENTENCES, voice)  # type: ignore[arg-type]
    assert [case.name[:3] for case in held] == ["000", "005"]
    known = synthetic_cases(SENTENCES, voice, held_out=False, most=3)  # type: ignore[arg-type]
    assert [case.name[:3] for case in known] == ["001", "002", "003"]
    names = COLLECTION.names()
    assert [case.face.name for case in known] == list(names[:3])
    gap = held[1].face.shapes(held[1].truth).gap_mm
    assert gap.max() > 3 > 0.5 > gap.min(), "it opens and shuts on that face too"
    assert held[1].trusted.all() and held[1].truth.first_frame == 0


def test_faces_of_avatars_differ_and_unknown_ones_are_refused() -> None:
    faces = avatar_faces(lips="lips-inner")
    assert [face.name for face in faces] == list(COLLECTION.names())
    assert len(faces[0].regions.lips) == len(faces[1].regions.lips)
    assert np.abs(faces[0].at_rest - faces[1].at_rest).max() > 0.001
    with pytest.raises(UnknownNameError):
        avatar_faces(["nobody"])
    with pytest.raises(UnknownNameError, match="known: "):
        synthetic_cases(SENTENCES, Speaker(), maker="nobody")  # type: ignore[arg-type]
