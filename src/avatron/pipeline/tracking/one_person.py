"""The one person before the one camera of a batch: found once, from clips all over it, and kept beside the tracks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from avatron.io.atomic import output_errors
from avatron.track.fit.person import PersonBefore, read_person, write_person
from avatron.track.tracker import Tracker

__all__ = ["PERSON_FILE", "person_of_batch"]

PERSON_FILE = ".person.npz"
"""Hidden: a clip may have any name."""
_MOST_CLIPS = 24


def person_of_batch(
    clips: Sequence[Path],
    folder: Path,
    *,
    overwrite: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> PersonBefore:
    """Who is seen through which lens in `clips`; from `folder` where that was found before, unless `overwrite` is set.

    Raises:
        UnreadableFileError: a clip, or what was found before, cannot be read.
        InvalidValueError: clips of different sizes.
        InputError: no clip shows a face that can be trusted.
        OutputError: the folder cannot be written to.
    """
    kept = folder / PERSON_FILE
    if kept.is_file() and not overwrite:
        return read_person(kept)
    count = min(len(clips), _MOST_CLIPS)
    spread = [clips[number * len(clips) // count] for number in range(count)]
    person = Tracker().find_person(spread, on_progress=on_progress)
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    write_person(kept, person, overwrite=True)
    return person
