"""Speech whose sounds are known to the sample: our own voices say when they say what."""

from __future__ import annotations

import pytest

from avatron.core.audio import Audio
from avatron.core.speech import Span
from avatron.text.english.frontend import EnglishFrontend
from avatron.voice.style import VoiceStyle
from avatron.voice.voices import load_voice

SENTENCES = (
    "Peter Piper picked a peck of pickled peppers before my mother moved the big brown box.",
    "Above the bay we may never buy a better map of Bombay, but five famous men have tried.",
)


@pytest.fixture(scope="session", params=["lj", "pm"])
def spoken(request: pytest.FixtureRequest) -> tuple[Audio, str, tuple[Span, ...]]:
    """(sound, text, spans of its phonemes on the clock of the sound)."""
    voice, frontend = load_voice(request.param), EnglishFrontend()
    spans: list[Span] = []
    pieces: list[Audio] = []
    begun = 0.0
    for sentence in SENTENCES:
        speech = voice.speak(frontend.phonemize(sentence, "en-us"), VoiceStyle())
        spans += [Span(span.label, span.start_s + begun, span.end_s + begun) for span in speech.spans]
        pieces.append(speech.audio)
        begun += speech.audio.duration_s
    return Audio.joined(pieces), " ".join(SENTENCES), tuple(spans)
