"""An avatar's folder and what it holds: meshes as safetensors, maps as pictures, the rest in `config.json`.

The page `docs/avatars.md` describes every field.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.avatar.avatar import Avatar
from avatron.avatar.packed_mesh import unpack_directions, unpack_mesh, unpack_shares
from avatron.avatar.pictures import decode_picture, slopes
from avatron.avatar.soundness import check_mesh, check_person, check_strands
from avatron.errors import AvatronError, DamagedModelError
from avatron.face.shipped import shipped_head
from avatron.io.folders import ModelFolder
from avatron.render.appearance import (
    Appearance,
    EyeMaps,
    GarmentPart,
    HairPart,
    LashMap,
    SkinMaps,
)
from avatron.render.framing import FRAMINGS
from avatron.render.light import LIGHTS
from avatron.render.textures import scaled_to

__all__ = ["KIND", "read_avatar"]

_LARGEST_FACTOR = 100.0
"""Of tints and strengths."""
KIND = "avatar"
"""What `config.json` of an avatar names as its kind."""


def read_avatar(folder: ModelFolder) -> Avatar:
    """The avatar in a folder whose files are already checked against their hashes.

    Raises:
        DamagedModelError: a field or file is missing, or not what it should be.
    """
    config = _Section(folder, "config.json", folder.config)
    try:
        return Avatar(
            name=config.text("name"),
            description=config.text("description"),
            default_voice=config.text("default_voice"),
            licence=config.text("licence"),
            provenance=tuple(MappingProxyType(dict(source)) for source in config.list_of_tables("provenance")),
            default_light=_read_light(config.table("look")),
            look=_read_look(folder, config.table("look")),
        )
    except DamagedModelError:
        raise
    except (AvatronError, KeyError, TypeError, ValueError) as error:
        # What the values of `render.appearance` refuse is a fault of the folder here.
        raise DamagedModelError(f"avatar `{folder.path}`: {error}; get the folder again") from error


class _Tensors:
    """The arrays of one file."""

    def __init__(self, shown: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        self.shown = shown
        self._arrays = arrays

    def __contains__(self, name: str) -> bool:
        return name in self._arrays

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self._arrays:
            listed = ", ".join(sorted(self._arrays)) or "nothing"
            raise DamagedModelError(f"`{self.shown}` lacks the array `{name}`; it holds: {listed[:200]}")
        return self._arrays[name]


class _Section:
    """A table of `config.json` whose fields are checked as they are read."""

    def __init__(self, folder: ModelFolder, place: str, table: Mapping[str, Any]) -> None:
        self._folder, self._place, self._table = folder, place, table

    def _get(self, key: str, kind: type | tuple[type, ...], expected: str) -> Any:
        value = self._table.get(key)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise DamagedModelError(
                f"avatar `{self._folder.path}`: `{key}` in {self._place} is {value!r}, expected {expected}"
            )
        return value

    def has(self, key: str) -> bool:
        """Whether an optional field is there."""
        return key in self._table

    def text(self, key: str) -> str:
        return str(self._get(key, str, "a text"))

    def name(self, key: str, known: Collection[str]) -> str:
        name = self.text(key)
        if name not in known:
            raise DamagedModelError(
                f"avatar `{self._folder.path}`: `{key}` in {self._place} is `{name}`; known: {', '.join(known)}"
            )
        return name

    def number(self, key: str, low: float, high: float) -> float:
        value = float(self._get(key, (int, float), "a number"))
        if not low <= value <= high:
            raise DamagedModelError(
                f"avatar `{self._folder.path}`: `{key}` in {self._place} is {value}, expected {low} .. {high}"
            )
        return value

    def numbers(self, key: str, count: int) -> tuple[float, ...]:
        values = self._get(key, list, f"{count} numbers")
        if len(values) != count or not all(
            isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= _LARGEST_FACTOR
            for value in values
        ):
            raise DamagedModelError(
                f"avatar `{self._folder.path}`: `{key}` in {self._place} is {str(values)[:80]}, expected "
                f"{count} numbers 0 .. {_LARGEST_FACTOR:g}"
            )
        return tuple(float(value) for value in values)

    def table(self, key: str) -> _Section:
        return _Section(self._folder, f"{self._place}: {key}", self._get(key, dict, "a table"))

    def list_of_tables(self, key: str) -> list[dict[str, Any]]:
        values = self._get(key, list, "a list of tables")
        if not all(isinstance(value, dict) for value in values):
            raise DamagedModelError(
                f"avatar `{self._folder.path}`: `{key}` in {self._place} holds something else than tables"
            )
        return list(values)

    def sections(self, key: str) -> list[_Section]:
        return [
            _Section(self._folder, f"{self._place}: {key} {index}", table)
            for index, table in enumerate(self.list_of_tables(key))
        ]

    def picture(self, key: str, mode: str) -> NDArray[np.uint8]:
        name = self.text(key)
        return decode_picture(self._folder.read_bytes(name), mode, str(self._folder.path / name))

    def square(self, key: str) -> NDArray[np.uint8]:
        picture = self.picture(key, "RGB")
        if picture.shape[0] != picture.shape[1]:
            raise DamagedModelError(
                f"picture `{self.path(key)}` is {picture.shape[1]}x{picture.shape[0]} px, expected a square"
            )
        return picture

    def tensors(self, key: str) -> _Tensors:
        name = self.text(key)
        return _Tensors(str(self._folder.path / name), self._folder.tensors(name))

    def path(self, key: str) -> str:
        """Where the file is that a field names, for messages."""
        return str(self._folder.path / self.text(key))

    @contextmanager
    def made_from(self, *keys: str) -> Iterator[None]:
        """What values made of these files refuse is a fault of theirs."""
        try:
            yield
        except DamagedModelError:
            raise
        except (AvatronError, TypeError, ValueError) as error:
            files = ", ".join(f"`{self.text(key)}`" for key in keys)
            raise DamagedModelError(
                f"avatar `{self._folder.path}`: {error} ({self._place}, {files}); get the avatar again"
            ) from error

    def weights(self, key: str) -> Mapping[str, float]:
        values = self._get(key, dict, "a table of numbers")
        if not all(isinstance(weight, (int, float)) and not isinstance(weight, bool) for weight in values.values()):
            raise DamagedModelError(
                f"avatar `{self._folder.path}`: `{key}` in {self._place} is {str(values)[:80]}, expected a table of "
                "numbers"
            )
        return MappingProxyType({str(name): float(weight) for name, weight in values.items()})


def _read_light(look: _Section) -> str:
    """Avatars that were written before they could name one are lit as in the studio."""
    return look.name("light", LIGHTS) if look.has("light") else "studio"


def _read_look(folder: ModelFolder, look: _Section) -> Appearance:
    person = look.tensors("person")
    head = shipped_head()
    with look.made_from("person"):
        appearance = _appearance(look, person)
    check_person(person.shown, appearance.identity, appearance.hidden_triangles, appearance.displacement, head)
    for section, hair in zip(look.sections("hair"), appearance.hair, strict=True):
        check_mesh(section.path("mesh"), hair.mesh, head)
        check_strands(section.path("mesh"), hair.strand_direction)
    for section, garment in zip(look.sections("garments"), appearance.garments, strict=True):
        check_mesh(section.path("mesh"), garment.mesh, head)
    return appearance


def _appearance(look: _Section, person: _Tensors) -> Appearance:
    return Appearance(
        identity=person["identity"],
        skin=_read_skin(look.table("skin")),
        eyes=_read_eyes(look.table("eyes")),
        lashes=_read_lashes(look.table("lashes")),
        hair=tuple(_read_hair(part) for part in look.sections("hair")),
        garments=tuple(_read_garment(part) for part in look.sections("garments")),
        rest_expression=look.weights("rest_expression"),
        hidden_triangles=person["hidden_triangles"],
        framing=look.name("framing", FRAMINGS),
        displacement=_read_displacement(person),
    )


def _read_displacement(person: _Tensors) -> NDArray[np.float32] | None:
    """[V, 3] metres, or None where the person is all in the identity's modes."""
    if "displacement" not in person:
        return None
    return np.asarray(person["displacement"] * person["displacement_step_m"].astype(np.float32), np.float32)


def _read_skin(skin: _Section) -> SkinMaps:
    detail_scale_m = skin.number("detail_scale_m", 1e-6, 1)
    slope = slopes(skin.picture("relief", "L"), skin.number("relief_range_m", 0, 0.1), detail_scale_m, tiled=False)
    masks = scaled_to(skin.picture("sheen_and_lip", "RGB"), *slope.shape[:2])
    pore_scale_m = skin.number("pore_scale_m", 1e-6, 1)
    creases, valleys, crease_scale_m = None, None, pore_scale_m
    if skin.has("creases"):
        crease_scale_m = skin.number("crease_scale_m", 1e-6, 1)
        range_m = skin.number("crease_range_m", 0, 0.1)
        heights = skin.picture("creases", "RGB")
        groups = [np.ascontiguousarray(heights[..., group]) for group in range(2)]
        creases = np.dstack([slopes(group, range_m, crease_scale_m, tiled=False) for group in groups])
        # Grey 128 is the skin as it is; below it lies a fold.
        depth = 128 - np.minimum(groups[0], groups[1]).astype(np.int32)
        valleys = np.clip(2 * depth, 0, 255).astype(np.uint8)
    return SkinMaps(
        albedo=skin.picture("albedo", "RGB"),
        detail=np.dstack([slope, masks[..., :2]]),
        detail_scale_m=detail_scale_m,
        pores=slopes(skin.picture("pores", "L"), skin.number("pore_range_m", 0, 0.1), pore_scale_m, tiled=True),
        pore_repeats=skin.number("pore_repeats", 0.1, 1000),
        pore_scale_m=pore_scale_m,
        gloss=skin.number("gloss", 0, 1),
        creases=creases,
        crease_scale_m=crease_scale_m,
        crease_valleys=valleys,
        crease_rest=skin.weights("crease_rest") if skin.has("crease_rest") else MappingProxyType({}),
    )


def _read_eyes(eyes: _Section) -> EyeMaps:
    return EyeMaps(
        iris=eyes.square("iris"),
        sclera=eyes.square("sclera"),
        iris_tint=_colour(eyes, "iris_tint"),
        sclera_tint=_colour(eyes, "sclera_tint"),
        iris_radius_m=eyes.number("iris_radius_m", 0.001, 0.02),
    )


def _read_lashes(lashes: _Section) -> LashMap:
    return LashMap(
        opacity=lashes.picture("opacity", "L"),
        colour=_colour(lashes, "colour"),
        lower_gain=lashes.number("lower_gain", 0, 1),
    )


def _read_hair(hair: _Section) -> HairPart:
    tensors = hair.tensors("mesh")
    white, coloured = hair.numbers("specular", 2)
    with hair.made_from("mesh", "colour_alpha", "strand"):
        return HairPart(
            mesh=unpack_mesh(tensors),
            strand_direction=unpack_directions(tensors["strand_direction"]),
            colour_alpha=hair.picture("colour_alpha", "RGBA"),
            strand=hair.picture("strand", "L"),
            tint=_colour(hair, "tint"),
            specular=(white, coloured),
            normals=unpack_directions(tensors["normal"]) if "normal" in tensors else None,
            openness=unpack_shares(tensors["openness"]) if "openness" in tensors else None,
        )


def _read_garment(garment: _Section) -> GarmentPart:
    bump_scale_m = garment.number("bump_scale_m", 1e-6, 1)
    relief_range_m = garment.number("relief_range_m", 0, 0.1)
    with garment.made_from("mesh", "albedo", "relief"):
        tensors = garment.tensors("mesh")
        return GarmentPart(
            mesh=unpack_mesh(tensors),
            albedo=garment.picture("albedo", "RGB"),
            tint=_colour(garment, "tint"),
            bump=slopes(garment.picture("relief", "L"), relief_range_m, bump_scale_m, tiled=True),
            bump_scale_m=bump_scale_m,
            fuzz=garment.number("fuzz", 0, 1),
            shade=unpack_shares(tensors["shade"]) if "shade" in tensors else None,
        )


def _colour(section: _Section, key: str) -> tuple[float, float, float]:
    red, green, blue = section.numbers(key, 3)
    return red, green, blue
