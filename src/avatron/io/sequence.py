"""A film as a folder of numbered pictures (`frame_000000.png` ...) with its sound beside them (`audio.wav`)."""

from __future__ import annotations

import os
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatron.core.timeline import FrameClock
from avatron.errors import InvalidValueError, OutputExistsError
from avatron.io.atomic import PendingFolder, check_target, output_errors
from avatron.io.audio import WavWriter
from avatron.io.video import checked_image
from avatron.io.writer import Writer

__all__ = ["SequenceWriter", "check_sequence_target"]

_OURS = re.compile(r"frame_\d{6,}\.png|audio\.wav|provenance\.avatron\.json")


def check_sequence_target(path: Path, *, overwrite: bool) -> None:
    """Refuse a folder that could not be written, or that holds what is no picture sequence: it would be lost.

    Raises:
        OutputExistsError: it is there and `overwrite` is not set, or something else is in it.
        OutputError: the folder above is missing or cannot be written to, or it is no folder.
    """
    check_target(path, overwrite=overwrite, folder=True)
    with output_errors(path):
        stranger = (
            next((name for name in os.listdir(path) if not _OURS.fullmatch(name)), None) if path.is_dir() else None
        )
    if stranger is not None:
        raise OutputExistsError(
            f"`{path}` holds `{stranger}`, which is no part of a picture sequence, so it is not replaced; "
            "choose another folder"
        )


class SequenceWriter(Writer):
    """Writes a picture sequence; the interface is that of `VideoWriter`. Lossless, with straight alpha if asked for."""

    def __init__(
        self,
        target: Path | str,
        size: tuple[int, int],
        fps: Fraction,
        sample_rate: int | None = None,
        *,
        alpha: bool = False,
        overwrite: bool = False,
    ) -> None:
        """Open a folder for pictures of `size` (width, height) px.

        Raises:
            InvalidValueError: a size or fps out of range.
            OutputExistsError: the folder is there and `overwrite` is not set, or something else is in it.
            OutputError: it cannot be written.
        """
        if min(size) < 1:
            raise InvalidValueError(f"png cannot hold {size[0]}x{size[1]}; the smallest is 1x1")
        self.size = size
        self.fps = FrameClock(Fraction(fps)).fps
        self.sample_rate = sample_rate
        self.alpha = alpha
        self.frames_written = 0
        check_sequence_target(Path(target), overwrite=overwrite)
        self._pending = PendingFolder(target, overwrite=overwrite)
        try:
            self._sound = None if sample_rate is None else self._open_sound(sample_rate)
        except BaseException:
            self._pending.discard()
            raise

    def _open_sound(self, sample_rate: int) -> WavWriter:
        # Messages name the folder that the user knows, not the temporary one.
        return WavWriter(self._pending.partial / "audio.wav", sample_rate, called=str(self._pending.path / "audio.wav"))

    @property
    def duration(self) -> Fraction:
        """Exact seconds of picture so far."""
        return self.frames_written / self.fps

    def write_audio(self, samples: NDArray[np.float32]) -> None:
        """Append `samples` [N] in [-1, 1]."""
        if self._sound is None:
            raise InvalidValueError(f"the sequence `{self._pending.path}` was opened without sound")
        self._sound.write(np.asarray(samples, dtype=np.float32))

    def write_frame(self, image: NDArray[np.uint8]) -> None:
        """Append a picture [H, W, 3], or [H, W, 4] with alpha.

        Raises:
            ShapeError: another size or type.
            OutputError: it cannot be written.
        """
        from PIL import Image

        image = checked_image(image, self.size, self.alpha)
        name = f"frame_{self.frames_written:06d}.png"
        with output_errors(self._pending.path / name):
            # Level 1 is four times as fast as 6 and a tenth larger.
            Image.fromarray(image).save(self._pending.partial / name, compress_level=1)
        self.frames_written += 1

    def _finish(self) -> None:
        if self.frames_written == 0:
            raise InvalidValueError(f"the sequence `{self._pending.path}` has no picture")
        if self._sound is not None:
            self._sound.close()

    def _partial(self) -> Path:
        return self._pending.partial

    def _publish(self) -> None:
        self._pending.commit()

    def _abandon(self) -> None:
        if self._sound is not None:
            self._sound.discard()
        self._pending.discard()
