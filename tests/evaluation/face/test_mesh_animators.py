"""Our own animators on the meshes of public protocols: heard, mapped, and trained on the mesh itself."""

from __future__ import annotations

import pickle
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from avatron.core.audio import Audio
from avatron.errors import InvalidValueError, MissingComponentError, UnknownNameError
from avatron.evaluation.face.protocols.layout import PROTOCOLS, MeshFolder
from avatron.evaluation.face.protocols.mesh_animators import MappedCurves
from avatron.evaluation.face.protocols.mesh_suite import measure_meshes
from avatron.face.parts import PART_INDEX
from avatron.face.shipped import shipped_head
from avatron.io.audio import write_wav
from avatron.motion.animators import load_animator
from avatron.motion.style import MotionStyle
from avatron.text.frontends import frontend_for
from avatron.voice.listening.encoders import DEFAULT_ENCODER, load_speech_encoder
from avatron.voice.listening.hear import hear_utterances
from avatron.voice.listening.tape import SoundTape
from avatron.voice.style import VoiceStyle
from avatron.voice.voices import load_voice

TRAIN, TEST = "FaceTalk_170728_03272_TA", "FaceTalk_170809_00138_TA"
SAID = {
    (TRAIN, 1): "Bob may pay for two blue shoes.",
    (TRAIN, 2): "We saw five very large houses on fire.",
    (TRAIN, 3): "Pam put my old boat away.",
    (TEST, 21): "My father bought a house by the sea.",
}


@pytest.fixture(scope="module")
def heard_by_rules(tmp_path_factory: pytest.TempPathFactory) -> MeshFolder:
    """VOCASET's layout, and faces that the rules of `viseme` move to what the encoder hears."""
    try:
        encoder = load_speech_encoder(DEFAULT_ENCODER)
    except MissingComponentError as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("vocaset")
    for name in ("vertices_npy", "wav"):
        (folder / name).mkdir()
    head, voice, frontend = shipped_head(), load_voice("pm"), frontend_for("en-us", ("en-us",))
    skin = np.flatnonzero(head.vertex_part == PART_INDEX["skin"])
    mouth = head.neutral[head.contours["lips_inner"]].mean(0)
    chosen = np.sort(skin[np.linalg.norm(head.neutral[skin] - mouth, axis=1).argsort()[:5023]])
    style = MotionStyle(fps=Fraction(60), blinks=False, gaze=False, head=False, breathing=False)
    for (subject, sentence), text in SAID.items():
        name = f"{subject}_sentence{sentence:02}"
        wav = folder / "wav" / f"{name}.wav"
        write_wav(wav, voice.speak(frontend.phonemize(text, "en-us"), VoiceStyle()).audio)
        motions = [load_animator("viseme").animate(one, style) for one in hear_utterances(SoundTape(wav), encoder)]
        vertices = np.concatenate([head.vertices(motion)[:, chosen] for motion in motions])
        # The film ends before its sound.
        np.save(folder / "vertices_npy" / f"{name}.npy", vertices[:-12].reshape(len(vertices) - 12, -1))
    rest = head.neutral[chosen].astype(np.float64)
    (folder / "templates.pkl").write_bytes(pickle.dumps({TRAIN: rest, TEST: rest}, protocol=2))
    return MeshFolder(folder, PROTOCOLS["vocaset"])


def test_an_animators_curves_reach_a_mesh_that_it_has_never_seen_through_what_the_training_set_shows(
    heard_by_rules: MeshFolder,
) -> None:
    result = measure_meshes(heard_by_rules, ["viseme", "twice=viseme,viseme"])
    rows = {row["name"]: row for row in result["rows"]}
    found = {name: row["conditions"]["test"] for name, row in rows.items()}
    # The truth is the rules' own, but for what of it is not linear.
    assert found["viseme"]["lve_mm"]["mean"] < 0.35 * found["mean motion"]["lve_mm"]["mean"]
    assert found["viseme"]["lve_mm"]["mean"] < 0.5 * found["nearest neighbour"]["lve_mm"]["mean"]
    assert found["viseme"]["range_ratio"]["mean"] == pytest.approx(1, abs=0.15)
    assert "mapped" in rows["viseme"]["about"] and not rows["viseme"]["reference"]
    assert rows["twice"]["seeds"] == 2
    assert found["twice"]["lve_mm"]["mean"] == pytest.approx(found["viseme"]["lve_mm"]["mean"])


def test_a_prediction_lasts_as_long_as_the_film_on_the_persons_own_template(heard_by_rules: MeshFolder) -> None:
    (sequence,) = heard_by_rules.of("test")
    true, template = heard_by_rules.vertices(sequence), heard_by_rules.templates[TEST]
    mapped = MappedCurves(load_animator("viseme"), heard_by_rules)
    (found,) = mapped.predict(sequence, true, template)
    (elsewhere,) = mapped.predict(sequence, true[:5], template + 1)
    assert found.shape == true.shape and elsewhere.shape == (5, *true.shape[1:])
    np.testing.assert_allclose(elsewhere, found[:5] + 1, atol=1e-5)


@pytest.mark.parametrize(
    ("entry", "error", "said"),
    [
        ("nobody", UnknownNameError, "viseme"),
        ("mine=/nowhere/at/all", UnknownNameError, "/nowhere/at/all"),
        ("=viseme", InvalidValueError, "NAME=FOLDER"),
        ("viseme=", InvalidValueError, "NAME=FOLDER"),
    ],
)
def test_wrong_entries_are_refused_before_anything_is_learned(
    heard_by_rules: MeshFolder, entry: str, error: type[Exception], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def counted(*arguments: object) -> None:
        raise AssertionError("learned")

    monkeypatch.setattr(MappedCurves, "__init__", counted)
    with pytest.raises(error, match=said):
        measure_meshes(heard_by_rules, ["viseme", entry])


def test_without_training_sequences_there_is_nothing_to_map_with(heard_by_rules: MeshFolder, tmp_path: Path) -> None:
    for name in ("vertices_npy", "wav"):
        (tmp_path / name).mkdir()
    np.save(tmp_path / "vertices_npy" / f"{TEST}_sentence21.npy", np.zeros((8, 15069), np.float32))
    write_wav(tmp_path / "wav" / f"{TEST}_sentence21.wav", Audio(np.zeros(9000, np.float32), 22050))
    (tmp_path / "templates.pkl").write_bytes(pickle.dumps({TEST: np.zeros((5023, 3))}, protocol=2))
    with pytest.raises(InvalidValueError, match="no training sequence"):
        MappedCurves(load_animator("viseme"), MeshFolder(tmp_path, PROTOCOLS["vocaset"]))
