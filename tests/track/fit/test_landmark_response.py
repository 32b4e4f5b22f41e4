"""How the networks answer to our head: what the tables that correct them say."""

import numpy as np
import pytest

from avatron.core.motion import EXPRESSION_INDEX, EXPRESSION_NAMES
from avatron.face.shipped import shipped_head
from avatron.track.config import EvidenceConfig
from avatron.track.fit.landmark_response import LandmarkResponse
from avatron.track.fit.landmark_trust import read_again
from avatron.track.fit.parameters import FITTED, fitted_from_weights

CORNERS = [61, 291]
"""MediaPipe's corners of the mouth, the right one first."""


def _width_of(places):
    return places[CORNERS[1], 0] - places[CORNERS[0], 0]


@pytest.mark.parametrize("name", ["mouthPucker", "mouthFunnel"])
def test_the_second_network_reads_lips_that_narrow_as_narrowing_less(name):
    head = shipped_head()
    posed = head.posed()
    weights = np.zeros(len(EXPRESSION_NAMES), np.float32)
    weights[EXPRESSION_INDEX[name]] = 1
    turns, shifts = np.tile(np.eye(3), (len(posed.joints), 1, 1)), np.zeros((len(posed.joints), 3))
    moved = head.landmarks(posed.moved(weights, turns, shifts)) - head.landmarks(posed.rest)
    read = np.tensordot(fitted_from_weights(weights), read_again(EvidenceConfig()).expression, 1)
    assert _width_of(moved) < -0.004
    assert _width_of(read) > 0.0005
    assert _width_of(moved + read) < 0


def test_only_what_changes_the_width_of_the_mouth_is_corrected():
    response = read_again(EvidenceConfig())
    corrected = {name for name, table in zip(FITTED, response.expression, strict=True) if table.any()}
    assert all(
        name.startswith(("mouthPucker", "mouthFunnel", "mouthSmile", "mouthStretch", "mouthDimple"))
        for name in corrected
    )
    assert {"mouthPucker", "mouthFunnel"} <= corrected
    assert not response.look.any()


def test_the_second_network_is_nearer_to_our_landmarks_than_the_first():
    first, second = LandmarkResponse.load(), LandmarkResponse.load(read_again=True)
    assert np.linalg.norm(second.constant, axis=1).mean() < np.linalg.norm(first.constant, axis=1).mean() / 2
