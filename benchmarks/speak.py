"""The numbers of the main job: cold start, stages, real-time factor, size.

python benchmarks/speak.py
python benchmarks/speak.py --venv PATH         # and the installed size of that virtual environment
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import avatron
from anchor import anchor
from avatron.pipeline.options import parse_size
from record import write_result

THREE_SECONDS = "Hello! I am Ava. I was never recorded saying this."
PARAGRAPH = (
    "The morning train was late again, so we walked along the river and talked about the weather. "
    "She opened the small wooden box, and inside it lay a silver key. "
    "Machines can now read aloud, but listening is still a human art. "
    "Could you tell me where the nearest library is? "
    "Please remember to bring two bottles of water and a warm jacket. "
)
"""About twenty seconds of speech."""


def command_seconds(arguments: list[str], repeats: int) -> list[float]:
    """Wall-clock seconds of a command in a new process, each time."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "avatron", *arguments], check=True, capture_output=True)
        seconds.append(time.perf_counter() - start)
    return seconds


def cold(folder: Path) -> dict[str, Any]:
    help_s = command_seconds(["--help"], 7)
    speak_s = command_seconds(["speak", THREE_SECONDS, "-o", str(folder / "cold.mp4"), "--overwrite"], 5)
    return {
        "help_s": {"best": min(help_s), "median": statistics.median(help_s), "goal": 0.5},
        "cold_speak_s": {
            "best": min(speak_s),
            "median": statistics.median(speak_s),
            "goal": 3.0,
            "script": THREE_SECONDS,
        },
    }


def warm(folder: Path, size: tuple[int, int], avatar: str, repeats: int) -> dict[str, Any]:
    """A twenty-second script to a 25 fps mp4 in a warm process: real-time factor, seconds by stage, processor time.

    On a machine that is busy with other work the clock says little, and processor time is a little too high.
    """
    output = folder / "warm.mp4"
    avatron.speak(THREE_SECONDS, output, size=size, avatar=avatar, overwrite=True)
    runs = []
    for _ in range(repeats):
        start, worked = time.perf_counter(), time.process_time()
        production = avatron.speak(PARAGRAPH, output, size=size, avatar=avatar, overwrite=True)
        runs.append((time.perf_counter() - start, production, time.process_time() - worked))
    seconds, production, _ = min(runs, key=lambda run: run[0])
    processor = min(run[2] for run in runs)
    return {
        "size": f"{size[0]}x{size[1]}",
        "film_s": production.duration_s,
        "frames": production.frames,
        "seconds": {"best": seconds, "median": statistics.median(run[0] for run in runs)},
        "processor_seconds": processor,
        "processor_ms_a_frame": 1000 * processor / production.frames,
        "times_faster_than_playing": production.duration_s / seconds,
        "frames_per_second": production.frames / seconds,
        "stage_seconds": production.stage_seconds,
        "stage_real_time_factor": {
            stage: value / production.duration_s for stage, value in production.stage_seconds.items()
        },
    }


def installed_mib(venv: Path) -> float:
    """MiB of everything in a virtual environment, without pip and setuptools."""
    total = sum(
        path.stat().st_size
        for path in venv.rglob("*")
        if path.is_file()
        and not path.is_symlink()
        and not any(part in {"pip", "setuptools", "__pycache__"} for part in path.parts)
    )
    return total / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--venv", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--avatar", default="ava", help="name or folder")
    parser.add_argument("--sizes", nargs="+", default=["512x512", "1920x1080"], help="WIDTHxHEIGHT")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        result: dict[str, Any] = {"anchor": anchor(), **cold(folder)}
        result["warm"] = [
            warm(folder, parse_size(size), arguments.avatar, arguments.repeats) for size in arguments.sizes
        ]
    if arguments.venv is not None:
        result["installed_mib"] = {"value": installed_mib(arguments.venv), "goal": 400}
    print(write_result("speak", result).read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
