"""Films of sentences by each of several animators: one voice, one avatar, one seed, so that only the motion differs."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path

from avatron.errors import InvalidValueError
from avatron.evaluation.films.systems import FilmSet, read_film_set
from avatron.io.atomic import output_errors, write_file
from avatron.motion.animators import ANIMATORS
from avatron.pipeline.options import SpeakOptions, parse_pace
from avatron.pipeline.plan import plan_outputs
from avatron.pipeline.speak import speak_to

__all__ = ["speak_films"]


def speak_films(
    animators: Sequence[str],
    texts: Sequence[str],
    folder: Path,
    options: SpeakOptions,
    *,
    paces: Sequence[str] = ("normal",),
    on_progress: Callable[[float], None] = lambda share: None,
) -> FilmSet:
    """Every text at every pace by every animator, into `folder/ANIMATOR/sNN.mp4` (`sNN-PACE.mp4` of several paces).

    Films that are there are kept, so that a run that was interrupted goes on; `folder/films.json` says how they were
    made.

    Raises:
        UnknownNameError: no animator of that name.
        InvalidValueError: an animator, pace or text missing or given twice, a pace that is none, or a folder with
            films that were made in another way.
        As `avatron.pipeline.speak.speak_to`.
    """
    for what, given in (("animator", animators), ("pace", paces)):
        if not given or len(set(given)) < len(given):
            raise InvalidValueError(f"{what}s are {', '.join(given) or 'none'}; name one or more, each once")
    if not texts:
        raise InvalidValueError("there is no text to speak; give one a line")
    for animator in animators:
        ANIMATORS.get(animator)
    speeds = [(pace, parse_pace(pace)) for pace in paces]
    wanted = [
        (animator, f"s{number:02}" + (f"-{pace}" if len(speeds) > 1 else ""), text, speed)
        for animator in animators
        for number, text in enumerate(texts, 1)
        for pace, speed in speeds
    ]
    _refuse_other_films(folder, options)
    for done, (animator, name, text, speed) in enumerate(wanted):
        on_progress(done / len(wanted))
        place = folder / animator
        with output_errors(place):
            place.mkdir(parents=True, exist_ok=True)
        film = place / f"{name}.mp4"
        written = film.with_suffix(".txt")
        if film.exists() and written.is_file() and written.read_text(encoding="utf-8") == text + "\n":
            continue
        plan = plan_outputs([film], overwrite=True)
        speak_to(text, plan, replace(options, animator=animator, pace=speed * options.pace))
        write_file(written, text + "\n", overwrite=True)
    on_progress(1.0)
    return read_film_set([(animator, folder / animator) for animator in animators], dict.fromkeys(w[1] for w in wanted))


def _refuse_other_films(folder: Path, options: SpeakOptions) -> None:
    """Keep films of two kinds out of one folder: what is there must have been made as this run makes it."""
    how = {
        option.name: sorted(value) if isinstance(value, frozenset) else str(value)
        for option in fields(options)
        if option.name != "animator"
        for value in (getattr(options, option.name),)
    }
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    record = folder / "films.json"
    try:
        before = json.loads(record.read_text(encoding="utf-8")) if record.exists() else how
    except (OSError, ValueError):
        before = {}
    if any(before.get(name) != how[name] for name in how):
        other = next(name for name in how if before.get(name) != how[name])
        raise InvalidValueError(
            f"`{folder}` holds films that were made with another {other} ({before.get(other)}, now {how[other]}); "
            "choose another folder"
        )
    write_file(record, json.dumps(how, indent=2) + "\n", overwrite=True)
