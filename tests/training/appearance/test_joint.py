"""The network that finishes the picture learns, with the Gaussians, and is what is exported."""

from __future__ import annotations

import numpy as np
import pytest

from reference.person_clip import PersonClip

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from avatron.face.shipped import shipped_head  # noqa: E402
from avatron.io.sessions import open_session  # noqa: E402
from avatron.render.splats.renderer import SplatRenderer  # noqa: E402
from avatron.render.view import View  # noqa: E402
from avatron.training.appearance.build import AppearanceConfig, build_appearance  # noqa: E402
from avatron.training.appearance.fit import FitConfig  # noqa: E402
from avatron.training.appearance.refiner_export import refiner_graph  # noqa: E402
from avatron.training.appearance.refiner_network import RefinerConfig, RefinerNetwork  # noqa: E402
from avatron.training.appearance.seeds import SeedConfig  # noqa: E402

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
