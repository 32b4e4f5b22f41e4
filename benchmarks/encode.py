"""How fast films are encoded, colour conversion and sound included: `python benchmarks/encode.py [IMAGE]`.

Pictures are a gently moving drawing (or IMAGE) with a talking mouth's worth of change before a background that stands
still, as a talking head has.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.io.gif import GifWriter
from avatron.io.images import cover_fit, load_image
from avatron.io.sequence import SequenceWriter
from avatron.io.video import VideoWriter
from record import write_result

SAMPLE_RATE = 22050
FPS = Fraction(25)


def drawing(width: int, height: int) -> NDArray[np.uint8]:
    """[height, width, 3] soft shading with fine noise, in place of a face."""
    down, across = np.mgrid[0:height, 0:width] / max(width, height)
    shade = 0.5 + 0.4 * np.sin(7 * across + 3 * down) * np.cos(5 * down)
    noise = np.random.default_rng(0).normal(0, 0.02, (height, width))
    colours = np.stack([shade + noise, 0.8 * shade + noise, 0.6 * shade + noise], -1)
    return (colours.clip(0, 1) * 255).astype(np.uint8)


def talking(still: NDArray[np.uint8], count: int) -> list[NDArray[np.uint8]]:
    """Pictures in which the middle third sways by up to 2 % and a mouth opens and shuts."""
    height, width = still.shape[:2]
    pictures = []
    for index in range(count):
        picture = still.copy()
        shift = round(0.02 * width * np.sin(index / 12))
        third = slice(width // 3, 2 * width // 3)
        picture[:, third] = np.roll(still, shift, 1)[:, third]
        opening = round(0.04 * height * abs(np.sin(index / 2.5)))
        middle = height * 2 // 3
        picture[middle - opening : middle + opening, width * 2 // 5 : width * 3 // 5] = (90, 30, 30)
        pictures.append(picture)
    return pictures


def measure(kind: Any, path: Path, pictures: list[NDArray[np.uint8]], repeats: int, **options: Any) -> dict[str, Any]:
    """Frames per second (best and median of `repeats`) and kilobits per second of film."""
    height, width = pictures[0].shape[:2]
    hop = np.sin(np.arange(SAMPLE_RATE // 25) * 0.06).astype(np.float32) * 0.3
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        sound = {} if kind is GifWriter else {"sample_rate": SAMPLE_RATE}
        with kind(path, (width, height), FPS, overwrite=True, **sound, **options) as writer:
            for picture in pictures:
                if sound:
                    writer.write_audio(hop)
                writer.write_frame(picture)
        seconds.append(time.perf_counter() - start)
    size = sum(file.stat().st_size for file in path.rglob("*")) if path.is_dir() else path.stat().st_size
    return {
        "frames_per_second_best": round(len(pictures) / min(seconds), 1),
        "frames_per_second_median": round(len(pictures) / statistics.median(seconds), 1),
        "kilobits_per_second": round(size * 8 / 1000 / (len(pictures) / FPS), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("image", nargs="?", help="picture in place of the drawing")
    parser.add_argument("--repeats", type=int, default=3)
    parsed = parser.parse_args()
    result: dict[str, Any] = {"frames": 150, "threads": 2, "rows": {}}
    with tempfile.TemporaryDirectory() as folder:
        for width, height in ((512, 512), (1920, 1080)):
            still = cover_fit(load_image(parsed.image), width, height) if parsed.image else drawing(width, height)
            pictures = talking(still, 150)
            clear = [np.dstack([picture, np.full((height, width), 255, np.uint8)]) for picture in pictures]
            jobs: list[tuple[str, Any, str, list[NDArray[np.uint8]], dict[str, Any]]] = [
                ("mp4 h264", VideoWriter, "a.mp4", pictures, {}),
                ("mp4 h265", VideoWriter, "a.mp4", pictures, {"codec": "h265"}),
                ("mp4 av1", VideoWriter, "a.mp4", pictures, {"codec": "av1"}),
                ("webm vp9", VideoWriter, "a.webm", pictures, {}),
                ("webm vp9 alpha", VideoWriter, "a.webm", clear, {"alpha": True}),
                ("gif", GifWriter, "a.gif", pictures[:50], {}),
                ("png", SequenceWriter, "a.png", pictures[:50], {}),
            ]
            for name, kind, file, shown, options in jobs:
                row = measure(kind, Path(folder) / file, shown, parsed.repeats, **options)
                result["rows"][f"{name} {width}x{height}"] = row
                print(f"{name} {width}x{height}: {row}", flush=True)
    print(write_result("encode", result))


if __name__ == "__main__":
    main()
