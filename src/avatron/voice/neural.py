"""A trained voice: acoustic model, vocoder and limiter from one folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.core.speech import Acoustics, PhonemeSequence, Span, Speech
from avatron.errors import DamagedModelError, NewerFormatError
from avatron.io.config_values import ConfigValues
from avatron.io.folders import ModelFolder, load_folder
from avatron.io.sessions import open_session
from avatron.text.inventory import INVENTORY_VERSION
from avatron.voice.acoustic_model import AcousticModel, Drawing
from avatron.voice.adapted import adapted_graphs
from avatron.voice.limiter import Limiter
from avatron.voice.style import VoiceStyle
from avatron.voice.vocoder import Vocoder

__all__ = ["KIND", "NeuralVoice", "VoiceConfig"]

KIND = "voice"
"""What `config.json` of a voice names as its kind."""
ARCHITECTURE = "neural-source-filter"
GRAPHS = {
    "encoder.onnx": (
        ("ids", "word_initial"),
        ("text_embedding", "log_duration", "pitch", "energy"),
    ),
    "decoder.onnx": (
        ("text_embedding", "pitch", "energy", "phone_of_frame", "positions"),
        ("mel", "log_pitch", "voicing"),
    ),
    "vocoder.onnx": (
        ("mel", "log_pitch", "voiced"),
        ("harmonic_log_gain", "harmonic_phase", "noise_log_gain"),
    ),
}
"""What each graph takes and gives."""
GAINS = (0.01, 100.0)
"""A voice outside of these is silent, or nothing but its limiter."""
PITCH_SPREADS = (0.1, 10.0)
_LONGEST_PAUSE = 1_000
_MANY = 10_000


@dataclass(frozen=True)
class VoiceConfig:
    """What the run time needs to know of a voice; the rest of `config.json` is for people."""

    name: str
    """What it is called."""
    languages: tuple[str, ...]
    """BCP 47 tags, in lower case."""
    embedding_space: str
    """sha256 of the text encoder."""
    gain: float
    """Factor on the samples, measured once so that speech has about -16 LUFS."""
    pitch_spread: float
    """Factor on how far the predicted pitch moves about its middle, measured once so that the range is a reader's."""
    lead_frames: int
    """Frames of the pause that an utterance begins with."""
    end_frames: int
    """Frames that the pause at its end lasts at least."""
    sample_rate: int
    """Samples per second."""
    hop_length: int
    """Samples per mel frame."""
    window_length: int
    """Samples under the windows of the vocoder's filters, which are half of it apart."""
    context_frames: int
    """Frames on each side that the vocoder's network depends on."""

    @classmethod
    def of(cls, folder: ModelFolder) -> Self:
        """From the folder's config.

        Raises:
            DamagedModelError: a field is missing, of the wrong type or out of range, or the architecture is unknown.
            NewerFormatError: the voice speaks another phoneme inventory.
        """
        config = ConfigValues.of(folder)
        architecture = config.inner("architecture")
        found = architecture.text("type", r".*", "a text")
        if found != ARCHITECTURE:
            raise DamagedModelError(f"voice `{folder.path}` has the architecture `{found}`, expected `{ARCHITECTURE}`")
        inventory = config.whole("inventory_version", 1, _MANY)
        if inventory != INVENTORY_VERSION:
            raise NewerFormatError(
                f"voice `{folder.path}` speaks version {inventory} of the phoneme inventory, this avatron version "
                f"{INVENTORY_VERSION}: update whichever is older"
            )
        hop_length = architecture.whole("hop_length", 16, 8_192)
        window_length = architecture.whole("window_length", 16, 16_384)
        if window_length % 2 or hop_length % (window_length // 2):
            raise DamagedModelError(
                f"`{folder.path / 'config.json'}` has architecture.window_length {window_length}, expected twice the "
                f"hop of {hop_length} samples or a whole part of that; get the voice again"
            )
        return cls(
            name=config.text("name", r"[^\x00-\x1f\x7f]{1,64}", "a text of 1 to 64 characters"),
            languages=tuple(
                tag.lower() for tag in config.texts("languages", r"[A-Za-z]{2,3}(-\w{1,8})*", "BCP 47 tags")
            ),
            embedding_space=config.text("embedding_space", r"[0-9a-f]{64}", "a sha256"),
            gain=config.number("gain", *GAINS),
            pitch_spread=config.number("pitch_spread", *PITCH_SPREADS) if "pitch_spread" in folder.config else 1.0,
            lead_frames=config.whole("lead_frames", 1, _LONGEST_PAUSE),
            end_frames=config.whole("end_frames", 1, _LONGEST_PAUSE),
            sample_rate=architecture.whole("sample_rate", 8_000, 192_000),
            hop_length=hop_length,
            window_length=window_length,
            context_frames=architecture.whole("context_frames", 0, _MANY),
        )


class NeuralVoice:
    """Says phonemes with three ONNX graphs and some signal processing."""

    def __init__(self, config: VoiceConfig, encoder: Any, decoder: Any, vocoder: Any) -> None:
        """The last three are ONNX Runtime sessions; `load` opens them."""
        self.config = config
        self.acoustic_model = AcousticModel(
            encoder,
            decoder,
            frame_rate=config.sample_rate / config.hop_length,
            lead_frames=config.lead_frames,
            end_frames=config.end_frames,
            pitch_spread=config.pitch_spread,
        )
        self.vocoder = Vocoder(
            vocoder,
            sample_rate=config.sample_rate,
            hop_length=config.hop_length,
            window_length=config.window_length,
            context_frames=config.context_frames,
        )

    @classmethod
    def load(cls, folder: Path | ModelFolder, *, threads: int = 1) -> Self:
        """The voice in a folder, its files checked against their hashes.

        Raises:
            UnreadableFileError: no folder at that path.
            DamagedModelError: a file is missing, altered or not what it should be.
            NewerFormatError: the folder was written by a newer avatron.
        """
        checked = folder if isinstance(folder, ModelFolder) else load_folder(folder, KIND)
        config = VoiceConfig.of(checked)
        if "base" in checked.config:
            graphs: dict[str, bytes] = adapted_graphs(checked, tuple(GRAPHS))
            sessions = [open_session(graphs[name], threads=threads, name=f"{checked.path}: {name}") for name in GRAPHS]
        else:
            sessions = [open_session(checked.file(name), threads=threads) for name in GRAPHS]
        for name, session in zip(GRAPHS, sessions, strict=True):
            _check_graph(session, checked.path / name, *GRAPHS[name])
        bins = sessions[-1].get_outputs()[0].shape[-1]
        if bins != config.window_length // 2 + 1:
            raise DamagedModelError(
                f"the graph `{checked.path / 'vocoder.onnx'}` gives filters of {bins} bins, expected "
                f"{config.window_length // 2 + 1} for windows of {config.window_length} samples; get the voice again"
            )
        return cls(config, *sessions)

    @property
    def name(self) -> str:
        """What the voice is called."""
        return self.config.name

    @property
    def languages(self) -> tuple[str, ...]:
        """BCP 47 tags, in lower case, of what it speaks."""
        return self.config.languages

    @property
    def sample_rate(self) -> int:
        """Samples per second of its audio."""
        return self.config.sample_rate

    @property
    def embedding_space(self) -> str:
        """sha256 of its text encoder."""
        return self.config.embedding_space

    def text_embedding(self, phonemes: PhonemeSequence) -> NDArray[np.float32]:
        """[D, P] what the text encoder says of the phonemes, one column each; raises as `speak`."""
        return self.acoustic_model.read(phonemes, VoiceStyle()).text_embedding

    def acoustics(self, phonemes: PhonemeSequence, style: VoiceStyle) -> Acoustics:
        """How the phonemes will sound, without making the sound; raises as `speak`."""
        return self._acoustics(self._draw(phonemes, style))

    def speak(self, phonemes: PhonemeSequence, style: VoiceStyle, *, start_sample: int = 0) -> Speech:
        """The utterance, F * hop samples long; `start_sample` places it on the clock of a whole script.

        Raises:
            InvalidValueError: no phonemes, one that is not in the inventory, or a negative start.
        """
        drawing = self._draw(phonemes, style)
        spans = self._spans(phonemes, drawing)
        return Speech(
            audio=Audio.joined(list(self.render(drawing, style))),
            acoustics=self._acoustics(drawing),
            phonemes=phonemes,
            spans=spans,
            words=_word_spans(phonemes, spans),
            start_sample=start_sample,
        )

    def stream(self, phonemes: PhonemeSequence, style: VoiceStyle) -> Iterator[Audio]:
        """The audio of `speak` in pieces; joined they are exactly its samples. Raises as `speak`."""
        return self.render(self._draw(phonemes, style), style)

    def render(self, drawing: Drawing, style: VoiceStyle, *, chunk_frames: int | None = None) -> Iterator[Audio]:
        """The audio of a drawing, in pieces: what is left to do once the acoustic model has drawn.

        `chunk_frames` is the most that a piece holds; pieces of any size join to the same samples.
        """
        limiter = Limiter(sample_rate=self.config.sample_rate, gain=self.config.gain)
        place = 0
        for piece in self.vocoder.stream(
            drawing.mel, drawing.log_pitch, drawing.voiced, seed=style.seed, chunk_frames=chunk_frames
        ):
            if drawing.gain_db.any():
                frames = (place + np.arange(len(piece))) / self.config.hop_length
                decibels = np.interp(frames, np.arange(len(drawing.gain_db)), drawing.gain_db)
                piece = (piece * 10 ** (decibels / 20)).astype(np.float32)
            place += len(piece)
            yield Audio(limiter.push(piece), self.config.sample_rate)
        yield Audio(limiter.finish(), self.config.sample_rate)

    def _draw(self, phonemes: PhonemeSequence, style: VoiceStyle) -> Drawing:
        return self.acoustic_model.draw(self.acoustic_model.read(phonemes, style))

    def _acoustics(self, drawing: Drawing) -> Acoustics:
        return Acoustics(
            mel=drawing.mel,
            text_embedding=drawing.text_embedding,
            durations=drawing.durations,
            pitch=np.where(drawing.voiced, np.exp(drawing.log_pitch), 0).astype(np.float32),
            energy=drawing.mel.mean(axis=0),
            embedding_space=self.config.embedding_space,
            sample_rate=self.config.sample_rate,
            hop_length=self.config.hop_length,
        )

    def _spans(self, phonemes: PhonemeSequence, drawing: Drawing) -> tuple[Span, ...]:
        frame_s = self.config.hop_length / self.config.sample_rate
        boundaries = np.concatenate([[0], np.cumsum(drawing.durations)]) * frame_s
        return tuple(
            Span(symbol, float(boundaries[place]), float(boundaries[place + 1]))
            for place, symbol in enumerate(phonemes.symbols)
        )


def _check_graph(session: Any, path: Path, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> None:
    """Refuse a graph that is another one than its name says."""
    for sort, expected, found in (
        ("inputs", inputs, session.get_inputs()),
        ("outputs", outputs, session.get_outputs()),
    ):
        names = [value.name for value in found]
        if sorted(names) != sorted(expected):
            raise DamagedModelError(
                f"the graph `{path}` has the {sort} {', '.join(names)}, expected {', '.join(expected)}; "
                "get the voice again"
            )


def _word_spans(phonemes: PhonemeSequence, spans: tuple[Span, ...]) -> tuple[Span, ...]:
    words = []
    for number, word in enumerate(phonemes.words):
        places = np.nonzero(phonemes.word_index == number)[0]
        if len(places):
            words.append(Span(word, spans[places[0]].start_s, spans[places[-1]].end_s))
    return tuple(words)
