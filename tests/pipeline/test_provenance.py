"""Every output of speak and produce says where it comes from, in its own way; nothing but a reason switches it off."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

import avatron
from avatron.cli import main
from avatron.errors import OutputError, OutputExistsError, UsageError
from avatron.io.provenance.canonical import file_sha256
from avatron.io.provenance.comments import read_comment
from avatron.io.provenance.credentials import CREDENTIAL_TYPES, read_credentials
from avatron.io.provenance.keys import known_certificates
from avatron.io.provenance.origin import ConsentSummary, Disabled, Provenance
from avatron.io.provenance.seal import Sealer
from avatron.io.provenance.sidecar import MANIFEST_NAME, read_sidecar, sidecar_of
from avatron.pipeline.plan import OutputPlan, Target
from avatron.pipeline.produce import produce
from avatron.pipeline.sinks import FilmFormat

SIZE = (64, 64)
REPLICA = Provenance("replica", "me", "0123456789abcdef", ConsentSummary("Ada Example", ("personal",), "signed"))


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the word of an avatar in every type."""
    folder = tmp_path_factory.mktemp("avatar")
    names = ("a.mp4", "a.mov", "a.mkv", "a.webm", "a.gif", "a.png", "a.wav", "a.npz", "a.csv", "a.srt", "a.json")
    avatron.speak("Hi.", [folder / name for name in names], size=SIZE)
    return folder


def speak_as(folder: Path, names: tuple[str, ...], sealer: Sealer) -> None:
    """The same word as if `sealer` were that of the avatar."""
    pieces = list(avatron.stream("Hi.", size=SIZE))
    film = FilmFormat(SIZE, pieces[0].motion.fps, pieces[0].audio.sample_rate, False, "ava", sealer)
    targets = tuple(Target(folder / name, Path(name).suffix[1:]) for name in names)
    produce(iter(pieces), OutputPlan(targets), film)


def test_an_avatars_films_pictures_and_sound_carry_credentials_without_consent(outputs: Path) -> None:
    for name in ("a.mp4", "a.mov", "a.gif", "a.wav", "a.png/frame_000000.png", "a.png/audio.wav"):
        found = read_credentials(outputs / name, name.rpartition(".")[2], known_certificates())
        assert found is not None and found.state == "intact" and found.known, name
        assert (found.claims["kind"], found.claims["name"]) == ("avatar", "ava") and "consent" not in found.claims
        assert found.claims["source_type"] == "trainedAlgorithmicMedia"


def test_an_avatars_other_films_say_it_in_their_comment_and_nothing_lies_beside_them(outputs: Path) -> None:
    for name in ("a.mp4", "a.mkv", "a.webm", "a.npz"):
        assert read_comment(outputs / name, name[2:]) == "AI-generated with avatron: avatar `ava`"
    assert not list(outputs.glob("*.avatron.json")) and MANIFEST_NAME not in {
        path.name for path in (outputs / "a.png").iterdir()
    }


def test_a_replicas_outputs_carry_credentials_or_a_signed_sidecar(tmp_path: Path) -> None:
    names = ("r.mp4", "r.wav", "r.gif", "r.png", "r.webm", "r.mkv", "r.npz", "r.csv")
    speak_as(tmp_path, names, Sealer(REPLICA))
    for name in names:
        path, kind = tmp_path / name, name[2:]
        if kind in CREDENTIAL_TYPES and kind != "png":
            found = read_credentials(path, kind, known_certificates())
            assert found is not None and found.claims["consent"]["state"] == "signed"
            assert not sidecar_of(path).exists()
        else:
            sidecar = read_sidecar(path, known_certificates())
            assert sidecar is not None and sidecar.content == "intact" and sidecar.signature.intact
            assert sidecar.signature.known and sidecar.claims["id"] == REPLICA.id, name


@pytest.mark.parametrize("name", ["r.webm", "r.csv"])
def test_a_flipped_byte_is_noticed_by_the_sidecar(name: str, tmp_path: Path) -> None:
    speak_as(tmp_path, (name,), Sealer(REPLICA))
    data = bytearray((tmp_path / name).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / name).write_bytes(data)
    found = read_sidecar(tmp_path / name, known_certificates())
    assert found is not None and found.content == "altered" and found.signature.intact


def test_a_picture_that_is_added_to_a_sequence_or_taken_away_is_noticed(tmp_path: Path) -> None:
    speak_as(tmp_path, ("r.png",), Sealer(REPLICA))
    folder = tmp_path / "r.png"
    (folder / "frame_000001.png").rename(folder / "frame_900000.png")
    found = read_sidecar(folder, known_certificates())
    assert found is not None and found.changed == ("frame_000001.png", "frame_900000.png")


def test_a_sequence_with_its_manifest_can_be_replaced(tmp_path: Path) -> None:
    speak_as(tmp_path, ("r.png",), Sealer(REPLICA))
    avatron.speak("Hi.", tmp_path / "r.png", size=SIZE, overwrite=True)
    assert not (tmp_path / "r.png" / MANIFEST_NAME).exists()


def test_a_reason_leaves_credentials_out_and_stands_in_every_file(tmp_path: Path) -> None:
    names = ("a.mp4", "a.webm", "a.gif", "a.png", "a.wav", "a.npz")
    disabled = Disabled("a measurement of codecs")
    avatron.speak("Hi.", [tmp_path / name for name in names], size=SIZE, provenance=disabled)
    for name in (*names[:3], "a.png/frame_000001.png", "a.png/audio.wav", *names[4:]):
        kind = name.rpartition(".")[2]
        assert read_comment(tmp_path / name, kind) == disabled.sentence(), name
        assert kind not in CREDENTIAL_TYPES or read_credentials(tmp_path / name, kind, "") is None
    speak_as(tmp_path, ("r.csv",), Sealer(REPLICA, disabled))
    sidecar = read_sidecar(tmp_path / "r.csv", "")
    assert sidecar is not None and sidecar.claims["credentials_disabled"] == disabled.reason


def test_nothing_is_written_where_there_is_no_key_to_sign_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "file"))
    with pytest.raises(OutputError, match="no key to sign outputs with"):
        avatron.speak("Hi.", tmp_path / "a.wav")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    avatron.speak("Hi.", tmp_path / "a.wav", provenance=Disabled("no place for a key"))


def test_an_interrupted_output_leaves_no_sidecar(tmp_path: Path) -> None:
    (tmp_path / "taken.webm").write_text("mine")
    with pytest.raises(OutputExistsError):
        speak_as(tmp_path, ("r.csv", "taken.webm"), Sealer(REPLICA))
    assert [path.name for path in tmp_path.iterdir()] == ["taken.webm"]


def test_stdout_has_a_sidecar_where_one_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Bytes(io.TextIOWrapper):
        def __init__(self) -> None:
            super().__init__(io.BytesIO(), encoding="utf-8")

    stdout = Bytes()
    monkeypatch.setattr(sys, "stdout", stdout)
    assert main(["speak", "Hi.", "-o", "-", "--format", "wav", "--sidecar", str(tmp_path / "said.json")]) == 0
    sent = stdout.buffer.getvalue()  # type: ignore[attr-defined]
    monkeypatch.undo()
    (tmp_path / "sent.wav").write_bytes(sent)
    record = json.loads((tmp_path / "said.json").read_text())
    assert record["content"] == {"bytes": len(sent), "sha256": file_sha256(tmp_path / "sent.wav")}
    (tmp_path / "said.json").rename(sidecar_of(tmp_path / "sent.wav"))
    found = read_sidecar(tmp_path / "sent.wav", known_certificates())
    assert found is not None and found.content == "intact" and found.signature.intact


def test_a_sidecar_of_stdout_is_refused_where_nothing_goes_there(tmp_path: Path) -> None:
    assert (
        main(["speak", "Hi.", "-o", str(tmp_path / "a.wav"), "--sidecar", str(tmp_path / "s.json")])
        == UsageError.exit_code
    )


def test_the_command_line_takes_a_reason_and_no_bare_switch(tmp_path: Path) -> None:
    output = str(tmp_path / "a.wav")
    assert main(["speak", "Hi.", "-o", output, "--no-provenance"]) == 2
    assert main(["speak", "Hi.", "-o", output, "--no-provenance", ""]) == 2
    assert not Path(output).exists()
    assert main(["speak", "Hi.", "-o", output, "--no-provenance", "sound of the paper"]) == 0
    assert "sound of the paper" in (read_comment(Path(output), "wav") or "")
