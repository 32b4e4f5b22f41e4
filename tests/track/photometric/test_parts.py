"""The parts of refinement: gaps of the lips, the joint solution, smooth detail, wrinkles, the atlas."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from avatron.core.motion import EXPRESSION_INDEX
from avatron.face.shipped import shipped_head
from avatron.track.fit.parameters import FITTED_INDEX
from avatron.track.photometric.albedo import AtlasTexels, filled
from avatron.track.photometric.clip_look import chosen_keys
from avatron.track.photometric.config import PhotometricConfig
from avatron.track.photometric.contact import LipContact
from avatron.track.photometric.detail import smoothest
from avatron.track.photometric.joint import TimePrior, solve_window
from avatron.track.photometric.surface import FaceSurface
from avatron.track.photometric.wrinkles import found_wrinkles, wrinkle_weights


@pytest.fixture(scope="module")
def surface() -> FaceSurface:
    return FaceSurface.of(shipped_head(), np.zeros(4, np.float32))


def opened(surface: FaceSurface, jaw: float) -> np.ndarray:
    """[V, 3] camera space, 0.5 m away: a mouth that is opened by the shapes alone."""
    column = FITTED_INDEX["jawOpen"]
    moved = surface.person.rest.astype(np.float64)
    rows = surface.shapes.columns == column
    vertices = np.repeat(np.arange(len(moved)), np.diff(surface.shapes.starts))[rows]
    moved[vertices] += jaw * surface.shapes.deltas[rows]
    return moved * [1, -1, -1] + [0, 0, 0.5]


def test_the_cost_of_a_gap_has_the_gradient_of_finite_differences(surface):
    gaps, price, start = surface.gaps, 20.0, np.full(3, 0.002)
    column = FITTED_INDEX["jawOpen"]

    def energy(jaw: float) -> float:
        gap = gaps.of_head(opened(surface, jaw))
        parting = price * 1000 * gap / (1 + gap / 0.0015)
        return float(np.mean(parting + 12.0 / 2 * ((gap - start) / (0.0001 + 0.4 * start)) ** 2))

    _, gradient = gaps.cost(opened(surface, 0.1), start, price)
    measured = (energy(0.1 + 1e-4) - energy(0.1 - 1e-4)) / 2e-4
    # The gap's own slope is taken upright, and the chin goes back a little as it sinks.
    assert gradient[column] == pytest.approx(measured, rel=0.15)


def test_only_lips_that_touch_have_a_dark_line(surface):
    contact: LipContact = surface.contact
    shut, wide = (contact.light(opened(surface, jaw)) for jaw in (0.0, 0.5))
    assert shut.min() < 0.6
    # Where lips meet at the corners they touch however wide the mouth is.
    assert np.median(wide) > 0.99


def test_a_window_is_solved_as_the_dense_system():
    random = np.random.default_rng(0)
    prior = TimePrior.of(PhotometricConfig(), 25.0)
    size, frames = len(prior.weight), 5
    root = random.normal(size=(frames, size, size))
    normal = root @ root.transpose(0, 2, 1) + 50 * np.eye(size)
    right, path = random.normal(size=(frames, size)), random.normal(0.5, 0.02, (frames, size))
    joined = np.array([True, True, True, True, False])
    step = solve_window(normal, right, path, prior, joined, 10.0)
    second = np.zeros((frames - 2, frames))
    for row in range(frames - 2):
        second[row, row : row + 3] = 1, -2, 1
    whole = np.zeros((frames * size, frames * size))
    for frame in range(frames):
        rows = slice(frame * size, (frame + 1) * size)
        whole[rows, rows] = normal[frame]
    whole += np.kron(second.T @ second, np.diag(prior.weight))
    bend = (second.T @ second @ path) * prior.weight
    expected = -np.linalg.solve(whole, (right + bend).reshape(-1)).reshape(frames, size)
    np.testing.assert_allclose(step, expected, rtol=1e-6, atol=1e-9)


def test_weights_at_their_bounds_are_not_pushed_out():
    prior = TimePrior.of(PhotometricConfig(), 25.0)
    size = len(prior.weight)
    normal = np.broadcast_to(np.eye(size), (3, size, size))
    right = np.ones((3, size))
    step = solve_window(normal, right, np.zeros((3, size)), prior, np.zeros(3, np.bool_), 1.0)
    assert np.abs(step[:, 6:]).max() < 1e-6
    np.testing.assert_allclose(step[:, :6], -1)


def test_detail_is_smooth_and_solves_its_system():
    side = 12
    corner = np.arange(side * side).reshape(side, side)
    a, b, c, d = corner[:-1, :-1], corner[:-1, 1:], corner[1:, :-1], corner[1:, 1:]
    triangles = np.concatenate([np.stack([a, c, b], -1).reshape(-1, 3), np.stack([b, c, d], -1).reshape(-1, 3)])
    random = np.random.default_rng(0)
    curvature = random.uniform(0.5, 2, side * side)
    wanted = random.normal(size=side * side)
    loose = smoothest(curvature, curvature * wanted, 1e-9, triangles)
    np.testing.assert_allclose(loose, wanted, atol=1e-5)
    stiff = smoothest(curvature, curvature * wanted, 1e3, triangles)
    inner = corner[1:-1, 1:-1]
    roughness = [np.abs(np.diff(x[corner], 2, axis=0)).mean() for x in (wanted, stiff)]
    assert roughness[1] < 0.05 * roughness[0]
    assert np.isfinite(stiff[inner]).all()


def test_wrinkles_are_told_from_albedo():
    random = np.random.default_rng(0)
    expression = np.zeros((40, len(EXPRESSION_INDEX)), np.float32)
    expression[:, EXPRESSION_INDEX["browInnerUp"]] = random.uniform(0, 1, 40)
    expression[:, EXPRESSION_INDEX["jawOpen"]] = random.uniform(0, 1, 40)
    active = wrinkle_weights(expression)
    albedo = random.uniform(0.3, 0.7, (50, 3)).astype(np.float32)
    fold = random.normal(0, 0.05, (50, 3)).astype(np.float32)
    colours = albedo + active[:, :1, None] * fold
    colours += random.normal(0, 0.005, colours.shape)
    texels = SimpleNamespace(inside=np.full(50, -1, np.int8))
    mean = colours.mean(0).astype(np.float32)
    plain, found = found_wrinkles(texels, colours, np.ones((40, 50), np.float32), mean, active)
    assert np.abs(plain - albedo).mean() < 0.01
    assert np.corrcoef(found[0].ravel(), fold.ravel())[0, 1] > 0.95
    assert np.abs(found[1:]).mean() < 0.2 * np.abs(fold).mean()


def test_an_atlas_is_filled_where_nothing_was_seen(surface):
    texels = AtlasTexels.of(surface, 64)
    albedo = np.tile(np.float32([0.7, 0.5, 0.4]), (len(texels.place), 1))
    weight = np.ones(len(texels.place), np.float32)
    weight[::3] = 0
    albedo[::3] = 0
    whole, seen = filled(texels, albedo, weight)
    assert np.isfinite(whole).all()
    outside = texels.place[texels.inside < 0]
    # A few that lie beside the mouth's inside take something of its dark.
    wrong = np.abs(whole.reshape(-1, 3)[outside] - [0.7, 0.5, 0.4]).max(1)
    assert np.quantile(wrong, 0.99) < 0.02
    assert (seen.reshape(-1)[texels.place[::3]] == 0).all()


def test_key_frames_are_valid_spread_and_never_those_that_judge():
    valid = np.ones(300, np.bool_)
    valid[50:80] = False
    random = np.random.default_rng(0)
    keys = chosen_keys(valid, random.normal(0, 0.1, (300, 3)), random.uniform(0, 0.3, (300, 5)), 40, 10)
    assert len(keys) == 40
    assert valid[keys].all()
    assert (keys % 10 != 9).all()
    assert keys.min() < 20
    assert keys.max() > 280
