"""Which voice a replica speaks with: of all candidates the one that sounds most like the person.

A candidate is a name and a profile. Today those are the installed voices; a voice that was fine-tuned for the person
is one more candidate, and wins by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from avatron.core.audio import Audio
from avatron.errors import InvalidValueError
from avatron.text.frontends import frontend_for
from avatron.voice.match.profile import VoiceProfile, profile_of
from avatron.voice.match.similarity import SpeakerSimilarity, compare_speakers, pitch_distance_semitones
from avatron.voice.match.speakers import SpeakerEncoder
from avatron.voice.protocol import Voice
from avatron.voice.style import VoiceStyle
from avatron.voice.voices import COLLECTION, VOICES, load_voice

__all__ = ["VoiceCandidate", "VoiceMatch", "candidate_of", "closest_voice", "installed_candidates", "rank_voices"]

SAID = (
    "When the sunlight strikes raindrops in the air, they act as a prism and form a rainbow.",
    "Please call me before you leave the house tomorrow morning.",
)
"""What a voice says to be known by."""
_OCTAVE = 12.0
"""Semitones that count as much as the distance at which two voices could be one: a wrong pitch is heard first."""


@dataclass(frozen=True)
class VoiceCandidate:
    """A voice that could be chosen."""

    name: str
    """What `load_voice` takes."""
    profile: VoiceProfile


@dataclass(frozen=True)
class VoiceMatch:
    """A candidate, and how near it comes to the person."""

    name: str
    similarity: SpeakerSimilarity
    pitch_distance_semitones: float

    @property
    def distance(self) -> float:
        """What candidates are ranked by; smaller is nearer."""
        return self.similarity.distance + (2 * self.pitch_distance_semitones / _OCTAVE) ** 2


def rank_voices(profile: VoiceProfile, candidates: Iterable[VoiceCandidate]) -> list[VoiceMatch]:
    """The candidates, the nearest to the speaker of `profile` first; equally near ones by name."""
    matches = [
        VoiceMatch(
            candidate.name,
            compare_speakers(profile, candidate.profile),
            pitch_distance_semitones(profile, candidate.profile),
        )
        for candidate in candidates
    ]
    return sorted(matches, key=lambda match: (match.distance, match.name))


def closest_voice(profile: VoiceProfile, candidates: Sequence[VoiceCandidate]) -> VoiceMatch:
    """The candidate that comes nearest to the speaker of `profile`.

    Raises:
        InvalidValueError: no candidates.
    """
    ranked = rank_voices(profile, candidates)
    if not ranked:
        raise InvalidValueError("there is no voice to choose from; add one with `avatron voice add PATH`")
    return ranked[0]


def candidate_of(voice: Voice, encoder: SpeakerEncoder | None = None) -> VoiceCandidate:
    """`voice` as a candidate: it is asked to say `SAID`, or what it can of it in its own language."""
    language = voice.languages[0]
    frontend = frontend_for(language, voice.languages)
    said = [voice.speak(frontend.phonemize(text, language), VoiceStyle()).audio for text in SAID]
    return VoiceCandidate(voice.name, profile_of(Audio.joined(said), f"voice {voice.name}", encoder))


def installed_candidates(language: str = "en", encoder: SpeakerEncoder | None = None) -> list[VoiceCandidate]:
    """All installed voices that speak `language`, a BCP 47 tag or its first part; each says two sentences first.

    Raises:
        DamagedModelError: a voice fails its checks.
    """
    found = []
    for name in sorted({*COLLECTION.names(), *VOICES.names()}):
        voice = load_voice(name)
        if any(tag == language or tag.startswith(f"{language}-") for tag in voice.languages):
            found.append(VoiceCandidate(name, candidate_of(voice, encoder).profile))
    return found
