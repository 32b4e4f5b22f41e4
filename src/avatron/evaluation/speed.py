"""How fast the main job is here: stages and real-time factor of a warm process."""

from __future__ import annotations

import math
import os
import tempfile
from pathlib import Path
from typing import Any

from avatron.errors import InvalidValueError
from avatron.native.cpu import instruction_set
from avatron.pipeline.speak import speak

__all__ = ["measure_speed"]

_SENTENCES = (
    "The morning train was late again, so we walked along the river and talked about the weather.",
    "She opened the small wooden box, and inside it lay a silver key.",
    "Machines can now read aloud, but listening is still a human art.",
    "Could you tell me where the nearest library is?",
    "Please remember to bring two bottles of water and a warm jacket.",
)
_SENTENCE_S = 4.0


def measure_speed(seconds: float, size: tuple[int, int], repeats: int = 3) -> dict[str, Any]:
    """The best of `repeats` warm runs that speak a script of about `seconds` to a 25 fps mp4 of `size` px.

    Gives `film_s`, `frames`, `seconds`, `stage_seconds`, `times_faster_than_playing`, `size`, `instruction_set`,
    `cores`.

    Raises:
        InvalidValueError: seconds that are not in 1 .. 3600.
    """
    if not (math.isfinite(seconds) and 1 <= seconds <= 3600):
        raise InvalidValueError(f"seconds {seconds:g} is outside 1 .. 3600")
    count = max(1, round(seconds / _SENTENCE_S))
    script = " ".join(_SENTENCES[index % len(_SENTENCES)] for index in range(count))
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "bench.mp4"
        speak("Warming up.", output, size=size)
        best = min(
            (speak(script, output, size=size, overwrite=True) for _ in range(repeats)),
            key=lambda production: production.seconds,
        )
    return {
        "film_s": best.duration_s,
        "frames": best.frames,
        "seconds": best.seconds,
        "stage_seconds": best.stage_seconds,
        "times_faster_than_playing": best.duration_s / best.seconds,
        "size": f"{size[0]}x{size[1]}",
        "instruction_set": instruction_set(),
        "cores": os.cpu_count(),
    }
