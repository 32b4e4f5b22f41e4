"""Held-out clips of the motion corpus: recorded speech with its phonemes' durations, and the tracked face.

The files are those of `training.motion.corpus`, read here without the training code: one npz a clip.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.core.speech import Acoustics, PhonemeSequence, Span, Speech
from avatron.errors import AvatronError, InvalidValueError, NewerFormatError, UnreadableFileError
from avatron.evaluation.face.case import Face, FaceCase
from avatron.evaluation.face.regions import DEFAULT_LIPS
from avatron.evaluation.tracking.closures import ClosureLabel
from avatron.face.shipped import shipped_head
from avatron.io.curves import MOTION_ARRAYS, motion_from_arrays
from avatron.io.npz import read_npz
from avatron.text.inventory import PADDING, PAUSES, SYMBOLS

__all__ = ["read_cases", "recorded_speech"]

_VERSION = 1
_WHAT = "a motion clip"
_LABELS = ("name", "source", "split")
_SPEECH = ("embedding", "phoneme_ids", "durations", "mel", "pitch", "energy")
_NUMBERS = ("sample_rate", "hop_length")
_REQUIRED = ("clip_version", "embedding_space", "text", "valid", *_LABELS, *_NUMBERS, *_SPEECH, *MOTION_ARRAYS)
_OPTIONAL = ("word_initial", "identity")


def read_cases(
    folder: Path,
    split: str = "test",
    *,
    source: str | None = None,
    lips: str = DEFAULT_LIPS,
    labels: Sequence[ClosureLabel] = (),
    faces: Sequence[Face] = (),
    most: int | None = None,
) -> list[FaceCase]:
    """The clips of one split of the corpus in `folder`, in the order of their names.

    `source` chooses by where the motion comes from. The truth moves the person of the clip, or `faces` in turn.

    Raises:
        UnreadableFileError: no folder, no clip of the split, or a damaged file, which is named.
        NewerFormatError: a clip written by a newer avatron.
        UnknownNameError: no such lip set.
    """
    cases: list[FaceCase] = []
    for path in _files(folder):
        label = {name: str(value) for name, value in read_npz(path, _WHAT, _LABELS).items()}
        if label["split"] != split or source not in (None, label["source"]):
            continue
        face = faces[len(cases) % len(faces)] if faces else None
        cases.append(_case(path, lips, labels, face))
        if most is not None and len(cases) >= most:
            break
    if not cases:
        wanted = f"split `{split}`" + (f" and source `{source}`" if source else "")
        raise UnreadableFileError(f"`{folder}` has no clip of {wanted}; give the folder of the built motion corpus")
    return cases


def recorded_speech(
    acoustics: Acoustics, phoneme_ids: NDArray[Any], word_initial: NDArray[Any] | None, text: str
) -> Speech:
    """The speech of `acoustics` whose phonemes [P] and durations are known; its sound itself is not kept, and silent.

    Raises:
        InvalidValueError: a phoneme outside of the inventory, or acoustics without durations.
        ShapeError: lengths that disagree.
    """
    if acoustics.durations is None:
        raise InvalidValueError("recorded speech needs its phonemes' durations to be judged; align it first")
    ids = np.asarray(phoneme_ids, np.int64)
    if len(ids) and not 0 <= ids.min() <= ids.max() < len(SYMBOLS):
        raise InvalidValueError(f"a phoneme is outside of the inventory of {len(SYMBOLS)}")
    symbols = tuple(SYMBOLS[number] for number in ids)
    pause = np.array([symbol in (PADDING, *PAUSES) for symbol in symbols], bool)
    # Without words each run of sounds between pauses is one.
    begins = np.asarray(word_initial, bool) if word_initial is not None else ~pause & np.r_[True, pause[:-1]]
    word_index = np.where(pause, -1, np.maximum(np.cumsum(begins) - 1, 0))
    count = int(word_index.max(initial=-1)) + 1
    written = tuple(text.split())
    words = written if len(written) == count else tuple(str(number) for number in range(count))
    edges_s = np.concatenate([[0], np.cumsum(acoustics.durations)]) / acoustics.frame_rate
    spans = tuple(
        Span(symbol, float(start), float(end))
        for symbol, start, end in zip(symbols, edges_s[:-1], edges_s[1:], strict=True)
    )
    placed = []
    for number, word in enumerate(words):
        inside = np.flatnonzero(word_index == number)
        if len(inside):
            placed.append(Span(word, spans[inside[0]].start_s, spans[inside[-1]].end_s))
    silent = np.zeros(acoustics.frames * acoustics.hop_length, np.float32)
    phonemes = PhonemeSequence(symbols, ids, word_index, words, text, "en-us")
    return Speech(Audio(silent, acoustics.sample_rate), acoustics, phonemes, spans, tuple(placed))


def _case(path: Path, lips: str, labels: Sequence[ClosureLabel], face: Face | None) -> FaceCase:
    arrays = read_npz(path, _WHAT, _REQUIRED, _OPTIONAL)
    try:
        if int(arrays["clip_version"]) > _VERSION:
            raise NewerFormatError(
                f"`{path}` has clip version {int(arrays['clip_version'])}, and this avatron knows {_VERSION}; "
                "update avatron"
            )
        acoustics = Acoustics(
            mel=arrays["mel"],
            text_embedding=arrays["embedding"],
            durations=arrays["durations"],
            pitch=arrays["pitch"],
            energy=arrays["energy"],
            embedding_space=str(arrays["embedding_space"]),
            sample_rate=int(arrays["sample_rate"]),
            hop_length=int(arrays["hop_length"]),
        )
        speech = recorded_speech(acoustics, arrays["phoneme_ids"], arrays.get("word_initial"), str(arrays["text"]))
        name = str(arrays["name"])
        identity = arrays.get("identity")
        own = tuple(one for one in labels if name == one.clip or name.endswith((f"-{one.clip}", f"_{one.clip}")))
        key = b"" if identity is None else np.ascontiguousarray(identity, np.float32).tobytes()
        return FaceCase(
            name,
            speech,
            motion_from_arrays(path, arrays),
            np.asarray(arrays["valid"], np.bool_),
            face or _face_of(key, lips),
            own,
        )
    except (NewerFormatError, UnreadableFileError):
        raise
    except (AvatronError, TypeError, ValueError, OverflowError) as error:
        raise UnreadableFileError(f"`{path}` holds no motion clip: {error}; build it again") from error


@lru_cache(maxsize=64)
def _face_of(identity: bytes, lips: str) -> Face:
    head = shipped_head()
    coefficients = np.frombuffer(identity, np.float32) if identity else None
    return Face("tracked person" if identity else "mean head", head, head.posed(coefficients), lips)


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise UnreadableFileError(f"`{folder}` is not a folder; expected one of motion clips (`*.npz`)")
    paths = sorted(folder / name for name in os.listdir(folder) if name.endswith(".npz") and not name.startswith("."))
    if not paths:
        raise UnreadableFileError(f"`{folder}` has no motion clip (`*.npz`) in it; build the corpus first")
    return paths
