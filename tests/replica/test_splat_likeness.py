"""A replica of Gaussians: stored, drawn, spoken with and written for others; they are made here, and not learned."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import avatron
from avatron.core.gaussians import GaussianSet
from avatron.face.shipped import shipped_head
from avatron.io.folders import load_folder, write_folder
from avatron.native.splat_rig import SplatRig
from avatron.pipeline.export_replica import export_replica
from avatron.render.splats.appearance import SplatAppearance
from avatron.render.splats.drivers import FEATURES, Drivers
from avatron.render.splats.geometry import SplatGeometry
from avatron.render.splats.sheets import hair_sheet, torso_sheet
from avatron.render.view import View
from avatron.replica.likeness import HasGaussians, Refinable
from avatron.replica.replica import KIND, Replica, read_replica
from avatron.replica.splats.likeness import SplatLikeness


def _appearance(replica: Replica) -> SplatAppearance:
    """A grey Gaussian on every fourth triangle of the tracked head, that reddens as the jaw opens."""
    track = replica.track
    posed = shipped_head().posed(track.identity, track.displacement if len(track.displacement) else None)
    geometry = SplatGeometry(posed, hair_sheet(track.camera), torso_sheet(track.camera))
    triangle = np.flatnonzero(geometry.layer < 4)[::4].astype(np.int32)
    count = len(triangle)
    rig = SplatRig.of(
        GaussianSet(
            np.zeros((count, 3), np.float32),
            np.tile(np.float32([1, 0, 0, 0]), (count, 1)),
            np.full((count, 3), 0.8, np.float32),
            np.full(count, 0.8, np.float32),
            np.full((count, 3), 0.5, np.float32),
            triangle,
        )
    )
    corrections = np.zeros((count, 1, 7), np.float32)
    corrections[:, 0, 3] = 0.1
    directions = np.zeros((1, FEATURES), np.float32)
    directions[0, 0] = 1
    ends = np.ones(1, np.float32)
    drivers = Drivers(np.zeros(FEATURES, np.float32), directions, -ends, ends, 10.0)
    plate = np.full((track.camera.height, track.camera.width, 3), 60, np.uint8)
    whole = replace(rig, corrections=corrections)
    return SplatAppearance(track.identity, track.displacement, track.camera, whole, drivers, plate)


@pytest.fixture(scope="module")
def splatted(replica: Replica, tmp_path_factory: pytest.TempPathFactory) -> Replica:
    """The draft's replica with Gaussians in the place of its texture."""
    place = tmp_path_factory.mktemp("splats")
    SplatLikeness(_appearance(replica)).write(place)
    kept = {name: replica.folder.file(name) for name in replica.folder.files if not name.startswith("appearance/")}
    made = {path.relative_to(place).as_posix(): path for path in (place / "appearance").iterdir()}
    own = {key: value for key, value in replica.folder.config.items() if key not in ("format_version", "kind", "files")}
    folder = write_folder(place / "me", KIND, {**own, "likeness": "full"}, {**kept, **made})
    return read_replica(load_folder(folder.path, KIND))


def test_it_is_drawn_in_any_shape_and_spoken_with(splatted: Replica, tmp_path: Path) -> None:
    for view, channels in ((View((192, 192)), 3), (View((90, 160), "close-up", alone=True), 4)):
        (image,) = splatted.likeness.renderer(view).frames(splatted.track.motion.part(0, 1))
        assert image.shape == (view.size[1], view.size[0], channels)
        assert image[..., :3].std() > 5
    made = avatron.speak("Hi.", tmp_path / "hi.mp4", avatar=splatted.folder.path, size=(96, 96))
    assert made.frames > 0


def test_without_a_refiner_there_is_none_to_leave_out(splatted: Replica) -> None:
    likeness = splatted.likeness
    assert isinstance(likeness, Refinable)
    assert not likeness.has_refiner


def test_its_gaussians_are_carried_as_its_renderer_moves_them(splatted: Replica) -> None:
    likeness, motion = splatted.likeness, splatted.track.motion.part(0, 4)
    assert isinstance(likeness, HasGaussians)
    carried = likeness.carried(motion)
    assert carried.vertices.shape[0] == carried.coefficients.shape[0] == 4
    reddened = carried.corrected(2).colours - carried.gaussians.colours
    np.testing.assert_allclose(reddened[:, 0], 0.1 * carried.coefficients[2, 0], atol=1e-3)
    np.testing.assert_allclose(reddened[:, 1:], 0, atol=1e-6)


def test_it_is_written_for_viewers_of_splats_and_as_a_page(splatted: Replica, tmp_path: Path) -> None:
    outputs = [tmp_path / f"me.{kind}" for kind in ("ply", "splat", "spz", "html")]
    assert export_replica(splatted, outputs) == tuple(outputs)
    count = len(_appearance(splatted).gaussians)
    assert f"element vertex {count}".encode() in outputs[0].read_bytes()[:200]
    assert outputs[1].stat().st_size == 32 * count
    assert (tmp_path / "me.splats").stat().st_size > 1000
    assert "me.splats" in outputs[3].read_text()
    for output in outputs:
        sidecar = json.loads(output.with_name(output.name + ".avatron.json").read_text())
        assert splatted.id in json.dumps(sidecar)
