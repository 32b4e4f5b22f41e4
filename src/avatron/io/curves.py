"""Motion curves as files: npz with all of a `FaceMotion`, and csv of ARKit curves as Live Link Face writes them.

Units of the csv: blendshapes 0 .. 1; head and eye yaw, pitch and roll in radians. Yaw is positive towards the person's
left, pitch is positive up, roll is positive towards the person's left shoulder. `Timecode` is HH:MM:SS:FF.mmm, where FF
counts frames of the whole-numbered rate next to the fps. ARKit has no tongueL, tongueTH, tongueN and tongueK: the csv
leaves them, the neck, the torso and translations out; the head's columns are the whole turn of torso, neck and skull.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import ARKIT_NAMES, EXPRESSION_NAMES, FaceMotion
from avatron.core.rotation import axis_angle_to_matrix, matrix_to_axis_angle
from avatron.errors import AvatronError, UnreadableFileError
from avatron.io.atomic import PendingFile
from avatron.io.npz import read_npz, save_npz
from avatron.io.writer import ByteWriter, Writer

__all__ = [
    "ARKIT_NOTE",
    "LIVE_LINK_COLUMNS",
    "MOTION_ARRAYS",
    "OPTIONAL_MOTION_ARRAYS",
    "CurveCsvWriter",
    "MotionWriter",
    "live_link_values",
    "motion_arrays",
    "motion_from_arrays",
    "read_motion",
    "write_motion_npz",
]

_HEAD_COLUMNS = ("HeadYaw", "HeadPitch", "HeadRoll")
_EYE_COLUMNS = ("LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll", "RightEyeYaw", "RightEyePitch", "RightEyeRoll")
LIVE_LINK_COLUMNS: tuple[str, ...] = (
    "Timecode",
    "BlendShapeCount",
    *(name[:1].upper() + name[1:] for name in ARKIT_NAMES),
    *_HEAD_COLUMNS,
    *_EYE_COLUMNS,
)
"""The columns of Live Link Face's csv files. It counts the nine angles among its 61 blendshapes."""

_ARRAYS = (
    *("expression", "head_rotation", "neck_rotation", "torso_rotation"),
    *("head_translation", "torso_translation", "gaze"),
)
ARKIT_NOTE = "tongueL, tongueTH, tongueN and tongueK are no ARKit blendshapes: ARKit exports leave them out"
"""What whoever writes ARKit curves should say."""
MOTION_ARRAYS: tuple[str, ...] = (*_ARRAYS, "expression_names", "fps", "first_frame")
"""What an npz must hold to hold a motion."""
OPTIONAL_MOTION_ARRAYS: tuple[str, ...] = ("sway",)
"""What it holds where a person's hair and clothes are known to move."""
_LARGEST_CSV = 2 * 2**30


def write_motion_npz(path: Path | str, motion: FaceMotion, *, overwrite: bool = False) -> None:
    """Write all of `motion` as an npz that needs no pickle: its arrays, names, fps and first frame.

    Raises:
        OutputExistsError: the output is there and `overwrite` is not set.
        OutputError: it cannot be written.
    """
    with MotionWriter(path, overwrite=overwrite) as writer:
        writer.write(motion)


class MotionWriter(Writer):
    """Writes an npz of motion that comes in pieces; it holds 0.3 kB a frame until it is finished."""

    def __init__(self, path: Path | str, *, overwrite: bool = False) -> None:
        """Open a file.

        Raises:
            OutputExistsError: the output is there and `overwrite` is not set.
            OutputError: it cannot be written.
        """
        self._pending = PendingFile(path, overwrite=overwrite)
        self._pieces: list[FaceMotion] = []

    def write(self, motion: FaceMotion) -> None:
        """Append the frames of `motion`."""
        self._pieces.append(motion)

    def _finish(self) -> None:
        save_npz(self._pending, motion_arrays(FaceMotion.joined(self._pieces)))

    def _partial(self) -> Path:
        return self._pending.partial

    def _publish(self) -> None:
        self._pending.commit()

    def _abandon(self) -> None:
        self._pending.discard()


def motion_arrays(motion: FaceMotion) -> dict[str, NDArray[Any]]:
    """All of `motion` by the names of `MOTION_ARRAYS`, its `OPTIONAL_MOTION_ARRAYS` where it has them, and a note."""
    return {
        **{name: getattr(motion, name) for name in _ARRAYS},
        **({"sway": motion.sway} if motion.sway.size else {}),
        "expression_names": np.array(EXPRESSION_NAMES),
        "fps": np.array([motion.fps.numerator, motion.fps.denominator], np.int64),
        "first_frame": np.array(motion.first_frame, np.int64),
        "note": np.array(ARKIT_NOTE),
    }


def motion_from_arrays(path: Path, arrays: Mapping[str, NDArray[Any]], fps: Fraction | None = None) -> FaceMotion:
    """The motion that `motion_arrays` wrote; `path` is for messages, `fps` overrules the rate.

    Raises:
        UnreadableFileError: other expressions than ours, or no frame rate.
        AvatronError: arrays that do not make a motion.
    """
    try:
        names = tuple(str(name) for name in arrays["expression_names"])
        numerator, denominator = (int(part) for part in arrays["fps"])
        first_frame = int(arrays["first_frame"])
    except (TypeError, ValueError, OverflowError) as error:
        raise UnreadableFileError(f"`{path}` is no npz of motion: {error}") from error
    if names != EXPRESSION_NAMES:
        raise UnreadableFileError(f"`{path}` has other expressions than avatron's {len(EXPRESSION_NAMES)}")
    if denominator < 1:
        raise UnreadableFileError(f"`{path}` has fps {numerator}/{denominator}")
    values = {name: arrays[name] for name in _ARRAYS}
    values |= {name: arrays[name] for name in OPTIONAL_MOTION_ARRAYS if name in arrays}
    return FaceMotion(**values, fps=fps or Fraction(numerator, denominator), first_frame=first_frame)


class CurveCsvWriter(ByteWriter):
    """Writes a Live Link Face csv as motion comes."""

    def __init__(self, target: Path | str | BinaryIO, *, overwrite: bool = False) -> None:
        """Open a file, or take a binary stream.

        Raises:
            OutputExistsError: the output is there and `overwrite` is not set.
            OutputError: it cannot be written.
        """
        super().__init__(target, overwrite=overwrite)
        self._put((",".join(LIVE_LINK_COLUMNS) + "\n").encode("ascii"))

    def write(self, motion: FaceMotion) -> None:
        """Append the frames of `motion`.

        Raises:
            OutputError: they cannot be written.
        """
        values = live_link_values(motion)
        count = values.shape[1]
        lines = [
            f"{_timecode(motion.first_frame + index, motion.fps)},{count},"
            + ",".join(f"{value:.8f}" for value in row)
            + "\n"
            for index, row in enumerate(values.tolist())
        ]
        self._put("".join(lines).encode("ascii"))


def read_motion(path: Path | str, fps: Fraction | None = None) -> FaceMotion:
    """The motion in an npz of ours, or in a Live Link Face csv.

    A csv says its fps only through its timecodes; `fps` overrules them.

    Raises:
        UnreadableFileError: missing, of another type, damaged, or with values out of range.
    """
    path = Path(path)
    readers = {".npz": _read_npz, ".csv": _read_csv}
    if path.suffix.lower() not in readers:
        raise UnreadableFileError(f"`{path}` has type `{path.suffix}`; expected .npz or .csv")
    try:
        if path.stat().st_size > _LARGEST_CSV:
            raise UnreadableFileError(f"`{path}` is larger than {_LARGEST_CSV // 2**30} GiB; cut it into parts")
        return readers[path.suffix.lower()](path, fps)
    except UnreadableFileError:
        raise
    except AvatronError as error:
        raise UnreadableFileError(f"`{path}` holds no motion: {error}") from error
    except UnicodeDecodeError:
        raise UnreadableFileError(f"`{path}` is not text") from None
    except OSError as error:
        raise UnreadableFileError(f"cannot read `{path}`: {error.strerror or error}") from error


def _read_npz(path: Path, fps: Fraction | None) -> FaceMotion:
    return motion_from_arrays(path, read_npz(path, "motion", MOTION_ARRAYS, OPTIONAL_MOTION_ARRAYS), fps)


def _read_csv(path: Path, fps: Fraction | None) -> FaceMotion:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        try:
            rows = [row for row in csv.reader(stream) if row]
        except csv.Error as error:
            raise UnreadableFileError(f"`{path}` is not csv: {error}") from None
    if not rows:
        raise UnreadableFileError(f"`{path}` is empty")
    header = {name.strip().lower(): index for index, name in enumerate(rows[0])}
    missing = [name for name in LIVE_LINK_COLUMNS[2 : 2 + len(ARKIT_NAMES)] if name.lower() not in header]
    if missing:
        raise UnreadableFileError(f"`{path}` lacks the columns {', '.join(missing[:4])}; expected Live Link Face's")
    frames = rows[1:]
    if not frames:
        raise UnreadableFileError(f"`{path}` has no frames")

    def column(name: str) -> NDArray[np.float64]:
        index = header.get(name.lower())
        if index is None:
            return np.zeros(len(frames))
        return np.array([_number(path, number, row, index) for number, row in enumerate(frames, 2)])

    expression = np.zeros((len(frames), len(EXPRESSION_NAMES)), np.float32)
    for index, name in enumerate(LIVE_LINK_COLUMNS[2 : 2 + len(ARKIT_NAMES)]):
        expression[:, index] = column(name)
    still = np.zeros((len(frames), 3), np.float32)
    head = _rotation(*(column(name) for name in _HEAD_COLUMNS))
    gaze = np.stack([column(name) for name in _EYE_COLUMNS if not name.endswith("Roll")], -1).reshape(-1, 2, 2)
    rate = fps or _fps_of(path, [row[header["timecode"]] if "timecode" in header else "" for row in frames])
    return FaceMotion(
        expression.clip(0, 1), head.astype(np.float32), still, still, still, still, gaze.astype(np.float32), rate
    )


def _number(path: Path, line: int, row: list[str], index: int) -> float:
    try:
        value = float(row[index])
    except (ValueError, IndexError):
        value = math.nan
    if not math.isfinite(value):
        shown = row[index] if index < len(row) else ""
        raise UnreadableFileError(f"line {line} of `{path}` has `{shown}` in column {index + 1}, expected a number")
    return value


def _fps_of(path: Path, timecodes: list[str]) -> Fraction:
    """The rate that the timecodes say: the number of frames over the time from the first to the last."""
    try:
        times = [_seconds_and_frames(timecodes[0]), _seconds_and_frames(timecodes[-1])]
        highest = max(_seconds_and_frames(code)[1] for code in timecodes)
    except (ValueError, IndexError):
        raise UnreadableFileError(f"`{path}` has no timecodes HH:MM:SS:FF.mmm; give its fps") from None
    nominal = next((rate for rate in (24, 25, 30, 48, 50, 60, 100, 120, 240) if rate > highest), 240)
    if len(timecodes) > nominal:
        # A whole second of frames shows the rate itself.
        nominal = math.floor(highest) + 1
    span = (times[1][0] - times[0][0]) * nominal + times[1][1] - times[0][1]
    if len(timecodes) > 1 and abs(span - (len(timecodes) - 1)) > 1 + 0.01 * len(timecodes):
        raise UnreadableFileError(f"`{path}` leaves out frames, or its timecodes do not say its fps; give it")
    return Fraction(nominal)


def _seconds_and_frames(timecode: str) -> tuple[int, float]:
    hours, minutes, seconds, frames = timecode.strip().split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds), float(frames)


def _timecode(frame: int, fps: Fraction) -> str:
    nominal = max(round(fps), 1)
    seconds, part = divmod(frame, nominal)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}:{part:02}.000"


def live_link_values(motion: FaceMotion) -> NDArray[np.float64]:
    """[T, 61] what Live Link Face tells of each frame: ARKit's 52 weights; nine angles of head and eyes, radians."""
    return np.concatenate([motion.expression[:, : len(ARKIT_NAMES)], _head_angles(motion), _eye_angles(motion)], 1)


def _head_angles(motion: FaceMotion) -> NDArray[np.float64]:
    """[T, 3] yaw, pitch and roll of the whole turn of the head, radians."""
    matrix = (
        axis_angle_to_matrix(motion.torso_rotation)
        @ axis_angle_to_matrix(motion.neck_rotation)
        @ axis_angle_to_matrix(motion.head_rotation)
    )
    # matrix = Ry(yaw) Rx(-pitch) Rz(-roll)
    yaw = np.arctan2(matrix[:, 0, 2], matrix[:, 2, 2])
    pitch = np.arcsin(np.clip(matrix[:, 1, 2], -1, 1))
    roll = -np.arctan2(matrix[:, 1, 0], matrix[:, 1, 1])
    return np.stack([yaw, pitch, roll], -1)


def _rotation(yaw: NDArray[Any], pitch: NDArray[Any], roll: NDArray[Any]) -> NDArray[np.float64]:
    """[T, 3] axis-angle of yaw, pitch and roll [T]; the inverse of `_head_angles`."""
    zero = np.zeros_like(yaw)
    return matrix_to_axis_angle(
        axis_angle_to_matrix(np.stack([zero, yaw, zero], -1))
        @ axis_angle_to_matrix(np.stack([-pitch, zero, zero], -1))
        @ axis_angle_to_matrix(np.stack([zero, zero, -roll], -1))
    )


def _eye_angles(motion: FaceMotion) -> NDArray[np.float64]:
    """[T, 6] yaw, pitch and roll (always 0) of the left and the right eye, radians."""
    angles = np.zeros((len(motion), 2, 3))
    angles[..., :2] = motion.gaze
    return angles.reshape(len(motion), 6)
