"""The ordinary comment field of png, gif, wav and npz, written into files that are there already.

Films have theirs from FFmpeg. Any program that shows a file's properties shows these, and unlike credentials nothing
protects them.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np

from avatron.errors import UnreadableFileError

__all__ = ["COMMENT_TYPES", "add_comment", "read_comment"]

COMMENT_TYPES = frozenset({"png", "gif", "wav", "npz"})
"""Types that this module can write a comment into."""
_KEYWORD = b"Comment"
_NPZ_NAME = "provenance.npy"
_LARGEST_INFO = 2**20


def add_comment(path: Path, type_name: str, text: str) -> None:
    """Write `text` into the comment field of the file at `path`, of one of `COMMENT_TYPES`; it must have none yet.

    Raises:
        OSError: it cannot be written.
    """
    {"png": _add_png, "gif": _add_gif, "wav": _add_wav, "npz": _add_npz}[type_name](path, text)


def read_comment(path: Path, type_name: str) -> str | None:
    """The comment that a file carries: of `COMMENT_TYPES`, or of a film.

    Raises:
        UnreadableFileError: a file that is damaged, or not of that type.
    """
    readers = {"png": _read_png, "gif": _read_gif, "wav": _read_wav, "npz": _read_npz}
    try:
        return readers.get(type_name, _read_film)(path)
    except (OSError, ValueError, KeyError, IndexError, struct.error, zipfile.BadZipFile) as error:
        raise UnreadableFileError(f"`{path}` is no {type_name} that can be read: {error}") from error


def _add_png(path: Path, text: str) -> None:
    body = b"iTXt" + _KEYWORD + b"\0\0\0\0\0" + text.encode()
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    with path.open("r+b") as stream:
        stream.seek(-12, io.SEEK_END)
        end = stream.read(12)
        stream.seek(-12, io.SEEK_END)
        stream.write(chunk + end)


def _read_png(path: Path) -> str | None:
    with path.open("rb") as stream:
        stream.seek(8)
        while len(head := stream.read(8)) == 8:
            length, kind = struct.unpack(">I4s", head)
            if kind == b"iTXt" and length < _LARGEST_INFO:
                keyword, _, rest = stream.read(length).partition(b"\0")
                if keyword == _KEYWORD:
                    return rest[2:].split(b"\0", 2)[2].decode("utf-8", "replace")
                stream.seek(4, io.SEEK_CUR)
            else:
                stream.seek(length + 4, io.SEEK_CUR)
    return None


def _add_gif(path: Path, text: str) -> None:
    data = text.encode()
    blocks = b"".join(bytes([len(data[at : at + 255])]) + data[at : at + 255] for at in range(0, len(data), 255))
    with path.open("r+b") as stream:
        # The last byte says that the film ends.
        stream.seek(-1, io.SEEK_END)
        stream.write(b"!\xfe" + blocks + b"\0;")


def _read_gif(path: Path) -> str | None:
    from PIL import Image

    with Image.open(path) as image:
        if image.info.get("comment"):
            return bytes(image.info["comment"]).decode("utf-8", "replace")
    with path.open("rb") as stream:
        # Ours is the last block; Pillow shows it with the last picture only.
        stream.seek(0, io.SEEK_END)
        stream.seek(-min(stream.tell(), 4096), io.SEEK_END)
        tail = stream.read()
    at = tail.rfind(b"!\xfe")
    if at < 0 or not tail.endswith(b"\0;"):
        return None
    text, place = b"", at + 2
    while place < len(tail) and (length := tail[place]):
        text += tail[place + 1 : place + 1 + length]
        place += 1 + length
    return text.decode("utf-8", "replace") if place == len(tail) - 2 else None


def _add_wav(path: Path, text: str) -> None:
    data = text.encode() + b"\0"
    data += b"\0" * (len(data) % 2)
    info = b"INFOICMT" + struct.pack("<I", len(data)) + data
    with path.open("r+b") as stream:
        stream.seek(0, io.SEEK_END)
        if stream.tell() % 2:
            stream.write(b"\0")
        stream.write(b"LIST" + struct.pack("<I", len(info)) + info)
        whole = min(stream.tell() - 8, 0xFFFFFFFF)
        stream.seek(4)
        stream.write(struct.pack("<I", whole))


def _read_wav(path: Path) -> str | None:
    with path.open("rb") as stream:
        stream.seek(12)
        while len(head := stream.read(8)) == 8:
            kind, length = struct.unpack("<4sI", head)
            if kind == b"LIST" and length < _LARGEST_INFO:
                info = stream.read(length + length % 2)
                at = info.find(b"ICMT")
                if info.startswith(b"INFO") and at >= 0:
                    (size,) = struct.unpack_from("<I", info, at + 4)
                    return info[at + 8 : at + 8 + size].rstrip(b"\0").decode("utf-8", "replace")
            else:
                stream.seek(length + length % 2, io.SEEK_CUR)
    return None


def _add_npz(path: Path, text: str) -> None:
    entry = io.BytesIO()
    np.save(entry, np.array(text), allow_pickle=False)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_NPZ_NAME, entry.getvalue())


def _read_npz(path: Path) -> str | None:
    with zipfile.ZipFile(path) as archive:
        if _NPZ_NAME not in archive.namelist() or archive.getinfo(_NPZ_NAME).file_size > _LARGEST_INFO:
            return None
        return str(np.load(io.BytesIO(archive.read(_NPZ_NAME)), allow_pickle=False))


def _read_film(path: Path) -> str | None:
    from avatron.io.media import open_media

    with open_media(path, "film") as container:
        tags = {name.lower(): value for name, value in container.metadata.items()}
    return tags.get("comment")
