"""Credentials in files: intact as written, altered by one byte, of a known or a foreign key, in each container."""

from __future__ import annotations

import json
import shutil
import stat
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from avatron.core.audio import Audio
from avatron.errors import InvalidValueError, OutputError, UnreadableFileError
from avatron.io.audio import read_audio, write_wav
from avatron.io.gif import GifWriter
from avatron.io.provenance.comments import add_comment, read_comment
from avatron.io.provenance.credentials import CREDENTIAL_TYPES, read_credentials, sign_file
from avatron.io.provenance.keys import (
    KEY_VARIABLE,
    SigningKey,
    installation_key,
    known_certificates,
    user_config_folder,
)
from avatron.io.provenance.origin import ConsentSummary, Disabled, Provenance, preset_provenance
from avatron.io.provenance.signed_table import check_table, sign_table
from avatron.io.video import VideoWriter

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
REPLICA = Provenance(
    "replica", "me", "0123456789abcdef", ConsentSummary("Ada Example", ("personal",), "self-declared", "2030-01-01")
)
CONTAINERS = tuple(CREDENTIAL_TYPES)


def picture(number: int) -> NDArray[np.uint8]:
    return np.random.default_rng(number).integers(0, 255, (32, 48, 3), np.uint8)


def drawn(path: Path) -> Path:
    """A tiny output of the type that the name says."""
    tone = np.sin(np.arange(8000) / 20).astype(np.float32) / 2
    if path.suffix == ".wav":
        write_wav(path, Audio(tone, 16_000))
    elif path.suffix == ".png":
        Image.fromarray(picture(0)).save(path)
    elif path.suffix == ".gif":
        with GifWriter(path, (48, 32), Fraction(10)) as gif:
            for number in range(3):
                gif.write_frame(picture(number))
    else:
        with VideoWriter(path, (48, 32), Fraction(10), 16_000) as film:
            film.write_audio(tone)
            for number in range(5):
                film.write_frame(picture(number))
    return path


@pytest.fixture(params=CONTAINERS)
def signed(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = drawn(tmp_path / f"output.{request.param}")
    sign_file(path, request.param, REPLICA, installation_key(), NOW)
    return path


@pytest.fixture
def foreign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SigningKey:
    """The key of another installation."""
    with monkeypatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path / "elsewhere"))
        return installation_key()


def test_a_signed_file_says_who_when_and_which_replica(signed: Path) -> None:
    found = read_credentials(signed, signed.suffix[1:], known_certificates())
    assert found is not None and (found.state, found.known) == ("intact", True)
    assert found.claims["name"] == "me" and found.claims["id"] == "0123456789abcdef"
    assert found.claims["created"] == "2026-11-22T12:00:00+00:00"
    assert found.claims["consent"] == {
        "subject": "Ada Example",
        "scope": ["personal"],
        "state": "self-declared",
        "expires": "2030-01-01",
    }
    assert found.generator.startswith("avatron")


def test_one_flipped_byte_is_noticed(signed: Path) -> None:
    data = bytearray(signed.read_bytes())
    unsigned = drawn(signed.with_name(f"plain{signed.suffix}")).read_bytes()
    # The last tenth of what is sound or picture.
    place = data.rfind(unsigned[-len(unsigned) // 10 :][:16])
    place = len(data) * 2 // 3 if place < 0 else place
    data[place] ^= 1
    signed.write_bytes(data)
    found = read_credentials(signed, signed.suffix[1:], known_certificates())
    assert found is not None and found.state == "altered" and not found.known


def test_a_foreign_key_is_intact_and_unknown(signed: Path, foreign: SigningKey) -> None:
    path = drawn(signed.with_name(f"theirs{signed.suffix}"))
    sign_file(path, path.suffix[1:], REPLICA, foreign, NOW)
    for known in (known_certificates(), ""):
        found = read_credentials(path, path.suffix[1:], known)
        assert found is not None and (found.state, found.known) == ("intact", False)


def test_a_signer_who_is_put_among_the_known_ones_is_known(tmp_path: Path, foreign: SigningKey) -> None:
    path = drawn(tmp_path / "theirs.wav")
    sign_file(path, "wav", REPLICA, foreign, NOW)
    friend = user_config_folder() / "known_signers" / "friend.pem"
    friend.parent.mkdir(parents=True)
    friend.write_text(foreign.certificates_pem)
    try:
        found = read_credentials(path, "wav", known_certificates())
    finally:
        shutil.rmtree(friend.parent)
    assert found is not None and found.known


def test_a_file_without_credentials_has_none(tmp_path: Path) -> None:
    for name in CONTAINERS:
        assert read_credentials(drawn(tmp_path / f"plain.{name}"), name, known_certificates()) is None


def test_signing_changes_no_sample_and_no_pixel(tmp_path: Path) -> None:
    sound, image = drawn(tmp_path / "a.wav"), drawn(tmp_path / "a.png")
    before = read_audio(sound).samples, np.asarray(Image.open(image))
    for path in (sound, image):
        sign_file(path, path.suffix[1:], REPLICA, installation_key(), NOW)
    assert np.array_equal(read_audio(sound).samples, before[0])
    assert np.array_equal(np.asarray(Image.open(image)), before[1])


def test_generated_and_composite_material_are_told_apart(tmp_path: Path) -> None:
    for recorded, said in ((False, "trainedAlgorithmicMedia"), (True, "compositeSynthetic")):
        path = drawn(tmp_path / f"{said}.wav")
        sign_file(path, "wav", preset_provenance("ava", recorded=recorded), installation_key(), NOW)
        found = read_credentials(path, "wav", known_certificates())
        assert found is not None and found.claims["source_type"] == said
        assert f"digitalsourcetype/{said}".encode() in path.read_bytes()


def test_what_cannot_be_signed_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "broken.mp4"
    path.write_bytes(b"no film at all")
    with pytest.raises(OutputError, match=r"cannot sign .*broken\.mp4"):
        sign_file(path, "mp4", REPLICA, installation_key(), NOW)
    assert [entry.name for entry in tmp_path.iterdir()] == ["broken.mp4"]


def test_the_installation_makes_one_key_that_only_its_owner_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    first = installation_key()
    path = tmp_path / "avatron" / "signing.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and installation_key() == first
    assert "PRIVATE" not in repr(first) and "PRIVATE" not in known_certificates()


def test_a_given_key_signs_and_one_that_cannot_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, foreign: SigningKey
) -> None:
    given = tmp_path / "given.pem"
    monkeypatch.setenv(KEY_VARIABLE, str(given))
    with pytest.raises(UnreadableFileError, match=r"given\.pem"):
        installation_key()
    given.write_text(foreign.private_pem)
    with pytest.raises(UnreadableFileError, match="its certificates"):
        installation_key()
    given.write_text(foreign.private_pem + foreign.certificates_pem + " ")
    assert installation_key().private_pem == foreign.private_pem
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "third"))
    monkeypatch.delenv(KEY_VARIABLE)
    mixed = foreign.private_pem + installation_key().certificates_pem
    given.write_text(mixed + "\n\n")
    monkeypatch.setenv(KEY_VARIABLE, str(given))
    with pytest.raises(UnreadableFileError, match="not that of its private key"):
        installation_key()


def test_a_key_that_cannot_be_written_is_one_line_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "file"))
    with pytest.raises(OutputError, match=f"no key to sign outputs with.*{KEY_VARIABLE}"):
        installation_key()


def test_a_signed_table_is_intact_until_a_value_changes(foreign: SigningKey) -> None:
    table = sign_table({"b": [1, 2.5], "a": "ä"}, installation_key())
    assert json.loads(json.dumps(table)) == table
    found = check_table(table, known_certificates())
    assert (found.intact, found.known) == (True, True)
    assert not check_table({**table, "a": "a"}, known_certificates()).intact
    assert not check_table({"a": "ä"}, known_certificates()).intact
    theirs = check_table(sign_table({"a": 1}, foreign), known_certificates())
    assert (theirs.intact, theirs.known) == (True, False)


@pytest.mark.parametrize("name", ["png", "gif", "wav", "npz"])
def test_a_comment_is_read_as_it_was_written_and_hurts_nothing(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{name}"
    if name == "npz":
        np.savez_compressed(path, value=np.arange(5))
    else:
        drawn(path)
    assert read_comment(path, name) is None
    text = Disabled("a measurement, größer " + "x" * 150).sentence()
    add_comment(path, name, text)
    assert read_comment(path, name) == text
    if name == "npz":
        assert np.array_equal(np.load(path)["value"], np.arange(5))
    elif name == "wav":
        assert len(read_audio(path).samples) == 8000
    else:
        with Image.open(path) as image:
            image.load()
            assert getattr(image, "n_frames", 1) == (3 if name == "gif" else 1)


@pytest.mark.parametrize("reason", ["", "  ", "no", "two\nlines", "x" * 201])
def test_files_without_provenance_need_a_reason(reason: str) -> None:
    with pytest.raises(InvalidValueError, match="need a reason"):
        Disabled(reason)


def test_a_replica_without_consent_has_no_provenance() -> None:
    with pytest.raises(InvalidValueError, match="no consent"):
        Provenance("replica", "me", "0123456789abcdef")
