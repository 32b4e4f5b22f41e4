"""The sounds that are measured: a voice that speaks, and that copies recordings with more or less of them given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.core.speech import Speech
from avatron.evaluation.voice.recordings import AlignedRecording
from avatron.signal.pitch import fill_unvoiced
from avatron.text.frontends import frontend_for
from avatron.text.protocol import TextFrontend
from avatron.text.script import parse_script
from avatron.voice.neural import NeuralVoice
from avatron.voice.protocol import Voice
from avatron.voice.style import VoiceStyle

__all__ = ["audio_of", "copied", "duration_errors_ms", "given_prosody", "given_timing", "say"]

STYLE = VoiceStyle()


def say(voice: Voice, text: str, frontend: TextFrontend | None = None) -> tuple[Speech, ...]:
    """The utterances of a text, as `avatron speak` says them.

    Raises:
        ScriptError: a text that cannot be spoken.
    """
    language = voice.languages[0]
    frontend = frontend or frontend_for(language, voice.languages)
    sentences = parse_script(text, language, languages=voice.languages)
    return tuple(voice.speak(frontend.phonemize(sentence.marked, sentence.language), STYLE) for sentence in sentences)


def audio_of(utterances: Sequence[Speech]) -> Audio:
    """One after another."""
    return Audio.joined([utterance.audio for utterance in utterances])


def copied(voice: NeuralVoice, recording: AlignedRecording) -> Audio:
    """The recording's mel and pitch through the vocoder alone: no gain, no limiter."""
    voiced = recording.pitch_hz > 0
    pieces = voice.vocoder.stream(recording.mel, fill_unvoiced(recording.pitch_hz), voiced, seed=STYLE.seed)
    return _without_lead(Audio(np.clip(np.concatenate(list(pieces)), -1, 1), voice.sample_rate), recording, voice)


def given_prosody(voice: NeuralVoice, recording: AlignedRecording) -> Audio:
    """The recording's phonemes with its durations, pitch and energy."""
    return _forced(voice, recording, prosody=True)


def given_timing(voice: NeuralVoice, recording: AlignedRecording) -> Audio:
    """The recording's phonemes with its durations; pitch and energy are the voice's own."""
    return _forced(voice, recording, prosody=False)


def duration_errors_ms(voice: NeuralVoice, recording: AlignedRecording) -> float:
    """Mean absolute error of the durations that the voice would choose, the lead's apart."""
    predicted = voice.acoustic_model.read(recording.phonemes, STYLE).durations
    frames: NDArray[np.int64] = np.abs(predicted - recording.durations)[1:]
    return float(frames.mean() * voice.config.hop_length / voice.sample_rate * 1000)


def _forced(voice: NeuralVoice, recording: AlignedRecording, *, prosody: bool) -> Audio:
    read = voice.acoustic_model.read(recording.phonemes, STYLE)
    reading = replace(read, durations=recording.durations)
    if prosody:
        # The lead is no real pause: its pitch and energy stay the voice's own.
        pitch = np.concatenate([read.log_pitch[:1], recording.log_pitch[1:]]).astype(np.float32)
        energy = np.concatenate([read.energy[:1], recording.energy[1:]]).astype(np.float32)
        reading = replace(reading, log_pitch=pitch, energy=energy, glide=np.zeros_like(read.glide))
    pieces = list(voice.render(voice.acoustic_model.draw(reading), STYLE))
    return _without_lead(Audio.joined(pieces), recording, voice)


def _without_lead(audio: Audio, recording: AlignedRecording, voice: NeuralVoice) -> Audio:
    return Audio(audio.samples[recording.lead_frames * voice.config.hop_length :], audio.sample_rate)
