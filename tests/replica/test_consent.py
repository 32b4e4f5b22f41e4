"""Consent records: what they must say, what they allow, and what is refused with which line."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from avatron.core.audio import Audio
from avatron.errors import (
    ConsentError,
    ExpiredConsentError,
    ForbiddenUseError,
    ForeignConsentError,
    InvalidValueError,
    MissingConsentError,
    NewerFormatError,
    OutputExistsError,
    UnreadableFileError,
)
from avatron.io.audio import write_wav
from avatron.io.provenance.canonical import file_sha256
from avatron.replica.consent import Consent, ConsentStatement
from avatron.replica.consent_check import bind_consent, check_record, check_use
from avatron.replica.consent_signature import check_signature, read_signer, sign_consent
from avatron.replica.speaker_comparison import SpeakerComparison
from avatron.replica.speaker_statistics import STATISTICS_COMPARISON, statistics_similarity
from avatron.text.frontends import frontend_for
from avatron.voice.style import VoiceStyle
from avatron.voice.voices import load_voice
from reference.personal_clip import spoken

GIVEN, TODAY = date(2026, 5, 1), date(2026, 6, 1)
CONSENT = Consent("Ada Example", "Ada Example", GIVEN, ("personal", "evaluation"))


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "me.wav"
    write_wav(path, hum(120.0, seed=1))
    return path


def hum(pitch_hz: float, *, seed: int, seconds: float = 4.0) -> Audio:
    """A voice of sorts: harmonics that fall, whose pitch and colour wander as speech does."""
    random = np.random.default_rng(seed)
    count = round(16_000 * seconds)
    times_s = np.arange(count) / 16_000
    wander = np.interp(times_s, np.linspace(0, seconds, 30), random.normal(0, 0.06, 30))
    phase = 2 * np.pi * np.cumsum(pitch_hz * np.exp(wander)) / 16_000
    samples = np.zeros(count)
    for harmonic in range(1, 15):
        level = np.interp(times_s, np.linspace(0, seconds, 25), random.uniform(0.2, 1, 25))
        samples += level / harmonic * np.sin(harmonic * phase)
    return Audio((0.2 * samples).astype(np.float32), 16_000)


def test_a_record_reads_as_it_was_written(tmp_path: Path) -> None:
    whole = sign_consent(
        replace(
            CONSENT, expires=date(2030, 1, 1), video_sha256="a" * 64, statement=ConsentStatement("s.wav", "b" * 64)
        ),
        Ed25519PrivateKey.generate(),
    )
    for consent in (CONSENT, whole):
        consent.write(tmp_path / "consent.json", overwrite=True)
        assert Consent.read(tmp_path / "consent.json") == consent
    with pytest.raises(OutputExistsError):
        CONSENT.write(tmp_path / "consent.json")


def test_a_record_without_recording_or_signature_is_self_declared() -> None:
    signed = sign_consent(CONSENT, Ed25519PrivateKey.generate())
    stated = replace(CONSENT, statement=ConsentStatement("s.wav", "b" * 64))
    assert (CONSENT.self_declared, signed.self_declared, stated.self_declared) == (True, False, False)
    assert [one.summary.state for one in (CONSENT, signed, stated)] == ["self-declared", "signed", "stated"]
    assert CONSENT.summary.as_json() == {
        "subject": "Ada Example",
        "scope": ["evaluation", "personal"],
        "state": "self-declared",
    }


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"subject": ""}, "subject"),
        ({"subject": None}, "subject"),
        ({"granted_by": "two\nlines"}, "granted_by"),
        ({"date": "yesterday"}, "date"),
        ({"scope": []}, "no use"),
        ({"scope": ["advertising"]}, "unknown use `advertising`"),
        ({"scope": "personal"}, "scope"),
        ({"expires": "2026-04-30"}, "before it is given"),
        ({"video_sha256": "abc"}, "64 hexadecimal digits"),
        ({"statement": {"path": "s.wav"}}, r"statement\.sha256"),
        ({"signature": {"algorithm": "rot13", "public_key": "a" * 64, "value": "b" * 128}}, "ed25519"),
        ({"mood": "good"}, "unknown field `mood`"),
        ({"format_version": True}, "format_version"),
    ],
)
def test_a_field_that_is_missing_or_means_nothing_is_named(change: dict[str, Any], said: str, tmp_path: Path) -> None:
    table = {**CONSENT.as_json(), **change}
    (tmp_path / "consent.json").write_text(json.dumps({name: one for name, one in table.items() if one is not None}))
    with pytest.raises(MissingConsentError, match=said) as caught:
        Consent.read(tmp_path / "consent.json")
    assert "\n" not in str(caught.value)


def test_no_record_and_no_json_are_refused_and_so_is_a_newer_format(tmp_path: Path) -> None:
    with pytest.raises(MissingConsentError, match="avatron consent new"):
        Consent.read(tmp_path / "none.json")
    (tmp_path / "text.json").write_text("I agree")
    with pytest.raises(MissingConsentError, match="not JSON"):
        Consent.read(tmp_path / "text.json")
    with pytest.raises(NewerFormatError):
        Consent.from_json({**CONSENT.as_json(), "format_version": 99})


def test_a_use_outside_of_the_scope_is_forbidden_and_says_whom_to_ask() -> None:
    check_use(CONSENT, "personal", TODAY)
    with pytest.raises(ForbiddenUseError, match="is for evaluation, personal, and this use is commercial; ask Ada"):
        check_use(CONSENT, "commercial", TODAY)
    with pytest.raises(InvalidValueError, match="unknown use `fun`"):
        check_use(CONSENT, "fun", TODAY)


def test_consent_holds_on_its_last_day_and_not_on_the_next() -> None:
    consent = replace(CONSENT, expires=TODAY)
    check_use(consent, "personal", TODAY)
    with pytest.raises(ExpiredConsentError, match="valid until 2026-06-01, and today is 2026-06-02"):
        check_use(consent, "personal", date(2026, 6, 2))
    with pytest.raises(MissingConsentError, match="given on 2026-05-01"):
        check_record(consent, Path(), date(2026, 4, 30))


def test_a_signed_record_that_was_changed_is_refused() -> None:
    signed = sign_consent(CONSENT, Ed25519PrivateKey.generate())
    check_signature(signed)
    with pytest.raises(ForeignConsentError, match="changed after it was signed"):
        check_signature(replace(signed, scope=("commercial",)))
    with pytest.raises(ForeignConsentError):
        check_signature(replace(signed, expires=date(2099, 1, 1)))
    other = sign_consent(CONSENT, Ed25519PrivateKey.generate())
    assert signed.signature is not None and other.signature is not None
    with pytest.raises(ForeignConsentError):
        check_signature(replace(signed, signature=replace(signed.signature, public_key=other.signature.public_key)))


def test_what_the_builder_adds_does_not_break_the_signature(tmp_path: Path, video: Path) -> None:
    bound = bind_consent(sign_consent(CONSENT, Ed25519PrivateKey.generate()), tmp_path, video, TODAY)
    check_signature(bound)
    assert bound.bound is not None and bound.bound.video_sha256 == file_sha256(video)


def test_a_record_that_names_another_video_is_refused(tmp_path: Path, video: Path) -> None:
    bind_consent(replace(CONSENT, video_sha256=file_sha256(video)), tmp_path, video, TODAY)
    with pytest.raises(ForeignConsentError, match="for another video"):
        bind_consent(replace(CONSENT, video_sha256="0" * 64), tmp_path, video, TODAY)


def test_a_statement_must_be_there_unchanged_and_by_the_speaker_of_the_video(tmp_path: Path, video: Path) -> None:
    write_wav(tmp_path / "yes.wav", hum(122.0, seed=2))
    consent = replace(CONSENT, statement=ConsentStatement("yes.wav", file_sha256(tmp_path / "yes.wav")))

    def comparison(similarity: float) -> SpeakerComparison:
        return SpeakerComparison("given", lambda first, second: similarity, 0.5)

    bound = bind_consent(consent, tmp_path, video, TODAY, comparison(0.75)).bound
    assert bound is not None and (bound.speaker_similarity, bound.speaker_method) == (0.75, "given")
    with pytest.raises(
        ForeignConsentError, match=r"somebody else .* \(given similarity 0\.25, expected at least 0\.50"
    ):
        bind_consent(consent, tmp_path, video, TODAY, comparison(0.25))
    write_wav(tmp_path / "yes.wav", hum(122.0, seed=3), overwrite=True)
    with pytest.raises(ForeignConsentError, match="sha256 differs"):
        check_record(consent, tmp_path, TODAY)
    (tmp_path / "yes.wav").unlink()
    with pytest.raises(MissingConsentError, match="is not there"):
        check_record(consent, tmp_path, TODAY)


def test_statistics_tell_two_voices_apart_and_silence_from_both() -> None:
    voice = load_voice("pm")
    frontend = frontend_for("en-us", voice.languages)
    low = [
        voice.speak(frontend.phonemize(text, "en-us"), VoiceStyle()).audio
        for text in ("The boy walked slowly to the river bank.", "Please remember to bring a pen and some paper.")
    ]
    high = spoken("The boy walked slowly to the river bank.").audio
    assert statistics_similarity(*low) > STATISTICS_COMPARISON.least > statistics_similarity(low[0], high)
    assert statistics_similarity(high, Audio(np.zeros(32_000, np.float32), 16_000)) == 0.0


def test_a_key_that_cannot_sign_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="openssl genpkey"):
        read_signer(tmp_path / "none.pem")
    (tmp_path / "text.pem").write_text("no key")
    with pytest.raises(UnreadableFileError, match="openssl genpkey"):
        read_signer(tmp_path / "text.pem")


def test_every_refusal_is_a_consent_error_that_ends_with_exit_code_2() -> None:
    for error in (MissingConsentError, ForeignConsentError, ExpiredConsentError, ForbiddenUseError):
        assert issubclass(error, ConsentError) and error.exit_code == 2
