"""Checks an avatar that somebody made: its files, numbers, meshes, licence, cost and pictures.

Goes on after the first fault where that is possible, so that one run tells its maker everything.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from avatron.avatar.avatar import Avatar
from avatron.avatar.check_drawing import check_drawing
from avatron.avatar.check_parts import check_parts
from avatron.avatar.folder import KIND, read_avatar
from avatron.avatar.pack import LARGEST_UNPACKED_BYTES, is_pack, unpacked
from avatron.avatar.report import AvatarReport, FileFacts
from avatron.avatar.store import COLLECTION
from avatron.errors import AvatronError, InputError
from avatron.face.head import HeadModel
from avatron.face.shipped import shipped_head
from avatron.io.folders import ModelFolder, load_folder

__all__ = ["check_avatar"]

_CONFIG = "config.json"
_PICTURES, _MESHES = (".jpg", ".jpeg", ".png", ".webp"), (".safetensors",)
_LARGEST_FOLDER_BYTES = 8 * 2**20
"""Twice what the package's own have."""
_LARGEST_CONFIG_BYTES = 2**20
_AGAIN = "get it again from where it came, or write it with `avatron avatar new`"


def check_avatar(name_or_path: str | os.PathLike[str], pictures: Path | None = None) -> AvatarReport:
    """What is wrong with an avatar by name, or in a folder or pack; test pictures are written to a folder if asked.

    Raises:
        UnknownNameError: no avatar of that name.
        UnreadableFileError: no folder or file at that path.
        OutputError: the pictures cannot be written.
    """
    if is_pack(name_or_path):
        report = AvatarReport(os.fspath(name_or_path))
        if not Path(name_or_path).expanduser().is_file():
            with unpacked(name_or_path):
                pass
        try:
            with unpacked(name_or_path) as place:
                _check_folder(place, report, pictures)
        except InputError as error:
            report.refuse(Path(name_or_path).name, str(error), "pack it again with `avatron avatar pack`")
        return report
    folder = COLLECTION.find(name_or_path)
    report = AvatarReport(str(folder))
    _check_folder(folder, report, pictures)
    return report


def _check_folder(path: Path, report: AvatarReport, pictures: Path | None) -> None:
    config = _read_config(path, report)
    _check_files(path, config, report)
    try:
        folder = load_folder(path, KIND)
    except InputError as error:
        report.refuse(_CONFIG, str(error), _AGAIN)
        return
    report.name = str(config.get("name", ""))
    _check_texts(folder, report)
    _check_topology(folder, report)
    try:
        avatar = read_avatar(folder)
    except InputError as error:
        report.refuse(_CONFIG, str(error), "mend the field or file that is named")
        return
    _check_budget(avatar, report)
    check_parts(avatar, _part_files(config), shipped_head(), report)
    try:
        check_drawing(avatar, shipped_head(), report, pictures)
    except AvatronError as error:
        report.refuse("drawing", str(error), "mend what is named")


def _read_config(path: Path, report: AvatarReport) -> Mapping[str, Any]:
    """What can be read of the config; `load_folder` says what is wrong with it."""
    try:
        if (path / _CONFIG).stat().st_size > _LARGEST_CONFIG_BYTES:
            return {}
        config = json.loads((path / _CONFIG).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return config if isinstance(config, dict) else {}


def _check_files(path: Path, config: Mapping[str, Any], report: AvatarReport) -> None:
    listed = config.get("files")
    listed = listed if isinstance(listed, dict) else {}
    total = 0
    for name, entry in listed.items():
        place = path / name
        inside = place.resolve().is_relative_to(path.resolve())
        if not inside or not place.is_file():
            report.files.append(FileFacts(name, 0, "missing", ""))
            continue
        if place.stat().st_size > LARGEST_UNPACKED_BYTES:
            # Never read: it may be larger than the memory.
            report.files.append(FileFacts(name, place.stat().st_size, "too large", ""))
            report.refuse(name, f"has {place.stat().st_size / 1e6:.0f} MB", "an avatar has about 4 MB: make it smaller")
            continue
        data = place.read_bytes()
        total += len(data)
        expected = entry.get("sha256") if isinstance(entry, dict) else None
        state = "whole" if hashlib.sha256(data).hexdigest() == expected else "changed"
        report.files.append(FileFacts(name, len(data), state, _what(name, data)))
    for place in sorted(path.rglob("*")):
        name = place.relative_to(path).as_posix()
        if place.is_file() and name != _CONFIG and name not in listed:
            report.files.append(FileFacts(name, place.stat().st_size, "not listed", ""))
            report.mend(name, "is in the folder but not in `files` of config.json", "remove it, or list it")
    report.numbers["folder_bytes"] = total
    if total > _LARGEST_FOLDER_BYTES:
        report.mend("folder", f"has {total / 1e6:.1f} MB", "make pictures smaller: the package's own have 4 MB")


def _what(name: str, data: bytes) -> str:
    """A picture's size and mode, or a mesh's arrays, without decoding them."""
    try:
        if name.lower().endswith(_PICTURES):
            with Image.open(BytesIO(data)) as picture:
                return f"{picture.width}x{picture.height} {picture.mode} {picture.format}"
        if name.lower().endswith(_MESHES):
            length = int.from_bytes(data[:8], "little")
            header = json.loads(data[8 : 8 + length])
            return ", ".join(
                f"{key} {entry['shape']}" for key, entry in sorted(header.items()) if key != "__metadata__"
            )
    except Exception as error:
        # Whatever a damaged file makes the decoders raise: this is only a description.
        return f"cannot be read ({type(error).__name__})"
    return ""


def _check_texts(folder: ModelFolder, report: AvatarReport) -> None:
    config = folder.config
    for key in ("name", "description", "licence"):
        text = config.get(key)
        if not isinstance(text, str) or not text.strip():
            report.refuse(f"config.json: {key}", f"is {text!r}", "write a text")
        elif len(text) > 300 or not text.isprintable():
            report.mend(f"config.json: {key}", "is longer than 300 characters, or more than one line", "shorten it")
    sources = config.get("provenance")
    if not isinstance(sources, list) or not sources:
        report.mend("config.json: provenance", "is empty", "list what it was made from, each with name and licence")
    else:
        for number, source in enumerate(sources):
            lacking = [
                key for key in ("name", "licence", "used_for") if not (isinstance(source, dict) and source.get(key))
            ]
            if lacking:
                report.mend(f"config.json: provenance {number}", f"lacks {', '.join(lacking)}", "add it")
    from avatron.voice.voices import COLLECTION as VOICES

    voice = config.get("default_voice")
    if isinstance(voice, str) and voice not in VOICES.names():
        report.mend("config.json: default_voice", f"`{voice}` is not installed here", "name one of `avatron voices`")


def _check_topology(folder: ModelFolder, report: AvatarReport) -> None:
    look = folder.config.get("look")
    made_for = look.get("head_topology") if isinstance(look, dict) else None
    if made_for is None:
        report.mend("config.json: look: head_topology", "is missing", "add the hash of the head that it was built on")
    elif made_for != head_topology(shipped_head()):
        report.refuse(
            "config.json: look: head_topology",
            f"is {str(made_for)[:12]}..., but this avatron's head is {head_topology(shipped_head())[:12]}...",
            "build the avatar on this head",
        )


def head_topology(head: HeadModel) -> str:
    """sha256 of the head's triangles and their corners' texture coordinates: what an avatar's files rely on."""
    corners = head.uv[head.triangles]
    return hashlib.sha256(head.triangles.astype("<i4").tobytes() + corners.astype("<f4").tobytes()).hexdigest()


def _check_budget(avatar: Avatar, report: AvatarReport) -> None:
    look = avatar.look
    maps: list[NDArray[np.uint8] | None] = [look.skin.albedo, look.skin.detail, look.skin.pores]
    maps += [look.eyes.iris, look.eyes.sclera, look.lashes.opacity]
    for hair in look.hair:
        maps += [hair.colour_alpha, hair.strand]
    for garment in look.garments:
        maps += [garment.albedo, garment.bump]
    megabytes = sum(one.nbytes for one in maps if one is not None) / 2**20
    meshes = [hair.mesh for hair in look.hair] + [garment.mesh for garment in look.garments]
    triangles = sum(len(mesh.triangles) for mesh in meshes)
    report.numbers["texture_megabytes"] = round(megabytes, 1)
    report.numbers["triangles_of_parts"] = triangles
    if megabytes > 128:
        report.mend("pictures", f"take {megabytes:.0f} MB when decoded", "halve the largest; 2048 px show at 1080p")
    if triangles > 120_000:
        report.mend("meshes", f"have {triangles} triangles", "reduce them below 120000: every frame draws all of them")


def _part_files(config: Mapping[str, Any]) -> dict[str, list[str]]:
    """Mesh files of hair and garments, in order; the avatar was read, so they are there."""
    return {kind: [str(part["mesh"]) for part in config["look"][kind]] for kind in ("hair", "garments")}
