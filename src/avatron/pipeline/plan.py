"""Where results go: output names read into a plan, refused before any work is done."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from avatron.errors import InvalidValueError, UnknownNameError, UsageError
from avatron.io.atomic import check_target
from avatron.io.codecs import CODECS
from avatron.io.sequence import check_sequence_target

__all__ = ["FILMS", "FORMATS", "SCENES", "WORDS", "OutputPlan", "Target", "plan_outputs"]

FORMATS: dict[str, str] = {
    "mp4": "H.264 and AAC",
    "mov": "H.264 or ProRes, with alpha where the background is transparent (ProRes)",
    "mkv": "H.264 and Opus, with alpha where the background is transparent (VP9)",
    "webm": "VP9 and Opus, with alpha where the background is transparent",
    "gif": "animated GIF, without sound",
    "png": "a folder of numbered pictures and the sound beside them",
    "wav": "sound alone",
    "srt": "captions",
    "vtt": "captions with word times",
    "json": "times of sentences, words and phonemes, in samples",
    "textgrid": "times of sentences, words and phonemes, for Praat",
    "npz": "motion curves, with everything an avatron renderer needs",
    "csv": "ARKit curves with Live Link Face's column names",
    "glb": "avatar and clip as glTF, for engines and the web; the sound beside it",
    "usda": "avatar and clip as USD text, textures and sound beside it",
    "usdc": "avatar and clip as binary USD, textures and sound beside it",
    "usdz": "avatar, clip and sound as one USD package",
}
"""Output types and what they hold."""

FILMS = frozenset({"mp4", "mov", "mkv", "webm"})
"""Types with pictures and sound in one file."""
WORDS = frozenset({"srt", "vtt", "json", "textgrid"})
"""Types that need words."""
DRAWN = FILMS | {"gif", "png"}
"""Types that need pictures."""
SCENES = frozenset({"glb", "usda", "usdc", "usdz"})
"""Types that hold the avatar itself; their sound is a wav beside them, or inside of a usdz."""
STREAMABLE = frozenset({"mp4", "webm", "wav", "srt", "vtt", "json", "textgrid", "csv"})
"""Types that a pipe can carry."""


@dataclass(frozen=True)
class Target:
    """One output."""

    path: Path | None
    """None is stdout."""
    format: str
    """Key of `FORMATS`."""

    @property
    def says_its_type(self) -> bool:
        """Whether the name itself says the type."""
        return self.path is not None and self.path.suffix.lower().lstrip(".") in FORMATS

    @property
    def drawn(self) -> bool:
        """Whether pictures are needed."""
        return self.format in DRAWN


@dataclass(frozen=True)
class OutputPlan:
    """All outputs of one run and how they are encoded."""

    targets: tuple[Target, ...]
    codec: str | None = None
    """Name of a video codec; None takes the format's best."""
    quality: int = 80
    """Picture quality, 0 .. 100."""
    overwrite: bool = False
    sidecar: Path | None = None
    """Where to say, signed, what was written to stdout; None for nowhere."""

    @property
    def drawn(self) -> bool:
        """Whether any output needs pictures."""
        return any(target.drawn for target in self.targets)

    @property
    def to_stdout(self) -> bool:
        """Whether one of the outputs is stdout."""
        return any(target.path is None for target in self.targets)


def plan_outputs(
    outputs: Sequence[str | os.PathLike[str]],
    *,
    format_name: str | None = None,
    codec: str | None = None,
    quality: int | None = None,
    overwrite: bool = False,
    audio_only: bool = False,
    sidecar: str | os.PathLike[str] | None = None,
) -> OutputPlan:
    """The plan for output names; nothing is written. `format_name` is the type of stdout and of names that say none.

    `sidecar` names a file that says, signed, what went to stdout.

    Raises:
        UsageError: no output, an unknown type, stdout without `format_name` or twice, pictures with `audio_only`,
            a format or codec that no output can use.
        OutputExistsError: an output is there and `overwrite` is not set.
        OutputError: its folder is missing or cannot be written to.
        InvalidValueError: a quality outside 0 .. 100.
    """
    if not outputs:
        raise UsageError("nothing says where to write; name an output such as `hello.mp4`")
    if format_name is not None and format_name not in FORMATS:
        raise UsageError(f"unknown output type `{format_name}`; known: {', '.join(FORMATS)}")
    if quality is not None and not 0 <= quality <= 100:
        raise InvalidValueError(f"quality {quality} is outside 0 .. 100")
    if codec is not None and codec not in CODECS:
        raise UnknownNameError("codec", codec, CODECS)
    targets = _with_sound(tuple(_target(output, format_name) for output in outputs))
    if format_name is not None and all(target.says_its_type for target in targets):
        named = ", ".join(f"`{target.path}`" for target in targets)
        raise UsageError(f"`--format` is for stdout and for names that say no type; {named} does: leave it out")
    if codec is not None and not any(target.format in FILMS for target in targets):
        raise UsageError(f"the codec {codec} is for {', '.join(sorted(FILMS))}, and no output is one of them")
    if sum(target.path is None for target in targets) > 1:
        raise UsageError("only one output can be `-`")
    if sidecar is not None:
        if all(target.path is not None for target in targets):
            raise UsageError(
                "`--sidecar` is for what goes to stdout; files carry credentials, or have their own: leave it out"
            )
        check_target(Path(sidecar), overwrite=overwrite)
    seen: set[Path] = set()
    for target in targets:
        if audio_only and target.format in DRAWN | SCENES | {"npz", "csv"}:
            raise UsageError(
                f"`--audio-only` writes wav, srt, vtt, json and textgrid; `{target.path}` is {target.format}"
            )
        if target.path is None:
            continue
        # Resolved: `a/../b.wav` and a link to `b.wav` are `b.wav` as well.
        real = Path(os.path.realpath(target.path))
        if real in seen:
            raise UsageError(f"the output `{target.path}` is named twice")
        seen.add(real)
        # What would fail after the work is done is refused before it.
        _check(target.path, target.format, overwrite)
    record = None if sidecar is None else Path(sidecar)
    return OutputPlan(targets, codec, 80 if quality is None else quality, overwrite, record)


def _check(path: Path, format_name: str, overwrite: bool) -> None:
    if format_name in SCENES:
        from avatron.export.scene import check_scene

        check_scene(path, overwrite=overwrite)
    else:
        check = check_sequence_target if format_name == "png" else check_target
        check(path, overwrite=overwrite)


def _with_sound(targets: tuple[Target, ...]) -> tuple[Target, ...]:
    """The targets, and for scenes without sound inside a wav of their name, unless some wav is asked for already."""
    if any(target.format == "wav" for target in targets):
        return targets
    silent = (target.path for target in targets if target.format in SCENES - {"usdz"} and target.path is not None)
    paths = dict.fromkeys(path.with_suffix(".wav") for path in silent)
    return (*(Target(path, "wav") for path in paths), *targets)


def _target(output: str | os.PathLike[str], format_name: str | None) -> Target:
    name = os.fspath(output)
    if not name or "\0" in name:
        raise UsageError(f"`{name!r}` is not a file name")
    if name == "-":
        if format_name is None:
            raise UsageError(f"`-o -` needs `--format`, one of {', '.join(sorted(STREAMABLE))}")
        if format_name not in STREAMABLE:
            raise UsageError(f"{format_name} cannot be written to a pipe; these can: {', '.join(sorted(STREAMABLE))}")
        return Target(None, format_name)
    path = Path(name)
    if path.name in ("", ".."):
        raise UsageError(f"`{name}` is a folder, not a file name; name a file in it")
    suffix = path.suffix.lower().lstrip(".")
    chosen = suffix if suffix in FORMATS or format_name is None else format_name
    if chosen not in FORMATS:
        what = f"has the unknown type `{suffix}`" if suffix else "has no type"
        raise UsageError(f"the output `{name}` {what}; known: {', '.join(FORMATS)}, or give `--format`")
    return Target(path, chosen)
