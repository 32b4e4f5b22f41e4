"""All networks of a voice, and the three graphs that they are shipped as.

The graphs speak in physical units (ln Hz, ln magnitude, frames), so that nothing about normalisation leaks into the
run time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from avatron.text.inventory import SYMBOLS
from avatron.training.acoustic import AcousticConfig, PitchReader, ProsodyPredictor, frame_positions
from avatron.training.acoustic_stage import AcousticModel
from avatron.training.labels import ENERGY_CENTRE, ENERGY_SCALE, PITCH_CENTRE, PITCH_SCALE
from avatron.training.vocoder import SourceFilterVocoder, VocoderConfig

__all__ = ["GraphPart", "TrainedVoice", "graph_parts"]


class TrainedVoice(nn.Module):
    """All networks of a voice."""

    def __init__(self, acoustic: AcousticConfig, vocoder: VocoderConfig) -> None:
        super().__init__()
        self.acoustic = AcousticModel(acoustic)
        self.prosody = ProsodyPredictor(acoustic)
        self.pitch = PitchReader(acoustic)
        self.vocoder = SourceFilterVocoder(vocoder)
        self.eval()


class EncoderGraph(nn.Module):
    """ids, word_initial -> text embedding, ln(frames + 1), ln Hz, mean ln mel."""

    def __init__(self, voice: TrainedVoice) -> None:
        super().__init__()
        self.encoder, self.prosody = voice.acoustic.encoder, voice.prosody

    def forward(self, ids: Tensor, word_initial: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        mask = torch.ones_like(ids)[:, None].float()
        prosody = self.prosody(ids, word_initial, mask)
        return (
            self.encoder(ids, word_initial, mask),
            prosody.log_duration,
            prosody.pitch / PITCH_SCALE + PITCH_CENTRE,
            prosody.energy / ENERGY_SCALE + ENERGY_CENTRE,
        )


class DecoderGraph(nn.Module):
    """Text embedding and prosody of phonemes, positions of frames -> mel, ln Hz and voicing of frames."""

    def __init__(self, voice: TrainedVoice) -> None:
        super().__init__()
        self.decoder, self.pitch = voice.acoustic.decoder, voice.pitch

    def forward(
        self, text_embedding: Tensor, pitch: Tensor, energy: Tensor, phone_of_frame: Tensor, positions: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        pitch = (pitch - PITCH_CENTRE) * PITCH_SCALE
        energy = (energy - ENERGY_CENTRE) * ENERGY_SCALE
        condition = self.decoder.phoneme_condition(text_embedding, pitch, energy)
        frames = self.decoder.frame_condition(condition[0], pitch[0], phone_of_frame, positions)[None]
        mel = self.decoder(frames).mel
        log_pitch, voicing = self.pitch(mel, frames[:, -1])
        return mel / ENERGY_SCALE + ENERGY_CENTRE, log_pitch / PITCH_SCALE + PITCH_CENTRE, voicing


class VocoderGraph(nn.Module):
    """mel, ln Hz, voiced -> filters of the two sources."""

    def __init__(self, voice: TrainedVoice) -> None:
        super().__init__()
        self.vocoder = voice.vocoder

    def forward(self, mel: Tensor, log_pitch: Tensor, voiced: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        filters = self.vocoder.filters(mel, log_pitch, voiced)
        return filters.harmonic_log_gain, filters.harmonic_phase, filters.noise_log_gain


@dataclass(frozen=True)
class GraphPart:
    """What one graph is made of."""

    module: nn.Module
    """What it does."""
    example: Callable[[int, int], tuple[Tensor, ...]]
    """Inputs in the units of the graph, made up for so many phonemes P and frames F."""
    inputs: dict[str, tuple[int, str]]
    """Name of each input, with its one free axis and that one's letter."""
    outputs: dict[str, tuple[int, str]]
    """The same of the outputs."""


def graph_parts(voice: TrainedVoice) -> dict[str, GraphPart]:
    """The parts of a voice by the file names of their graphs."""
    width = voice.acoustic.encoder.word_initial.embedding_dim
    bins = voice.vocoder.config.mel_bins

    def log_pitch(*shape: int) -> Tensor:
        return PITCH_CENTRE + torch.randn(*shape) / PITCH_SCALE

    def log_magnitude(*shape: int) -> Tensor:
        return ENERGY_CENTRE + torch.randn(*shape) / ENERGY_SCALE

    def of_encoder(phonemes: int, frames: int) -> tuple[Tensor, ...]:
        return torch.randint(1, len(SYMBOLS), (1, phonemes)), torch.randint(0, 2, (1, phonemes))

    def of_decoder(phonemes: int, frames: int) -> tuple[Tensor, ...]:
        durations = torch.bincount(torch.arange(frames) * phonemes // frames, minlength=phonemes)
        given = torch.randn(1, width, phonemes), log_pitch(1, phonemes), log_magnitude(1, phonemes)
        return (*given, *frame_positions(durations))

    def of_vocoder(phonemes: int, frames: int) -> tuple[Tensor, ...]:
        return log_magnitude(1, bins, frames), log_pitch(1, frames), (torch.rand(1, frames) < 0.7).float()

    return {
        "encoder.onnx": GraphPart(
            EncoderGraph(voice),
            of_encoder,
            {"ids": (1, "P"), "word_initial": (1, "P")},
            {"text_embedding": (2, "P"), "log_duration": (1, "P"), "pitch": (1, "P"), "energy": (1, "P")},
        ),
        "decoder.onnx": GraphPart(
            DecoderGraph(voice),
            of_decoder,
            {
                "text_embedding": (2, "P"),
                "pitch": (1, "P"),
                "energy": (1, "P"),
                "phone_of_frame": (0, "F"),
                "positions": (1, "F"),
            },
            {"mel": (2, "F"), "log_pitch": (1, "F"), "voicing": (1, "F")},
        ),
        "vocoder.onnx": GraphPart(
            VocoderGraph(voice),
            of_vocoder,
            {"mel": (2, "F"), "log_pitch": (1, "F"), "voiced": (1, "F")},
            {"harmonic_log_gain": (1, "F"), "harmonic_phase": (1, "F"), "noise_log_gain": (1, "F")},
        ),
    }
