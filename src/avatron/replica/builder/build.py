"""From a video and a consent to a replica's folder."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from avatron.errors import InputError, OutputExistsError, UsageError
from avatron.io.atomic import check_target
from avatron.io.clips import probe_clip
from avatron.io.folders import write_folder
from avatron.io.lock import held_alone
from avatron.io.provenance.canonical import canonical_json
from avatron.io.provenance.credentials import sign_file
from avatron.io.provenance.keys import installation_key
from avatron.io.provenance.origin import Provenance
from avatron.motion.animators import DEFAULT_ANIMATOR
from avatron.replica.builder.config import BuildConfig
from avatron.replica.builder.requirements import check_installed
from avatron.replica.builder.run import run_stages
from avatron.replica.builder.stage import BuildSource, Stage
from avatron.replica.builder.stages.appearance import APPEARANCE, likeness_kind, seen_track_file
from avatron.replica.builder.stages.check import CHECK
from avatron.replica.builder.stages.motion import MOTION
from avatron.replica.builder.stages.preview import PREVIEW
from avatron.replica.builder.stages.report import REPORT, read_held_out
from avatron.replica.builder.stages.sound import SOUND
from avatron.replica.builder.stages.track import TRACK
from avatron.replica.builder.stages.voice import VOICE, built_voice
from avatron.replica.builder.work import BuildFolder, FinishedStage, work_place
from avatron.replica.consent import CONSENT_FILE, Consent
from avatron.replica.consent_check import bind_consent
from avatron.replica.replica import KIND, PREVIEW_FILE, REPORT_FILE, TRACK_FILE, Replica, read_replica

__all__ = ["STAGES", "build_replica", "lock_place"]

STAGES: tuple[Stage, ...] = (CHECK, SOUND, TRACK, APPEARANCE, MOTION, VOICE, REPORT, PREVIEW)
"""In the order in which they are done."""

_LICENCE = "LicenseRef-person-in-the-video"
"""Whose face it is, is theirs: no licence of ours covers it."""


def lock_place(output: Path) -> Path:
    """What a build of the replica at `output` holds while it works."""
    return output.with_name(f".{output.name}.lock")


def build_replica(
    video: Path,
    consent: Path,
    output: Path,
    config: BuildConfig | None = None,
    *,
    name: str | None = None,
    overwrite: bool = False,
    today: date | None = None,
    on_progress: Callable[[float], None] | None = None,
    on_note: Callable[[str], None] | None = None,
) -> Replica:
    """Build the replica of the person in `video` into the folder `output`.

    `consent` is the record in which the person allows it; it is checked before anything else. What is finished waits
    beside the output: a build that ended early, however it did, goes on from there when it is called again.

    Raises:
        ConsentError: no record, or one that does not cover this video today.
        OutputExistsError: the output is there and `overwrite` is not set, or it is no replica.
        OutputError: it cannot be written, or another build works on it.
        InputError: a video that cannot be read, or that makes no replica.
        MissingComponentError: the landmark networks, or what training needs, are not there.
    """
    config, today = config or BuildConfig(), today or date.today()
    check_installed(config)
    bound = bind_consent(Consent.read(consent), consent.parent, video, today)
    # A name that ends in a slash is the same folder.
    output = Path(os.path.abspath(output))
    check_target(output, overwrite=overwrite, folder=True)
    if output.exists() and not _is_replica(output):
        raise OutputExistsError(f"`{output}` is there and is no replica, so that it is not replaced; choose another")
    info = probe_clip(video)
    assert bound.bound is not None, "what `bind_consent` gives is bound"
    source = BuildSource(video, bound.bound.video_sha256, info, config, name or output.name)
    with held_alone(lock_place(output), f"the replica `{output}`"):
        folder = BuildFolder(work_place(output))
        try:
            finished = run_stages(STAGES, source, folder, on_progress=on_progress, on_note=on_note)
        except (InputError, UsageError):
            # The video stays what it is: there is nothing to go on from.
            shutil.rmtree(folder.path, ignore_errors=True)
            raise
        written = write_folder(
            output, KIND, _config(source, bound, finished), _files(source, bound, finished), overwrite=overwrite
        )
        shutil.rmtree(folder.path, ignore_errors=True)
    return read_replica(written)


def _identifier(source: BuildSource, bound: Consent) -> str:
    """The same person, video and settings make the same replica."""
    return sha256(canonical_json({**bound.claims(), "video": source.sha256, "name": source.name})).hexdigest()[:16]


def _config(source: BuildSource, bound: Consent, finished: dict[str, FinishedStage]) -> dict[str, Any]:
    info = source.info
    return {
        "name": source.name,
        "id": _identifier(source, bound),
        "licence": _LICENCE,
        "avatron": _version(),
        "quality": source.config.quality,
        "likeness": likeness_kind(source.config),
        "animator": DEFAULT_ANIMATOR,
        "voice": built_voice(finished["voice"].path),
        "consent": bound.summary.as_json(),
        "video": {
            "sha256": source.sha256,
            "size": [info.width, info.height],
            "fps": str(info.fps),
            "frames": info.frames,
            "learned_frames": source.learned_frames,
        },
    }


def _files(
    source: BuildSource, bound: Consent, finished: dict[str, FinishedStage]
) -> dict[str, bytes | Path | Callable[[Path], object]]:
    report = {
        "heldout": read_held_out(finished["report"].path),
        "stages": {name: {"seconds": round(stage.seconds, 3)} for name, stage in finished.items()},
        "seconds": round(sum(stage.seconds for stage in finished.values()), 3),
        "check": json.loads((finished["check"].path / "check.json").read_text("utf-8")),
    }
    files: dict[str, bytes | Path | Callable[[Path], object]] = {
        CONSENT_FILE: (json.dumps(bound.as_json(), indent=2, ensure_ascii=False) + "\n").encode(),
        REPORT_FILE: (json.dumps(report, indent=1) + "\n").encode(),
        TRACK_FILE: seen_track_file(finished["appearance"].path, finished["track"].path),
        PREVIEW_FILE: partial(_write_preview, finished["preview"].path / PREVIEW_FILE, source, bound),
    }
    for stage, part in (("appearance", "appearance"), ("motion", "motion"), ("voice", "voice")):
        place = finished[stage].path
        files |= {path.relative_to(place).as_posix(): path for path in (place / part).rglob("*") if path.is_file()}
    return files


def _write_preview(film: Path, source: BuildSource, bound: Consent, place: Path) -> None:
    """The film of the preview, with credentials as every film of a replica; what was filmed is beside it."""
    shutil.copyfile(film, place)
    provenance = Provenance("replica", source.name, _identifier(source, bound), bound.summary, recorded=True)
    sign_file(place, "mp4", provenance, installation_key(), datetime.now(UTC))


def _is_replica(path: Path) -> bool:
    try:
        config = json.loads((path / "config.json").read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(config, dict) and config.get("kind") == KIND


def _version() -> str | None:
    """Of this avatron; None where it is run from its source."""
    try:
        return version("avatron")
    except PackageNotFoundError:
        return None
