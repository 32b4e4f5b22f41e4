"""How well sound and picture of a film keep together, measured from the file itself.

    python benchmarks/sync.py --make [--minutes 10]    a film of clicks and flashes, written by us, exact to a sample
    python benchmarks/sync.py FILE [--mouth X,Y,W,H]   any film of a talking head

For a talking head the opening of the mouth (how the mouth's region differs from its usual picture) is laid against the
loudness of the sound; the offset is where they fit best, in windows along the film, and the drift is the slope of the
offsets. People open the mouth before they are heard, so such an offset is biased by some tens of milliseconds; the
drift is not.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from avatron.io.audio import read_audio
from avatron.io.video import VideoWriter
from record import write_result

SAMPLE_RATE = 22050
WINDOW_S = 20.0
LARGEST_OFFSET_S = 0.6
CURVE_HZ = 200.0


def make_film(path: Path, minutes: float, fps: Fraction) -> None:
    """A film with a click of sound and a white flash at the start of every tenth second."""
    seconds = round(minutes * 60)
    time_s = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    burst = ((time_s < 0.1) * np.sin(2 * np.pi * 1000 * time_s) * 0.8).astype(np.float32)
    black, white = np.zeros((128, 128, 3), np.uint8), np.full((128, 128, 3), 255, np.uint8)
    with VideoWriter(path, (128, 128), fps, SAMPLE_RATE, overwrite=True) as writer:
        for second in range(seconds):
            writer.write_audio(burst if second % 10 == 0 else np.zeros_like(burst))
            while writer.duration < second + 1:
                time = writer.duration
                writer.write_frame(white if int(time) % 10 == 0 and time % 1 < Fraction(1, 10) else black)


def mouth_curve(path: Path, region: tuple[int, int, int, int] | None) -> tuple[NDArray[Any], NDArray[Any]]:
    """[T] times in seconds, and [T] how far the region (default: the lower middle) is from its mean picture."""
    times, pictures = [], []
    with av.open(str(path)) as container:
        pictures_in: Any = container.decode(video=0)
        for frame in pictures_in:
            grey = frame.to_ndarray(format="gray")
            height, width = grey.shape
            left, top, wide, high = region or (width * 3 // 8, height // 2, width // 4, height // 4)
            patch = grey[top : top + high, left : left + wide].astype(np.float32)
            rows = np.array_split(patch, 16)
            pictures.append([block.mean() for row in rows for block in np.array_split(row, 16, 1)])
            times.append(float(frame.pts * frame.time_base))
    blocks = np.asarray(pictures)
    # Slow changes (light, sway of the head) are no speech.
    kernel = np.ones(25) / 25
    slow = np.stack([np.convolve(np.pad(block, 12, "edge"), kernel, "valid") for block in blocks.T], -1)
    detail = blocks - slow
    _, _, directions = np.linalg.svd(detail - detail.mean(0), full_matrices=False)
    return np.asarray(times), np.asarray(detail @ directions[0])


def loudness(path: Path) -> NDArray[np.float64]:
    """[N] root mean square of the sound, CURVE_HZ values a second."""
    audio = read_audio(path, 16000)
    hop = round(16000 / CURVE_HZ)
    power = np.convolve(audio.samples.astype(np.float64) ** 2, np.ones(4 * hop) / (4 * hop), "same")
    return np.asarray(np.sqrt(power[::hop].clip(0)))


def onsets_report(path: Path) -> dict[str, Any]:
    """Offsets of flashes against clicks, for a film of `make_film`."""
    audio = read_audio(path)
    loud = np.flatnonzero(np.abs(audio.samples) > 0.2)
    clicks = loud[np.diff(loud, prepend=-audio.sample_rate) > audio.sample_rate // 2] / audio.sample_rate
    flashes, before = [], 0.0
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        rate = stream.average_rate
        frames: Any = container.decode(stream)
        for frame in frames:
            value = frame.to_ndarray(format="gray").mean()
            if value > 128 >= before:
                flashes.append(float(frame.pts * frame.time_base))
            before = value
    if len(clicks) != len(flashes):
        raise SystemExit(f"{len(clicks)} clicks and {len(flashes)} flashes: the film is not whole")
    offsets = (np.asarray(flashes) - clicks) * 1000
    drift = np.polyfit(clicks, offsets, 1)[0] * 600 if len(clicks) > 1 else 0.0
    return {
        "method": "click and flash",
        "fps": str(rate),
        "events": len(clicks),
        "offset_ms_mean": round(float(offsets.mean()), 3),
        "offset_ms_largest": round(float(np.abs(offsets).max()), 3),
        "drift_ms_in_10_minutes": round(float(drift), 3),
        "frame_ms": round(1000 / float(rate or 25), 3),
    }


def talking_report(path: Path, region: tuple[int, int, int, int] | None) -> dict[str, Any]:
    """Offset and drift of a talking head's mouth against its sound."""
    sound = loudness(path)
    times, mouth = mouth_curve(path, region)
    grid = np.arange(len(sound)) / CURVE_HZ
    opening = np.interp(grid, times, mouth)
    if abs(np.corrcoef(opening, sound)[0, 1]) < 0.05:
        # The first direction may be the head's sway: its speed of change is speech all the same.
        opening = np.abs(np.gradient(opening))
    window = round(min(WINDOW_S, len(grid) / CURVE_HZ / 2) * CURVE_HZ)
    reach = round(LARGEST_OFFSET_S * CURVE_HZ)
    sign = np.sign(np.corrcoef(opening, sound)[0, 1]) or 1.0
    centres, offsets, fits = [], [], []
    for start in range(reach, len(grid) - window - reach, max(window // 2, 1)):
        heard = sound[start : start + window]
        scores = [
            sign * np.corrcoef(opening[start + lag : start + lag + window], heard)[0, 1]
            for lag in range(-reach, reach + 1)
        ]
        best = int(np.nanargmax(scores))
        centres.append((start + window / 2) / CURVE_HZ)
        offsets.append((best - reach) / CURVE_HZ * 1000)
        fits.append(float(scores[best]))
    if not offsets:
        raise SystemExit("the film is too short; at least 4 seconds are needed")
    drift = float(np.polyfit(centres, offsets, 1)[0] * 600) if len(offsets) > 2 else None
    return {
        "method": "mouth against loudness",
        "windows": len(offsets),
        "offset_ms_median": round(float(np.median(offsets)), 1),
        "offset_ms_interquartile": [round(float(value), 1) for value in np.percentile(offsets, [25, 75])],
        "drift_ms_in_10_minutes": None if drift is None else round(drift, 1),
        "correlation_median": round(float(np.median(fits)), 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--make", action="store_true", help="make and measure a film of clicks and flashes")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--fps", type=Fraction, default=Fraction(25))
    parser.add_argument("--mouth", help="X,Y,W,H in pixels")
    parsed = parser.parse_args()
    if parsed.make == (parsed.file is not None):
        parser.error("give either a FILE or --make")
    if not parsed.make:
        region = tuple(int(part) for part in parsed.mouth.split(",")) if parsed.mouth else None
        print(json.dumps({"file": parsed.file.name, **talking_report(parsed.file, region)}, indent=2))  # type: ignore[arg-type]
        return
    result: dict[str, Any] = {"minutes": parsed.minutes, "unit": "ms; positive: picture after sound", "films": {}}
    with tempfile.TemporaryDirectory() as folder:
        for suffix in ("mp4", "webm"):
            path = Path(folder) / f"film.{suffix}"
            make_film(path, parsed.minutes, parsed.fps)
            result["films"][suffix] = onsets_report(path)
    print(json.dumps(result, indent=2))
    print(write_result("sync", result))


if __name__ == "__main__":
    main()
