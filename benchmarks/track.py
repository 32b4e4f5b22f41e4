"""How fast a video is tracked, where the time goes, and how memory grows with the video's length.

    python benchmarks/track.py --video CLIP.mp4           # any film of one person, repeated as long as needed
    python benchmarks/track.py                            # a drawn person instead, 1280 x 720
    python benchmarks/track.py --minutes 1 10 --seconds 20

The film is made to 1280 x 720 at 25 frames a second first, so that every machine tracks the same kind of pictures.
Frames per second are of the clock, the best of several runs; processor time is summed over threads and says what a
quiet machine would need.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anchor import anchor
from avatron.io.clips import probe_clip, read_frames
from avatron.io.video import VideoWriter
from avatron.track.config import TrackConfig
from avatron.track.photometric.config import PhotometricConfig
from avatron.track.tracker import Tracker
from record import write_result

SIZE, FPS = (1280, 720), Fraction(25)
GOALS = {"landmarks_fps": 120.0, "photometric_fps": 15.0}
"""Two cores, 720p."""

PEAK_MEMORY = """
import json, resource, sys
sys.path.insert(0, sys.argv[1])
from track import config_of
from avatron.track.tracker import Tracker
track = Tracker(config_of(sys.argv[3] == "photometric")).track(sys.argv[2])
peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"frames": len(track), "peak_mib": round(peak_kib / 1024, 1)}))
"""


def config_of(photometric: bool) -> TrackConfig:
    """The tracker as it comes, with or without its look at the pictures."""
    return replace(TrackConfig(), photometric=PhotometricConfig() if photometric else None)


def fitted(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """[720, 1280, 3] the picture as high as the frame, in its middle, grey beside it."""
    from PIL import Image

    width, height = SIZE
    scale = min(width / picture.shape[1], height / picture.shape[0])
    size = round(picture.shape[1] * scale), round(picture.shape[0] * scale)
    frame = np.full((height, width, 3), 96, np.uint8)
    left, top = (width - size[0]) // 2, (height - size[1]) // 2
    frame[top : top + size[1], left : left + size[0]] = Image.fromarray(picture).resize(size)
    return frame


def there_and_back(path: Path) -> Iterator[NDArray[np.uint8]]:
    """The pictures of a film forwards and backwards without end: no jump where it begins again."""
    pictures = [fitted(picture) for picture in itertools.islice(read_frames(probe_clip(path)), 250)]
    return itertools.cycle(pictures + pictures[-2:0:-1])


def drawn_person() -> Iterator[NDArray[np.uint8]]:
    """A speaking avatar, without end."""
    import avatron

    text = "Please remember to bring two bottles of water, and a warm jacket for the evening."
    pieces = avatron.stream(text, size=SIZE)
    pictures = [picture for piece in pieces for picture in piece.frames()][:250]
    return itertools.cycle(pictures + pictures[-2:0:-1])


def write_film(path: Path, pictures: Iterator[NDArray[np.uint8]], frames: int) -> None:
    """The first `frames` of `pictures` as an mp4."""
    with VideoWriter(path, SIZE, FPS, quality=80) as writer:
        for picture in itertools.islice(pictures, frames):
            writer.write_frame(np.ascontiguousarray(picture[..., :3]))


def speed(film: Path, photometric: bool, repeats: int) -> dict[str, Any]:
    """Frames per second and seconds by stage of one way to track."""
    tracker = Tracker(config_of(photometric))
    runs = []
    for _ in range(repeats):
        stages: dict[str, list[float]] = {}
        last = [time.perf_counter(), time.process_time()]

        def passed(stage: str, done: int, total: int, stages: Any = stages, last: Any = last) -> None:
            now = [time.perf_counter(), time.process_time()]
            spent = stages.setdefault(stage, [0.0, 0.0])
            spent[0] += now[0] - last[0]
            spent[1] += now[1] - last[1]
            last[:] = now

        begun = time.perf_counter(), time.process_time()
        track = tracker.track(film, on_progress=passed)
        runs.append((time.perf_counter() - begun[0], time.process_time() - begun[1], len(track), stages))
    best = min(runs, key=lambda run: run[0])
    return {
        "frames": best[2],
        "frames_per_second": round(best[2] / best[0], 2),
        "processor_ms_a_frame": round(1000 * min(run[1] for run in runs) / best[2], 2),
        "stages": {
            stage: {
                "ms_a_frame": round(1000 * spent[0] / best[2], 2),
                "processor_ms_a_frame": round(1000 * spent[1] / best[2], 2),
            }
            for stage, spent in best[3].items()
        },
    }


def peak_memory(film: Path, photometric: bool) -> dict[str, Any]:
    """Frames and peak resident MiB of a new process that tracks `film`."""
    way = "photometric" if photometric else "landmarks"
    done = subprocess.run(
        [sys.executable, "-c", PEAK_MEMORY, str(Path(__file__).parent), str(film), way],
        check=True,
        capture_output=True,
        text=True,
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--video", type=Path, help="a film of one person (default: a drawn one)")
    parser.add_argument("--seconds", type=float, default=20.0, help="of film for the speed (default: 20)")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--minutes", type=float, nargs="*", default=[1.0, 10.0], help="of film for the memory")
    parser.add_argument("--out", type=Path, help="write here instead of benchmarks/results/track_speed.json")
    arguments = parser.parse_args()

    def pictures() -> Iterator[NDArray[np.uint8]]:
        return there_and_back(arguments.video) if arguments.video else drawn_person()

    result: dict[str, Any] = {"film": "given" if arguments.video else "drawn", "size": "1280x720", "goals": GOALS}
    with tempfile.TemporaryDirectory() as name:
        film = Path(name) / "film.mp4"
        write_film(film, pictures(), round(arguments.seconds * FPS))
        result["anchor_before"] = anchor()
        result["landmarks"] = speed(film, False, arguments.repeats)
        result["photometric"] = speed(film, True, arguments.repeats)
        result["anchor_after"] = anchor()
        result["memory"] = {}
        for minutes in arguments.minutes:
            long = Path(name) / "long.mp4"
            write_film(long, pictures(), round(60 * minutes * FPS))
            # Refinement works in windows as the fit does: one way is enough to see what grows.
            result["memory"][f"{minutes:g} minutes"] = peak_memory(long, False)
            long.unlink()
    if arguments.out is not None:
        arguments.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        print(arguments.out)
    else:
        print(write_result("track_speed", result))


if __name__ == "__main__":
    main()
