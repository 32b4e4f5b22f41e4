"""Public protocols on tiny folders in the original layouts: who is judged, what is measured, which file is wrong."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from avatron.core.audio import Audio
from avatron.core.motion import EXPRESSION_INDEX, FaceMotion
from avatron.errors import InvalidValueError, ShapeError, UnknownNameError, UnreadableFileError
from avatron.evaluation.face.protocols.layout import PROTOCOLS, MeshFolder
from avatron.evaluation.face.protocols.mesh_regions import derived_regions, mesh_regions
from avatron.evaluation.face.protocols.mesh_suite import measure_meshes, mesh_table
from avatron.evaluation.face.regions import regions_of
from avatron.face.parts import PART_INDEX
from avatron.face.shipped import shipped_head
from avatron.io.audio import write_wav

TRAIN, TEST = "FaceTalk_170728_03272_TA", "FaceTalk_170809_00138_TA"
SENTENCES = ((TRAIN, 1), (TRAIN, 2), (TRAIN, 25), (TEST, 21), (TEST, 22), (TEST, 1))


def talking(frames: int, seed: int) -> FaceMotion:
    """A jaw that opens and a smile, at random."""
    generator = np.random.default_rng(seed)
    motion = FaceMotion.at_rest(frames)
    expression = motion.expression.copy()
    times = np.arange(frames) / 30
    for name, size in (("jawOpen", 0.4), ("mouthPucker", 0.3), ("browInnerUp", 0.3)):
        wave = np.sin(2 * np.pi * generator.uniform(1, 3) * times + generator.uniform(0, 6))
        expression[:, EXPRESSION_INDEX[name]] = size * (0.5 + 0.5 * wave)
    return replace(motion, expression=expression)


@pytest.fixture(scope="module")
def chosen() -> np.ndarray:
    """[5023] vertices of our skin around the mouth, as many as VOCASET has."""
    head = shipped_head()
    skin = np.flatnonzero(head.vertex_part == PART_INDEX["skin"])
    mouth = head.neutral[head.contours["lips_inner"]].mean(0)
    return np.sort(skin[np.linalg.norm(head.neutral[skin] - mouth, axis=1).argsort()[:5023]])


@pytest.fixture
def vocaset(tmp_path: Path, chosen: np.ndarray) -> Path:
    head = shipped_head()
    for name in ("vertices_npy", "wav"):
        (tmp_path / name).mkdir()
    for number, (subject, sentence) in enumerate(SENTENCES):
        name = f"{subject}_sentence{sentence:02}"
        vertices = head.vertices(talking(24, number))[:, chosen]
        np.save(tmp_path / "vertices_npy" / f"{name}.npy", vertices.reshape(len(vertices), -1))
        tone = 0.1 * np.sin(np.arange(9000) * (0.05 + 0.01 * number)).astype(np.float32)
        write_wav(tmp_path / "wav" / f"{name}.wav", Audio(tone, 22050))
    rest = head.neutral[chosen].astype(np.float64)
    (tmp_path / "templates.pkl").write_bytes(pickle.dumps({TRAIN: rest, TEST: rest}, protocol=2))
    return tmp_path


def test_the_protocols_name_as_many_subjects_and_sentences_as_the_papers() -> None:
    splits = PROTOCOLS["vocaset"].splits
    assert [len(splits[name].subjects) for name in ("train", "valid", "test")] == [8, 2, 2]
    assert [len(splits[name].sentences) for name in ("train", "valid", "test")] == [40, 20, 20]
    biwi = PROTOCOLS["biwi"].splits
    sizes = {name: len(split.subjects) * len(split.sentences) for name, split in biwi.items()}
    assert sizes == {"train": 192, "valid": 24, "test-a": 24, "test-b": 32}, "FaceFormer, section 4.1"
    for protocol in PROTOCOLS.values():
        train = protocol.splits["train"]
        for name in protocol.judged:
            judged = protocol.splits[name]
            assert not (train.subjects & judged.subjects) or not set(train.sentences) & set(judged.sentences)


def test_only_the_test_sentences_of_the_test_subjects_are_judged_at_half_the_stored_rate(vocaset: Path) -> None:
    folder = MeshFolder(vocaset, PROTOCOLS["vocaset"])
    assert [one.name for one in folder.of("test")] == [f"{TEST}_sentence21", f"{TEST}_sentence22"]
    assert [one.sentence for one in folder.of("train")] == [1, 2, 25]
    assert folder.vertices(folder.of("test")[0]).shape == (12, 5023, 3)


def test_lips_are_found_by_how_they_move(chosen: np.ndarray) -> None:
    head = shipped_head()
    rest = head.neutral[chosen]
    moved = head.vertices(talking(12, 3))[:, chosen] - rest
    found = derived_regions(rest, moved)
    true = np.searchsorted(chosen, regions_of(head).lips.vertices)
    near = np.searchsorted(chosen, np.intersect1d(chosen, regions_of(head, "mouth").lips.vertices))
    assert len(np.intersect1d(found.lips.vertices, true)) > 0.8 * len(true), "most of the red is found"
    assert len(np.setdiff1d(found.lips.vertices, near)) < 0.1 * len(found.lips.vertices), "and hardly anything else"
    assert found.up @ [0, 1, 0] > 0.8, "up, and forward, since the jaw turns back"
    gap = found.gap(rest + moved, rest)
    open_mm = 1000 * gap
    expected = head.lip_gap_mm(head.vertices(talking(12, 3))).max(-1)
    assert np.corrcoef(open_mm, expected)[0, 1] > 0.97
    brows = np.searchsorted(chosen, np.intersect1d(chosen, np.flatnonzero(head.regions["brows"] > 0.5)))
    assert set(brows.tolist()) <= set(found.upper_face.vertices.tolist())
    # Another unit and another way up change nothing.
    turn = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]]) * 1000
    turned = derived_regions(rest @ turn.T, moved @ turn.T)
    np.testing.assert_array_equal(turned.lips.vertices, found.lips.vertices)
    with pytest.raises(InvalidValueError, match="shows no lips"):
        derived_regions(rest, np.random.default_rng(0).normal(size=(4, 1, 3)) * np.ones((1, 5023, 1)))


def test_published_lists_are_read_where_the_user_has_them(vocaset: Path, chosen: np.ndarray) -> None:
    rest = shipped_head().neutral[chosen]
    moved = shipped_head().vertices(talking(6, 3))[:, chosen] - rest
    assert mesh_regions(None, vocaset, rest, moved).lips.name == "derived"
    with pytest.raises(UnreadableFileError, match="FLAME_masks"):
        mesh_regions("published", vocaset, rest, moved)
    masks = {name: np.arange(start, start + 5) for start, name in enumerate(("lips", "forehead", "eye_region", "nose"))}
    (vocaset / "FLAME_masks.pkl").write_bytes(pickle.dumps(masks, protocol=2))
    found = mesh_regions(None, vocaset, rest, moved)
    assert found.lips.vertices.tolist() == [0, 1, 2, 3, 4] and "FLAME_masks" in found.lips.source
    assert found.upper_face.vertices.tolist() == list(range(1, 7))
    (vocaset / "regions").mkdir()
    (vocaset / "regions" / "lve.txt").write_text("7, 8,\n9")
    (vocaset / "regions" / "fdd.txt").write_text("1 2 99999")
    with pytest.raises(UnreadableFileError, match=r"fdd\.txt"):
        mesh_regions(None, vocaset, rest, moved)
    (vocaset / "regions" / "fdd.txt").write_text("1 2")
    assert mesh_regions("published", vocaset, rest, moved).lips.vertices.tolist() == [7, 8, 9]
    with pytest.raises(UnknownNameError, match="derived"):
        mesh_regions("beak", vocaset, rest, moved)


def test_the_table_has_the_truth_at_zero_and_results_of_others_in_their_own_names(
    vocaset: Path, tmp_path: Path
) -> None:
    folder = MeshFolder(vocaset, PROTOCOLS["vocaset"])
    results = tmp_path / "results"
    results.mkdir()
    for sequence in folder.of("test"):
        near = folder.vertices(sequence) + np.float32(0.001)
        np.save(results / f"{sequence.name}_condition_{TRAIN}.npy", near[:-1].reshape(len(near) - 1, -1))
    result = measure_meshes(folder, [f"theirs={results}"])
    found = {row["name"]: row["conditions"]["test"] for row in result["rows"]}
    assert found["truth"]["lve_mm"]["mean"] == 0
    assert found["theirs"]["lve_mm"]["mean"] == pytest.approx(np.sqrt(3), rel=1e-3)
    assert found["theirs"]["lve_m2"]["mean"] == pytest.approx(3e-6, rel=1e-3)
    assert found["theirs"]["range_ratio"]["mean"] == pytest.approx(1, abs=0.1)
    assert found["mean motion"]["range_ratio"]["mean"] == 0
    assert found["truth, late"]["lve_mm"]["mean"] > 0 and result["lip_set"]["name"] == "derived"
    assert result["rows"][2]["over_frames"]["test"]["lve_mm"] == pytest.approx(found["theirs"]["lve_mm"]["mean"])
    table = mesh_table(result, "test")
    assert len(table) == 6 and len({len(row) for row in table}) == 1
    (results / f"{folder.of('test')[0].name}_condition_{TRAIN}.npy").unlink()
    with pytest.raises(UnreadableFileError, match=folder.of("test")[0].name):
        measure_meshes(folder, [f"theirs={results}"])
    np.save(results / f"{folder.of('test')[0].name}.npy", np.zeros((40, 15069), np.float32))
    with pytest.raises(ShapeError, match="40 frames"):
        measure_meshes(folder, [f"theirs={results}"])


def test_damaged_and_half_downloaded_folders_are_refused_by_the_files_name(vocaset: Path) -> None:
    protocol = PROTOCOLS["vocaset"]
    path = vocaset / "vertices_npy" / f"{TEST}_sentence21.npy"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    folder = MeshFolder(vocaset, protocol)
    with pytest.raises(UnreadableFileError, match=f"{TEST}_sentence21"):
        folder.vertices(folder.of("test")[0])
    for wrong, says in (
        (np.zeros((4, 300), np.float32), "shape"),
        (np.full((8, 15069), np.nan, np.float32), "not numbers"),
        (np.zeros((2, 15069), np.float32), "1 frames"),
        (np.array(["text"]), "shape"),
    ):
        np.save(path, wrong)
        with pytest.raises(UnreadableFileError, match=says):
            folder.vertices(folder.of("test")[0])
    np.save(path, np.array([{}], object), allow_pickle=True)
    with pytest.raises(UnreadableFileError, match="sentence21"):
        folder.vertices(folder.of("test")[0])
    path.write_bytes(whole)
    (vocaset / "wav" / f"{TEST}_sentence22.wav").unlink()
    with pytest.raises(UnreadableFileError, match=r"sentence22\.wav"):
        MeshFolder(vocaset, protocol)


def test_another_layout_is_refused_with_what_to_do(vocaset: Path, tmp_path: Path) -> None:
    protocol = PROTOCOLS["vocaset"]
    of_biwi = {name: np.zeros((23370, 3), np.float32) for name in (TRAIN, TEST)}
    (vocaset / "templates.pkl").write_bytes(pickle.dumps(of_biwi))
    with pytest.raises(UnreadableFileError, match="no sequence that biwi judges"):
        MeshFolder(vocaset, PROTOCOLS["biwi"])
    with pytest.raises(UnreadableFileError, match="another mesh"):
        MeshFolder(vocaset, protocol)
    (vocaset / "templates.pkl").unlink()
    with pytest.raises(UnreadableFileError, match="no templates"):
        MeshFolder(vocaset, protocol)
    (vocaset / "templates").mkdir()
    np.save(vocaset / "templates" / f"{TRAIN}.npy", np.zeros((5023, 3)))
    with pytest.raises(UnreadableFileError, match=f"of whom .* has no template; it has {TRAIN}"):
        MeshFolder(vocaset, protocol)
    np.save(vocaset / "templates" / f"{TEST}.npy", np.zeros((5023, 3)))
    assert MeshFolder(vocaset, protocol).templates[TEST].shape == (5023, 3)
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "data_verts.npy").touch()
    with pytest.raises(UnreadableFileError, match="cut `data_verts"):
        MeshFolder(raw, protocol)
    with pytest.raises(UnreadableFileError, match="not a folder"):
        MeshFolder(tmp_path / "nowhere", protocol)
