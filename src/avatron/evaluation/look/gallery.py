"""Contact sheets and films that show avatars side by side: expressions, lights, sizes, all sides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from avatron.avatar.avatar import Avatar
from avatron.core.motion import FaceMotion
from avatron.evaluation.look.cells import Cell, Heading, Layout, bands
from avatron.evaluation.look.views import camera_around
from avatron.evaluation.rig.poses import RigPose, motion_of
from avatron.face.shipped import shipped_head
from avatron.io.video import VideoWriter
from avatron.render.framing import FRAMINGS
from avatron.render.light import LIGHTS
from avatron.render.portrait import PortraitRenderer

__all__ = ["POSES", "GalleryOptions", "draw_gallery"]

Bytes = NDArray[np.uint8]

POSES: tuple[RigPose, ...] = (
    RigPose("at rest", {}),
    RigPose("talking", {"jawOpen": 0.26, "mouthUpperUp": 0.15, "mouthLowerDown": 0.22, "browInnerUp": 0.2}),
    RigPose("oo", {"jawOpen": 0.08, "mouthPucker": 0.7, "mouthFunnel": 0.35}),
    RigPose("smile", {"mouthSmile": 0.65, "cheekSquint": 0.4}),
    RigPose("laugh", {"mouthSmile": 0.8, "jawOpen": 0.25, "cheekSquint": 0.6, "eyeSquint": 0.3}),
    RigPose("surprise", {"browInnerUp": 0.8, "browOuterUp": 0.8, "eyeWide": 0.6, "jawOpen": 0.3}),
    RigPose("blink", {"eyeBlink": 1.0}),
    RigPose("turned", {"mouthSmile": 0.2}, head_degrees=(0, 30, 0), gaze_degrees=(-24, 0)),
)
"""What people look at first, each as strong as in speech."""
_SIZES = ((512, 512), (360, 640), (640, 360))
_FILM_FPS, _FILM_SECONDS = Fraction(25), 8
_WIDEST_TURN = 75.0


@dataclass(frozen=True)
class GalleryOptions:
    """How large and in what quality the gallery is drawn."""

    cell_px: int = 320
    """Side of a picture on a sheet."""
    portrait_px: int = 1080
    """Side of a single portrait."""
    quality: int = 90
    """Of JPEG, 1 .. 95."""
    film: bool = True
    """Whether to make the film of the turntable."""
    lights: tuple[str, ...] = tuple(LIGHTS)
    """Light rigs to show."""


def draw_gallery(
    avatars: Sequence[Avatar], folder: Path, options: GalleryOptions, on_progress: Callable[[float], None]
) -> list[tuple[str, str]]:
    """Draws the gallery into a folder that is there; gives (file name, caption) of every picture, in order."""
    made: list[tuple[str, str]] = []
    steps: list[tuple[str, str, Callable[[Path], None]]] = [
        ("expressions.jpg", "Expressions", lambda path: _expressions(avatars, path, options)),
        ("lights.jpg", "Lights", lambda path: _lights(avatars, path, options)),
        (
            "sizes.jpg",
            "Sizes and framings: a square, a tall and a wide picture",
            lambda path: _sizes(avatars, path, options),
        ),
        ("turntable.jpg", "From all sides", lambda path: _turntable_strip(avatars, path, options)),
    ]
    for avatar in avatars:
        steps.append((f"{avatar.name}.jpg", f"`{avatar.name}`: {avatar.description}", _portrait_of(avatar, options)))
    if options.film:
        steps.append(("turntable.mp4", "Turning", lambda path: _film(avatars, path, options)))
    for number, (name, caption, draw) in enumerate(steps):
        draw(folder / name)
        made.append((name, caption))
        on_progress((number + 1) / len(steps))
    return made


def _renderer(
    avatar: Avatar, size: tuple[int, int], light: str | None = None, framing: str | None = None
) -> PortraitRenderer:
    return PortraitRenderer(
        shipped_head(), avatar.look, size=size, framing=framing, light=light or avatar.default_light
    )


def _save(path: Path, picture: Bytes, options: GalleryOptions) -> None:
    Image.fromarray(picture).save(path, quality=options.quality, optimize=True, progressive=True, subsampling=0)


def _sheet(layout: Layout, items: Iterator[Heading | Cell]) -> Bytes:
    return np.concatenate(list(bands(layout, items)))


def _expressions(avatars: Sequence[Avatar], path: Path, options: GalleryOptions) -> None:
    def items() -> Iterator[Heading | Cell]:
        for avatar in avatars:
            renderer = _renderer(avatar, (options.cell_px,) * 2, framing="close-up")
            for pose in POSES:
                yield Cell(f"{avatar.name}: {pose.name}", next(renderer.frames(motion_of(pose))))

    _save(path, _sheet(Layout(len(POSES), (options.cell_px,) * 2), items()), options)


def _lights(avatars: Sequence[Avatar], path: Path, options: GalleryOptions) -> None:
    def items() -> Iterator[Heading | Cell]:
        for avatar in avatars:
            for light in options.lights:
                renderer = _renderer(avatar, (options.cell_px,) * 2, light)
                for pose in (POSES[0], POSES[1]):
                    yield Cell(f"{avatar.name}: {light}, {pose.name}", next(renderer.frames(motion_of(pose))))

    _save(path, _sheet(Layout(2 * len(options.lights), (options.cell_px,) * 2), items()), options)


def _sizes(avatars: Sequence[Avatar], path: Path, options: GalleryOptions) -> None:
    """Each size beside the others at one height."""
    rows = []
    for avatar in avatars:
        row = []
        for framing in FRAMINGS:
            for width, height in _SIZES:
                scale = options.cell_px / max(height, width)
                size = (max(16, round(width * scale)), max(16, round(height * scale)))
                picture = next(_renderer(avatar, size, framing=framing).frames(motion_of(POSES[0])))
                above = (options.cell_px - size[1]) // 2
                row.append(
                    np.pad(picture, ((above, options.cell_px - size[1] - above), (4, 4), (0, 0)), constant_values=24)
                )
        rows.append(np.concatenate(row, 1))
    _save(path, np.concatenate(rows), options)


def _turntable_strip(avatars: Sequence[Avatar], path: Path, options: GalleryOptions) -> None:
    degrees = (-75, -50, -25, 0, 25, 50, 75)

    def items() -> Iterator[Heading | Cell]:
        for avatar in avatars:
            renderer = _renderer(avatar, (options.cell_px,) * 2)
            for yaw in degrees:
                camera = camera_around(renderer.camera, yaw)
                yield Cell(f"{avatar.name}: {yaw:+d} degrees", next(renderer.frames(motion_of(POSES[0]), camera)))

    _save(path, _sheet(Layout(len(degrees), (options.cell_px,) * 2), items()), options)


def _portrait_of(avatar: Avatar, options: GalleryOptions) -> Callable[[Path], None]:
    def draw(path: Path) -> None:
        renderer = _renderer(avatar, (options.portrait_px,) * 2)
        _save(path, next(renderer.frames(motion_of(POSES[0]))), options)

    return draw


def _film(avatars: Sequence[Avatar], path: Path, options: GalleryOptions) -> None:
    """Everybody side by side, there and back; even sides, as H.264 wants them."""
    side = options.cell_px // 2 * 2
    renderers = [_renderer(avatar, (side, side)) for avatar in avatars]
    frames = int(_FILM_FPS * _FILM_SECONDS)
    with VideoWriter(path, (side * len(avatars), side), _FILM_FPS) as film:
        for number in range(frames):
            yaw = _WIDEST_TURN * float(np.sin(2 * np.pi * number / frames))
            row = [
                next(renderer.frames(FaceMotion.at_rest(1), camera_around(renderer.camera, yaw)))
                for renderer in renderers
            ]
            film.write_frame(np.ascontiguousarray(np.concatenate(row, 1)))
