"""A new avatar is composed of parts of others, whole or not at all, and says what it was made from."""

from __future__ import annotations

import hashlib
import json
from io import BytesIO
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from PIL import Image

from avatron.avatar.colours import colour_named, from_linear, to_linear
from avatron.avatar.compose import compose_avatar
from avatron.avatar.painted_hair import lifted, repainted
from avatron.avatar.store import COLLECTION, load_avatar, verify_avatar
from avatron.avatar.wishes import AvatarWishes, parse_slider
from avatron.errors import InvalidValueError, OutputExistsError, UnknownNameError
from avatron.face.head import HeadModel
from avatron.face.proportions import PROPORTIONS, ProportionSolver


@pytest.fixture(autouse=True)
def user_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "avatron" / "avatars"


def digest(folder: Path) -> str:
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        whole.update(path.name.encode() + path.read_bytes())
    return whole.hexdigest()


def test_without_wishes_it_is_the_base_under_another_name(user_home: Path) -> None:
    summary = compose_avatar(AvatarWishes("mia", base="ava"))
    assert summary.path == user_home / "mia" and load_avatar("mia").name == "mia"
    for name in ("skin_albedo.jpg", "hair.safetensors", "iris.png"):
        assert (summary.path / name).read_bytes() == (COLLECTION.builtin_folder / "ava" / name).read_bytes()
    np.testing.assert_array_equal(load_avatar("mia").look.identity, load_avatar("ava").look.identity)


def test_the_same_wishes_give_the_same_bytes(tmp_path: Path) -> None:
    wishes = AvatarWishes(
        "mia", base="ava", hair_colour="copper", iris_colour="green", garment_colours=("navy",), identity_seed=5
    )
    first, second = (compose_avatar(wishes, tmp_path / name).path for name in ("first", "second"))
    assert digest(first) == digest(second)


def test_sliders_are_in_the_face(tmp_path: Path) -> None:
    solver = ProportionSolver(HeadModel.load())
    wishes = AvatarWishes("mia", base="ava", sliders=MappingProxyType({"jaw-width": 0.5}))
    made = load_avatar(compose_avatar(wishes, tmp_path / "mia").path).look
    before, after = (solver.measures_m(one.identity) for one in (load_avatar("ava").look, made))
    assert after["jaw-width"] - before["jaw-width"] == pytest.approx(0.5 * PROPORTIONS["jaw-width"].step_m, rel=0.02)


def test_it_says_what_it_was_made_from(tmp_path: Path) -> None:
    wishes = AvatarWishes("mia", base="woman", hair_colour="red", identity_seed=3)
    folder = compose_avatar(wishes, tmp_path / "mia").path
    config = json.loads((folder / "config.json").read_text())
    assert config["made_from"]["parts"]["base"] == "ava"
    assert config["made_from"]["identity_seed"] == 3 and config["made_from"]["hair_colour"] == "red"
    names = [source["name"] for source in config["provenance"]]
    assert names[0] == "avatar ava" and "ICT-FaceKit" in names, "the sources of the sources stay"
    assert "avatar ava" in (folder / "PROVENANCE.md").read_text()


def test_colours_are_where_they_were_asked_for(tmp_path: Path) -> None:
    wishes = AvatarWishes("mia", base="ava", hair_colour="#808080", garment_colours=("#203080",), iris_colour="#405060")
    look = load_avatar(compose_avatar(wishes, tmp_path / "mia").path).look
    hair = look.hair[0].colour_alpha
    middle = to_linear(hair[..., :3])[hair[..., 3] > 128].mean(0)
    assert from_linear(middle) == pytest.approx(128, abs=14)
    assert from_linear(to_linear(look.garments[0].albedo).mean((0, 1))) == pytest.approx([0x20, 0x30, 0x80], abs=10)
    iris = to_linear(look.eyes.iris)
    rows, columns = np.mgrid[0 : len(iris), 0 : len(iris)] / (len(iris) - 1) * 2 - 1
    radius = np.hypot(rows, columns)
    ring = iris[(radius > 0.45) & (radius < 0.8)].mean(0)
    assert from_linear(ring) == pytest.approx([0x40, 0x50, 0x60], abs=12)
    assert iris[radius < 0.2].mean() < 0.3 * ring.mean(), "the pupil stays dark"


def test_a_bare_head_has_neither_hair_nor_its_shade(tmp_path: Path) -> None:
    look = load_avatar(compose_avatar(AvatarWishes("mia", base="ava", hair="none"), tmp_path / "mia").path).look
    head = HeadModel.load()
    crown = head.neutral[:, 1].argmax()
    column, row = head.uv[crown] * [1, -1] * len(look.skin.albedo) + [0, len(look.skin.albedo)]
    before = load_avatar("ava").look.skin.albedo[int(row), int(column)].mean()
    assert look.hair == () and look.skin.albedo[int(row), int(column)].mean() > 1.4 * before
    height = head.neutral[head.triangles[look.hidden_triangles]].mean(1)[:, 1]
    assert height.max() < -0.08, "what hair hid is seen now"


def test_parts_of_two_avatars_keep_their_own_files(tmp_path: Path) -> None:
    red = compose_avatar(AvatarWishes("red", base="ava", hair_colour="red", iris_colour="blue"), tmp_path / "red").path
    mixed = compose_avatar(AvatarWishes("mixed", base="ava", hair=str(red)), tmp_path / "mixed").path
    mine, lent, own = load_avatar(mixed).look, load_avatar(red).look, load_avatar("ava").look
    np.testing.assert_array_equal(mine.hair[0].colour_alpha, lent.hair[0].colour_alpha)
    np.testing.assert_array_equal(mine.eyes.iris, own.eyes.iris)
    crown = (slice(0, 100), slice(300, 500))
    theirs, ours = lent.skin.albedo[crown].mean((0, 1)), mine.skin.albedo[crown].mean((0, 1))
    assert ours == pytest.approx(theirs, abs=16), "the scalp has the tint of the hair that grows on it"
    assert json.loads((mixed / "config.json").read_text())["made_from"]["parts"]["hair"] == "red"


def test_painted_hair_that_is_lifted_and_laid_back_gives_the_skin_again() -> None:
    head = HeadModel.load()
    albedo = to_linear(np.asarray(Image.fromarray(load_avatar("ava").look.skin.albedo).resize((512, 512))))
    hair, bare = lifted(albedo, head, "scalp")
    again = repainted(bare, hair)
    assert np.abs(again - albedo).mean() < 0.012
    assert np.abs(bare - albedo).max() > 0.2, "and it was gone in between"


def test_a_folder_is_replaced_only_when_asked(tmp_path: Path) -> None:
    compose_avatar(AvatarWishes("mia", base="ava"), tmp_path / "mia")
    with pytest.raises(OutputExistsError, match="mia"):
        compose_avatar(AvatarWishes("mia", base="ava"), tmp_path / "mia")
    compose_avatar(AvatarWishes("mia", base="ava", identity_seed=1), tmp_path / "mia", overwrite=True)


def test_a_folder_that_is_no_avatar_is_never_replaced(tmp_path: Path) -> None:
    home = tmp_path / "photos"
    home.mkdir()
    (home / "wedding.jpg").write_bytes(b"precious")
    with pytest.raises(OutputExistsError, match="not an avatar alone"):
        compose_avatar(AvatarWishes("mia", base="ava"), home, overwrite=True)
    assert (home / "wedding.jpg").read_bytes() == b"precious"


def test_a_name_of_the_package_cannot_be_taken(user_home: Path) -> None:
    for name in ("ava", "woman"):
        with pytest.raises(OutputExistsError, match="is there already"):
            compose_avatar(AvatarWishes(name, base="ava"), overwrite=True)


@pytest.mark.parametrize("part", ["base", "skin", "brows", "hair", "garment", "eyes"])
def test_an_unknown_avatar_is_named_with_its_part(part: str, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"`nobody`; known: .*ava"):
        compose_avatar(AvatarWishes("mia", **{"base": "ava", part: "nobody"}), tmp_path / "mia")  # type: ignore[arg-type]
    assert not (tmp_path / "mia").exists()


@pytest.mark.parametrize(
    ("wish", "error", "says"),
    [
        ({"hair_colour": "bloond"}, InvalidValueError, r"hair colour `bloond` is not a colour; expected .*blond"),
        ({"iris_colour": "#12"}, InvalidValueError, "iris colour"),
        ({"garment_colours": ("transparent",)}, InvalidValueError, "garment colour"),
        ({"garment_colours": ("red",) * 9}, InvalidValueError, "9 garment colours for"),
        ({"light": "disco"}, UnknownNameError, "unknown light `disco`; known: .*studio"),
        ({"framing": "toes"}, UnknownNameError, "unknown framing"),
        ({"voice": "nobody"}, UnknownNameError, "unknown voice `nobody`; known: .*lj"),
        ({"sliders": {"charm": 1.0}}, UnknownNameError, "unknown slider `charm`"),
    ],
)
def test_a_wish_that_cannot_be_met_leaves_nothing(
    wish: dict[str, object], error: type[Exception], says: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=says):
        compose_avatar(AvatarWishes("mia", base="ava", **wish), tmp_path / "mia")  # type: ignore[arg-type]
    assert list(tmp_path.glob("*mia*")) == []


@pytest.mark.parametrize(
    "wish",
    [
        {"name": "Mia"},
        {"name": "../mia"},
        {"name": ""},
        {"base": ""},
        {"hair": ""},
        {"description": "two\nlines"},
        {"description": ""},
        {"description": "x" * 201},
        {"identity_seed": -1},
        {"identity_seed": 2**32},
        {"identity_spread": 1.5},
        {"identity_spread": float("nan")},
        {"sliders": {"jaw-width": 1.5}},
    ],
)
def test_wishes_out_of_range_are_refused_when_they_are_made(wish: dict[str, object]) -> None:
    with pytest.raises(InvalidValueError):
        AvatarWishes(**{"name": "mia", **wish})  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["jaw-width", "=1", "jaw-width=", "jaw-width=wide", "jaw-width=2", "jaw-width=nan"])
def test_a_slider_that_is_not_name_and_value_is_refused(text: str) -> None:
    with pytest.raises(InvalidValueError, match="NAME=VALUE"):
        parse_slider(text)


def test_colours_have_names_of_hair_before_those_of_the_web() -> None:
    from avatron.avatar.colours import HAIR_COLOURS

    assert not np.array_equal(colour_named("hair", "red", HAIR_COLOURS), colour_named("cloth", "red"))


def test_the_new_avatars_default_light_and_framing_are_its_own(tmp_path: Path) -> None:
    folder = compose_avatar(AvatarWishes("mia", base="ava", light="soft", framing="close-up"), tmp_path / "mia").path
    avatar = load_avatar(folder)
    assert avatar.default_light == "soft" and avatar.look.framing == "close-up"
    assert load_avatar("ava").default_light == "studio"


def test_friendly_names_are_of_the_store(user_home: Path) -> None:
    assert load_avatar("woman").name == "ava"
    assert "woman" not in COLLECTION.names(), "an alias is no avatar of its own"
    assert "woman" in verify_avatar("ava").aliases


def test_pictures_of_a_composed_avatar_are_of_the_types_their_names_say(tmp_path: Path) -> None:
    folder = compose_avatar(AvatarWishes("mia", base="ava", hair_colour="white"), tmp_path / "mia").path
    kinds = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}
    for path in folder.iterdir():
        if path.suffix[1:] in kinds:
            with Image.open(BytesIO(path.read_bytes())) as picture:
                assert picture.format == kinds[path.suffix[1:]]
