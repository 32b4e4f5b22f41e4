"""The contact sheet of one avatar: every expression, forty combinations, views from all sides, every light."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from avatron.avatar.avatar import Avatar
from avatron.core.motion import FaceMotion
from avatron.errors import InvalidValueError
from avatron.evaluation.look.cells import Cell, Heading, Layout, bands
from avatron.evaluation.look.png_rows import PngRows
from avatron.evaluation.look.views import TURNTABLE_DEGREES, turntable
from avatron.evaluation.rig.poses import COMBINATIONS, EXPRESSIONS, RigPose, motion_of
from avatron.face.shipped import shipped_head
from avatron.io.atomic import PendingFile, output_errors
from avatron.render.framing import FRAMINGS
from avatron.render.light import LIGHTS, light_named
from avatron.render.portrait import PortraitRenderer

__all__ = ["SheetOptions", "draw_sheet"]

_TALKING = RigPose("talking", {"jawOpen": 0.25, "mouthUpperUp": 0.15, "mouthLowerDown": 0.2, "mouthSmile": 0.2})


@dataclass(frozen=True)
class SheetOptions:
    """How a sheet is drawn.

    Raises:
        InvalidValueError: a cell or a number of columns out of range.
        UnknownNameError: no such light.
    """

    cell_px: int = 192
    """Side of each picture, 64 .. 512."""
    columns: int = 10
    """Pictures in a row, 4 .. 20."""
    light: str | None = None
    """Light of the expressions; None takes the avatar's own."""

    def __post_init__(self) -> None:
        if not 64 <= self.cell_px <= 512:
            raise InvalidValueError(f"cell {self.cell_px} px is outside 64 .. 512")
        if not 4 <= self.columns <= 20:
            raise InvalidValueError(f"{self.columns} columns are outside 4 .. 20")
        if self.light is not None:
            light_named(self.light)


def draw_sheet(
    avatar: Avatar,
    output: Path,
    options: SheetOptions | None = None,
    *,
    overwrite: bool = False,
    on_progress: Callable[[float], None] = lambda fraction: None,
) -> tuple[int, int]:
    """Write the sheet of an avatar as a PNG and give its (width, height); rows are written as they are drawn.

    Raises:
        OutputExistsError: the file is there and `overwrite` is not set.
        OutputError: it cannot be written.
    """
    chosen = options or SheetOptions()
    layout = Layout(chosen.columns, (chosen.cell_px, chosen.cell_px))
    light = chosen.light or avatar.default_light
    headings = [
        Heading(f"{avatar.name}: expressions, each at 1 ({light} light)", len(EXPRESSIONS)),
        Heading("combinations", len(COMBINATIONS)),
        Heading("from the side, and framings", len(TURNTABLE_DEGREES) + len(FRAMINGS)),
        Heading("lights, at rest and talking", 2 * len(LIGHTS)),
    ]
    total = sum(heading.count for heading in headings)
    pending = PendingFile(output, overwrite=overwrite)
    with pending, output_errors(output), pending.partial.open("wb") as stream:
        picture = PngRows(stream, layout.width, layout.height(headings))
        for band in bands(layout, _counted(_items(avatar, chosen, light, headings), total, on_progress)):
            picture.write(band)
        picture.close()
    return layout.width, layout.height(headings)


def _counted(
    items: Iterator[Heading | Cell], total: int, on_progress: Callable[[float], None]
) -> Iterator[Heading | Cell]:
    done = 0
    for item in items:
        done += isinstance(item, Cell)
        on_progress(done / total)
        yield item


def _items(avatar: Avatar, options: SheetOptions, light: str, headings: list[Heading]) -> Iterator[Heading | Cell]:
    head, size = shipped_head(), (options.cell_px, options.cell_px)

    def renderer(light: str, framing: str | None = None) -> PortraitRenderer:
        return PortraitRenderer(head, avatar.appearance(), size=size, framing=framing, light=light)

    close = renderer(light, "close-up")
    for heading, poses in zip(headings[:2], (EXPRESSIONS, COMBINATIONS), strict=True):
        yield heading
        for pose in poses:
            yield Cell(pose.name, next(close.frames(motion_of(pose))))
    yield headings[2]
    around = renderer(light)
    for degrees, view in zip(TURNTABLE_DEGREES, turntable(around, TURNTABLE_DEGREES), strict=True):
        yield Cell(f"{degrees:+d} degrees", view)
    for framing in FRAMINGS:
        yield Cell(framing, next(renderer(light, framing).frames(FaceMotion.at_rest(1))))
    yield headings[3]
    for name in LIGHTS:
        lit = renderer(name)
        yield Cell(name, next(lit.frames(FaceMotion.at_rest(1))))
        yield Cell(f"{name}, talking", next(lit.frames(motion_of(_TALKING))))
