"""The animator that moves every face unless another is asked for: the shipped decoder with the voices people have."""

from __future__ import annotations

import json
import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import avatron
from avatron.core.audio import Audio
from avatron.core.motion import EXPRESSION_INDEX, FaceMotion
from avatron.core.speech import Speech
from avatron.errors import DamagedModelError, MissingComponentError
from avatron.evaluation.lips import CLOSED_GAP_MM, bilabial_closures, lip_gap_of
from avatron.face.shipped import shipped_head
from avatron.io.audio import write_wav
from avatron.io.curves import read_motion
from avatron.io.folders import load_folder, write_folder
from avatron.motion.animators import DEFAULT_ANIMATOR, load_animator
from avatron.motion.decoder.animator import LearnedAnimator
from avatron.motion.decoder.shipped import find_weights
from avatron.motion.decoder.speech_input import columns_of
from avatron.motion.style import MotionStyle
from avatron.pipeline.cast import Cast
from avatron.pipeline.options import SpeakOptions
from avatron.pipeline.perform import perform
from avatron.pipeline.pieces import joined_motion
from avatron.text.frontends import frontend_for
from avatron.voice.style import VoiceStyle
from avatron.voice.voices import COLLECTION, load_voice

TEXT = "Maybe Bob may pay the bill. Pam put five blue boats by the pier."
MOUTH = [EXPRESSION_INDEX[name] for name in ("jawOpen", "mouthPucker", "mouthFunnel", "mouthLowerDownLeft")]


@pytest.fixture(scope="module")
def weights() -> Path:
    try:
        return find_weights(DEFAULT_ANIMATOR)
    except MissingComponentError as error:
        pytest.skip(str(error))


@pytest.fixture
def own_voice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A voice as the guide makes it: small changes of `lj`, text encoder frozen, installed under a name of its own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    adapted = load_folder(COLLECTION.find("pm"))
    own = {key: value for key, value in adapted.config.items() if key not in ("format_version", "kind", "files")}
    files = {name: adapted.read_bytes(name) for name in adapted.config["files"]}
    voices = tmp_path / "avatron" / "voices"
    voices.mkdir(parents=True)
    write_folder(voices / "mine", adapted.config["kind"], own | {"name": "mine", "gain": 0.7}, files)
    return "mine"


def pieces_of(voice: str) -> tuple[list[Speech], FaceMotion]:
    pieces = list(avatron.stream(TEXT, voice=voice, size=(64, 64)))
    return [piece.speech for piece in pieces], joined_motion(pieces)


def check_face(speeches: list[Speech], motion: FaceMotion) -> None:
    """It speaks: the mouth moves, every P, B and M shuts it, and it rests at both ends."""
    head = shipped_head()
    mouth = motion.expression[:, MOUTH]
    assert np.ptp(mouth, axis=0).max() > 0.1
    assert mouth[0].max() < 0.02 and mouth[-1].max() < 0.02
    for speech in speeches:
        frames = range(len(motion))
        inside = [
            frame for frame in frames if speech.start_s <= (motion.first_frame + frame) / float(motion.fps) < speech.end
        ]
        part = motion.part(inside[0], inside[-1] + 1)
        assert bilabial_closures(lip_gap_of(part, head), part, speech).mean() >= 0.8, CLOSED_GAP_MM


@pytest.mark.parametrize("voice", ["lj", "pm"])
def test_it_drives_both_built_in_voices(weights: Path, voice: str) -> None:
    check_face(*pieces_of(voice))


def test_it_drives_a_voice_that_was_made_by_the_guide(weights: Path, own_voice: str) -> None:
    assert load_voice(own_voice).embedding_space == load_voice("lj").embedding_space
    check_face(*pieces_of(own_voice))


def test_it_is_the_default_of_calls_options_and_recordings(weights: Path) -> None:
    import inspect

    from avatron.pipeline.recorded.animate import animate_speech

    assert DEFAULT_ANIMATOR == "avatron" == SpeakOptions().animator
    for call in (avatron.speak, avatron.stream, animate_speech):
        assert inspect.signature(call).parameters["animator"].default == DEFAULT_ANIMATOR
    assert isinstance(load_animator(DEFAULT_ANIMATOR), LearnedAnimator)


def test_a_film_is_exactly_its_joined_stream(weights: Path, tmp_path: Path) -> None:
    avatron.speak(TEXT, tmp_path / "film.npz", size=(64, 64))
    _, streamed = pieces_of("lj")
    whole = read_motion(tmp_path / "film.npz")
    with Cast(SpeakOptions(voice="lj", avatar="ava")) as cast:
        performed = joined_motion(list(perform(TEXT, cast, draws=False)))
    assert np.array_equal(performed.expression, streamed.expression)
    assert len(whole) == len(joined_motion(list(avatron.stream(TEXT, size=(64, 64)))))


@pytest.mark.parametrize("step", [5, 43])
def test_columns_that_come_in_pieces_give_the_curves_of_the_whole(weights: Path, step: int) -> None:
    voice, decoder = load_voice("pm"), LearnedAnimator(weights).decoder
    speech = voice.speak(frontend_for("en-us", voice.languages).phonemize(TEXT, "en-us"), VoiceStyle())
    columns = columns_of(speech.acoustics, [span.label for span in speech.spans], decoder.config)
    stream = decoder.stream()
    pieces = [stream.push(columns.part(at, min(at + step, len(columns)))) for at in range(0, len(columns), step)]
    joined = np.concatenate([*pieces, stream.finish()])
    assert np.abs(joined - decoder.curves(speech)).max() < 2e-4
    assert decoder.config.look_ahead_s <= 0.2


def test_it_is_small_and_reads_what_the_shipped_voices_say(weights: Path) -> None:
    folder = load_folder(weights)
    assert sum(one["bytes"] for one in folder.config["files"].values()) <= 8 * 2**20
    assert folder.config["architecture"]["parameters"] <= 3_000_000
    assert folder.config["licence"] and folder.config["provenance"] and folder.read_bytes("CARD.md")
    spaces = {load_voice(name).embedding_space for name in ("lj", "pm")}
    assert spaces == {folder.config["embedding_space"]}


def test_weights_of_another_head_or_that_are_damaged_are_refused_by_name(weights: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(weights, other)
    config = json.loads((other / "config.json").read_text("utf-8"))
    config["architecture"]["channels"][0] = "earWiggleLeft"
    (other / "config.json").write_text(json.dumps(config), "utf-8")
    with pytest.raises(DamagedModelError, match=r"earWiggleLeft.*another head"):
        load_animator(other)
    config["architecture"]["channels"] = config["architecture"]["channels"][1:]
    (other / "config.json").write_text(json.dumps(config), "utf-8")
    with pytest.raises(DamagedModelError, match="another head"):
        load_animator(other)
    graph = other / "decoder.onnx"
    graph.write_bytes(graph.read_bytes()[:-100])
    with pytest.raises(DamagedModelError, match=r"decoder\.onnx"):
        load_animator(other)


def test_a_recording_in_which_nobody_speaks_is_a_mouth_at_rest(weights: Path, tmp_path: Path) -> None:
    write_wav(tmp_path / "silent.wav", Audio(np.zeros(44100, np.float32), 22050))
    avatron.animate_speech(tmp_path / "silent.wav", tmp_path / "silent.npz")
    assert not read_motion(tmp_path / "silent.npz").expression[:, MOUTH].any()


def test_without_its_weights_a_request_says_what_to_do_and_nothing_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from avatron.motion.decoder import shipped
    from avatron.pipeline import actor as acting

    monkeypatch.setattr(shipped, "_DATA", tmp_path / "nothing")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(acting, "warm_animator", load_animator)
    with pytest.raises(MissingComponentError, match=r"avatron.*--animator viseme"):
        avatron.speak("Hello.", tmp_path / "hello.wav")
    assert not (tmp_path / "hello.wav").exists()
    avatron.speak("Hello.", tmp_path / "hello.npz", animator="viseme")
    motion = read_motion(tmp_path / "hello.npz")
    assert motion.fps == Fraction(25) and MotionStyle().fps == motion.fps
