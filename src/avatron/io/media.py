"""Opening sound and video files for reading, with every way it can go wrong as one clear error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from avatron.errors import UnreadableFileError

__all__ = ["open_media"]


@contextmanager
def open_media(path: Path, what: str) -> Iterator[Any]:
    """PyAV's container of the file at `path`; errors while it is read are translated too. `what` is for messages.

    Raises:
        UnreadableFileError: missing, not a media file, or damaged.
    """
    import av

    if not path.is_file():
        raise UnreadableFileError(f"cannot read the {what} `{path}`: there is no such file")
    try:
        # `file:` keeps FFmpeg from taking a name such as `http://x` or `concat:a|b` for one of its protocols.
        with av.open(f"file:{path}", metadata_errors="ignore") as container:
            yield container
    except av.error.FFmpegError as error:
        raise UnreadableFileError(
            f"cannot read the {what} `{path}`: {error.strerror or error}; it is damaged or of an unknown type"
        ) from error
    except OSError as error:
        raise UnreadableFileError(f"cannot read the {what} `{path}`: {error.strerror or error}") from error
