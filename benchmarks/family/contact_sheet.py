"""The families side by side in pictures: a row each, below what was filmed; frames of a held-out fifth, and beyond."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from avatron.core.motion import EXPRESSION_INDEX, FaceMotion
from avatron.io.clips import read_frames
from avatron.render.protocol import Renderer
from avatron.render.view import View
from avatron.replica.heldout.regions import RegionFinder
from family.film import Film, Learned
from family.own_film import own_renderer, turned

__all__ = ["chosen_frames", "write_sheet"]

Bytes = NDArray[np.uint8]

_CELL_PX, _LABEL_PX, _HEADER_PX = 168, 118, 20
_MORE_YAW_RAD = 0.3
"""Beyond the frame in which the head is turned farthest."""
_LARGER = 2
"""Times the film's size, of which a part around the mouth is shown."""


def chosen_frames(film: Film) -> dict[str, int]:
    """Numbers of held-out frames: the one most like the rest, the widest mouth, and the farthest turn."""
    motion = film.track.motion
    held_out = np.arange(film.learned, len(film.track))
    pose = motion.head_rotation + motion.neck_rotation + motion.torso_rotation
    jaw = motion.expression[:, EXPRESSION_INDEX["jawOpen"]] - motion.expression[:, EXPRESSION_INDEX["mouthClose"]]
    spread = np.concatenate([pose / pose.std(0), (jaw / jaw.std())[:, None]], 1)
    away = np.linalg.norm(spread - np.median(spread, 0), axis=1)
    yaw = pose[:, 1] - np.median(pose[:, 1])
    return {
        "easy": int(held_out[away[held_out].argmin()]),
        "wide mouth": int(held_out[jaw[held_out].argmax()]),
        "head turned": int(held_out[np.abs(yaw[held_out]).argmax()]),
    }


def write_sheet(path: Path, film: Film, drawn: FaceMotion, families: dict[str, Learned]) -> dict[str, int]:
    """A sheet of the families over a film of ours whose true motion is `drawn`; gives the frames that are shown.

    The last two columns are no part of the film: a turn beyond all that was filmed, and a picture at twice its size. In
    the first row they are what the film's own renderer draws.
    """
    numbers = chosen_frames(film)
    head, wide = numbers["head turned"], numbers["wide mouth"]
    side = float(np.sign(film.track.motion.head_rotation[head, 1])) or 1.0
    beyond = side * _MORE_YAW_RAD
    large = (_LARGER * film.size[0], _LARGER * film.size[1])
    filmed = [next(read_frames(film.info, number, number + 1)) for number in numbers.values()]
    farther = _one(own_renderer(film.size), turned(drawn, beyond), head)
    rows = {"filmed": [*filmed, farther, _mouth(film, own_renderer(large), drawn, wide)]}
    for name, learned in families.items():
        whole, close = learned.renderer(View(film.size)), learned.renderer(View(large))
        motion = film.track.motion
        row = [_one(whole, motion, number) for number in numbers.values()]
        rows[name] = [*row, _one(whole, turned(motion, beyond), head), _mouth(film, close, motion, wide)]
    _save(path, rows, [*numbers, "turned farther", "twice the size"])
    return numbers


def _one(renderer: Renderer, motion: FaceMotion, number: int) -> Bytes:
    return next(iter(renderer.frames(motion.part(number, number + 1))))


def _mouth(film: Film, renderer: Renderer, motion: FaceMotion, number: int) -> Bytes:
    """The part around the mouth of a picture `_LARGER` times as large as the film's."""
    picture = _one(renderer, motion, number)
    mouth = RegionFinder(film.track).regions(film.track.motion, number).mouth
    down, across = (round(_LARGER * float(places.mean())) for places in np.nonzero(mouth))
    top, left = (
        int(np.clip(middle - _CELL_PX // 2, 0, side - _CELL_PX))
        for middle, side in zip((down, across), picture.shape[:2], strict=True)
    )
    return picture[top : top + _CELL_PX, left : left + _CELL_PX]


def _save(path: Path, rows: dict[str, list[Bytes]], columns: list[str]) -> None:
    width, height = _LABEL_PX + _CELL_PX * len(columns), _HEADER_PX + _CELL_PX * len(rows)
    sheet = Image.new("RGB", (width, height), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for column, title in enumerate(columns):
        pen.text((_LABEL_PX + _CELL_PX * column + 6, 3), title, fill="black", font=font)
    for row, (name, pictures) in enumerate(rows.items()):
        top = _HEADER_PX + _CELL_PX * row
        pen.multiline_text((6, top + _CELL_PX // 2 - 16), name.replace(", ", ",\n"), fill="black", font=font)
        for column, picture in enumerate(pictures):
            cell = Image.fromarray(picture).resize((_CELL_PX, _CELL_PX), Image.Resampling.LANCZOS)
            sheet.paste(cell, (_LABEL_PX + _CELL_PX * column, top))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path, quality=78, optimize=True)
