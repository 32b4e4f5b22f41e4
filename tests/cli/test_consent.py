"""`avatron consent`: a record is made, signed and checked on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from avatron.cli import main

NEW = ("consent", "new", "--subject", "Ada Example", "--scope", "personal,evaluation")


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "ada.pem"
    path.write_bytes(Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


def said(capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    captured = capsys.readouterr()
    return captured.out, captured.err


def test_a_new_record_checks_and_says_what_it_allows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = str(tmp_path / "consent.json")
    assert main([*NEW, "-o", record, "--expires", "2099-12-31"]) == 0
    assert main(["consent", "check", record]) == 0
    out, _ = said(capsys)
    assert "Ada Example allows evaluation, personal until 2099-12-31; self-declared" in out.splitlines()[1]


def test_a_record_for_one_video_covers_that_one_alone(
    tmp_path: Path, key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record, mine, other = str(tmp_path / "consent.json"), tmp_path / "me.mp4", tmp_path / "other.mp4"
    mine.write_bytes(b"a film")
    other.write_bytes(b"another film")
    assert main([*NEW, "-o", record, "--video", str(mine), "--key", str(key)]) == 0
    assert main(["consent", "check", record, "--video", str(mine), "--json"]) == 0
    out, _ = said(capsys)
    table = json.loads(out[out.index("{") :])
    assert table["valid"] and table["state"] == "signed" and table["bound"]["video_sha256"] == table["video_sha256"]
    assert main(["consent", "check", record, "--video", str(other)]) == 2
    assert "for another video" in said(capsys)[1]


def test_a_use_that_is_not_allowed_ends_with_2_and_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = str(tmp_path / "consent.json")
    assert main([*NEW, "-o", record]) == 0
    assert main(["consent", "check", record, "--use", "personal"]) == 0
    assert main(["consent", "check", record, "--use", "commercial"]) == 2
    _, err = said(capsys)
    assert err.count("\n") == 1 and "`commercial` in its scope" in err


@pytest.mark.parametrize(
    ("change", "problem"),
    [(("--scope", "fame"), "fame"), (("--date", "soon"), "soon"), (("--expires", "2001-01-01"), "before it is given")],
)
def test_what_makes_no_record_is_refused(
    change: tuple[str, str], problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*NEW, *change, "-o", str(tmp_path / "consent.json")]) == 2
    assert problem in said(capsys)[1] and not (tmp_path / "consent.json").exists()
