"""The two public calls: `speak` writes films and files, `stream` hands over pieces as they are made."""

from __future__ import annotations

import operator
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from fractions import Fraction
from functools import partial
from typing import Any

from avatron.core.timeline import FrameClock
from avatron.errors import InvalidValueError
from avatron.io.curves import ARKIT_NOTE
from avatron.io.provenance.origin import Disabled
from avatron.motion.animators import DEFAULT_ANIMATOR
from avatron.pipeline.cast import Cast
from avatron.pipeline.options import SpeakOptions, parse_blur, parse_factor, parse_intensity, parse_pace, parse_size
from avatron.pipeline.perform import perform
from avatron.pipeline.pieces import Piece
from avatron.pipeline.plan import OutputPlan, plan_outputs
from avatron.pipeline.produce import Production, produce
from avatron.pipeline.sinks import check_films
from avatron.pipeline.timing import StageTimer
from avatron.voice.style import STYLE_FACTORS

__all__ = ["name_or_folder", "pixels_of", "speak", "speak_to", "stream"]

PathLike = str | os.PathLike[str]


def speak(
    text: str,
    output: PathLike | Sequence[PathLike],
    *,
    voice: PathLike | None = None,
    avatar: PathLike = "ava",
    animator: str = DEFAULT_ANIMATOR,
    size: tuple[int, int] | str = (512, 512),
    fps: float | str | Fraction = 25,
    background: PathLike = "studio",
    background_blur: float = 0.0,
    framing: str | None = None,
    light: str | None = None,
    mode: str | None = None,
    use: str = "personal",
    pace: float | str = 1.0,
    pitch: float = 1.0,
    pitch_range: float = 1.0,
    energy: float = 1.0,
    dynamics: float = 1.0,
    pauses: float = 1.0,
    style_from: PathLike | None = None,
    emotion: str = "neutral",
    emotion_intensity: float = 1.0,
    voice_emotion: bool = True,
    manner: PathLike = "plain",
    seed: int = 0,
    lexicon: PathLike | None = None,
    provenance: Disabled | None = None,
    audio_only: bool = False,
    codec: str | None = None,
    quality: int | None = None,
    overwrite: bool = False,
    on_progress: Callable[[float], None] | None = None,
    on_note: Callable[[str], None] | None = None,
) -> Production:
    """Say `text` and write the result to `output`, one path or several; the suffix of each chooses its type.

    Memory does not grow with the length of the text, and an interrupted run leaves no file behind. What the
    options mean is in `avatron.pipeline.options.SpeakOptions`.

    Raises:
        UsageError: a request that cannot be carried out: an unknown name, a value out of range, an output that exists.
        InputError: a damaged voice or avatar, an unreadable background or lexicon, a clip that shows no speech.
        OutputError: the result cannot be written.
    """
    options = _options(locals())
    paths = [output] if isinstance(output, str | os.PathLike) else list(output)
    plan = plan_outputs(paths, codec=codec, quality=quality, overwrite=overwrite, audio_only=audio_only)
    return speak_to(text, plan, options, on_progress=on_progress, on_note=on_note)


def stream(
    text: str,
    *,
    voice: PathLike | None = None,
    avatar: PathLike = "ava",
    animator: str = DEFAULT_ANIMATOR,
    size: tuple[int, int] | str = (512, 512),
    fps: float | str | Fraction = 25,
    background: PathLike = "studio",
    background_blur: float = 0.0,
    framing: str | None = None,
    light: str | None = None,
    mode: str | None = None,
    use: str = "personal",
    pace: float | str = 1.0,
    pitch: float = 1.0,
    pitch_range: float = 1.0,
    energy: float = 1.0,
    dynamics: float = 1.0,
    pauses: float = 1.0,
    style_from: PathLike | None = None,
    emotion: str = "neutral",
    emotion_intensity: float = 1.0,
    voice_emotion: bool = True,
    manner: PathLike = "plain",
    seed: int = 0,
    lexicon: PathLike | None = None,
    provenance: Disabled | None = None,
    on_note: Callable[[str], None] | None = None,
) -> Iterator[Piece]:
    """Sound, motion and pictures of `text`, sentence by sentence; joined, they are exactly what `speak` writes.

    Pictures are drawn only when `Piece.frames()` is read.

    Raises:
        As `speak`; names and values are refused at once, sentences when their turn comes, a background that cannot be
        shown with the first picture.
    """
    return perform(text, Cast(_options(locals())), on_note=on_note)


def speak_to(
    text: str,
    plan: OutputPlan,
    options: SpeakOptions,
    *,
    on_progress: Callable[[float], None] | None = None,
    on_note: Callable[[str], None] | None = None,
) -> Production:
    """`speak` for a plan and options that are made already."""
    timer = StageTimer()
    with Cast(options) as cast:
        check_films(plan, cast.film())
        pieces = perform(text, cast, draws=plan.drawn, on_note=on_note, timer=timer)
        if on_note is not None and any(target.format == "csv" for target in plan.targets):
            on_note(ARKIT_NOTE)
        if plan.drawn:
            # A wrong background or framing is refused before the first word is spoken.
            with timer.stage("prepare"):
                cast.prepare()
        return produce(pieces, plan, cast.film(), timer=timer, on_progress=on_progress)


def _options(arguments: Mapping[str, Any]) -> SpeakOptions:
    """Of the arguments of a public call, those that are options: a name stands in its signature and nowhere else."""
    names = {option.name for option in fields(SpeakOptions)}
    return SpeakOptions(
        **{
            name: _READERS[name](value) if name in _READERS else value
            for name, value in arguments.items()
            if name in names
        }
    )


def name_or_folder(given: PathLike) -> str:
    """What an avatar or voice is asked for by: its name, or the path of its folder."""
    # A `Path` is never a name, even where it has one part only.
    return given if isinstance(given, str) else os.path.abspath(given)


def pixels_of(size: tuple[int, int] | str) -> tuple[int, int]:
    """(width, height) of `WxH`, or of two whole numbers.

    Raises:
        InvalidValueError: neither.
    """
    return parse_size(size) if isinstance(size, str) else _whole_pixels(size)


def _whole_pixels(size: tuple[int, int]) -> tuple[int, int]:
    try:
        width, height = (operator.index(side) for side in size)
    except (TypeError, ValueError):
        raise InvalidValueError(f"size {size} is not (width, height) in whole pixels") from None
    return width, height


def _path(given: PathLike | None) -> str | None:
    return None if given is None else os.fspath(given)


_READERS: dict[str, Callable[[Any], Any]] = {
    "voice": lambda voice: None if voice is None else name_or_folder(voice),
    "avatar": name_or_folder,
    "size": pixels_of,
    "fps": lambda fps: FrameClock.parse(fps).fps,
    "background": os.fspath,
    "background_blur": parse_blur,
    "pace": parse_pace,
    **{name: partial(parse_factor, name.replace("_", " ")) for name in STYLE_FACTORS if name != "pace"},
    "style_from": _path,
    "emotion_intensity": parse_intensity,
    "manner": os.fspath,
    "lexicon": _path,
}
"""How the options that a caller may write in several ways are read."""
