"""One request for exports: every output checked before the first is made, and none published before all are whole."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from avatron.avatar.avatar import Avatar
from avatron.core.audio import Audio
from avatron.core.motion import FaceMotion
from avatron.errors import InvalidValueError, UsageError
from avatron.export.bundle import PendingBundle
from avatron.export.correctives import CorrectiveOptions
from avatron.export.page import PageOptions, player_page
from avatron.export.scene import SCENE_FORMATS, Scene, SceneOptions, check_scene, make_scene, scene_files
from avatron.io.atomic import check_target
from avatron.io.audio import WavWriter, read_audio
from avatron.io.curves import CurveCsvWriter
from avatron.io.writer import Writer

__all__ = ["EXPORT_FORMATS", "ExportRequest", "Exported", "export"]

EXPORT_FORMATS = {
    **SCENE_FORMATS,
    "csv": "Live Link Face's curves",
    "html": "a page that plays the glb",
}
"""Suffixes of exports and what they hold."""

_WITH_SOUND = ("glb", "usda", "usdc")


@dataclass(frozen=True)
class ExportRequest:
    """What to write and from what."""

    outputs: Sequence[str | os.PathLike[str]]
    """Paths; the suffix of each is a key of `EXPORT_FORMATS`."""
    motion: FaceMotion | None = None
    """None: the avatar at rest, without a clip."""
    audio: Path | None = None
    """Sound of the motion; cut to its length and written as a wav beside a glb, usda or usdc."""
    frame: int = 0
    """The frame of the motion that an obj shows."""
    correctives: bool = True
    """Whether a clip gets the extra targets that bring it within `tolerance_mm` of our own head."""
    tolerance_mm: float = 0.1
    compact: bool = False
    """GLB with quantised morph targets."""
    film: str | None = None
    """What a page plays beside the glb: a film of the same motion, as its address relative to the page."""
    page_size: tuple[int, int] = (512, 512)
    """Of the film and of the canvas, in pixels."""
    three: str | None = None
    """Address of the page's three.js; None is a content network."""
    overwrite: bool = False

    def __post_init__(self) -> None:
        if not self.outputs:
            raise UsageError("nothing says where to write; name an output such as `ava.glb`")
        if not 0.001 <= self.tolerance_mm <= 10:
            raise InvalidValueError(f"tolerance {self.tolerance_mm} mm is outside 0.001 .. 10")
        if self.motion is None:
            if self.audio is not None:
                raise UsageError("sound without a motion has no face to go with; give the motion too")
            if self.frame:
                raise UsageError(f"frame {self.frame} of no motion; give the motion, or leave `--frame` out")
        elif not 0 <= self.frame < max(len(self.motion), 1):
            raise InvalidValueError(f"frame {self.frame} is outside 0 .. {len(self.motion) - 1}")


@dataclass(frozen=True)
class Exported:
    """What was made."""

    paths: tuple[Path, ...]
    bytes_by_path: dict[str, int]
    targets: int
    """Morph targets, correctives included."""
    correctives: int
    largest_error_mm: float
    """The furthest that a vertex of the head is from our own in any frame of the clip."""

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "outputs": [str(path) for path in self.paths],
            "bytes": self.bytes_by_path,
            "targets": self.targets,
            "correctives": self.correctives,
            "largest_error_mm": round(self.largest_error_mm, 4),
        }


def export(avatar: Avatar, request: ExportRequest) -> Exported:
    """Write every output of `request`; whatever ends this early leaves none of them.

    Raises:
        UsageError: an unknown type, an output named twice, or one that needs what is not there.
        OutputExistsError: an output is there and `overwrite` is not set.
        OutputError: an output that cannot be written.
        MissingComponentError: a USD without usd-core.
        InvalidValueError: a motion without frames, or with too many.
    """
    paths = _checked_paths(request)
    sound = _sound(request)
    sound_path = _sound_path(paths, request)
    options = SceneOptions(
        compact=request.compact,
        correctives=CorrectiveOptions(request.tolerance_mm / 1000) if request.correctives else None,
    )
    scene = _scene(avatar, request, options, paths)
    with ExitStack() as undo:
        writers: list[Writer | PendingBundle] = []

        def keep(writer: Writer | PendingBundle) -> None:
            undo.callback(writer.discard)
            writers.append(writer)

        if sound is not None and sound_path is not None and not _same_file(sound_path, request.audio):
            wav = WavWriter(sound_path, sound.sample_rate, overwrite=request.overwrite)
            keep(wav)
            wav.write(sound.samples)
            wav.finish()
        for path in paths:
            kind = _kind(path)
            if kind == "csv":
                assert request.motion is not None, "checked with the paths"
                curves = CurveCsvWriter(path, overwrite=request.overwrite)
                keep(curves)
                curves.write(request.motion)
                curves.finish()
                continue
            if kind == "html":
                files = {path.name: _page(avatar, path, paths, sound_path, request).encode("utf-8")}
            elif kind == "obj" and request.motion is not None:
                posed = make_scene(avatar, request.motion.part(request.frame, request.frame + 1), options)
                files = scene_files(posed, path, options)
            else:
                assert scene is not None, "made for every other scene"
                beside = None if sound_path is None else os.path.relpath(sound_path, path.parent)
                named = SceneOptions(options.compact, options.correctives, beside)
                files = scene_files(scene, path, named, sound)
            keep(PendingBundle(path.parent, files, overwrite=request.overwrite))
        for writer in writers:
            writer.commit() if isinstance(writer, PendingBundle) else writer.close()
    # The wav is no output that was asked for, but one that was made.
    made = (*((sound_path,) if sound_path is not None and sound_path.is_file() else ()), *paths)
    names = () if scene is None else scene.character.meshes[0].target_names
    return Exported(
        paths=made,
        bytes_by_path={str(path): path.stat().st_size for path in made},
        targets=len(names),
        correctives=sum(name.startswith("corrective_") for name in names),
        largest_error_mm=0.0 if scene is None else scene.largest_error_m * 1000,
    )


def _kind(path: Path) -> str:
    return path.suffix.lower().lstrip(".")


def _checked_paths(request: ExportRequest) -> list[Path]:
    paths = [Path(output) for output in request.outputs]
    seen: set[str] = set()
    for path in paths:
        kind = _kind(path)
        if kind not in EXPORT_FORMATS:
            what = f"has the unknown type `{kind}`" if kind else "has no type"
            raise UsageError(f"the output `{path}` {what}; known: {', '.join(EXPORT_FORMATS)}")
        real = os.path.realpath(path)
        if real in seen:
            raise UsageError(f"the output `{path}` is named twice")
        seen.add(real)
        if kind == "csv" and request.motion is None:
            raise UsageError(f"`{path}` holds curves, and there is no motion; give one")
        if kind == "html" and not any(_kind(other) == "glb" for other in paths):
            raise UsageError(f"the page `{path}` plays a glb; name that output too, e.g. `-o {path.stem}.glb`")
        if kind in SCENE_FORMATS:
            check_scene(path, overwrite=request.overwrite)
        else:
            check_target(path, overwrite=request.overwrite)
    return paths


def _sound(request: ExportRequest) -> Audio | None:
    if request.audio is None or request.motion is None:
        return None
    audio = read_audio(request.audio)
    length = round(len(request.motion) / request.motion.fps * audio.sample_rate)
    return Audio(audio.samples[:length], audio.sample_rate)


def _sound_path(paths: list[Path], request: ExportRequest) -> Path | None:
    """The wav beside the first scene that holds no sound itself."""
    scene = next((path for path in paths if _kind(path) in _WITH_SOUND), None)
    if scene is None or request.audio is None:
        return None
    path = scene.with_suffix(".wav")
    if not _same_file(path, request.audio):
        check_target(path, overwrite=request.overwrite)
    return path


def _same_file(path: Path, other: Path | None) -> bool:
    return other is not None and os.path.realpath(path) == os.path.realpath(other)


def _scene(avatar: Avatar, request: ExportRequest, options: SceneOptions, paths: list[Path]) -> Scene | None:
    needed = any(_kind(path) in SCENE_FORMATS and (_kind(path) != "obj" or request.motion is None) for path in paths)
    return make_scene(avatar, request.motion, options) if needed else None


def _page(avatar: Avatar, path: Path, paths: list[Path], sound: Path | None, request: ExportRequest) -> str:
    glb = next(other for other in paths if _kind(other) == "glb")
    options = PageOptions(
        glb=os.path.relpath(glb, path.parent),
        fps=25.0 if request.motion is None else float(request.motion.fps),
        audio=None if sound is None else os.path.relpath(sound, path.parent),
        film=request.film,
        size=request.page_size,
        **({} if request.three is None else {"three": request.three}),
    )
    return player_page(avatar, options)
