"""The network that finishes the picture learns, with the Gaussians, and is what is exported."""

from __future__ import annotations

import numpy as np
import pytest

from reference.person_clip import PersonClip

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from avatron.core.motion import EXPRESSION_NAMES  # noqa: E402
from avatron.face.shipped import shipped_head  # noqa: E402
from avatron.io.sessions import open_session  # noqa: E402
from avatron.render.splats.drivers import Drivers  # noqa: E402
from avatron.render.splats.geometry import STRAINS  # noqa: E402
from avatron.render.splats.renderer import SplatRenderer  # noqa: E402
from avatron.render.view import View  # noqa: E402
from avatron.training.appearance.build import AppearanceConfig, build_appearance  # noqa: E402
from avatron.training.appearance.fit import FitConfig  # noqa: E402
from avatron.training.appearance.frames import ClipFrames  # noqa: E402
from avatron.training.appearance.joint import JointConfig, JointFit  # noqa: E402
from avatron.training.appearance.matte import find_matte  # noqa: E402
from avatron.training.appearance.plate import find_plate  # noqa: E402
from avatron.training.appearance.refiner_export import refiner_graph  # noqa: E402
from avatron.training.appearance.refiner_network import RefinerConfig, RefinerNetwork  # noqa: E402
from avatron.training.appearance.seeds import SeedConfig, find_seeds  # noqa: E402
from avatron.training.appearance.start import gaussians_of_seeds  # noqa: E402

LEARNED = 32


def test_a_fresh_network_adds_nothing() -> None:
    network = RefinerNetwork(RefinerConfig())
    assert torch.count_nonzero(network(torch.rand(1, 4, 32, 32))) == 0


def test_the_graph_says_what_the_network_says() -> None:
    torch.manual_seed(0)
    network = RefinerNetwork(RefinerConfig())
    torch.nn.init.normal_(network.exit.weight, 0, 0.05)
    picture = torch.rand(1, 4, 48, 48)
    (found,) = open_session(refiner_graph(network, 48), name="refiner").run(None, {"picture": picture.numpy()})
    with torch.no_grad():
        wanted = network(picture).numpy()
    assert np.abs(wanted).max() > 0.01
    assert np.abs(found - wanted).max() < 2 / 255


def test_a_build_with_the_network_draws_with_it(person_clip: PersonClip) -> None:
    config = AppearanceConfig(
        coefficients=10,
        seeds=SeedConfig(most=2000),
        first=FitConfig(steps=60),
        second=FitConfig(steps=60),
        joint_steps=24,
    )
    built = build_appearance(person_clip.info, person_clip.track, LEARNED, shipped_head(), config=config)
    appearance = built.appearance
    assert appearance.refiner is not None
    assert appearance.window_px % 16 == 0
    some = built.motion.part(0, 1)
    pictures = {}
    for size in ((128, 128), (192, 108)):
        for refined in (False, True):
            renderer = SplatRenderer(appearance, View(size), refined=refined)
            pictures[size, refined] = next(iter(renderer.frames(some))).astype(int)
        changed = np.abs(pictures[size, True] - pictures[size, False])
        assert 0 < changed.max() < 90


@pytest.mark.parametrize("splat_rates", [0.0, 0.15])
def test_gaussians_learn_with_the_network_only_where_they_have_a_rate(
    person_clip: PersonClip, clip_frames: ClipFrames, splat_rates: float
) -> None:
    camera, motion = person_clip.track.camera, person_clip.track.motion
    matte = find_matte(clip_frames, camera)
    drivers = Drivers.of(motion, np.ones(len(EXPRESSION_NAMES), np.float32), 10)
    seeding = SeedConfig(most=1000)
    seeds = find_seeds(clip_frames, camera, matte, seeding, seed=0)
    rig = gaussians_of_seeds(seeds, clip_frames.geometry, len(drivers), STRAINS, seeding, seed=0)
    before = rig.colours.copy()
    config = JointConfig(steps=6, splat_rates=splat_rates)
    plate, coefficients = find_plate(clip_frames, camera, matte), drivers.coefficients(motion)
    fit = JointFit(clip_frames, camera, plate, rig, coefficients, config, FitConfig().rates, seed=0)
    fit.run()
    assert np.array_equal(fit.rig.colours, before) == (splat_rates == 0)
    assert torch.count_nonzero(fit.network.exit.weight) > 0
