"""Where `bench listen` and `bench gallery` have their films from: folders, one for each system, or spoken here."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from avatron.cli.report import Progress
from avatron.errors import UsageError
from avatron.evaluation.films.spoken import speak_films
from avatron.evaluation.films.systems import FilmSet, read_film_set, system_folder
from avatron.evaluation.voice.texts import read_texts
from avatron.pipeline.options import SpeakOptions, parse_seed, parse_size

__all__ = ["film_set"]


@contextmanager
def film_set(parsed: argparse.Namespace, paces: tuple[str, ...] = ("normal",)) -> Iterator[FilmSet]:
    """The films that the arguments name; those that are spoken without `--films` last as long as the block.

    Raises:
        UsageError: neither folders nor animators, animators without texts, or a system named by both.
        As `read_film_set` and `speak_films`.
    """
    folders = [system_folder(given) for given in parsed.folders]
    if not parsed.animators:
        if not folders:
            raise UsageError("no films: give a folder for each system, or `--animators NAME ... --texts FILE`")
        if parsed.films or parsed.texts:
            raise UsageError("`--texts` and `--films` are for films that are spoken here; give `--animators` as well")
        yield read_film_set(folders, parsed.sentences)
        return
    if not parsed.texts:
        raise UsageError("`--animators` speak texts; give `--texts FILE` with one a line")
    texts = read_texts(Path(parsed.texts))
    options: Any = SpeakOptions(
        avatar=parsed.avatar, voice=parsed.voice, size=parse_size(parsed.size), seed=parse_seed(str(parsed.seed))
    )
    with TemporaryDirectory(prefix="avatron-films-") as temporary:
        place = Path(parsed.films or temporary)
        progress = Progress("speaking", quiet=parsed.quiet)
        try:
            spoken = speak_films(parsed.animators, texts, place, options, paces=paces, on_progress=progress)
        finally:
            progress.close()
        both = [*folders, *((name, place / name) for name in spoken.systems)]
        yield read_film_set(both, parsed.sentences or spoken.sentences)
