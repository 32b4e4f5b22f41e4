"""What the watermark of a replica survives, and how often it is seen where there is none.

    python benchmarks/watermark.py [--clips 200] [--processes 2]

Clips of half a second of our own avatars, before nine backgrounds, at three sizes: each is marked with an id of its
own, written as `speak` writes films, and attacked; the same clips without a mark are attacked alike. A row of the table
counts clips whose own id was read, whose id was read wrongly, and unmarked ones in which any id was read.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from math import comb
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

import avatron
from avatron.io.provenance.watermark import Watermark
from avatron.io.provenance.watermark_search import WatermarkReading, find_watermark, mean_luminance
from avatron.io.video import VideoWriter
from record import write_result

Frames = list[NDArray[np.uint8]]

AVATARS = ("ava", "henry", "kenji", "zuri")
COLOURS = ("studio", "#808080", "white", "#204060", "black")
PHOTOS = 4
SIZES = ((512, 512), (384, 384), (512, 512), (256, 256))
TEXTS = ("Hello there, my friend.", "What a fine day it is.", "Numbers tell a story.", "Shall we begin at once?")
FRAMES = 12
SEED = 20261122
CROP = 0.1


def photograph(path: Path, seed: int) -> Path:
    """A picture with the statistics of a photograph out of focus: colours that change as 1 / f, on one mean colour."""
    random = np.random.default_rng(seed)
    side = 640
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.fftfreq(side)[None])
    frequency[0, 0] = 1
    layers = []
    for _ in range(4):
        layer = np.fft.ifft2(np.fft.fft2(random.normal(size=(side, side))) / frequency**1.6).real
        layers.append((layer - layer.mean()) / layer.std())
    colour = random.uniform(80, 170, 3)
    image = np.stack([40 * layers[3] + 15 * layers[channel] + colour[channel] for channel in range(3)], -1)
    Image.fromarray(image.clip(0, 255).astype(np.uint8)).save(path)
    return path


def background(number: int, folder: Path) -> tuple[str, str]:
    """Kind of the background of a clip, and what `speak` takes for it."""
    place = number % (len(COLOURS) + PHOTOS)
    if place < len(COLOURS):
        return COLOURS[place], COLOURS[place]
    path = folder / f"photo{place}.png"
    return "photograph", str(path if path.exists() else photograph(path, SEED + place))


def clip(number: int, shown: str) -> Frames:
    """The pictures of a clip; the same ones every time."""
    pieces = avatron.stream(
        TEXTS[number // 7 % len(TEXTS)],
        avatar=AVATARS[number % len(AVATARS)],
        background=shown,
        size=SIZES[number // 3 % len(SIZES)],
        seed=number,
    )
    frames = (frame for piece in pieces for frame in piece.frames())
    return [frame[..., :3].copy() for frame in islice(frames, FRAMES)]


def written(path: Path, frames: Frames) -> Frames:
    """The pictures as the film holds them that `speak` writes."""
    height, width = frames[0].shape[:2]
    with VideoWriter(path, (width, height), Fraction(25), overwrite=True, threads=1) as film:
        for frame in frames:
            film.write_frame(frame)
    return read(path)


def encoded(path: Path, frames: Frames, crf: int) -> Frames:
    """The pictures after x264 at a constant quality."""
    height, width = (side - side % 2 for side in frames[0].shape[:2])
    with av.open(str(path), "w") as container:
        options = {"crf": str(crf), "preset": "veryfast", "threads": "1"}
        stream = container.add_stream(
            "libx264", rate=25, width=width, height=height, pix_fmt="yuv420p", options=options
        )
        for frame in frames:
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame[:height, :width]), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return read(path)


def read(path: Path) -> Frames:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def at_half_rate(path: Path, frames: Frames) -> Frames:
    """The pictures encoded anew at the best quality that takes at most half of the bytes of the film at `path`."""
    most = path.stat().st_size / 2
    again = path.with_name("again.mp4")
    for crf in range(25, 52, 1):
        result = encoded(again, frames, crf)
        if again.stat().st_size <= most:
            return result
    raise AssertionError("no quality takes half of the bytes")


def scaled(frames: Frames, factor: float) -> Frames:
    size = tuple(max(round(side * factor / 2) * 2, 2) for side in frames[0].shape[1::-1])
    return [np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.BICUBIC)) for frame in frames]


def cropped(frames: Frames, share: float, seed: int) -> Frames:
    """The pictures without `share` of their width and height, cut at a place that the seed chooses."""
    height, width = frames[0].shape[:2]
    down, across = np.random.default_rng(seed).uniform(0, share, 2)
    top, left = round(height * down), round(width * across)
    return [
        frame[top : top + round(height * (1 - share)), left : left + round(width * (1 - share))] for frame in frames
    ]


def attacks(path: Path, film: Frames, seed: int) -> dict[str, Callable[[], Frames]]:
    """By name: what is done to the pictures of the film at `path`; each ends in a film that is encoded anew."""
    other = path.with_name("attacked.mp4")
    return {
        "as written": lambda: film,
        "half the bit rate": lambda: at_half_rate(path, film),
        "scaled to 50 %": lambda: encoded(other, scaled(film, 0.5), 23),
        "cropped by 10 %": lambda: encoded(other, cropped(film, CROP, seed), 23),
        "cropped by 10 %, scaled to 75 %, encoded at crf 26": lambda: encoded(
            other, scaled(cropped(film, CROP, seed), 0.75), 26
        ),
    }


def look(frames: Frames) -> WatermarkReading | None:
    return find_watermark(mean_luminance(frames))


def psnr_db(one: Frames, other: Frames) -> float:
    errors = [np.mean((a.astype(np.float64) - b) ** 2) for a, b in zip(one, other, strict=True)]
    return float(10 * np.log10(255**2 / np.mean(errors)))


def upper_limit(events: int, count: int) -> float:
    """Upper end of the exact 95 % interval of a rate (Clopper and Pearson, 1934), one-sided."""
    low, high = events / count, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        below = sum(comb(count, one) * middle**one * (1 - middle) ** (count - one) for one in range(events + 1))
        low, high = (middle, high) if below > 0.05 else (low, middle)
    return high


def speed() -> dict[str, float]:
    """Milliseconds of processor time to mark a picture, best of ten rounds of fifty."""
    random = np.random.default_rng(SEED)
    result = {}
    for side in (256, 512, 1080):
        image = random.integers(0, 256, (side, side, 3), np.uint8)
        mark = Watermark("speed").mark
        mark(image)
        rounds = []
        for _ in range(10):
            start = time.process_time()
            for _ in range(50):
                mark(image)
            rounds.append((time.process_time() - start) / 50)
        result[f"{side}x{side}"] = round(1e3 * min(rounds), 3)
    return result


@dataclass(frozen=True)
class Measured:
    """What came of one clip."""

    number: int
    kind: str
    side: int
    psnr_db: float
    larger_film: float
    outcomes: dict[str, tuple[str, bool]]
    """By attack: `right`, `wrong` or `none` for the marked clip, and whether any id was read in the other one."""


def measure(number: int, photos: Path) -> Measured:
    """Mark, write, attack and look for one clip."""
    kind, shown = background(number, photos)
    frames = clip(number, shown)
    watermark = Watermark(f"clip {number}")
    marked = [watermark.mark(frame) for frame in frames]
    found: dict[str, dict[bool, WatermarkReading | None]] = {}
    sizes = {}
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "film.mp4"
        for is_marked, pictures in ((True, marked), (False, frames)):
            film = written(path, pictures)
            sizes[is_marked] = path.stat().st_size
            for attack, attacked in attacks(path, film, number).items():
                found.setdefault(attack, {})[is_marked] = look(attacked())

    def outcome(reading: WatermarkReading | None) -> str:
        return "none" if reading is None else "right" if reading.payload == watermark.payload else "wrong"

    outcomes = {attack: (outcome(both[True]), both[False] is not None) for attack, both in found.items()}
    larger = sizes[True] / sizes[False] - 1
    return Measured(number, kind, len(frames[0]), psnr_db(frames, marked), larger, outcomes)


def table(clips: list[Measured]) -> dict[str, Any]:
    """What is written."""
    attacks_seen = list(clips[0].outcomes)
    rows = {}
    for attack in attacks_seen:
        false = sum(clip.outcomes[attack][1] for clip in clips)
        rows[attack] = {
            "clips": len(clips),
            "detected": sum(clip.outcomes[attack][0] == "right" for clip in clips),
            "misread": sum(clip.outcomes[attack][0] == "wrong" for clip in clips),
            "detected_by_side_px": {
                side: f"{sum(one.outcomes[attack][0] == 'right' for one in same)} of {len(same)}"
                for side in sorted({clip.side for clip in clips})
                if (same := [one for one in clips if one.side == side])
            },
            "false_positives": false,
            "false_positive_rate_below": round(upper_limit(false, len(clips)), 4),
        }
    psnrs = {kind: [clip.psnr_db for clip in clips if clip.kind == kind] for kind in {clip.kind for clip in clips}}
    growth = [clip.larger_film for clip in clips]
    return {
        "clips": len(clips),
        "frames_a_clip": FRAMES,
        "attacks": rows,
        "missed": [
            f"{attack}: clip {clip.number}, {clip.kind}, {clip.side} px"
            for attack in attacks_seen
            for clip in clips
            if clip.outcomes[attack][0] != "right"
        ],
        "psnr_db": {
            kind: {"mean": round(float(np.mean(values)), 2), "lowest": round(min(values), 2)}
            for kind, values in sorted(psnrs.items())
        },
        "larger_film": {"mean": round(float(np.mean(growth)), 3), "most": round(max(growth), 3)},
        "mark_ms_processor_time": speed(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=200)
    parser.add_argument("--processes", type=int, default=2)
    parsed = parser.parse_args()
    measured: list[Measured] = []
    with tempfile.TemporaryDirectory() as name, ProcessPoolExecutor(parsed.processes, get_context("spawn")) as pool:
        photos = Path(name)
        for number in range(len(COLOURS) + PHOTOS):
            background(number, photos)
        jobs = [pool.submit(measure, number, photos) for number in range(parsed.clips)]
        for job in as_completed(jobs):
            measured.append(job.result())
            if len(measured) % 10 == 0 or len(measured) == parsed.clips:
                result = table(sorted(measured, key=lambda clip: clip.number))
                print(len(measured), {attack: row["detected"] for attack, row in result["attacks"].items()}, flush=True)
                # Written as it grows: hours of work are not lost with the last minute.
                write_result("watermark", result)


if __name__ == "__main__":
    main()
