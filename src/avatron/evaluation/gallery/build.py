"""A gallery as a folder: `index.html`, which shows the same sentences by several systems, and the films beside it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from avatron.errors import OutputExistsError, UnreadableFileError
from avatron.evaluation.films.page import assemble_page
from avatron.evaluation.films.systems import FilmSet
from avatron.evaluation.gallery.metrics import metric_tables
from avatron.io.atomic import PendingFolder, output_errors
from avatron.io.clips import probe_clip, read_frames

__all__ = ["GalleryOptions", "build_gallery", "split_pace"]

PACES = ("slow", "normal", "fast")
_MARK = "avatron-gallery"
"""What an index of ours begins with, so that no other folder is replaced."""
_POSTER_PX, _POSTER_QUALITY = 480, 82


@dataclass(frozen=True)
class GalleryOptions:
    """What stands around the films."""

    title: str = "Side by side"
    about: str = (
        "The same sentences by each system. Play one, and all of them speak in step; choose whose voice you hear."
    )
    metrics: Sequence[dict[str, Any]] = ()
    """Results of `avatron bench face`, as `read_metrics` gives them."""


def split_pace(name: str) -> tuple[str, str]:
    """(sentence, pace) of a film's name: `s01-slow` is `s01` at `slow`; a name without a pace is `normal`."""
    sentence, dash, pace = name.rpartition("-")
    return (sentence, pace) if dash and sentence and pace in PACES else (name, "normal")


def build_gallery(
    films: FilmSet,
    output: Path,
    options: GalleryOptions = GalleryOptions(),
    *,
    overwrite: bool = False,
    on_progress: Callable[[float], None] = lambda share: None,
) -> int:
    """Write the gallery of `films` into the folder `output`; gives its bytes.

    Raises:
        OutputExistsError: `output` is there and `overwrite` is not set, or it is no gallery.
        UnreadableFileError: a film without a picture that can be decoded.
        OutputError: it cannot be written.
    """
    _refuse_other_folder(output, overwrite=overwrite)
    with PendingFolder(output, overwrite=overwrite) as pending:
        with output_errors(output):
            (pending.partial / "films").mkdir()
        shown: dict[str, dict[str, dict[str, Any]]] = {}
        for number, ((system, name), film) in enumerate(films.films.items()):
            place = films.systems.index(system), films.sentences.index(name)
            stem = f"{place[1] + 1:02}-{place[0] + 1:02}"
            target = pending.partial / "films" / f"{stem}.{film.type}"
            with output_errors(output):
                shutil.copyfile(film.path, target)
            _write_poster(film.path, pending.partial / "films" / f"{stem}.jpg")
            sentence, pace = split_pace(name)
            shown.setdefault(sentence, {}).setdefault(pace, {})[system] = {
                "src": f"films/{target.name}",
                "poster": f"films/{stem}.jpg",
                "seconds": round(film.duration_s, 3),
                "size": [film.width, film.height],
            }
            on_progress((number + 1) / len(films.films))
        texts = {split_pace(name)[0]: text for name, text in films.texts.items()}
        config = {
            "title": options.title,
            "about": options.about,
            "systems": films.systems,
            "paces": [pace for pace in PACES if any(pace in found for found in shown.values())],
            "sentences": [{"name": name, "text": texts.get(name, ""), "paces": paces} for name, paces in shown.items()],
            "tables": [table for document in options.metrics for table in metric_tables(document)],
        }
        page = assemble_page("avatron.evaluation.gallery", options.title, config)
        with output_errors(output):
            (pending.partial / "index.html").write_text(page, encoding="utf-8")
        return sum(path.stat().st_size for path in pending.partial.rglob("*") if path.is_file())


def _write_poster(film: Path, target: Path) -> None:
    """The first picture, so that a page shows every film before any is loaded."""
    first = next(read_frames(probe_clip(film), 0, 1), None)
    if first is None:
        raise UnreadableFileError(f"`{film}` has no picture that can be decoded")
    picture = Image.fromarray(first)
    picture.thumbnail((_POSTER_PX, _POSTER_PX))
    with output_errors(target):
        picture.save(target, quality=_POSTER_QUALITY)


def _refuse_other_folder(output: Path, *, overwrite: bool) -> None:
    """Only a gallery is ever replaced."""
    if not overwrite or not output.is_dir() or not any(output.iterdir()):
        return
    index = output / "index.html"
    if not index.is_file() or _MARK not in index.read_text(encoding="utf-8", errors="replace")[:400]:
        raise OutputExistsError(f"`{output}` is not replaced: it is no gallery; choose another folder")
