"""What a file says of where it comes from, and how far that can be believed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from avatron.errors import UnreadableFileError
from avatron.io.provenance.comments import COMMENT_TYPES, read_comment
from avatron.io.provenance.credentials import CREDENTIAL_TYPES, Credentials, read_credentials
from avatron.io.provenance.keys import known_certificates
from avatron.io.provenance.sidecar import Sidecar, read_sidecar
from avatron.io.provenance.watermark_code import PAYLOAD_BITS, payload_of
from avatron.io.provenance.watermark_search import WatermarkReading, find_watermark, mean_luminance

__all__ = ["FileOrigin", "Verdict", "inspect_file", "payload_text"]

Verdict = Literal["intact", "unknown signer", "altered", "disabled", "unsigned", "cannot tell"]

_FILMS = frozenset({"mp4", "mov", "mkv", "webm", "m4v"})
_PICTURES = frozenset({"png", "gif", "jpg", "jpeg", "webp", "bmp"})
_LOOKED_AT = 40
"""Pictures of a film that are looked at for a watermark."""
_DISABLED = "without content credentials"
_MADE_BY_US = "AI-generated with avatron"


@dataclass(frozen=True)
class FileOrigin:
    """What was found."""

    path: Path
    verdict: Verdict
    """`intact`: signed by a known signer and unchanged. `unknown signer`: unchanged, and anybody may have signed it.
    `altered`: not what was signed. `disabled`: it says that credentials were left out. `unsigned`: it says, unsigned,
    that avatron made it, or has a watermark. `cannot tell`: nothing was found, which proves nothing."""
    credentials: Credentials | None = None
    sidecar: Sidecar | None = None
    comment: str | None = None
    watermark: WatermarkReading | None = None
    looked_for_watermark: bool = False

    @property
    def claims(self) -> Mapping[str, Any]:
        """What the credentials or the sidecar say; empty where there are none of ours."""
        if self.credentials is not None and self.credentials.claims:
            return self.credentials.claims
        return {} if self.sidecar is None else self.sidecar.claims

    @property
    def watermark_fits(self) -> bool | None:
        """Whether the watermark is that of the replica that the claims name; None without one of the two."""
        name = self.claims.get("id")
        return None if self.watermark is None or not name else self.watermark.payload == payload_of(str(name))

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        found: dict[str, Any] = {"path": str(self.path), "verdict": self.verdict, "claims": dict(self.claims)}
        if self.credentials is not None:
            one = self.credentials
            found["credentials"] = {
                "state": one.state,
                "known_signer": one.known,
                "signer": one.signer,
                "generator": one.generator,
                "problems": list(one.problems),
            }
        if self.sidecar is not None:
            other = self.sidecar
            found["sidecar"] = {
                "path": str(other.path),
                "content": other.content,
                "signature": other.signature.intact,
                "known_signer": other.signature.known,
                "signer": other.signature.signer,
                "changed": list(other.changed),
            }
        found["comment"] = self.comment
        found["watermark"] = None
        if self.watermark is not None:
            mark = self.watermark
            found["watermark"] = {
                "payload": payload_text(mark.payload),
                "certainty": round(mark.certainty, 2),
                "tile_px": round(mark.tile_px, 1),
                "fits_the_claims": self.watermark_fits,
            }
        found["looked_for_watermark"] = self.looked_for_watermark
        return found


def payload_text(payload: int) -> str:
    """A watermark's 40 bits as hexadecimal digits."""
    return f"{payload:0{PAYLOAD_BITS // 4}x}"


def inspect_file(path: Path, *, watermark: bool = True) -> FileOrigin:
    """Where the file (or folder of pictures) at `path` comes from, as far as it can be told.

    `watermark` False does not look for one, which takes a second or two where there is none.

    Raises:
        UnreadableFileError: it is missing, or cannot be read at all.
    """
    if not path.exists():
        raise UnreadableFileError(f"`{path}` is not there")
    known = known_certificates()
    if path.is_dir():
        return _inspect_folder(path, known, watermark)
    type_name = path.suffix.lower().lstrip(".")
    credentials = read_credentials(path, type_name, known) if type_name in CREDENTIAL_TYPES else None
    sidecar = read_sidecar(path, known)
    comment = _comment(path, type_name)
    reading = find_watermark(mean_luminance(images)) if watermark and (images := _images(path, type_name)) else None
    looked = watermark and type_name in _FILMS | _PICTURES
    return FileOrigin(
        path, _verdict(credentials, sidecar, comment, reading), credentials, sidecar, comment, reading, looked
    )


def _inspect_folder(path: Path, known: str, watermark: bool) -> FileOrigin:
    """A sequence: its manifest, or the worst of its files."""
    pictures = sorted(path.glob("frame_*.png"))
    if not pictures:
        raise UnreadableFileError(f"`{path}` is a folder without pictures `frame_*.png`; name a file in it")
    found = [read_credentials(one, "png", known) for one in pictures]
    altered = next((one for one in found if one is not None and one.state == "altered"), None)
    # One without credentials among others that have them is one that somebody put there.
    credentials = altered or (
        None if None in found else next((one for one in found if one and not one.known), found[0])
    )
    sidecar = read_sidecar(path, known)
    comment = _comment(pictures[0], "png")
    reading = None
    if watermark:
        step = max(len(pictures) // _LOOKED_AT, 1)
        reading = find_watermark(mean_luminance(_images(one, "png")[0] for one in pictures[::step]))
    return FileOrigin(
        path, _verdict(credentials, sidecar, comment, reading), credentials, sidecar, comment, reading, watermark
    )


def _verdict(
    credentials: Credentials | None, sidecar: Sidecar | None, comment: str | None, reading: WatermarkReading | None
) -> Verdict:
    signed = []
    if credentials is not None:
        signed.append((credentials.state == "intact", credentials.known))
    if sidecar is not None:
        signed.append((sidecar.content == "intact" and sidecar.signature.intact, sidecar.signature.known))
    if not all(intact for intact, _ in signed):
        return "altered"
    if (comment or "").startswith(_MADE_BY_US) and _DISABLED in str(comment):
        return "disabled"
    if sidecar is not None and "credentials_disabled" in sidecar.claims:
        return "disabled"
    if signed:
        return "intact" if all(known for _, known in signed) else "unknown signer"
    return "unsigned" if reading is not None or (comment or "").startswith(_MADE_BY_US) else "cannot tell"


def _comment(path: Path, type_name: str) -> str | None:
    if type_name not in COMMENT_TYPES | _FILMS:
        return None
    try:
        return read_comment(path, type_name)
    except UnreadableFileError:
        # Damage is said by what is signed; a comment is only one more hint.
        return None


def _images(path: Path, type_name: str) -> list[NDArray[np.uint8]]:
    """Pictures of a film, spread over its length, or the one picture; none of a type that has none."""
    if type_name in _FILMS:
        return list(_film_images(path))
    if type_name not in _PICTURES:
        return []
    from PIL import Image, ImageSequence, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            count = getattr(image, "n_frames", 1)
            frames = islice(ImageSequence.Iterator(image), 0, None, max(count // _LOOKED_AT, 1))
            return [np.asarray(frame.convert("RGB")) for frame in frames]
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise UnreadableFileError(f"`{path}` is no picture that can be read: {error}") from error


def _film_images(path: Path) -> Iterator[NDArray[np.uint8]]:
    from avatron.io.media import open_media

    with open_media(path, "film") as container:
        if not container.streams.video:
            return
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        # A long film is looked at in its first minutes only: seeking to each picture would decode as much.
        step = max(min(stream.frames or 0, 1500) // _LOOKED_AT, 1)
        for frame in islice(container.decode(stream), 0, step * _LOOKED_AT, step):
            yield frame.to_ndarray(format="rgb24")
