"""A trained voice: acoustic model, vocoder and limiter from one folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from avatron.core.audio import Audio
from avatron.core.speech import Acoustics, PhonemeSequence, Span, Speech
from avatron.errors import DamagedModelError, NewerFormatError
from avatron.io.folders import ModelFolder, load_folder
from avatron.text.inventory import INVENTORY_VERSION
from avatron.voice.acoustic_model import AcousticModel, Drawing
from avatron.voice.adapted import adapted_graphs
from avatron.voice.limiter import Limiter
from avatron.voice.sessions import open_session
from avatron.voice.style import VoiceStyle
from avatron.voice.vocoder import Vocoder

__all__ = ["KIND", "NeuralVoice", "VoiceConfig"]

KIND = "voice"
"""What `config.json` of a voice names as its kind."""
ARCHITECTURE = "neural-source-filter"
GRAPHS = ("encoder.onnx", "decoder.onnx", "vocoder.onnx")


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
    lead_frames: int
    """Frames of the pause that an utterance begins with."""
    end_frames: int
    """Frames that the pause at its end lasts at least."""
    sample_rate: int
    """Samples per second."""
    hop_length: int
    """Samples per mel frame."""
    context_frames: int
    """Frames on each side that the vocoder's network depends on."""

    @classmethod
    def of(cls, folder: ModelFolder) -> Self:
        """From the folder's config.

        Raises:
            DamagedModelError: a field is missing or of the wrong type, or the architecture is unknown.
            NewerFormatError: the voice speaks another phoneme inventory.
        """
        config = folder.config
        try:
            architecture = config["architecture"]
            found, inventory = architecture["type"], config["inventory_version"]
            built = cls(
                name=str(config["name"]),
                languages=tuple(str(language) for language in config["languages"]),
                embedding_space=str(config["embedding_space"]),
                gain=float(config["gain"]),
                lead_frames=int(config["lead_frames"]),
                end_frames=int(config["end_frames"]),
                sample_rate=int(architecture["sample_rate"]),
                hop_length=int(architecture["hop_length"]),
                context_frames=int(architecture["context_frames"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DamagedModelError(
                f"`{folder.path / 'config.json'}` is not the config of a voice ({error!r}); get the voice again"
            ) from error
        if found != ARCHITECTURE:
            raise DamagedModelError(f"voice `{folder.path}` has the architecture `{found}`, expected `{ARCHITECTURE}`")
        if inventory != INVENTORY_VERSION:
            raise NewerFormatError(
                f"voice `{folder.path}` speaks version {inventory} of the phoneme inventory, this avatron version "
                f"{INVENTORY_VERSION}: update whichever is older"
            )
        return built


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
        )
        self.vocoder = Vocoder(
            vocoder,
            sample_rate=config.sample_rate,
            hop_length=config.hop_length,
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
            graphs: dict[str, bytes] = adapted_graphs(checked, GRAPHS)
            sessions = [open_session(graphs[name], threads=threads, name=f"{checked.path}: {name}") for name in GRAPHS]
        else:
            sessions = [open_session(checked.file(name), threads=threads) for name in GRAPHS]
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

    def render(self, drawing: Drawing, style: VoiceStyle) -> Iterator[Audio]:
        """The audio of a drawing, in pieces: what is left to do once the acoustic model has drawn."""
        limiter = Limiter(sample_rate=self.config.sample_rate, gain=self.config.gain)
        place = 0
        for piece in self.vocoder.stream(drawing.mel, drawing.log_pitch, drawing.voiced, seed=style.seed):
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


def _word_spans(phonemes: PhonemeSequence, spans: tuple[Span, ...]) -> tuple[Span, ...]:
    words = []
    for number, word in enumerate(phonemes.words):
        places = np.nonzero(phonemes.word_index == number)[0]
        if len(places):
            words.append(Span(word, spans[places[0]].start_s, spans[places[-1]].end_s))
    return tuple(words)
