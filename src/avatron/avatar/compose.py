"""A new avatar composed from avatars that are there: parts of several, other colours, another face.

Parts are copied file by file with the section of `config.json` that describes them, so whatever a part needs comes
along. Three things are made anew: the identity, pictures in another colour, and the skin where hair is painted on it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.avatar.colours import HAIR_COLOURS, IRIS_COLOURS, colour_named
from avatron.avatar.dyes import dye_cloth, dye_hair, dye_iris
from avatron.avatar.folder import KIND, read_avatar
from avatron.avatar.parts_box import PartsBox
from avatron.avatar.skin_change import changed_skin
from avatron.avatar.store import COLLECTION, AvatarSummary, opened_avatar, summary_of
from avatron.avatar.wishes import AvatarWishes
from avatron.errors import DamagedModelError, InputError, InvalidValueError, OutputExistsError, UnknownNameError
from avatron.face.head import HeadModel
from avatron.face.proportions import ProportionSolver, random_identity
from avatron.io.atomic import check_target, output_errors
from avatron.io.folders import ModelFolder, load_folder, tensor_bytes, write_folder
from avatron.render.framing import FRAMINGS
from avatron.render.light import LIGHTS

__all__ = ["compose_avatar"]

_COLLAR_Y = -0.085
"""Hidden skin above is hidden by hair, below by clothes (metres, on the mean head: the jaw's lower edge)."""
_NO_HAIR = "none"
_SECTIONS = {"skin": ("skin",), "hair": ("hair",), "garment": ("garments",), "eyes": ("eyes", "lashes")}
"""Sections of `look` by the role of the avatar that they come from; all others are the base's."""
_ROLES = ("skin", "brows", "hair", "garment", "eyes")


def compose_avatar(
    wishes: AvatarWishes, output: str | os.PathLike[str] | None = None, *, overwrite: bool = False
) -> AvatarSummary:
    """Writes the avatar of `wishes` to the folder `output`, or to the user's own avatars under its name.

    The same wishes and sources give the same bytes. Nothing is written where anything fails.

    Raises:
        UnknownNameError: no avatar, slider, framing, light or voice of a name that was given.
        InvalidValueError: a colour that is none, or parts that were made for different heads.
        OutputExistsError: the folder is there and `overwrite` is not set, or the package has an avatar of that name.
        DamagedModelError: a source fails its checks.
        OutputError: it cannot be written.
    """
    colours = _colours(wishes)
    _check_names(wishes)
    target = COLLECTION.user_place(wishes.name, overwrite=overwrite) if output is None else Path(output).expanduser()
    _check_replaceable(target, overwrite)
    with ExitStack() as opened:
        return _composed(wishes, colours, _sources(wishes, opened), target, overwrite)


def _composed(
    wishes: AvatarWishes,
    colours: Mapping[str, NDArray[np.float32]],
    sources: Mapping[str, ModelFolder],
    target: Path,
    overwrite: bool,
) -> AvatarSummary:
    head = HeadModel.load()
    for source in {id(one): one for one in sources.values()}.values():
        read_avatar(source)
    base_look = sources["base"].config["look"]
    box = PartsBox(base_look)
    taken = {key for keys in _SECTIONS.values() for key in keys}
    box.take(sources["base"], *(key for key in base_look if key not in taken))
    for role, keys in _SECTIONS.items():
        if role in sources:
            box.take(sources[role], *keys)
    if wishes.hair == _NO_HAIR:
        box.look["hair"] = []
    box.put("person", tensor_bytes(_person(wishes, sources, head)))
    if "hair" in colours:
        dye_hair(box, colours["hair"])
    if "iris" in colours:
        dye_iris(box, colours["iris"])
    dye_cloth(box, [colours[f"garment {number}"] for number in range(len(wishes.garment_colours))])
    changed_skin(box, sources, head, colours.get("hair"), colours.get("brows"))
    box.look["framing"] = wishes.framing or box.look["framing"]
    if wishes.light:
        box.look["light"] = wishes.light
    config = _config(wishes, sources, box)
    box.files["PROVENANCE.md"] = _provenance_page(config).encode()
    if target.parent == COLLECTION.user_folder:
        with output_errors(target):
            target.parent.mkdir(parents=True, exist_ok=True)
    return summary_of(write_folder(target, KIND, config, box.files, overwrite=overwrite))


def _check_replaceable(target: Path, overwrite: bool) -> None:
    """Only an avatar is ever replaced: a folder that holds anything else stays."""
    if target.parent != COLLECTION.user_folder:
        check_target(target, overwrite=overwrite, folder=True)
    if not target.is_dir():
        return
    try:
        folder = load_folder(target, KIND)
        own = {"config.json", *folder.files}
        strangers = sorted(str(path.relative_to(target)) for path in target.rglob("*") if path.is_file())
        strangers = [name for name in strangers if name not in own]
    except InputError:
        strangers = ["no avatar"]
    if strangers:
        raise OutputExistsError(
            f"`{target}` is not replaced: it holds {strangers[0]}, not an avatar alone; choose another folder"
        )


def _colours(wishes: AvatarWishes) -> dict[str, NDArray[np.float32]]:
    """Every colour that is asked for, linear."""
    found = {}
    if wishes.hair_colour is not None:
        found["hair"] = colour_named("hair colour", wishes.hair_colour, HAIR_COLOURS)
    if wishes.brow_colour is not None:
        found["brows"] = colour_named("brow colour", wishes.brow_colour, HAIR_COLOURS)
    if wishes.iris_colour is not None:
        found["iris"] = colour_named("iris colour", wishes.iris_colour, IRIS_COLOURS)
    for number, colour in enumerate(wishes.garment_colours):
        found[f"garment {number}"] = colour_named("garment colour", colour)
    return found


def _check_names(wishes: AvatarWishes) -> None:
    for kind, name, known in (("framing", wishes.framing, FRAMINGS), ("light", wishes.light, LIGHTS)):
        if name is not None and name not in known:
            raise UnknownNameError(kind, name, known)
    if wishes.voice is not None:
        # Looked up here and not when it speaks: an avatar with a voice that is not there cannot be used by itself.
        from avatron.voice.voices import COLLECTION as VOICES

        if wishes.voice not in VOICES.names():
            raise UnknownNameError("voice", wishes.voice, VOICES.names(), "`avatron voices` lists them")


def _sources(wishes: AvatarWishes, stack: ExitStack) -> dict[str, ModelFolder]:
    """The avatars that it is made of, by role; all of them made for one head."""
    given = {"base": wishes.base, **{role: getattr(wishes, role) or wishes.base for role in _ROLES}}
    if wishes.hair == _NO_HAIR:
        del given["hair"]
    opened: dict[str, ModelFolder] = {}
    sources = {}
    for role, name in given.items():
        if name not in opened:
            opened[name] = _opened(role, name, stack)
        sources[role] = opened[name]
    if "brows" in sources and wishes.brows is None:
        # Brows belong to the skin unless they are asked for.
        sources["brows"] = sources["skin"]
    topologies = {_topology(source) for source in sources.values()}
    if len(topologies) > 1:
        listed = ", ".join(sorted({f"`{source.path.name}`" for source in sources.values()}))
        raise InvalidValueError(f"the avatars {listed} were made for different heads; take parts of those made for one")
    return sources


def _opened(role: str, name: str, stack: ExitStack) -> ModelFolder:
    try:
        return stack.enter_context(opened_avatar(name))
    except UnknownNameError as error:
        more = ", none" if role == "hair" else ""
        raise UnknownNameError(
            f"avatar for the {role}",
            name,
            [*COLLECTION.names(), *COLLECTION.aliases()],
            f"Or a folder as `./FOLDER`{more}",
        ) from error


def _topology(source: ModelFolder) -> str:
    look = source.config.get("look")
    if not isinstance(look, Mapping):
        raise DamagedModelError(f"avatar `{source.path}`: `look` in config.json is {look!r}, expected a table")
    return str(look.get("head_topology"))


def _person(wishes: AvatarWishes, sources: Mapping[str, ModelFolder], head: HeadModel) -> dict[str, NDArray[Any]]:
    """The tensors of `person`: the base's, with another identity, and the skin hidden that hair and clothes hide."""
    tensors = dict(_tensors(sources["base"]))
    start = np.asarray(tensors["identity"], np.float32)
    identity = start
    if wishes.identity_seed is not None:
        identity = random_identity(start, wishes.identity_seed, wishes.identity_spread, head.identity_modes)
    if wishes.sliders:
        identity = ProportionSolver(head).moved(identity, wishes.sliders)
    tensors["identity"] = identity
    height = head.neutral[head.triangles].mean(1)[:, 1]
    hidden = []
    if "hair" in sources:
        by_hair = np.asarray(_tensors(sources["hair"])["hidden_triangles"])
        hidden.append(by_hair[height[by_hair] >= _COLLAR_Y])
    by_cloth = np.asarray(_tensors(sources["garment"])["hidden_triangles"])
    hidden.append(by_cloth[height[by_cloth] < _COLLAR_Y])
    tensors["hidden_triangles"] = np.unique(np.concatenate(hidden)).astype(np.int32)
    return tensors


def _tensors(source: ModelFolder) -> dict[str, NDArray[Any]]:
    return source.tensors(str(source.config["look"]["person"]))


def _config(wishes: AvatarWishes, sources: Mapping[str, ModelFolder], box: PartsBox) -> dict[str, Any]:
    base = sources["base"].config
    names = {role: str(source.config.get("name", source.path.name)) for role, source in sources.items()}
    used: dict[str, list[str]] = {}
    for role, name in names.items():
        used.setdefault(name, []).append("face" if role == "base" else role)
    by_name = {names[role]: source for role, source in sources.items()}
    provenance = [
        {"name": f"avatar {name}", "licence": str(by_name[name].config["licence"]), "used_for": ", ".join(roles)}
        for name, roles in used.items()
    ]
    for source in by_name.values():
        provenance += [dict(entry) for entry in source.config["provenance"] if dict(entry) not in provenance]
    licences = sorted({str(source.config["licence"]) for source in by_name.values()})
    made_from: dict[str, Any] = {"parts": {**names, **({"hair": _NO_HAIR} if "hair" not in names else {})}}
    for key in ("identity_seed", "hair_colour", "brow_colour", "iris_colour"):
        if getattr(wishes, key) is not None:
            made_from[key] = getattr(wishes, key)
    if wishes.identity_seed is not None:
        made_from["identity_spread"] = wishes.identity_spread
    if wishes.garment_colours:
        made_from["garment_colours"] = list(wishes.garment_colours)
    if wishes.sliders:
        made_from["sliders"] = dict(wishes.sliders)
    consents = {name: source.config["consent"] for name, source in by_name.items() if "consent" in source.config}
    if consents:
        # Whose face it is does not end with a change of hair.
        made_from["consent"] = consents
    return {
        "name": wishes.name,
        "description": wishes.description or _described(wishes, names),
        "default_voice": wishes.voice or str(base["default_voice"]),
        "licence": licences[0] if len(licences) == 1 else " AND ".join(f"({one})" for one in licences),
        "provenance": provenance,
        "made_from": made_from,
        "look": box.look,
    }


def _described(wishes: AvatarWishes, names: Mapping[str, str]) -> str:
    """One line: whose face, and what differs from them."""
    base = names["base"]
    lent = [f"{role} of {name}" for role, name in names.items() if name != base and role != "brows"]
    lent += ["no hair"] if "hair" not in names else []
    dyed = [
        f"{colour} {what}" for colour, what in ((wishes.hair_colour, "hair"), (wishes.iris_colour, "eyes")) if colour
    ]
    face = "another face near" if wishes.identity_seed is not None else "the face of"
    return f"{face} {base}" + (f" with {', '.join([*lent, *dyed])}" if lent or dyed else "")


def _provenance_page(config: Mapping[str, Any]) -> str:
    lines = [
        f"# Where `{config['name']}` comes from",
        "",
        f"Licence of this folder: {config['licence']}. Composed by `avatron avatar new`; `made_from` in `config.json` "
        "says how.",
        "",
        "| source | licence | used for |",
        "|---|---|---|",
    ]
    lines += [f"| {one['name']} | {one['licence']} | {one['used_for']} |" for one in config["provenance"]]
    return "\n".join([*lines, ""])
