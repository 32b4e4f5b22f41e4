"""Held-out clips are read as training wrote them, and a damaged one is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avatron.core.speech import Acoustics
from avatron.errors import InvalidValueError, NewerFormatError, UnreadableFileError
from avatron.evaluation.face.motion_clips import read_cases, recorded_speech
from avatron.evaluation.face.rows.animators import row_of
from avatron.evaluation.face.suite import measure_faces
from avatron.evaluation.tracking.closures import ClosureLabel
from avatron.io.curves import write_motion_npz
from avatron.training.motion.corpus import write_clip
from training.motion.builders import motion_clip


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name, changes in (
        ("grid-aaa", {"split": "test"}),
        ("grid-bbb", {"split": "test", "identity": np.array([1.0, -1.0], np.float32)}),
        ("grid-ccc", {"split": "train"}),
        ("rules-ddd", {"split": "test", "source": "viseme", "word_initial": None}),
    ):
        write_clip(folder, motion_clip(name, **changes))
    return folder


def test_a_clip_of_the_corpus_is_a_case_with_its_phones_words_motion_and_labels(corpus: Path) -> None:
    labels = (ClosureLabel("bbb", 3, 4, True, "m", True), ClosureLabel("zzz", 1, 2, True, "p", True))
    cases = read_cases(corpus, source="grid", labels=labels)
    assert [case.name for case in cases] == ["grid-aaa", "grid-bbb"]
    assert [len(case.labels) for case in cases] == [0, 1]
    clip, case = motion_clip("grid-aaa"), cases[0]
    np.testing.assert_array_equal(case.truth.expression, clip.motion.expression)
    assert [span.label for span in case.speech.spans] == ["|", "m", "ˈɑ", "."]
    assert case.speech.spans[1].start_s == pytest.approx(clip.boundaries_s[1])
    assert [word.label for word in case.speech.words] == ["ma"]
    assert case.speech.phonemes is not None and case.speech.phonemes.word_initial.tolist() == [
        False,
        True,
        False,
        False,
    ]
    assert float(case.speech.end) == pytest.approx(clip.duration_s)
    assert cases[0].face is not cases[1].face, "each on its own person"
    assert [case.name for case in read_cases(corpus, "train")] == ["grid-ccc"]
    assert len(read_cases(corpus, most=1)) == 1
    given = [cases[0].face, cases[1].face]
    assert [case.face for case in read_cases(corpus, faces=given)] == [*given, given[0]], "or on other faces in turn"
    unmarked = read_cases(corpus, source="viseme")[0].speech
    assert [word.label for word in unmarked.words] == ["ma"], "without marks, each run of sounds is a word"


def test_motion_of_any_program_is_a_row_where_the_timing_is_the_recordings(corpus: Path, tmp_path: Path) -> None:
    cases = read_cases(corpus, source="grid")
    kept = tmp_path / "kept"
    kept.mkdir()
    for case in cases:
        write_motion_npz(kept / f"{case.name}.npz", case.truth)
    result = measure_faces(cases, [row_of(f"theirs={kept}"), row_of("viseme")])
    found = {row["name"]: row["conditions"]["oracle"] for row in result["rows"]}
    assert found["theirs"]["lve_mm"]["mean"] == 0 < found["viseme"]["lve_mm"]["mean"]
    (kept / "grid-bbb.npz").unlink()
    with pytest.raises(UnreadableFileError, match="grid-bbb"):
        measure_faces(cases, [row_of(f"theirs={kept}")])


def test_damaged_newer_and_empty_folders_are_refused_by_name(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="no clip of split `test` and source `speech-driven`"):
        read_cases(corpus, source="speech-driven")
    with pytest.raises(UnreadableFileError, match="not a folder"):
        read_cases(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnreadableFileError, match="no motion clip"):
        read_cases(tmp_path / "empty")
    path = corpus / "grid-aaa.npz"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnreadableFileError, match=r"grid-aaa\.npz"):
        read_cases(corpus)
    with np.load(corpus / "grid-bbb.npz") as stored:
        arrays = {name: stored[name] for name in stored.files}
    np.savez(path, **{**arrays, "name": np.array("grid-aaa"), "clip_version": np.array(99)})
    with pytest.raises(NewerFormatError, match="99"):
        read_cases(corpus)
    np.savez(path, **{**arrays, "name": np.array("grid-aaa"), "durations": arrays["durations"] * 2})
    with pytest.raises(UnreadableFileError, match=r"grid-aaa\.npz.*durations"):
        read_cases(corpus)


def test_speech_without_durations_or_with_unknown_phonemes_cannot_be_judged() -> None:
    clip = motion_clip()
    values = {
        name: getattr(clip, name) for name in ("mel", "pitch", "energy", "embedding_space", "sample_rate", "hop_length")
    }
    without = Acoustics(text_embedding=clip.embedding, durations=None, **values)
    with pytest.raises(InvalidValueError, match="align"):
        recorded_speech(without, clip.phoneme_ids, None, "")
    with_them = Acoustics(text_embedding=clip.embedding, durations=clip.durations, **values)
    with pytest.raises(InvalidValueError, match="inventory"):
        recorded_speech(with_them, clip.phoneme_ids + 1000, None, "")
