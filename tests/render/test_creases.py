"""Folds of the skin that follow the expression."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_INDEX, EXPRESSION_NAMES
from avatron.errors import InvalidValueError, ShapeError
from avatron.face.head import HeadModel
from avatron.render.appearance import SkinMaps
from avatron.render.creases import CREASE_REGIONS, CREASES, CreaseStrengths

GREY = np.full((4, 4, 3), 128, np.uint8)
FLAT = np.full((4, 4, 4), 128, np.uint8)


@pytest.fixture(scope="module")
def head() -> HeadModel:
    return HeadModel.load()


def expression(**weights: float) -> NDArray[np.float32]:
    row = np.zeros(len(EXPRESSION_NAMES), np.float32)
    for name, weight in weights.items():
        row[EXPRESSION_INDEX[name]] = weight
    return row


def strengths(head: HeadModel, rest: dict[str, float] | None = None) -> CreaseStrengths:
    return CreaseStrengths(head, rest or {}, np.zeros((len(head.neutral), 2), np.float32))


def test_a_face_at_rest_has_no_folds_but_those_that_age_has_left(head: HeadModel) -> None:
    assert strengths(head).of(expression()).max() == 0
    forehead = strengths(head, {"forehead": 0.4}).of(expression())
    assert forehead[:, 0].max() == pytest.approx(0.4, abs=1e-6)
    assert forehead[:, 1].max() == 0
    low = head.neutral[:, 1] < 0.05
    assert forehead[low].max() == 0


def test_expression_adds_to_age_and_never_goes_beyond_the_map(head: HeadModel) -> None:
    aged = strengths(head, dict.fromkeys(CREASE_REGIONS, 0.5))
    at_rest, raised = aged.of(expression()), aged.of(expression(browInnerUp=0.5))
    assert (raised >= at_rest - 1e-6).all()
    assert raised[:, 0].max() == pytest.approx(0.75, abs=1e-5)
    everything = aged.of(np.ones(len(EXPRESSION_NAMES), np.float32))
    assert everything.max() <= 1 + 1e-6


def test_what_the_left_side_does_folds_the_left_side(head: HeadModel) -> None:
    smiling = strengths(head).of(expression(mouthSmileLeft=1))
    assert smiling[head.neutral[:, 0] > 0.012].max() > 0.5
    assert smiling[head.neutral[:, 0] < -0.012].max() == 0


def test_regions_of_one_group_overlap_at_their_borders_only(head: HeadModel) -> None:
    masks = [(region, region.mask(head.neutral)) for region in CREASES]
    for (one, first), (other, second) in combinations(masks, 2):
        if one.group == other.group:
            assert (first + second).max() <= 1 + 1e-3, (one.name, other.name)


def test_only_skin_folds(head: HeadModel) -> None:
    base = np.random.default_rng(1).random((len(head.neutral), 2)).astype(np.float32)
    folded = CreaseStrengths(head, {}, base).of(np.ones(len(EXPRESSION_NAMES), np.float32))
    other = head.vertex_part != 0
    np.testing.assert_array_equal(folded[other], base[other])


def test_ages_of_regions_that_do_not_exist_or_beyond_full_are_refused() -> None:
    with pytest.raises(InvalidValueError, match=r"elbow.*forehead"):
        SkinMaps(GREY, FLAT, crease_rest={"elbow": 0.5})
    with pytest.raises(InvalidValueError, match=r"forehead.*1\.5"):
        SkinMaps(GREY, FLAT, crease_rest={"forehead": 1.5})


def test_valleys_of_another_size_than_the_folds_are_refused() -> None:
    folded = SkinMaps(GREY, FLAT, creases=FLAT, crease_valleys=np.zeros((4, 4), np.uint8))
    with pytest.raises(ShapeError, match="crease_valleys"):
        replace(folded, crease_valleys=np.zeros((4, 5), np.uint8))
