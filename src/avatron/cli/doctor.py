"""`avatron doctor`: what works on this machine, and what to do about what does not."""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from avatron.cli.report import print_json
from avatron.errors import AvatronError, MissingComponentError

__all__ = ["CHECKS", "Finding", "run"]


@dataclass(frozen=True)
class Finding:
    """What one check found."""

    name: str
    verdict: str
    """`ok`; `missing`, an optional part that is not there; or `broken`."""
    detail: str


def run(parsed: argparse.Namespace) -> int:
    """The verb: 0 where all that the main job needs works."""
    findings = [_checked(name, check) for name, check in CHECKS.items()]
    if parsed.json:
        print_json([finding.__dict__ for finding in findings])
    else:
        for finding in findings:
            print(f"{finding.verdict:8} {finding.name:12} {finding.detail}")
    return 1 if any(finding.verdict == "broken" for finding in findings) else 0


def _checked(name: str, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except MissingComponentError as error:
        return Finding(name, "missing", str(error))
    except AvatronError as error:
        return Finding(name, "broken", str(error))
    except Exception as error:
        return Finding(name, "broken", f"{type(error).__name__}: {error}")


def _python() -> Finding:
    detail = f"{platform.python_version()} on {platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    return Finding("python", "ok" if sys.version_info >= (3, 11) else "broken", detail)


def _kernels() -> Finding:
    from avatron.native.cpu import instruction_set

    return Finding("kernels", "ok", f"instruction set {instruction_set()}")


def _voices() -> Finding:
    from avatron.voice.voices import list_voices

    return Finding("voices", "ok", ", ".join(voice.name for voice in list_voices()))


def _avatars() -> Finding:
    from avatron.avatar.store import list_avatars

    return Finding("avatars", "ok", ", ".join(avatar.name for avatar in list_avatars()))


def _codecs() -> Finding:
    from avatron.io.codecs import CONTAINERS, codecs_here

    found = {container: [codec.name for codec in codecs_here(container)] for container in CONTAINERS}
    detail = "; ".join(f"{container}: {', '.join(names) or 'none'}" for container, names in found.items())
    return Finding("codecs", "ok" if any(found.values()) else "broken", detail)


def _speech() -> Finding:
    return _spoken("speech", "wav", "speech")


def _film() -> Finding:
    return _spoken("film", "mp4", "film, drawn and encoded,")


def _spoken(name: str, suffix: str, what: str) -> Finding:
    """One sentence through the whole path, as `avatron speak` takes it."""
    from avatron.pipeline.speak import speak

    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        made = speak("All is well.", Path(folder) / f"well.{suffix}")
    seconds = time.perf_counter() - start
    return Finding(name, "ok", f"{made.duration_s:.1f} s of {what} in {seconds:.2f} s, loading included")


def _optional(name: str, module: str, extra: str, what: str) -> Callable[[], Finding]:
    def check() -> Finding:
        if importlib.util.find_spec(module) is not None:
            return Finding(name, "ok", f"{what}: `{module}` is installed")
        return Finding(name, "missing", f'{what}: install with `pip install "avatron[{extra}]"`')

    return check


CHECKS: dict[str, Callable[[], Finding]] = {
    "python": _python,
    "kernels": _kernels,
    "codecs": _codecs,
    "voices": _voices,
    "avatars": _avatars,
    "speech": _speech,
    "film": _film,
    "training": _optional("training", "torch", "train", "to train voices"),
    "usd": _optional("usd", "pxr", "export", "to export USD"),
    "languages": _optional("languages", "phonemizer", "languages", "phonemes of other languages"),
}
"""The checks, in the order they are shown."""
