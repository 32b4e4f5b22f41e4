"""Whatever is wrong with an avatar, one clear error names the file or the field; nothing else ever comes out."""

from __future__ import annotations

import json
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from avatron.avatar import pack
from avatron.avatar.check import check_avatar
from avatron.avatar.store import add_avatar, load_avatar, pack_avatar
from avatron.core.motion import FaceMotion
from avatron.errors import AvatronError, DamagedModelError, InputError, OutputExistsError, UnreadableFileError
from avatron.face.shipped import shipped_head
from avatron.io.folders import tensor_bytes, write_folder
from avatron.render.portrait import PortraitRenderer

Change = Callable[[dict[str, Any], dict[str, Any]], None]
"""What damages (files, config) of the tiny avatar."""


def tensors_of(data: bytes) -> dict[str, Any]:
    from safetensors.numpy import load

    return dict(load(data))


def mesh(name: str, **changes: Any) -> Change:
    """Replaces arrays of a mesh; None removes one, a function changes it."""

    def change(files: dict[str, Any], _: dict[str, Any]) -> None:
        arrays = tensors_of(files[f"{name}.safetensors"])
        for key, value in changes.items():
            if value is None:
                del arrays[key]
            else:
                arrays[key] = value(arrays[key].copy()) if callable(value) else value
        files[f"{name}.safetensors"] = tensor_bytes(arrays)

    return change


def put(array: Any, value: float, row: int = 1) -> Any:
    array[row] = value
    return array


def bytes_of(name: str, data: bytes) -> Change:
    return lambda files, _: files.update({name: data})


def picture(name: str, mode: str, size: tuple[int, int], kind: str = "PNG") -> Change:
    stream = BytesIO()
    Image.new(mode, size).save(stream, kind)
    return bytes_of(name, stream.getvalue())


def field(path: str, value: Any) -> Change:
    """Sets a field of the config by its path; `...` removes it."""

    def change(_: dict[str, Any], config: dict[str, Any]) -> None:
        *outer, last = path.split(".")
        table: Any = config
        for key in outer:
            table = table[int(key) if key.isdigit() else key]
        if value is ...:
            del table[last]
        else:
            table[last] = value

    return change


def bomb_picture() -> bytes:
    """A PNG of 60000 x 60000 pixels in a few kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    packed = zlib.compress(bytes(1 << 20))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def cut_png() -> bytes:
    stream = BytesIO()
    Image.effect_noise((64, 64), 50).convert("RGB").save(stream, "PNG")
    return stream.getvalue()[:-900]


NAN, INF = float("nan"), float("inf")

CASES: dict[str, tuple[Change, str]] = {
    # Meshes.
    "no vertices": (
        mesh(
            "top",
            vertices=np.zeros((0, 3), np.float32),
            triangles=np.zeros((0, 3), np.int32),
            uv=np.zeros((0, 2), np.float32),
            anchor_index=np.zeros((0, 2), np.int32),
            anchor_weight=np.zeros((0, 2), np.float32),
            head_weight=np.zeros(0, np.float32),
        ),
        r"top\.safetensors.*0 vertices",
    ),
    "no triangles": (mesh("top", triangles=np.zeros((0, 3), np.int32)), r"top\.safetensors.*0 triangles"),
    "too many triangles": (mesh("top", triangles=np.zeros((400_000, 3), np.int32)), r"400000 triangles"),
    "vertex NaN": (mesh("top", vertices=lambda v: put(v, NAN)), r"vertices.*NaN.*top\.safetensors"),
    "vertex infinite": (mesh("hair", vertices=lambda v: put(v, INF)), r"vertices.*infinity.*hair\.safetensors"),
    "vertex in centimetres": (mesh("top", vertices=lambda v: v * 1000), r"`vertices` in .*top\.safetensors` has"),
    "vertex beyond float": (mesh("hair", vertices=lambda v: put(v, 3e38)), r"`vertices` in .*hair\.safetensors"),
    "vertices flat": (mesh("top", vertices=np.zeros(9, np.float32)), r"vertices"),
    "vertices missing": (mesh("top", vertices=None), r"top\.safetensors` lacks the array `vertices`"),
    "triangle beyond the vertices": (mesh("top", triangles=lambda t: put(t, 3, 0)), r"outside 0 \.\. 2.*top"),
    "triangle negative": (mesh("hair", triangles=lambda t: put(t, -1, 0)), r"outside 0 \.\. 2.*hair"),
    "triangles as floats": (mesh("top", triangles=np.zeros((1, 3), np.float32)), r"triangles"),
    "triangles as quads": (mesh("top", triangles=np.zeros((1, 4), np.int32)), r"triangles.*top\.safetensors"),
    "uv missing": (mesh("hair", uv=None), r"hair\.safetensors` lacks the array `uv`"),
    "uv of another length": (mesh("hair", uv=np.zeros((2, 2), np.float32)), r"uv.*hair\.safetensors"),
    "uv NaN": (mesh("hair", uv=lambda v: put(v, NAN)), r"uv.*NaN"),
    "uv enormous": (mesh("top", uv=lambda v: put(v, 1e9)), r"`uv` in .*top\.safetensors"),
    "anchor beyond the head": (mesh("top", anchor_index=lambda a: put(a, 10**6)), r"`anchor_index` in .*top\.safe"),
    "anchor negative": (mesh("hair", anchor_index=lambda a: put(a, -1)), r"`anchor_index` in .*hair\.safetensors"),
    "anchor weights wild": (mesh("hair", anchor_weight=lambda a: a * 1e6), r"`anchor_weight` in .*hair\.safetensors"),
    "anchor weights NaN": (mesh("hair", anchor_weight=lambda a: put(a, NAN)), r"anchor_weight.*NaN"),
    "anchors of two lengths": (mesh("top", anchor_weight=np.ones((3, 1), np.float32)), r"anchor_weight.*top"),
    "anchors as a number": (mesh("top", anchor_index=np.int32(4).reshape(())), r"top"),
    "head weight above one": (mesh("top", head_weight=lambda w: put(w, 7)), r"`head_weight` in .*top\.safetensors"),
    "head weight missing": (mesh("top", head_weight=None), r"lacks the array `head_weight`"),
    "strands missing": (mesh("hair", strand_direction=None), r"hair\.safetensors` lacks the array `strand_direction`"),
    "strands without length": (mesh("hair", strand_direction=np.zeros((3, 3), np.float32)), r"`strand_direction` in"),
    "strands of another length": (mesh("hair", strand_direction=np.ones((2, 3), np.float32)), r"strand_direction"),
    "mesh is a picture": (picture("hair.safetensors", "RGB", (8, 8)), r"hair\.safetensors.*not a safetensors file"),
    "mesh is empty": (bytes_of("top.safetensors", b""), r"top\.safetensors.*not a safetensors file"),
    "mesh header beyond the file": (bytes_of("top.safetensors", b"\xff" * 64), r"top\.safetensors"),
    # The person.
    "identity missing": (
        bytes_of("person.safetensors", tensor_bytes({"hidden_triangles": np.zeros(0, np.int32)})),
        r"person\.safetensors` lacks the array `identity`",
    ),
    "identity NaN": (mesh("person", identity=lambda i: put(i, NAN)), r"identity.*NaN.*person\.safetensors"),
    "identity wild": (mesh("person", identity=lambda i: put(i, 50)), r"`identity` in .*person\.safetensors.* has 50"),
    "identity too long": (mesh("person", identity=np.zeros(65, np.float32)), r"65 coefficients, expected at most 64"),
    "hidden beyond the head": (mesh("person", hidden_triangles=lambda h: put(h, 10**6)), r"`hidden_triangles` in"),
    "hidden negative": (mesh("person", hidden_triangles=lambda h: put(h, -2)), r"`hidden_triangles` in"),
    "displacement of another head": (
        mesh("person", displacement=np.zeros((5, 3), np.int8), displacement_step_m=np.float32([1e-4])),
        r"`displacement` in .*person\.safetensors` has 5 rows",
    ),
    # Pictures.
    "picture is text": (bytes_of("skin.png", b"hello"), r"skin\.png.*cannot be decoded"),
    "picture is empty": (bytes_of("top.png", b""), r"top\.png.*cannot be decoded"),
    "picture cut off": (bytes_of("skin.png", cut_png()), r"skin\.png.*cannot be decoded"),
    "picture is a gif": (picture("skin.png", "P", (8, 8), "GIF"), r"skin\.png.*cannot be decoded"),
    "picture is a tiff": (picture("iris.png", "RGB", (8, 8), "TIFF"), r"iris\.png.*cannot be decoded"),
    "picture with a palette": (picture("skin.png", "P", (8, 8)), r"skin\.png.*mode P, expected RGB"),
    "picture grey for colour": (picture("top.png", "L", (8, 8)), r"top\.png.*mode L, expected RGB"),
    "picture colour for grey": (picture("stitches.png", "RGB", (8, 8)), r"stitches\.png.*mode RGB, expected L"),
    "hair without alpha": (picture("hair.png", "RGB", (8, 8)), r"hair\.png.*mode RGB, expected RGBA"),
    "picture of 16 bit": (picture("relief.png", "I;16", (8, 8)), r"relief\.png.*expected L"),
    "picture of one pixel": (picture("skin.png", "RGB", (1, 1)), r"skin\.png.*1x1 px"),
    "picture one pixel high": (picture("lashes.png", "L", (4096, 1)), r"lashes\.png.*4096x1 px"),
    "picture too wide": (picture("skin.png", "RGB", (4097, 8)), r"skin\.png.*4097x8 px"),
    "picture bomb": (bytes_of("skin.png", bomb_picture()), r"skin\.png"),
    "iris not square": (picture("iris.png", "RGB", (16, 8)), r"iris\.png.*16x8 px, expected a square"),
    "strands of another size": (picture("strands.png", "L", (16, 8)), r"strand.*strands\.png"),
    "stitches of another size": (picture("stitches.png", "L", (16, 8)), r"bump.*stitches\.png"),
    # The config.
    "name is a number": (field("name", 4), r"`name` in config\.json is 4"),
    "no licence": (field("licence", ...), r"`licence` in config\.json"),
    "provenance is a text": (field("provenance", "me"), r"`provenance` in config\.json"),
    "provenance holds texts": (field("provenance", ["me"]), r"`provenance` in config\.json"),
    "no look": (field("look", ...), r"`look` in config\.json"),
    "look is a list": (field("look", []), r"`look` in config\.json"),
    "unknown framing": (field("look.framing", "toes"), r"`framing` in config\.json: look is `toes`; known: .*close-up"),
    "unknown light": (field("look.light", "disco"), r"`light` in config\.json: look is `disco`; known: .*studio"),
    "rest expression unknown": (field("look.rest_expression", {"wink": 1}), r"wink"),
    "rest expression above one": (field("look.rest_expression", {"jawOpen": 3}), r"jawOpen"),
    "rest expression a text": (field("look.rest_expression", {"jawOpen": "wide"}), r"`rest_expression`"),
    "rest expression a list": (field("look.rest_expression", [1]), r"`rest_expression`"),
    "no skin": (field("look.skin", ...), r"`skin` in config\.json: look"),
    "skin file not listed": (field("look.skin.albedo", "other.png"), r"lacks the file `other\.png`"),
    "skin file a path": (field("look.skin.albedo", "../../etc/passwd"), r"lacks the file `\.\./\.\./etc/passwd`"),
    "gloss above one": (
        field("look.skin.gloss", 1.5),
        r"`gloss` in config\.json: look: skin is 1\.5, expected 0 \.\. 1",
    ),
    "gloss a truth": (field("look.skin.gloss", True), r"`gloss`"),
    "relief without bound": (field("look.skin.relief_range_m", 10), r"`relief_range_m`"),
    "detail scale zero": (field("look.skin.detail_scale_m", 0), r"`detail_scale_m`"),
    "pores without end": (field("look.skin.pore_repeats", 1e9), r"`pore_repeats`"),
    "iris the size of a fist": (field("look.eyes.iris_radius_m", 0.05), r"`iris_radius_m`"),
    "tint of two": (field("look.eyes.iris_tint", [1, 1]), r"`iris_tint`.*expected 3 numbers"),
    "tint of texts": (field("look.eyes.iris_tint", ["r", "g", "b"]), r"`iris_tint`"),
    "tint negative": (field("look.hair.0.tint", [-1, 1, 1]), r"`tint` in config\.json: look: hair 0"),
    "tint enormous": (field("look.garments.0.tint", [1e30, 1, 1]), r"`tint` in config\.json: look: garments 0"),
    "hair a table": (field("look.hair", {}), r"`hair` in config\.json: look"),
    "hair holds texts": (field("look.hair", ["long"]), r"`hair` in config\.json: look"),
    "no lashes": (field("look.lashes", ...), r"`lashes` in config\.json: look"),
    "lashes fade beyond one": (field("look.lashes.lower_gain", 2), r"`lower_gain`"),
    "fuzz a text": (field("look.garments.0.fuzz", "much"), r"`fuzz`"),
}


FILES = (
    *("person.safetensors", "hair.safetensors", "top.safetensors", "skin.png", "relief.png", "masks.png", "pores.png"),
    *("iris.png", "sclera.png", "lashes.png", "hair.png", "strands.png", "top.png", "stitches.png"),
)


@pytest.fixture
def write(tmp_path: Path, tiny_parts: Callable[[], tuple[dict[str, Any], dict[str, Any]]]) -> Callable[[Change], Path]:
    def written(change: Change) -> Path:
        files, config = tiny_parts()
        change(files, config)
        return write_folder(tmp_path / "tiny", "avatar", config, files).path

    return written


def test_there_are_at_least_sixty_kinds_of_bad_input() -> None:
    assert len(CASES) >= 60


@pytest.mark.parametrize("name", CASES)
def test_a_damaged_avatar_is_refused_by_the_name_of_file_or_field(write: Callable[[Change], Path], name: str) -> None:
    change, says = CASES[name]
    with pytest.raises(DamagedModelError, match=says) as caught:
        load_avatar(write(change))
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 1500


@pytest.mark.parametrize("name", list(CASES)[::6])
def test_the_check_goes_on_and_says_refuse(write: Callable[[Change], Path], name: str) -> None:
    report = check_avatar(write(CASES[name][0]))
    assert report.verdict == "refuse" and report.findings and len(report.files) >= 14


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "nul", '{"format_version": 1}', '{"format_version": "1", "kind": "avatar"}', "[" * 100_000]
)
def test_a_config_that_is_no_config_is_refused(tiny: Path, text: str) -> None:
    (tiny / "config.json").write_text(text)
    with pytest.raises(DamagedModelError, match=r"config\.json|kind"):
        load_avatar(tiny)
    assert check_avatar(tiny).verdict == "refuse"


def test_a_file_that_has_grown_beyond_measure_is_not_read(tiny: Path) -> None:
    with (tiny / "skin.png").open("r+b") as file:
        # A hole: a terabyte that takes no room on the disk.
        file.truncate(10**12)
    with pytest.raises(DamagedModelError, match=r"skin\.png.*has 1000000000000 bytes, expected"):
        load_avatar(tiny)
    assert "too large" in {file.state for file in check_avatar(tiny).files}


def test_not_a_number_in_the_config_is_refused(tiny: Path) -> None:
    text = (tiny / "config.json").read_text().replace('"gloss": 0.46', '"gloss": NaN')
    (tiny / "config.json").write_text(text)
    with pytest.raises(DamagedModelError, match="`gloss`"):
        load_avatar(tiny)


# Packs.


def zipped(path: Path, entries: dict[str, bytes], **attributes: int) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            for key, value in attributes.items():
                setattr(entry, key, value)
            archive.writestr(entry, data)
    return path


def test_a_pack_holds_the_avatar_and_is_the_same_every_time(tiny: Path, tmp_path: Path) -> None:
    first, second = (
        pack_avatar(tiny, tmp_path / name / "tiny.zip") for name in ("a", "b") if (tmp_path / name).mkdir() is None
    )
    assert first.read_bytes() == second.read_bytes()
    assert load_avatar(first).name == "tiny" and check_avatar(first).name == "tiny"
    with pytest.raises(OutputExistsError):
        pack_avatar(tiny, first)


def test_a_pack_is_added_like_a_folder(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    summary = add_avatar(pack_avatar(tiny, tmp_path / "tiny.zip"))
    assert summary.name == "tiny" and load_avatar("tiny").description == "three triangles"


def test_what_is_wrong_inside_of_a_pack_is_told_by_the_packs_own_path(
    write: Callable[[Change], Path], tmp_path: Path
) -> None:
    folder = write(CASES["picture is text"][0])
    entries = {file.name: file.read_bytes() for file in folder.iterdir()}
    with pytest.raises(DamagedModelError, match=r"bad\.zip/skin\.png") as caught:
        load_avatar(zipped(tmp_path / "bad.zip", entries))
    assert "avatron-pack-" not in str(caught.value)


PACKS: dict[str, tuple[Callable[[Path, dict[str, bytes]], Path], str]] = {
    "leads out": (lambda path, entries: zipped(path, {**entries, "../evil.txt": b"x"}), "leads elsewhere"),
    "absolute": (lambda path, entries: zipped(path, {**entries, "/etc/evil": b"x"}), "leads elsewhere"),
    "backslash": (lambda path, entries: zipped(path, {**entries, "..\\evil": b"x"}), "leads elsewhere"),
    "drive": (lambda path, entries: zipped(path, {**entries, "C:evil": b"x"}), "leads elsewhere"),
    "links": (lambda path, entries: zipped(path, entries, external_attr=0o120777 << 16), "no file"),
    "devices": (lambda path, entries: zipped(path, entries, external_attr=0o060666 << 16), "no file"),
    "no config": (lambda path, entries: zipped(path, {"a/b/config.json": b"{}"}), "not an avatar pack"),
    "empty": (lambda path, entries: zipped(path, {}), "not an avatar pack"),
    "too many": (
        lambda path, entries: zipped(path, {**entries, **{f"{number}.txt": b"" for number in range(300)}}),
        "at most 200",
    ),
    "zip bomb": (lambda path, entries: zipped(path, {**entries, "bomb.png": bytes(40 << 20)}), "bomb.png.*100 times"),
    "text": (lambda path, entries: path.write_bytes(b"not a zip") and path, "not a zip file"),
    "cut off": (
        lambda path, entries: path.write_bytes(zipped(path, entries).read_bytes()[:-40]) and path,
        "not a zip file",
    ),
}


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_that_is_no_avatar_pack_is_refused(tiny: Path, tmp_path: Path, name: str) -> None:
    entries = {file.name: file.read_bytes() for file in tiny.iterdir()}
    make, says = PACKS[name]
    bad = make(tmp_path / "bad.zip", entries)
    for use in (load_avatar, add_avatar):
        with pytest.raises((DamagedModelError, UnreadableFileError), match=f"(?s)bad.zip.*{says}|{says}.*bad.zip"):
            use(bad)
    assert check_avatar(bad).verdict == "refuse"
    assert not (tmp_path.parent / "evil.txt").exists() and not (tmp_path / "evil.txt").exists()


def test_a_pack_that_unpacks_to_more_than_the_limit_is_refused(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pack, "LARGEST_UNPACKED_BYTES", 4096)
    entries = {file.name: file.read_bytes() for file in tiny.iterdir()}
    with pytest.raises(DamagedModelError, match="holds more than"):
        load_avatar(zipped(tmp_path / "large.zip", entries))


def test_a_pack_that_is_itself_too_large_is_not_opened(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = pack_avatar(tiny, tmp_path / "large.zip")
    monkeypatch.setattr(pack, "LARGEST_PACK_BYTES", 1000)
    with pytest.raises(DamagedModelError, match="at most 0 MB are read"):
        load_avatar(made)


# Anything at all.


def flipped(data: bytes, generator: random.Random) -> bytes:
    """Some bytes changed, or the end cut off."""
    changed = bytearray(data)
    for _ in range(generator.choice((1, 3, 20))):
        changed[generator.randrange(len(changed))] = generator.randrange(256)
    return bytes(changed[: generator.randrange(len(changed))] if generator.random() < 0.1 else changed)


def attempt(folder: Path) -> bool:
    """Whether it loads; anything but our own error goes through."""
    try:
        avatar = load_avatar(folder)
    except InputError as error:
        assert "\n" not in str(error)
        return False
    try:
        renderer = PortraitRenderer(shipped_head(), avatar.look, size=(32, 32))
        assert next(renderer.frames(FaceMotion.at_rest(1))).shape == (32, 32, 3)
    except AvatronError:
        pass
    return True


@pytest.mark.parametrize("name", FILES)
def test_flipped_bytes_give_our_own_error_or_a_valid_avatar(write: Callable[[Change], Path], name: str) -> None:
    folder = write(lambda files, config: None)
    config = json.loads((folder / "config.json").read_text())
    whole = (folder / name).read_bytes()
    generator = random.Random(name)
    import hashlib

    for turn in range(30):
        damaged = flipped(whole, generator)
        (folder / name).write_bytes(damaged)
        if turn % 2:
            # The hashes are right: what comes through now is decoded.
            config["files"][name] = {"sha256": hashlib.sha256(damaged).hexdigest(), "bytes": len(damaged)}
            (folder / "config.json").write_text(json.dumps(config))
        attempt(folder)


def test_flipped_bytes_of_the_config_give_our_own_error_or_a_valid_avatar(write: Callable[[Change], Path]) -> None:
    folder = write(lambda files, config: None)
    whole = (folder / "config.json").read_bytes()
    generator = random.Random(8)
    for _ in range(150):
        (folder / "config.json").write_bytes(flipped(whole, generator))
        attempt(folder)


def test_flipped_bytes_of_a_pack_give_our_own_error_or_a_valid_avatar(tiny: Path, tmp_path: Path) -> None:
    made = pack_avatar(tiny, tmp_path / "tiny.zip")
    whole, generator = made.read_bytes(), random.Random(9)
    for _ in range(150):
        made.write_bytes(flipped(whole, generator))
        attempt(made)


@pytest.mark.parametrize("size", [(1, 1), (15, 512), (512, 4097), (0, 0), (-5, 20)])
def test_a_picture_beyond_the_limits_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(AvatronError, match=f"{size[0]}x{size[1]}"):
        PortraitRenderer(shipped_head(), load_avatar("ava").look, size=size)
