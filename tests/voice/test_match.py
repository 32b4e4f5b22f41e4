"""Speakers told apart, and the voice that comes nearest to a person's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatron.core.audio import Audio
from avatron.errors import DamagedModelError, InvalidValueError
from avatron.text.frontends import frontend_for
from avatron.voice.match.closest import VoiceCandidate, candidate_of, closest_voice, installed_candidates
from avatron.voice.match.profile import VoiceProfile, profile_of
from avatron.voice.match.similarity import STATISTICS, compare_speakers
from avatron.voice.style import VoiceStyle
from avatron.voice.voices import load_voice
from reference.personal_clip import spoken

TEXTS = (
    "People from the public library pay a small membership fee in November.",
    "Remember to breathe, keep calm, and bring a pen, maybe a book.",
)


def said(voice_name: str, text: str) -> Audio:
    voice = load_voice(voice_name)
    return voice.speak(frontend_for("en-us", voice.languages).phonemize(text, "en-us"), VoiceStyle()).audio


@pytest.fixture(scope="module")
def profiles() -> dict[str, list[VoiceProfile]]:
    return {name: [profile_of(said(name, text), f"{name} {text[:6]}") for text in TEXTS] for name in ("lj", "pm")}


def test_two_takes_of_one_voice_are_nearer_than_takes_of_two_voices(profiles: dict[str, list[VoiceProfile]]) -> None:
    for name, other in (("lj", "pm"), ("pm", "lj")):
        own = compare_speakers(*profiles[name])
        assert own.method == STATISTICS
        for take in profiles[other]:
            foreign = compare_speakers(profiles[name][0], take)
            assert own.distance < foreign.distance and own.similarity > foreign.similarity
            assert not foreign.same


def test_a_profile_is_like_itself_whatever_the_loudness() -> None:
    audio = said("lj", TEXTS[0])
    quiet = Audio(0.3 * audio.samples, audio.sample_rate)
    found = compare_speakers(profile_of(audio, "loud"), profile_of(quiet, "quiet"))
    assert found.distance < 0.05 and found.similarity > 0.97 and found.same


def test_the_installed_voice_that_is_closest_to_a_voice_is_that_voice() -> None:
    candidates = installed_candidates()
    assert {candidate.name for candidate in candidates} >= {"lj", "pm"}
    for name in ("lj", "pm"):
        assert closest_voice(profile_of(said(name, TEXTS[0]), "take"), candidates).name == name


def test_a_voice_that_was_made_for_a_person_is_one_more_candidate_and_wins() -> None:
    person = profile_of(said("pm", TEXTS[1]), "the person")
    tuned = VoiceCandidate("me/voice", replace(person, source="fine-tuned"))
    assert closest_voice(person, [candidate_of(load_voice("lj")), tuned]).name == "me/voice"


def test_vectors_decide_only_where_one_encoder_has_made_both(profiles: dict[str, list[VoiceProfile]]) -> None:
    one, two = profiles["lj"][0], profiles["pm"][0]
    vector = np.eye(4, dtype=np.float32)[0]
    first = replace(one, vector=vector, encoder="a")
    assert compare_speakers(first, replace(two, vector=vector, encoder="a")).same
    assert compare_speakers(first, replace(two, vector=vector, encoder="b")).method == STATISTICS
    assert compare_speakers(first, two).method == STATISTICS
    with pytest.raises(InvalidValueError, match="belong together"):
        replace(one, vector=vector)


def test_a_profile_comes_back_from_its_file_and_damage_is_refused(profiles: dict[str, list[VoiceProfile]]) -> None:
    profile = profiles["lj"][0]
    again = VoiceProfile.from_json(profile.to_json(), "voice.json")
    assert compare_speakers(profile, again).distance < 1e-6 and again.source == profile.source
    for damage in (b"[]", b"{}", profile.to_json()[:-9], profile.to_json().replace(b'"pitch_hz": ', b'"pitch_hz": -')):
        with pytest.raises(DamagedModelError, match=r"voice\.json"):
            VoiceProfile.from_json(damage, "voice.json")


def test_sound_in_which_nobody_speaks_has_no_profile() -> None:
    noise = np.random.default_rng(0).normal(0, 0.01, 3 * 22050).astype(np.float32)
    with pytest.raises(InvalidValueError, match="a voice is known by"):
        profile_of(Audio(noise, 22050), "noise.wav")
    assert profile_of(spoken(TEXTS[0]).audio, "speech").voiced_s > 1
