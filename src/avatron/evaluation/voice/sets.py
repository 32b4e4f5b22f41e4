"""The sets of sounds that are measured, by name, and which measures each can have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from avatron.core.audio import Audio
from avatron.core.speech import Speech
from avatron.errors import InvalidValueError
from avatron.evaluation.voice.espeak import espeak_speaker
from avatron.evaluation.voice.griffin_lim import griffin_lim
from avatron.evaluation.voice.recordings import AlignedRecording
from avatron.evaluation.voice.speaking import audio_of, copied, given_prosody, given_timing, say
from avatron.voice.neural import NeuralVoice
from avatron.voice.protocol import Voice

__all__ = ["NEW_SETS", "RECORDED_SETS", "SETS", "SoundSet", "make_set"]

RECORDED_SETS = ("recorded", "copy", "griffin_lim", "given_prosody", "given_timing", "spoken", "espeak")
"""Of the recordings and their texts."""
NEW_SETS = ("new", "espeak_new")
"""Of texts that nobody has recorded."""
SETS = (*RECORDED_SETS, *NEW_SETS)
COPIES = frozenset({"copy", "griffin_lim"})
IN_TIME = frozenset({"copy", "griffin_lim", "given_prosody", "given_timing"})


@dataclass(frozen=True, eq=False)
class SoundSet:
    """One sound for each text."""

    name: str
    audios: tuple[Audio, ...]
    speech: tuple[tuple[Speech, ...], ...] = ()
    """The utterances of each sound, where the voice spoke it by itself."""

    @property
    def is_copy(self) -> bool:
        """Whether it should be the recordings, sample for sample."""
        return self.name in COPIES

    @property
    def is_in_time(self) -> bool:
        """Whether its frames are the recordings' frames."""
        return self.name in IN_TIME


def make_set(name: str, voice: Voice, texts: Sequence[str], recordings: Sequence[AlignedRecording]) -> SoundSet:
    """The set of that name: of `recordings`, or for the sets of new texts of `texts`.

    Raises:
        MissingComponentError: an anchor is not installed.
        InvalidValueError: a voice without a vocoder of its own has no such set.
    """
    if name in ("copy", "given_prosody", "given_timing") and not isinstance(voice, NeuralVoice):
        raise InvalidValueError(f"voice `{voice.name}` has no acoustic model and vocoder of its own to be given that")
    said = texts if name in NEW_SETS else [recording.text for recording in recordings]
    if name in ("spoken", "new"):
        speech = tuple(say(voice, text) for text in said)
        return SoundSet(name, tuple(audio_of(utterances) for utterances in speech), speech)
    if name in ("espeak", "espeak_new"):
        speak = espeak_speaker(voice.languages[0])
        return SoundSet(name, tuple(speak(text) for text in said))
    makers: dict[str, Callable[[AlignedRecording], Audio]] = {
        "recorded": lambda recording: recording.audio,
        "griffin_lim": lambda recording: griffin_lim(recording.own_mel),
    }
    if isinstance(voice, NeuralVoice):
        neural = voice
        makers["copy"] = lambda recording: copied(neural, recording)
        makers["given_prosody"] = lambda recording: given_prosody(neural, recording)
        makers["given_timing"] = lambda recording: given_timing(neural, recording)
    return SoundSet(name, tuple(makers[name](recording) for recording in recordings))
