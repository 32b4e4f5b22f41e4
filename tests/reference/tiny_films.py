"""Films of half a second: a coloured field and a tone, for tests of what shows or judges films."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from avatron.io.codecs import codecs_here
from avatron.io.video import VideoWriter

__all__ = ["FLASH_S", "film_type", "write_film", "write_systems"]

FPS, RATE = Fraction(25), 16_000
FLASH_S = 0.24
"""When the picture turns white and the tone begins."""


def film_type() -> str:
    """`mp4` where H.264 can be written, else `webm`; skips where neither can."""
    for kind, codec in (("mp4", "h264"), ("webm", "vp9")):
        if codec in [here.name for here in codecs_here(kind)]:
            return kind
    pytest.skip("this FFmpeg encodes neither H.264 nor VP9")


def write_film(
    path: Path, colour: tuple[int, int, int], seconds: float = 0.6, size: tuple[int, int] = (64, 48)
) -> Path:
    """A field of `colour` that turns white at `FLASH_S`, when a tone begins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    time_s = np.arange(round(seconds * RATE)) / RATE
    with VideoWriter(path, size, FPS, RATE) as film:
        film.write_audio((0.3 * np.sin(2 * np.pi * 440 * time_s) * (time_s >= FLASH_S)).astype(np.float32))
        for frame in range(round(seconds * FPS)):
            shown = (255, 255, 255) if frame / FPS >= FLASH_S else colour
            film.write_frame(np.full((size[1], size[0], 3), shown, np.uint8))
    return path


def write_systems(folder: Path, systems: tuple[str, ...], sentences: tuple[str, ...]) -> list[tuple[str, Path]]:
    """(system, folder) of films of every sentence by every system, another colour for each system."""
    kind = film_type()
    colours = [(180, 40, 40), (40, 150, 60), (50, 60, 190), (170, 150, 30)]
    for system, colour in zip(systems, colours, strict=False):
        for number, sentence in enumerate(sentences):
            write_film(folder / system / f"{sentence}.{kind}", colour, 0.6 + 0.08 * number)
    return [(system, folder / system) for system in systems]
