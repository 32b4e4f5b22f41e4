"""`avatron verify`: who, when, which replica, whose consent, altered or not, or that it cannot tell."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from avatron.cli import main
from avatron.io.gif import GifWriter
from avatron.io.provenance.keys import installation_key
from avatron.io.provenance.origin import ConsentSummary, Disabled, Provenance, preset_provenance
from avatron.io.provenance.seal import Sealer
from avatron.io.provenance.sidecar import sidecar_of
from avatron.io.provenance.watermark import Watermark
from avatron.io.provenance.watermark_code import payload_of
from avatron.io.sequence import SequenceWriter
from avatron.io.video import VideoWriter

REPLICA = Provenance(
    "replica", "me", "0123456789abcdef", ConsentSummary("Ada Example", ("personal",), "self-declared", "2030-01-01")
)
SIDE = 256


def film(path: Path, sealer: Sealer, marked_as: str | None = None) -> Path:
    """A film of a quiet wall, sealed."""
    down, across = np.mgrid[:SIDE, :SIDE]
    wall = np.stack([100 + 40 * np.sin(down / 50), 120 + across / 8, 110 + down / 9], -1).astype(np.uint8)
    picture = wall if marked_as is None else Watermark(marked_as).mark(wall)
    kind, size, fps = path.suffix[1:], (SIDE, SIDE), Fraction(10)
    writers: dict[str, Any] = {
        "gif": lambda: GifWriter(path, size, fps),
        "png": lambda: SequenceWriter(path, size, fps),
    }
    writer = writers.get(kind, lambda: VideoWriter(path, size, fps, comment=sealer.comment))()
    writer.seal = sealer.seal_for(kind, path)
    with writer:
        for _ in range(4):
            writer.write_frame(picture)
    return path


def verified(path: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, dict[str, Any]]:
    code = main(["verify", str(path), "--json", *options])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("name", ["r.mp4", "r.webm", "r.gif", "r.png"])
def test_a_replicas_output_says_who_when_and_whose_consent(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = verified(film(tmp_path / name, Sealer(REPLICA), REPLICA.id), capsys)
    assert (code, found["verdict"]) == (0, "intact")
    assert found["claims"]["id"] == REPLICA.id and found["claims"]["consent"]["subject"] == "Ada Example"
    assert found["claims"]["created"][:4] == str(datetime.now(UTC).year)
    assert found["watermark"]["fits_the_claims"] is True
    assert main(["verify", str(tmp_path / name)]) == 0
    text = capsys.readouterr().out
    assert "replica `me`" in text and "Ada Example, for personal, until 2030-01-01; self-declared" in text
    assert "that of this replica" in text


@pytest.mark.parametrize("name", ["r.mp4", "r.webm", "r.gif"])
def test_one_flipped_byte_makes_it_altered(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = film(tmp_path / name, Sealer(REPLICA))
    data = bytearray(path.read_bytes())
    data[len(data) - 200] ^= 1
    path.write_bytes(data)
    code, found = verified(path, capsys, "--no-watermark")
    assert (code, found["verdict"]) == (1, "altered")


def test_a_claim_that_is_changed_in_a_sidecar_makes_it_altered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = film(tmp_path / "r.webm", Sealer(REPLICA))
    sidecar = sidecar_of(path)
    sidecar.write_text(sidecar.read_text().replace("Ada Example", "Eve Example"))
    code, found = verified(path, capsys, "--no-watermark")
    assert (code, found["verdict"], found["sidecar"]["content"]) == (1, "altered", "intact")


def test_a_picture_that_is_exchanged_in_a_sequence_makes_it_altered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = film(tmp_path / "r.png", Sealer(REPLICA))
    assert verified(folder, capsys, "--no-watermark")[1]["verdict"] == "intact"
    # Signed each by itself, but not at this place.
    shutil.copy(folder / "frame_000001.png", folder / "frame_000002.png")
    assert verified(folder, capsys, "--no-watermark")[1]["verdict"] == "altered"
    Image.new("RGB", (SIDE, SIDE)).save(folder / "frame_000002.png")
    assert verified(folder, capsys, "--no-watermark")[1]["verdict"] == "altered"


def test_a_foreign_key_is_named_as_one_that_is_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path / "elsewhere"))
        path = film(tmp_path / "theirs.mp4", Sealer(REPLICA))
    installation_key()
    code, found = verified(path, capsys, "--no-watermark")
    assert (code, found["verdict"], found["credentials"]["known_signer"]) == (0, "unknown signer", False)


def test_a_watermark_of_another_replica_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = film(tmp_path / "r.mp4", Sealer(REPLICA), marked_as="somebody else")
    _, found = verified(path, capsys)
    assert found["watermark"]["fits_the_claims"] is False
    assert found["watermark"]["payload"] == f"{payload_of('somebody else'):010x}"


def test_a_file_that_lost_its_credentials_still_has_its_watermark(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import av

    film(tmp_path / "r.mp4", Sealer(REPLICA), REPLICA.id)
    with av.open(str(tmp_path / "r.mp4")) as container:
        pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    with VideoWriter(tmp_path / "copy.mp4", (SIDE, SIDE), Fraction(10)) as copy:
        for picture in pictures:
            copy.write_frame(picture)
    code, found = verified(tmp_path / "copy.mp4", capsys)
    assert (code, found["verdict"]) == (0, "unsigned")
    assert found["watermark"]["payload"] == f"{payload_of(REPLICA.id):010x}"


def test_a_file_without_anything_is_one_that_it_cannot_tell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("RGB", (SIDE, SIDE), (90, 80, 70)).save(tmp_path / "plain.png")
    code, found = verified(tmp_path / "plain.png", capsys)
    assert (code, found["verdict"], found["watermark"], found["looked_for_watermark"]) == (3, "cannot tell", None, True)


def test_a_reason_to_leave_credentials_out_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sealer = Sealer(preset_provenance("ava"), Disabled("a measurement of codecs"))
    for name in ("a.mp4", "a.webm", "a.gif", "a.png"):
        code, found = verified(film(tmp_path / name, sealer), capsys, "--no-watermark")
        assert (code, found["verdict"]) == (0, "disabled") and "a measurement of codecs" in found["comment"], name


def test_what_is_not_there_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(tmp_path / "none.mp4")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    (tmp_path / "noise.mp4").write_bytes(bytes(range(256)) * 8)
    assert main(["verify", str(tmp_path / "noise.mp4")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
