"""Rows that are asked for by name: animators of the registry, folders of trained ones, and motion that others made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from avatron.core.motion import FaceMotion
from avatron.core.speech import Speech
from avatron.errors import InvalidValueError, UnknownNameError, UnreadableFileError
from avatron.evaluation.face.case import FaceCase
from avatron.evaluation.face.rows.row import Contender, Row
from avatron.io.curves import read_motion
from avatron.motion.animators import ANIMATORS, load_animator, split_subject
from avatron.motion.protocol import Animator
from avatron.motion.style import MotionStyle
from avatron.pipeline.embedding import SpeechReader

__all__ = ["Animated", "KeptMotions", "read_entry", "row_of", "timed_sources"]


class Animated:
    """An animator as a user has it: for speech of any voice, every idle layer on."""

    def __init__(self, animator: Animator, seed: int = 0) -> None:
        """`seed` is that of the idle layers."""
        self._reader, self._seed = SpeechReader(animator), seed

    def animate(self, case: FaceCase, speech: Speech) -> FaceMotion:
        """The animator's motion for `speech`."""
        return self._reader.animate(speech, MotionStyle(fps=case.truth.fps, seed=self._seed))


class KeptMotions:
    """Motion of any other program: `FOLDER/CLIP.npz` for the recording's own timing, as `avatron track` writes it."""

    def __init__(self, folder: Path) -> None:
        """Raises:
        UnreadableFileError: no npz in `folder`.
        """
        if not any(folder.glob("*.npz")):
            raise UnreadableFileError(f"`{folder}` has no motion (`CLIP.npz`) and no `config.json` of an animator")
        self._folder = folder

    def animate(self, case: FaceCase, speech: Speech) -> FaceMotion | None:
        """What the folder holds for the case.

        Raises:
            UnreadableFileError: a clip that is missing or damaged.
            InvalidValueError: another frame rate than the truth's.
        """
        if speech is not case.speech:
            return None
        path = self._folder / f"{case.name}.npz"
        motion = read_motion(path)
        if motion.fps != case.truth.fps or motion.first_frame:
            raise InvalidValueError(
                f"`{path}` has {float(motion.fps):g} fps from frame {motion.first_frame}, expected "
                f"{float(case.truth.fps):g} from 0, as the truth has"
            )
        return motion


def read_entry(text: str) -> tuple[str, list[str]]:
    """(name of the row, its sources) of `NAME`, `NAME=SOURCE`, or `NAME=SOURCE,SOURCE,...`: seeds of one model.

    Raises:
        InvalidValueError: an empty name or source.
    """
    name, equals, sources = text.partition("=")
    given = sources.split(",") if equals else [name]
    if not name or not all(given):
        raise InvalidValueError(f"animator `{text}` is not NAME, NAME=FOLDER or NAME=FOLDER,FOLDER,...")
    return (name if equals or split_subject(name)[0] in ANIMATORS.names() else Path(name).name), given


def row_of(text: str) -> Row:
    """A row as `read_entry` reads it.

    A source is a registered name or the folder of a trained animator, either with `@SUBJECT` where it knows several
    ways of moving, or a folder of motion.

    Raises:
        InvalidValueError: an empty name or source.
        UnknownNameError: neither a registered name nor a folder; the message lists the names.
        UnreadableFileError: a folder that holds neither an animator nor motion.
        DamagedModelError: a trained animator that fails its checks.
    """
    name, sources = read_entry(text)
    return Row(name, tuple(_contenders(sources)), about="" if sources == [name] else ", ".join(sources))


def _contenders(sources: Sequence[str]) -> list[Contender]:
    found: list[Contender] = []
    for source in sources:
        given, _ = split_subject(source)
        if given in ANIMATORS.names():
            found.append(Animated(load_animator(source)))
        elif not Path(given).is_dir():
            raise UnknownNameError("animator", source, ANIMATORS.names(), "Or give a folder: NAME=FOLDER")
        elif (Path(given) / "config.json").is_file():
            found.append(Animated(load_animator(Path(source))))
        else:
            found.append(KeptMotions(Path(source)))
    return found


def timed_sources(texts: Sequence[str]) -> dict[str, str]:
    """By row, the name or folder of what can be timed of `texts`, read as `row_of` does: the first seed of each.

    Kept motion takes no time.
    """
    found = {}
    for text in texts:
        name, (source, *_) = read_entry(text)
        given, _ = split_subject(source)
        if given in ANIMATORS.names() or (Path(given) / "config.json").is_file():
            found[name] = source
    return found
