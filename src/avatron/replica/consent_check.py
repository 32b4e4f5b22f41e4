"""What consent allows: building a replica from a video, and using one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from avatron.errors import (
    ExpiredConsentError,
    ForbiddenUseError,
    ForeignConsentError,
    InvalidValueError,
    MissingConsentError,
)
from avatron.io.audio import read_audio
from avatron.io.provenance.canonical import file_sha256
from avatron.replica.consent import SCOPES, Consent, ConsentBinding
from avatron.replica.consent_signature import check_signature
from avatron.replica.speaker_comparison import SpeakerComparison

__all__ = ["bind_consent", "check_record", "check_use"]

_LONGEST_S = 120.0
"""So much of a video or a statement is listened to."""


def check_use(consent: Consent, use: str, today: date) -> None:
    """Refuse a use that the consent does not cover.

    Raises:
        ExpiredConsentError: it was valid until a day before `today`.
        ForbiddenUseError: `use`, a key of `SCOPES`, is not in its scope.
        InvalidValueError: no use of that name.
    """
    if use not in SCOPES:
        raise InvalidValueError(f"unknown use `{use}`; known: {', '.join(SCOPES)}")
    _check_day(consent, today)
    if use not in consent.scope:
        raise ForbiddenUseError(
            f"the consent of {consent.subject} is for {', '.join(consent.scope)}, and this use is {use}; "
            f"ask {consent.granted_by} for a record with `{use}` in its scope"
        )


def check_record(consent: Consent, folder: Path, today: date) -> None:
    """Refuse a record that is not valid today: its signature, its days, and its statement, which lies in `folder`.

    Raises:
        ForeignConsentError: a signature or a statement that is not the record's.
        ExpiredConsentError: valid until a day before `today`.
        MissingConsentError: valid from a later day on, or its statement is not there.
    """
    check_signature(consent)
    if consent.date > today:
        raise MissingConsentError(f"the consent of {consent.subject} is given on {consent.date}, and today is {today}")
    _check_day(consent, today)
    if consent.statement is not None:
        _statement_path(consent, folder)


def bind_consent(
    consent: Consent, folder: Path, video: Path, today: date, comparison: SpeakerComparison | None = None
) -> Consent:
    """The record bound to `video`, as the replica built from it keeps it; `folder` is where the record lies.

    Where there is a statement, its speaker must be the one in the video; `comparison` None takes that of pitch and
    mel statistics.

    Raises:
        As `check_record`, and:
        ForeignConsentError: the record names another video, or its statement was spoken by somebody else.
        UnreadableFileError: a video or statement whose sound cannot be read.
    """
    check_record(consent, folder, today)
    digest = file_sha256(video)
    if consent.video_sha256 not in (None, digest):
        raise ForeignConsentError(
            f"the consent of {consent.subject} is for another video than `{video}` (sha256 "
            f"{str(consent.video_sha256)[:12]}..., and this one has {digest[:12]}...); give the video that it names"
        )
    if consent.statement is None:
        return consent.bound_to(ConsentBinding(digest))
    if comparison is None:
        # Only statements need it, and it brings the comparison of voices with it.
        from avatron.replica.speaker_statistics import STATISTICS_COMPARISON

        comparison = STATISTICS_COMPARISON
    statement = _statement_path(consent, folder)
    heard = [read_audio(path, only_first_s=_LONGEST_S) for path in (statement, video)]
    similarity = comparison.similarity(heard[0], heard[1])
    if similarity < comparison.least:
        raise ForeignConsentError(
            f"the statement `{statement}` seems to be spoken by somebody else than `{video}` ({comparison.method} "
            f"similarity {similarity:.2f}, expected at least {comparison.least:.2f}); have the subject record it"
        )
    return consent.bound_to(ConsentBinding(digest, round(similarity, 4), comparison.method))


def _check_day(consent: Consent, today: date) -> None:
    if consent.expires is not None and today > consent.expires:
        raise ExpiredConsentError(
            f"the consent of {consent.subject} was valid until {consent.expires}, and today is {today}; "
            f"ask {consent.granted_by} for a new record"
        )


def _statement_path(consent: Consent, folder: Path) -> Path:
    assert consent.statement is not None
    path = folder / consent.statement.path
    if not path.is_file():
        raise MissingConsentError(
            f"the statement `{path}` that the consent of {consent.subject} names is not there; put it back"
        )
    if file_sha256(path) != consent.statement.sha256:
        raise ForeignConsentError(
            f"the statement `{path}` is not the one that {consent.subject} recorded (its sha256 differs); put that back"
        )
    return path
