"""Folders of films, one for each system, with the same sentences under the same names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from avatron.errors import InvalidValueError, UnreadableFileError
from avatron.io.media import open_media

__all__ = ["FILM_TYPES", "Film", "FilmSet", "probe_film", "read_film_set", "system_folder"]

FILM_TYPES = ("mp4", "webm")
"""What every browser plays, as far as codecs allow."""

_NAME = re.compile(r"[^\x00-\x1f/\\<>&\"']{1,60}")


@dataclass(frozen=True)
class Film:
    """One film of one sentence."""

    path: Path
    width: int
    """Pixels."""
    height: int
    duration_s: float

    @property
    def type(self) -> str:
        """`mp4` or `webm`."""
        return self.path.suffix.lower().lstrip(".")


@dataclass(frozen=True)
class FilmSet:
    """The same sentences by several systems."""

    systems: tuple[str, ...]
    """Names, in the order in which they were given."""
    sentences: tuple[str, ...]
    """Names of the films without their ending, sorted."""
    films: dict[tuple[str, str], Film]
    """By (system, sentence); every pair is there."""
    texts: dict[str, str]
    """What is said, of the sentences for which a `NAME.txt` lies beside a film."""


def system_folder(given: str) -> tuple[str, Path]:
    """(name, folder) of `NAME=FOLDER`, or of a folder that gives its own name.

    Raises:
        InvalidValueError: a name that is empty, longer than 60 characters or has characters of markup in it.
    """
    # `./a=b` is a folder whose name has an equals sign.
    name, equals, folder = given.partition("=")
    if not equals or "/" in name:
        name, folder = Path(given).resolve().name, given
    if not _NAME.fullmatch(name) or not folder:
        raise InvalidValueError(
            f"`{given}` names no system; expected FOLDER or NAME=FOLDER with a name of 1 to 60 plain characters"
        )
    return name, Path(folder)


def read_film_set(folders: Sequence[tuple[str, Path]], only: Iterable[str] | None = None) -> FilmSet:
    """The films of (system, folder) pairs; `only` names the sentences that are wanted.

    Raises:
        InvalidValueError: no folder, a system named twice, or a sentence that is not there.
        UnreadableFileError: a folder without films, other sentences than the first one's, or a film that a page
            cannot show: damaged, without pictures or without sound.
    """
    if not folders:
        raise InvalidValueError("no folder of films was given; name one for each system")
    names = [name for name, _ in folders]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidValueError(f"the system `{twice[0]}` is named twice; write NAME=FOLDER to tell them apart")
    found = {name: _films_in(folder) for name, folder in folders}
    sentences = sorted(found[names[0]])
    if only is not None:
        wanted = list(dict.fromkeys(only))
        missing = [sentence for sentence in wanted if sentence not in sentences]
        if missing:
            raise InvalidValueError(f"no film `{missing[0]}` in `{folders[0][1]}`; there are: {', '.join(sentences)}")
        sentences = wanted
    else:
        for name, folder in folders[1:]:
            _refuse_other_sentences(sentences, sorted(found[name]), folders[0][1], folder)
    films, texts = {}, {}
    for name, folder in folders:
        for sentence in sentences:
            if sentence not in found[name]:
                raise UnreadableFileError(f"`{folder}` has no film of the sentence `{sentence}`; add one")
            films[name, sentence] = probe_film(found[name][sentence])
            text = _text_beside(found[name][sentence])
            if text and sentence not in texts:
                texts[sentence] = text
    return FilmSet(tuple(names), tuple(sentences), films, texts)


def probe_film(path: Path) -> Film:
    """Size and length of a film that has pictures and sound.

    Raises:
        UnreadableFileError: it has not, or is damaged.
    """
    with open_media(path, "film") as container:
        if not container.streams.video:
            raise UnreadableFileError(f"`{path}` has no pictures; expected a film")
        if not container.streams.audio:
            raise UnreadableFileError(f"`{path}` has no sound; expected a film with speech")
        stream = container.streams.video[0]
        if container.duration is None:
            raise UnreadableFileError(f"`{path}` does not say how long it is; write it to a file, not through a pipe")
        duration_s = float(Fraction(container.duration, 1_000_000))
        return Film(path, int(stream.width), int(stream.height), duration_s)


def _films_in(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise UnreadableFileError(f"`{folder}` is not a folder; expected one with films ({', '.join(FILM_TYPES)})")
    films: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower().lstrip(".") not in FILM_TYPES or path.name.startswith("."):
            continue
        if path.stem in films:
            raise UnreadableFileError(f"`{folder}` has `{films[path.stem].name}` and `{path.name}`; keep one of them")
        films[path.stem] = path
    if not films:
        raise UnreadableFileError(f"`{folder}` has no film ({', '.join(FILM_TYPES)}) in it")
    return films


def _refuse_other_sentences(first: list[str], other: list[str], first_folder: Path, folder: Path) -> None:
    if missing := sorted(set(first) - set(other)):
        raise UnreadableFileError(
            f"`{folder}` has no film `{missing[0]}`, which is in `{first_folder}`; every system needs the same "
            "sentences, or choose some with `--sentences`"
        )
    if extra := sorted(set(other) - set(first)):
        raise UnreadableFileError(
            f"`{folder}` has a film `{extra[0]}`, which `{first_folder}` has not; every system needs the same "
            "sentences, or choose some with `--sentences`"
        )


def _text_beside(film: Path) -> str:
    path = film.with_suffix(".txt")
    if not path.is_file():
        return ""
    try:
        return " ".join(path.read_text(encoding="utf-8").split())
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFileError(f"`{path}` cannot be read ({error}); expected what is said, as UTF-8") from error
