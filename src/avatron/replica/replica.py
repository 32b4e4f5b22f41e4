"""A replica as it is used: whose it is, what it is made of, and what its consent allows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from avatron.core.track import FaceTrack
from avatron.errors import DamagedModelError, ForeignConsentError
from avatron.io.folders import ModelFolder
from avatron.io.provenance.origin import Provenance
from avatron.io.tracks import read_track
from avatron.motion.protocol import Animator
from avatron.replica.consent import CONSENT_FILE, Consent
from avatron.replica.consent_check import check_use
from avatron.replica.likeness import Likeness, load_likeness

__all__ = ["KIND", "MOTION", "PREVIEW_FILE", "REPORT_FILE", "TRACK_FILE", "Replica", "read_replica"]

KIND = "replica"
"""Of the folder."""
REPORT_FILE, PREVIEW_FILE, TRACK_FILE = "report.json", "preview.mp4", "face/track.npz"
MOTION = "motion"
"""The folder in which lies how the person moves."""


@dataclass(frozen=True, eq=False)
class Replica:
    """One person, from a folder that passed its checks; what is large is read when it is asked for."""

    folder: ModelFolder
    name: str
    id: str
    """Hexadecimal digits that stay with it."""
    consent: Consent
    """Bound to the video that it was built from."""
    voice: str
    """Name or folder of the voice that it speaks with."""
    animator: str
    """Name of what moves its face."""
    likeness_kind: str
    learned_frames: int
    """Of its track, from the first on; the others were never learned from."""

    @property
    def provenance(self) -> Provenance:
        """What every output says."""
        return Provenance("replica", self.name, self.id, self.consent.summary)

    @cached_property
    def likeness(self) -> Likeness:
        """How the person looks.

        Raises:
            DamagedModelError: it is not what it should be.
        """
        return load_likeness(self.likeness_kind, self.folder)

    @cached_property
    def track(self) -> FaceTrack:
        """What the video shows of the person.

        Raises:
            UnreadableFileError: it is not what it should be.
        """
        return read_track(self.folder.file(TRACK_FILE))

    @cached_property
    def own_animator(self) -> Animator | None:
        """What moves the face as this person does; None where nothing of that was learned.

        Raises:
            InputError: it is not what it should be, or changes another animator than the one that is installed.
        """
        if f"{MOTION}/config.json" not in self.folder.files:
            return None
        from avatron.motion.personal.animator import PersonalAnimator

        return PersonalAnimator(self.folder.path / MOTION)

    @property
    def report(self) -> dict[str, Any]:
        """The measures of its build.

        Raises:
            DamagedModelError: it has none, or one that is no JSON.
        """
        try:
            report: dict[str, Any] = json.loads(self.folder.read_bytes(REPORT_FILE))
        except ValueError as error:
            raise DamagedModelError(f"`{self.folder.path / REPORT_FILE}` is not JSON: {error}") from error
        return report

    def allowed_for(self, use: str, today: date | None = None) -> Replica:
        """This replica, where its consent covers `use` on that day.

        Raises:
            ForbiddenUseError, ExpiredConsentError: it does not.
            InvalidValueError: no such use.
        """
        check_use(self.consent, use, today or date.today())
        return self


def read_replica(folder: ModelFolder) -> Replica:
    """The replica in a folder whose hashes were checked.

    Raises:
        DamagedModelError: a field is missing, or the consent is of another video.
        ConsentError: its consent record is none.
    """
    config = folder.config
    try:
        video = str(config["video"]["sha256"])
        replica = Replica(
            folder,
            str(config["name"]),
            str(config["id"]),
            Consent.from_json(json.loads(folder.read_bytes(CONSENT_FILE)), str(folder.path / CONSENT_FILE)),
            str(config["voice"]),
            str(config["animator"]),
            str(config["likeness"]),
            int(config["video"]["learned_frames"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedModelError(f"the replica `{folder.path}` is not whole: {error!r}; build it again") from error
    bound = replica.consent.bound
    if bound is None or bound.video_sha256 != video:
        raise ForeignConsentError(
            f"the consent in `{folder.path}` is not bound to the video that the replica was built from; build it again "
            "with a record for that video"
        )
    return replica
