"""From an avatar and its motion to the files of a scene: GLB, USD, OBJ."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from avatron.avatar.avatar import Avatar
from avatron.core.audio import Audio
from avatron.core.motion import FaceMotion
from avatron.errors import InvalidValueError, UsageError
from avatron.export.build import build_character
from avatron.export.bundle import PendingBundle, check_bundle
from avatron.export.character import Character, Performance
from avatron.export.correctives import CorrectiveOptions, find_correctives
from avatron.export.glb import glb_bytes
from avatron.export.obj import obj_files
from avatron.export.perform import check_length, perform_motion
from avatron.export.rig import MorphRig
from avatron.export.usd import check_usd, usd_files
from avatron.face.shipped import shipped_head
from avatron.io.writer import Writer

__all__ = ["SCENE_FORMATS", "Scene", "SceneOptions", "SceneWriter", "check_scene", "make_scene", "scene_files"]

SCENE_FORMATS = MappingProxyType(
    {
        "glb": "binary glTF: avatar, morph targets, skeleton, textures and the spoken clip",
        "usda": "USD as text, its textures in a folder beside it",
        "usdc": "USD as binary, its textures in a folder beside it",
        "usdz": "USD as one package, textures and sound inside",
        "obj": "one frame as Wavefront OBJ, with materials and textures beside it",
    }
)
"""Suffixes of scenes and what they hold."""


@dataclass(frozen=True)
class SceneOptions:
    """How a scene is written."""

    compact: bool = False
    """GLB: morph targets as 16-bit offsets and 8-bit normals. Smaller; readers must know KHR_mesh_quantization."""
    correctives: CorrectiveOptions | None = field(default_factory=CorrectiveOptions)
    """How closely the clip follows our own head; None leaves the extra targets out."""
    audio_name: str | None = None
    """Name of the sound file beside the scene, whose first sample belongs to frame 0."""


@dataclass(frozen=True, eq=False)
class Scene:
    """A person and, where there is one, what the person does."""

    character: Character
    performance: Performance | None = None
    largest_error_m: float = 0.0
    """The furthest that a vertex of the head is from our own in any frame."""


def make_scene(avatar: Avatar, motion: FaceMotion | None = None, options: SceneOptions | None = None) -> Scene:
    """The avatar with its clip.

    Raises:
        InvalidValueError: a motion without frames, or with too many.
    """
    options = options or SceneOptions()
    if motion is not None:
        check_length(motion)
    rig = MorphRig(shipped_head(), avatar.appearance())
    if motion is None:
        return Scene(build_character(avatar, rig))
    # Without any, the error is measured all the same.
    found = find_correctives(rig, motion.expression, options.correctives or CorrectiveOptions(most=0))
    correctives = found if found.names else None
    character = build_character(avatar, rig, correctives)
    return Scene(character, perform_motion(character, motion, correctives), found.largest_error_m)


def scene_files(
    scene: Scene, path: Path, options: SceneOptions | None = None, sound: Audio | None = None
) -> dict[str, bytes]:
    """Name to bytes of everything that `path` needs beside itself, and last itself; a usdz holds its `sound`.

    Raises:
        UsageError: a suffix that is no scene's.
        MissingComponentError: a USD without usd-core.
    """
    options = options or SceneOptions()
    kind = _format_of(path)
    if kind == "glb":
        return {
            path.name: glb_bytes(
                scene.character, scene.performance, compact=options.compact, audio_name=options.audio_name
            )
        }
    if kind == "obj":
        return obj_files(scene.character, scene.performance, path.stem)
    return usd_files(scene.character, scene.performance, path.stem, kind, audio_name=options.audio_name, sound=sound)


def check_scene(path: Path, *, overwrite: bool = False) -> None:
    """Refuse a scene that could not be written, before any work is done.

    Raises:
        UsageError: a suffix that is no scene's.
        MissingComponentError: a USD without usd-core.
        OutputError: a folder that is missing or may not be written to.
        OutputExistsError: it, or what lies beside it, is there and `overwrite` is not set.
    """
    kind = _format_of(path)
    if kind.startswith("usd"):
        check_usd()
    beside: dict[str, tuple[str, ...]] = {"obj": (f"{path.stem}_textures/", f"{path.stem}.mtl")}
    beside |= dict.fromkeys(("usda", "usdc"), (f"{path.stem}_textures/",))
    check_bundle(path, beside.get(kind, ()), overwrite=overwrite)


class SceneWriter(Writer):
    """Writes a scene from motion that comes in pieces; it holds 0.3 kB a frame until it is finished."""

    def __init__(
        self, path: Path, avatar: Avatar, options: SceneOptions | None = None, *, overwrite: bool = False
    ) -> None:
        """Check the target.

        Raises:
            As `check_scene`.
        """
        check_scene(path, overwrite=overwrite)
        self._path, self._avatar, self._options, self._overwrite = path, avatar, options, overwrite
        self._pieces: list[FaceMotion] = []
        self._sounds: list[Audio] = []
        self._bundle: PendingBundle | None = None
        self.largest_error_m = 0.0
        """The furthest that a vertex of the head is from our own in any frame; known when it is finished."""

    def write(self, motion: FaceMotion, audio: Audio | None = None) -> None:
        """Append the frames of `motion`; its sound goes into a usdz, and nowhere else."""
        self._pieces.append(motion)
        if audio is not None and _format_of(self._path) == "usdz":
            self._sounds.append(audio)

    def _finish(self) -> None:
        if not self._pieces:
            raise InvalidValueError(f"`{self._path}` got no motion; a scene needs at least one frame")
        scene = make_scene(self._avatar, FaceMotion.joined(self._pieces), self._options)
        self.largest_error_m = scene.largest_error_m
        sound = Audio.joined(self._sounds) if self._sounds else None
        files = scene_files(scene, self._path, self._options, sound)
        self._bundle = PendingBundle(self._path.parent, files, overwrite=self._overwrite)

    def _partial(self) -> Path:
        assert self._bundle is not None, "what is sealed is finished"
        return self._bundle.partial(self._path.name)

    def _publish(self) -> None:
        assert self._bundle is not None, "what is published is finished"
        self._bundle.commit()

    def _abandon(self) -> None:
        if self._bundle is not None:
            self._bundle.discard()


def _format_of(path: Path) -> str:
    kind = path.suffix.lower().lstrip(".")
    if kind not in SCENE_FORMATS:
        raise UsageError(f"`{path}` has the unknown type `{kind}`; scenes are: {', '.join(SCENE_FORMATS)}")
    return kind
