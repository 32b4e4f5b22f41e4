"""Builds: what they make, where they go on, and what they refuse."""

from __future__ import annotations

import errno
import fcntl
import itertools
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from avatron.errors import (
    ConsentError,
    ExpiredConsentError,
    ForeignConsentError,
    InputError,
    InvalidValueError,
    MissingConsentError,
    OutputError,
    OutputExistsError,
)
from avatron.io.clips import probe_clip
from avatron.io.provenance.credentials import read_credentials
from avatron.io.provenance.keys import known_certificates
from avatron.replica.builder import build
from avatron.replica.builder.build import STAGES, build_replica, lock_place
from avatron.replica.builder.config import BuildConfig
from avatron.replica.builder.run import run_stages
from avatron.replica.builder.stage import BuildSource, Stage, StageRun
from avatron.replica.builder.work import BuildFolder, work_place
from avatron.replica.replica import Replica
from avatron.replica.store import load_replica
from reference import built_replica
from reference.built_replica import CONFIG, ClipOfPerson, build_of, consent_for
from reference.tiny_films import film_type, write_film

_MEASURES = {"psnr_full_db", "psnr_face_db", "psnr_mouth_db", "ssim", "lmd_px"}


def test_a_clip_and_a_consent_become_a_replica_with_a_report(replica: Replica) -> None:
    listed = set(replica.folder.files)
    assert {"consent.json", "report.json", "preview.mp4", "face/track.npz", "voice/voice.json"} <= listed
    report = replica.report
    for way in ("tracked", "audio"):
        measured = report["heldout"][way]
        assert set(measured) >= _MEASURES
        assert measured["psnr_full_db"] > 20
        assert measured["frames"] == report["heldout"]["frames"] == len(replica.track) - replica.learned_frames
    assert set(report["stages"]) == {stage.name for stage in STAGES}
    assert all(stage["seconds"] >= 0 for stage in report["stages"].values())
    assert not work_place(replica.folder.path).exists()
    assert not lock_place(replica.folder.path).exists()


def test_the_preview_shows_the_video_and_the_replica_side_by_side(replica: Replica, filmed: ClipOfPerson) -> None:
    film, source = probe_clip(replica.folder.file("preview.mp4")), probe_clip(filmed.video)
    signed = read_credentials(replica.folder.file("preview.mp4"), "mp4", known_certificates())
    assert signed is not None and signed.claims["id"] == replica.id and signed.known
    assert (film.width, film.height) == (2 * source.width, source.height)
    assert film.frames == source.frames - replica.learned_frames


def test_the_consent_in_the_folder_is_bound_to_the_video(replica: Replica) -> None:
    assert replica.consent.bound is not None
    assert replica.consent.bound.video_sha256 == replica.folder.config["video"]["sha256"]
    assert replica.provenance.consent is not None
    assert replica.provenance.consent.state == "self-declared"


def test_a_build_that_is_killed_at_each_stage_goes_on_from_the_last_finished_one(
    filmed: ClipOfPerson, landmark_networks: None, replica: Replica, tmp_path: Path
) -> None:
    output, work = tmp_path / "me", work_place(tmp_path / "me")

    def finished() -> dict[str, int]:
        return {card.parent.name: card.stat().st_mtime_ns for card in work.glob("*/stage.json")}

    before: dict[str, int] = {}
    for number, stage in enumerate(STAGES):
        died = subprocess.run(
            [
                sys.executable,
                built_replica.__file__,
                str(filmed.video),
                str(filmed.consent),
                str(output),
                stage.name,
            ],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=False,
        )
        assert died.returncode == -signal.SIGKILL, died.stderr.decode()
        assert not output.exists()
        now = finished()
        assert set(now) == {one.name for one in STAGES[:number]}
        assert before.items() <= now.items(), "what was finished is not done again"
        before = now
    again = build_of(filmed, output)
    assert again.id == replica.id
    names = [name for name in replica.folder.files if name not in ("report.json", "preview.mp4")]
    assert {name: again.folder.files[name] for name in names} == {name: replica.folder.files[name] for name in names}
    assert not work.exists()


def test_a_stage_is_done_again_when_what_it_needs_has_changed_and_only_then(
    filmed: ClipOfPerson, tmp_path: Path
) -> None:
    runs: list[str] = []

    def stage(name: str, *needs: str) -> Stage:
        def write(run: StageRun) -> None:
            runs.append(name)
            said = "".join((run.results[one] / "said").read_text() for one in needs)
            (run.place / "said").write_text(f"{said}{name}{run.source.config.seed if name == 'a' else ''}")

        return Stage(name, write, needs, settings=lambda config: {"seed": config.seed} if name == "a" else {})

    stages = (stage("a"), stage("b", "a"), stage("c"))
    source = BuildSource(filmed.video, "0" * 64, probe_clip(filmed.video), BuildConfig(), "me")
    folder = BuildFolder(tmp_path / "work")
    run_stages(stages, source, folder)
    run_stages(stages, source, folder)
    assert runs == ["a", "b", "c"]
    finished = run_stages(stages, replace(source, config=BuildConfig(seed=1)), folder)
    assert runs == ["a", "b", "c", "a", "b"]
    (finished["b"].path / "said").write_text("something else")
    run_stages(stages, replace(source, config=BuildConfig(seed=1)), folder)
    assert runs[5:] == ["b"], "a result that was changed is made again"


def test_progress_goes_on_where_an_earlier_run_was(filmed: ClipOfPerson, tmp_path: Path) -> None:
    def write(run: StageRun) -> None:
        run.on_progress(0.5)

    stages = (Stage("a", write, cost_ms=3.0), Stage("b", write, cost_ms=1.0))
    source = BuildSource(filmed.video, "0" * 64, probe_clip(filmed.video), BuildConfig(), "me")
    folder, heard = BuildFolder(tmp_path / "work"), []
    run_stages(stages[:1], source, folder)
    run_stages(stages, source, folder, on_progress=heard.append)
    assert heard[0] == 0.75
    assert heard[-1] == 1.0
    assert heard == sorted(heard)


def test_a_full_disk_is_one_clear_error_and_loses_nothing(
    filmed: ClipOfPerson, landmark_networks: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(run: StageRun) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    whole = STAGES
    broken = tuple(replace(stage, run=full) if stage.name == "appearance" else stage for stage in whole)
    monkeypatch.setattr(build, "STAGES", broken)
    with pytest.raises(OutputError, match="the disk is full"):
        build_of(filmed, tmp_path / "me")
    tracked = (work_place(tmp_path / "me") / "track" / "stage.json").stat().st_mtime_ns
    monkeypatch.setattr(build, "STAGES", tuple(replace(one, run=full) if one.name == "voice" else one for one in whole))
    with pytest.raises(OutputError, match="the disk is full"):
        build_of(filmed, tmp_path / "me")
    assert (work_place(tmp_path / "me") / "track" / "stage.json").stat().st_mtime_ns == tracked


def test_two_builds_into_one_folder_are_refused(filmed: ClipOfPerson, tmp_path: Path) -> None:
    with lock_place(tmp_path / "me").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(OutputError, match="another process"):
            build_of(filmed, tmp_path / "me")
    assert not work_place(tmp_path / "me").exists()


def test_without_a_consent_that_covers_the_video_nothing_is_built(filmed: ClipOfPerson, tmp_path: Path) -> None:
    def refused(consent: Path) -> pytest.ExceptionInfo[ConsentError]:
        with pytest.raises(ConsentError) as caught:
            build_replica(filmed.video, consent, tmp_path / "me", CONFIG, today=date(2026, 6, 1))
        assert list(tmp_path.glob(".me*")) == [], "not even begun"
        return caught

    assert refused(tmp_path / "none.json").type is MissingConsentError
    foreign = consent_for(tmp_path / "foreign.json", video_sha256="0" * 64)
    assert refused(foreign).type is ForeignConsentError
    expired = consent_for(tmp_path / "expired.json", expires=date(2026, 5, 31))
    assert refused(expired).type is ExpiredConsentError


def test_what_is_there_is_replaced_only_on_request_and_only_if_it_is_a_replica(
    filmed: ClipOfPerson, spare: Path, tmp_path: Path
) -> None:
    with pytest.raises(OutputExistsError):
        build_of(filmed, spare)
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "one.jpg").write_bytes(b"precious")
    with pytest.raises(OutputExistsError, match="no replica"):
        build_of(filmed, photos, overwrite=True)
    assert (photos / "one.jpg").read_bytes() == b"precious"


def test_a_video_that_cannot_be_used_leaves_nothing_behind(landmark_networks: None, tmp_path: Path) -> None:
    video = write_film(tmp_path / f"nobody.{film_type()}", (90, 90, 90))
    consent = consent_for(tmp_path / "consent.json")
    with pytest.raises(InputError, match="makes no replica"):
        build_replica(video, consent, tmp_path / "me", CONFIG)
    assert sorted(tmp_path.iterdir()) == [consent, video]


@pytest.mark.parametrize("share", [-0.1, 0.6, float("nan")])
def test_a_share_that_leaves_too_little_to_learn_from_is_refused(share: float) -> None:
    with pytest.raises(InvalidValueError, match="held out"):
        BuildConfig(held_out_share=share)


def test_a_likeness_drawn_at_rest_fills_any_size_and_shape(replica: Replica) -> None:
    from avatron.core.motion import FaceMotion
    from avatron.render.view import View

    still = FaceMotion.at_rest(1)
    for size in ((192, 192), (90, 160), (320, 180)):
        for framing, alone in itertools.product((None, "head-and-shoulders"), (False, True)):
            (image,) = replica.likeness.renderer(View(size, framing, alone)).frames(still)
            assert image.shape == (size[1], size[0], 4 if alone else 3)
            assert image.dtype == np.uint8
            assert image.std() > 5, "something is seen"


def test_the_folder_says_what_it_was_built_from(replica: Replica, filmed: ClipOfPerson) -> None:
    config = json.loads((replica.folder.path / "config.json").read_text())
    assert config["kind"] == "replica"
    assert config["video"]["frames"] == probe_clip(filmed.video).frames
    assert load_replica(replica.folder.path).id == config["id"]
