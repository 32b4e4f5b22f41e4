"""Refinement finds what a picture was drawn with again, and leaves alone what it cannot judge."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatron.core.motion import EXPRESSION_INDEX
from avatron.core.rotation import axis_angle_to_matrix, matrix_to_axis_angle
from avatron.face.shipped import shipped_head
from avatron.track.fit.lens import Lens
from avatron.track.fit.state import FitState
from avatron.track.photometric.albedo import AtlasTexels
from avatron.track.photometric.clip_look import ClipLook
from avatron.track.photometric.config import AlbedoConfig, PhotometricConfig
from avatron.track.photometric.drawing import DrawnFrame, Look
from avatron.track.photometric.evidence import EvidenceSource
from avatron.track.photometric.light import AMBIENT, harmonics, solve_light
from avatron.track.photometric.person import PersonLook, trusting
from avatron.track.photometric.pose import head_vertices, pose_of
from avatron.track.photometric.refine import refine_frames
from avatron.track.photometric.store import RefinementStore
from avatron.track.photometric.surface import FaceSurface
from avatron.track.photometric.window import FaceWindow, halved
from avatron.track.work import WorkFolder

FRAMES = 24
SIZE = 160
LENS = Lens(SIZE, SIZE, 330.0, 0.01)
CONFIG = PhotometricConfig(
    crop_px=112, window_frames=16, overlap_frames=3, albedo=AlbedoConfig(texture_px=128, key_frames=16, rounds=2)
)


def talking() -> FitState:
    """A head that turns a little, opens its mouth, and shuts it for a moment."""
    time = np.arange(FRAMES)
    turn = np.stack([0.08 * np.sin(time / 3), 0.2 * np.sin(time / 4 + 1), 0.04 * np.sin(time / 5)], 1)
    rotation = axis_angle_to_matrix(turn) @ np.diag([1.0, -1.0, -1.0])
    expression = np.zeros((FRAMES, len(EXPRESSION_INDEX)), np.float32)
    expression[:, EXPRESSION_INDEX["jawOpen"]] = np.clip(0.3 * np.sin(time / 2.5), 0, 1)
    for side in ("Left", "Right"):
        expression[:, EXPRESSION_INDEX[f"mouthSmile{side}"]] = 0.2 + 0.2 * np.cos(time / 3)
    shift = np.tile([0.0, 0.0, 0.55], (FRAMES, 1))
    shift[:, 0] = 0.01 * np.sin(time / 5)
    return FitState(
        identity=np.zeros(4, np.float32),
        displacement=np.zeros((0, 3), np.float32),
        camera=LENS,
        expression=expression,
        gaze=np.zeros((FRAMES, 2, 2), np.float32),
        head_rotation=matrix_to_axis_angle(rotation),
        head_translation=shift,
        torso_rotation=matrix_to_axis_angle(rotation),
        torso_translation=shift,
        valid=np.ones(FRAMES, np.bool_),
        landmark_error=np.zeros(FRAMES, np.float32),
    )


def painted(surface: FaceSurface) -> np.ndarray:
    """[128, 128, 3] skin with spots, red lips, dark brows, a dark mouth and pale teeth."""
    texels = AtlasTexels.of(surface, 128)
    corners = surface.look.triangles[texels.triangle]
    spots = np.random.default_rng(0).normal(0, 0.06, (32, 32, 1)).repeat(4, 0).repeat(4, 1).astype(np.float32)
    texture = np.float32([0.8, 0.62, 0.52]) + spots
    flat = texture.reshape(-1, 3)
    for values, colour in (
        (surface.lips, (0.7, 0.35, 0.35)),
        (surface.model.regions["brows"], (0.3, 0.22, 0.18)),
        ((surface.inside >= 0).astype(np.float32), (0.3, 0.12, 0.12)),
        (np.isin(surface.inside, (1, 2)).astype(np.float32), (0.9, 0.88, 0.8)),
    ):
        share = (values[corners] * texels.barycentric).sum(1)[:, None]
        flat[texels.place] = (1 - share) * flat[texels.place] + share * np.float32(colour)
    return texture


@pytest.fixture(scope="module")
def film() -> tuple[FitState, list[np.ndarray]]:
    truth = talking()
    surface = FaceSurface.of(shipped_head(), truth.identity)
    texture = painted(surface)
    light = AMBIENT * np.float32(0.8)
    light[1], light[3] = 0.15, -0.2
    look = Look((texture, halved(texture)), light)
    random = np.random.default_rng(1)
    beyond = np.full((SIZE, SIZE, 3), (0.2, 0.3, 0.35), np.float32)
    pictures = []
    for frame in range(FRAMES):
        drawn = DrawnFrame.of(surface, pose_of(truth, frame), LENS, FaceWindow(0.0, 0.0, 1.0, SIZE))
        picture = drawn.compare(beyond, look, 0).model + random.normal(0, 0.01, (SIZE, SIZE, 3))
        pictures.append(np.clip(picture * 255, 0, 255).round().astype(np.uint8))
    return truth, pictures


def mistracked(truth: FitState) -> FitState:
    """What landmarks might have made of it: jitter of the pose, lips that are off."""
    random = np.random.default_rng(2)
    turn = axis_angle_to_matrix(random.normal(0, np.radians(0.4), (FRAMES, 3)))
    rotation = turn @ axis_angle_to_matrix(truth.head_rotation)
    expression = truth.expression.copy()
    for name in ("jawOpen", "mouthSmileLeft", "mouthSmileRight", "mouthFunnel", "mouthUpperUpLeft", "mouthLeft"):
        column = EXPRESSION_INDEX[name]
        expression[:, column] = np.clip(expression[:, column] + random.normal(0, 0.08, FRAMES), 0, 1)
    shift = truth.head_translation + random.normal(0, (0.0006, 0.0006, 0.002), (FRAMES, 3))
    return replace(truth, expression=expression, head_rotation=matrix_to_axis_angle(rotation), head_translation=shift)


def errors_mm(state: FitState, truth: FitState) -> dict[str, float]:
    """Mean distance over frames of lips and face on the picture's plane."""
    surface = FaceSurface.of(shipped_head(), truth.identity)
    found: dict[str, list[float]] = {"face": [], "lips": []}
    for frame in range(len(truth)):
        places = []
        for one in (state, truth):
            pose = pose_of(one, frame)
            places.append(head_vertices(surface, pose) @ pose.rotation.T + pose.translation)
        distance = np.linalg.norm((places[0] - places[1])[:, :2], axis=1) * 1000
        found["face"].append(distance[surface.face > 0.5].mean())
        found["lips"].append(distance[surface.lips > 0.5].mean())
    return {name: float(np.mean(values)) for name, values in found.items()}


def played(pictures):
    return lambda start, stop: iter(pictures[start:stop])


@pytest.fixture(scope="module")
def refined(film):
    truth, pictures = film
    start = mistracked(truth)
    return start, *refine_frames(start, played(pictures), 25.0, CONFIG)


def test_refinement_brings_face_and_lips_nearer_to_where_they_were(film, refined):
    before, after = errors_mm(refined[0], film[0]), errors_mm(refined[1], film[0])
    assert after["face"] < 0.75 * before["face"]
    assert after["lips"] < 0.6 * before["lips"]


def test_pictures_that_had_no_say_in_the_albedo_are_better_explained(refined):
    report = refined[2].report
    assert report.held_out_frames == FRAMES // CONFIG.held_out_stride
    assert report.psnr_after_db > report.psnr_before_db + 1


def test_the_albedo_is_that_of_the_painted_head(film, refined):
    surface = FaceSurface.of(shipped_head(), film[0].identity)
    look = refined[2]
    known = look.seen > 4
    truth, found = painted(surface)[known], look.albedo[known]
    # Brightness may be the light's: only the pattern is compared.
    for channel in range(3):
        assert np.corrcoef(truth[:, channel], found[:, channel])[0, 1] > 0.85


def test_refinement_is_the_same_every_time_and_for_any_number_of_threads(film, refined):
    from avatron.native.pool import use_threads

    with use_threads(1):
        again, _ = refine_frames(refined[0], played(film[1]), 25.0, CONFIG)
    np.testing.assert_array_equal(again.expression, refined[1].expression)
    np.testing.assert_array_equal(again.head_rotation, refined[1].head_rotation)


def test_a_run_that_was_killed_goes_on_and_ends_as_if_nothing_had_happened(film, refined, tmp_path):
    asked: list[tuple[int, int]] = []

    def killed(start, stop):
        asked.append((start, stop))
        # The first time for key frames, the second for the first window; the second window is not seen any more.
        if len(asked) == 3:
            raise KeyboardInterrupt
        return iter(film[1][start:stop])

    def watched(start, stop):
        asked.append((start, stop))
        return iter(film[1][start:stop])

    with pytest.raises(KeyboardInterrupt), WorkFolder.open(tmp_path / "work", {}) as folder:
        refine_frames(refined[0], killed, 25.0, CONFIG, folder=folder)
    asked.clear()
    with WorkFolder.open(tmp_path / "work", {}) as folder:
        state, look = refine_frames(refined[0], watched, 25.0, CONFIG, folder=folder)
    # The frames that the first window left to the second, then the rest: neither key frames nor the first window.
    assert asked == [(16, 19), (19, 24)]
    for name in ("expression", "head_rotation", "head_translation", "displacement"):
        np.testing.assert_array_equal(getattr(state, name), getattr(refined[1], name), err_msg=name)
    for name in ("albedo", "seen", "light", "wrinkles"):
        np.testing.assert_array_equal(getattr(look, name), getattr(refined[2], name), err_msg=name)
    same = replace(look.report, seconds_per_frame=refined[2].report.seconds_per_frame)
    assert same == refined[2].report


def test_a_kept_person_has_its_wrinkles_and_its_own_shape_again(tmp_path):
    head = shipped_head()
    random = np.random.default_rng(4)
    identity = random.normal(size=4).astype(np.float32)
    displacement = random.normal(0, 1e-4, head.neutral.shape).astype(np.float32)
    look = ClipLook(*(random.random(shape, np.float32) for shape in ((8, 8, 3), (8, 8), (9, 3), (len(head.neutral),))))
    source = trusting(EvidenceSource.of(FaceSurface.of(head, identity, displacement), CONFIG.energy), look)
    wrinkles, plain = random.random((2, 8, 8, 3), np.float32), random.random((8, 8, 3), np.float32)
    person = PersonLook(source, look, displacement, wrinkles, plain, 0.25, 0.5)
    with WorkFolder.open(None, {}) as folder:
        store = RefinementStore(folder)
        assert store.person(head, identity, CONFIG.energy) is None
        store.keep_person(person)
        found = store.person(head, identity, CONFIG.energy)
    assert (found.detail_db, found.wrinkle_db) == (0.25, 0.5)
    for name in ("displacement", "wrinkles", "plain"):
        np.testing.assert_array_equal(getattr(found, name), getattr(person, name))
    np.testing.assert_array_equal(found.source.surface.look.weight, source.surface.look.weight)
    np.testing.assert_array_equal(found.source.surface.person.rest, source.surface.person.rest)
    np.testing.assert_array_equal(found.look.trust, look.trust)


def test_frames_that_are_not_valid_stay_as_they_were(film, refined):
    valid = np.ones(FRAMES, np.bool_)
    valid[5:9] = False
    start = replace(refined[0], valid=valid)
    state, _ = refine_frames(start, played(film[1]), 25.0, CONFIG)
    np.testing.assert_array_equal(state.expression[5:9], start.expression[5:9])
    np.testing.assert_array_equal(state.head_translation[5:9], start.head_translation[5:9])
    assert not np.array_equal(state.head_translation[:5], start.head_translation[:5])


def test_a_clip_without_a_valid_frame_is_returned_as_it_is(film, refined):
    start = replace(refined[0], valid=np.zeros(FRAMES, np.bool_))
    state, look = refine_frames(start, played(film[1]), 25.0, CONFIG)
    np.testing.assert_array_equal(state.expression, start.expression)
    assert look.report.held_out_frames == 0


def test_light_is_found_on_known_albedo():
    random = np.random.default_rng(3)
    normals = random.normal(size=(400, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    normals[:, 2] = -np.abs(normals[:, 2])
    albedo = random.uniform(0.3, 0.9, (400, 3))
    truth = AMBIENT * 0.9
    truth[1:4] += random.normal(0, 0.1, (3, 3))
    seen = albedo * (harmonics(normals) @ truth)
    # A fifth of the points shows something else.
    seen[::5] = random.uniform(0, 1, (80, 3))
    found = solve_light(normals, albedo, seen, np.ones(400), AMBIENT, 1.0)
    made = harmonics(normals) @ found
    assert np.abs(made - harmonics(normals) @ truth).mean() < 0.03


def test_pictures_that_are_held_out_have_no_say_in_the_persons_look(film: tuple[FitState, list[np.ndarray]]) -> None:
    truth, pictures = film
    start, learned = mistracked(truth), 16

    def look(shown: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        state, found = refine_frames(
            start, lambda first, stop: iter(shown[first:stop]), 25.0, CONFIG, learned_frames=learned
        )
        return state.displacement, found.albedo, found.wrinkles

    reddened = [*pictures[:learned], *(picture // np.uint8([1, 2, 2]) for picture in pictures[learned:])]
    for first, second in zip(look(pictures), look(reddened), strict=True):
        assert np.array_equal(first, second)
