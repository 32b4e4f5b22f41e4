"""Every hairstyle of `tools/avatar/hair` keeps its promises on the mean head."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

TOOLS = Path(__file__).resolve().parents[2] / "tools"
STYLES = ("long_side_parted", "coily_crop", "side_swept_crop", "swept_back_thin")

Floats = NDArray[np.float64]


@pytest.fixture(autouse=True, scope="module")
def tools_path() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(TOOLS))
        yield


@pytest.fixture(scope="module")
def target(tools_path: None) -> Any:
    from avatar.head_target import load_head_target

    return load_head_target()


@pytest.fixture(scope="module", params=STYLES)
def groomed(request: pytest.FixtureRequest, target: Any) -> Any:
    """(style, hair) on the mean head."""
    from avatar.hair.build import build_hair

    style = getattr(import_module(f"avatar.hair.styles.{request.param}"), request.param)()
    return style, build_hair(style, target, target.mean_m)


def test_hair_is_whole_and_small_enough_to_draw(groomed: Any) -> None:
    _, hair = groomed
    assert hair.triangles.max() < len(hair.vertices_m) <= 65535 and len(hair.triangles) < 36000
    assert hair.texture_coordinates.min() >= 0 and hair.texture_coordinates.max() <= 1
    for directions in (hair.tangents, hair.normals, hair.outward):
        np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1, atol=1e-6)
    assert hair.occlusion.min() >= 0 and hair.occlusion.max() <= 1


def test_hair_stays_out_of_the_head_and_off_the_face(groomed: Any, target: Any) -> None:
    from avatar.hair.build import skin_of

    _, hair = groomed
    height, _ = skin_of(target, target.mean_m).surface.height(hair.vertices_m)
    # Edges of ribbons may dip in where the skin bends under them.
    assert (height < -0.003).mean() < 0.03
    x, y, z = hair.vertices_m.T
    face = (np.abs(x) < 0.045) & (y < 0.075) & (y > -0.09) & (z > 0.05)
    assert not face.any(), "eyes, nose and mouth are free"


def test_the_undercoat_fades_out_at_the_hairline(groomed: Any, target: Any) -> None:
    from avatar.hair.build import fitted_scalp, skin_of
    from avatar.hair.coils import COIL_COLUMNS
    from avatar.hair.strand_atlas import COLUMNS

    style, hair = groomed
    first = (COIL_COLUMNS if style.coils else COLUMNS).kinds["coat"][0]
    coat = hair.texture_coordinates[:, 0] >= first
    scalp = fitted_scalp(style, target, target.mean_m, skin_of(target, target.mean_m))
    distance, density = scalp.distance(hair.vertices_m[coat]), hair.texture_coordinates[coat, 1]
    assert density[distance < 0].max() < 0.05
    assert density[distance > 0.03].mean() > 0.45


def test_the_same_style_gives_the_same_hair(target: Any) -> None:
    from avatar.hair.build import build_hair, draw_hair
    from avatar.hair.styles.side_swept_crop import side_swept_crop

    first, second = (build_hair(side_swept_crop(), target, target.mean_m) for _ in range(2))
    np.testing.assert_array_equal(first.vertices_m, second.vertices_m)
    np.testing.assert_array_equal(draw_hair(side_swept_crop()).colour, draw_hair(side_swept_crop()).colour)


def test_hair_grows_on_a_head_of_another_shape(target: Any) -> None:
    from avatar.hair.build import build_hair, skin_of
    from avatar.hair.styles.side_swept_crop import side_swept_crop

    larger = target.mean_m * [1.06, 1.04, 1.08]
    hair = build_hair(side_swept_crop(), target, larger)
    height, _ = skin_of(target, larger).surface.height(hair.vertices_m)
    assert np.percentile(height, 2) > -0.003 and np.percentile(height, 99) < 0.05


def test_hanging_hair_turns_with_the_shoulders_and_the_rest_with_the_skull(target: Any) -> None:
    from avatar.hair.build import build_hair
    from avatar.hair.styles.long_side_parted import long_side_parted

    hair = build_hair(long_side_parted(), target, target.mean_m)
    height = hair.vertices_m[:, 1]
    assert (hair.head_weight()[height > 0] == 1).all() and hair.head_weight()[height < -0.16].max() == 0


def test_ribbons_fade_at_both_ends_and_the_core_has_no_holes() -> None:
    from avatar.hair.strand_atlas import COLUMNS, draw_atlas
    from avatar.hair.style import HairColour

    atlas = draw_atlas(HairColour(), 0.2, seed=1, height=256, width=512)

    def columns(kind: str) -> slice:
        first, last, _ = COLUMNS.kinds[kind]
        return slice(round(first * 512), round(last * 512))

    assert (atlas.opacity[:, columns("core")] == 1).all()
    for kind in ("lock", "wisp", "hair"):
        ends = atlas.opacity[[0, -1], columns(kind)]
        assert ends.max() < 0.35 and atlas.opacity[100:150, columns(kind)].max() > 0.7
    assert atlas.opacity[-3:, columns("coat")].max() < 0.15 and (atlas.opacity[0, columns("coat")] == 1).all()


def test_grey_hairs_are_as_many_as_asked_for() -> None:
    from avatar.hair.strand_atlas import hair_tones
    from avatar.hair.style import HairColour

    _, grey = hair_tones(np.random.default_rng(1), HairColour(grey=0.25), 20000)
    assert grey.mean() == pytest.approx(0.25, abs=0.01)


def test_stubble_grows_on_jaw_chin_and_upper_lip_only(target: Any) -> None:
    from avatar.hair.painted import Stubble, grow_stubble

    places = np.array([(0.0, -0.07, 0.105), (0.05, -0.05, 0.07), (0.012, -0.02, 0.112)])
    free = np.array([(0.0, 0.08, 0.1), (0.04, 0.01, 0.09), (0.0, 0.0, 0.13), (0.0, -0.14, 0.03)])
    around = np.random.default_rng(2).normal(0, 0.002, (200, 1, 3))
    stubble = Stubble(cover=0.5, colour=(0.2, 0.2, 0.2))
    assert grow_stubble((places + around).reshape(-1, 3), stubble, 1).reshape(200, -1).mean(0).min() > 0.1
    assert grow_stubble((free + around).reshape(-1, 3), stubble, 1).reshape(200, -1).mean(0).max() < 0.02
