"""The acoustic model, as it is trained: phonemes -> text embedding, prosody -> mel, pitch and voicing.

Four networks: `TextEncoder` gives the text embedding, which knows nothing of pitch, energy or speaker;
`ProsodyPredictor` is small and apart, because durations and pitch overfit long before the mel does; `MelDecoder`
draws the mel; `PitchReader` reads pitch and voicing off the mel that was drawn, so that the vocoder's source and
its filter agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from avatron.text.inventory import CONSONANTS, PAUSES, SENTENCE_ENDS, SYMBOLS
from avatron.training.layers import ConvNextBlock, ConvNextTrunk, DistanceAttention

__all__ = [
    "AcousticConfig",
    "Frames",
    "MelDecoder",
    "PitchReader",
    "Prosody",
    "ProsodyPredictor",
    "TextEncoder",
    "frame_positions",
]

POSITION_FEATURES = 3
"""Position in the phoneme from its start, from its end, and half the ln of its duration."""
VOWEL_FORMS = 3
"""Unstressed, primary and secondary stress."""


@dataclass(frozen=True)
class AcousticConfig:
    """Sizes of the acoustic model."""

    mel_bins: int = 80
    """M."""
    embedding_width: int = 192
    """D, the width of the text embedding."""
    encoder_blocks: int = 6
    """ConvNeXt blocks, an attention after every second."""
    encoder_dropout: float = 0.15
    """In the text encoder."""
    decoder_channels: int = 256
    """Width of the mel decoder."""
    decoder_blocks: int = 6
    """ConvNeXt blocks of the mel decoder."""
    decoder_dropout: float = 0.1
    """In the mel decoder."""
    prosody_channels: int = 128
    """Width of the prosody predictor."""
    prosody_blocks: int = 4
    """ConvNeXt blocks of its encoder."""
    prosody_dropout: float = 0.3
    """High: an hour of speech has few sentences."""
    pitch_channels: int = 128
    """Width of the pitch reader."""
    pitch_blocks: int = 4
    """ConvNeXt blocks of the pitch reader."""

    @property
    def condition_channels(self) -> int:
        """Channels of the mel decoder's input: embedding, position, pitch of the phoneme."""
        return self.embedding_width + POSITION_FEATURES + 1


class PhonemeEmbedding(nn.Module):
    """ids [B, P] -> [B, P, D]: the sound plus its stress plus what is particular to the two together.

    Rare pairs, such as an unstressed `ɔɪ`, are then still made of parts that were seen. The ends of questions and
    exclamations, of which a reading voice has almost none, share the sound of `.`.
    """

    sound_of: Tensor
    stress_of: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        first_vowel = 1 + len(PAUSES) + len(CONSONANTS)
        sound, stress = [], []
        for place, symbol in enumerate(SYMBOLS):
            vowel, form = divmod(place - first_vowel, VOWEL_FORMS)
            ends = symbol in SENTENCE_ENDS
            sound.append(SYMBOLS.index(".") if ends else place if place < first_vowel else first_vowel + vowel)
            stress.append(0 if place < first_vowel else 1 + form)
        self.register_buffer("sound_of", torch.tensor(sound), persistent=False)
        self.register_buffer("stress_of", torch.tensor(stress), persistent=False)
        self.sound = nn.Embedding(max(sound) + 1, width)
        self.stress = nn.Embedding(1 + VOWEL_FORMS, width)
        self.particular = nn.Embedding(len(SYMBOLS), width)
        nn.init.normal_(self.stress.weight, std=0.3)
        nn.init.zeros_(self.particular.weight)

    def forward(self, ids: Tensor) -> Tensor:
        return self.sound(self.sound_of[ids]) + self.stress(self.stress_of[ids]) + self.particular(ids)


class TextEncoder(nn.Module):
    """ids [B, P], word_initial [B, P], mask [B, 1, P] -> text embedding [B, D, P]."""

    def __init__(self, width: int, blocks: int, dropout: float) -> None:
        super().__init__()
        self.phonemes = PhonemeEmbedding(width)
        self.word_initial = nn.Embedding(2, width)
        self.blocks = nn.ModuleList(ConvNextBlock(width, kernel=5, dropout=dropout) for _ in range(blocks))
        self.attentions = nn.ModuleList(DistanceAttention(width, dropout=dropout) for _ in range(blocks // 2))

    def forward(self, ids: Tensor, word_initial: Tensor, mask: Tensor) -> Tensor:
        hidden = (self.phonemes(ids) + self.word_initial(word_initial)).transpose(1, 2) * mask
        for place, block in enumerate(self.blocks):
            hidden = block(hidden, mask)
            if place % 2:
                hidden = self.attentions[place // 2](hidden, mask)
        return hidden


class Prosody(NamedTuple):
    """Of each phoneme, [B, P] each."""

    log_duration: Tensor
    """ln(frames + 1)."""
    pitch: Tensor
    """Normalised."""
    energy: Tensor
    """Normalised."""


class CurveHead(nn.ModuleList):
    """Encoded phonemes [B, C, P] -> one number each [B, P]."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__(
            [
                ConvNextBlock(width, expansion=2, kernel=3, dropout=dropout),
                ConvNextBlock(width, expansion=2, kernel=3, dropout=dropout),
                nn.Conv1d(width, 1, 1),
            ]
        )

    def forward(self, encoded: Tensor, mask: Tensor) -> Tensor:
        """`mask` [B, 1, P] is 1 where there is a phoneme."""
        first, second, output = self
        return output(second(first(encoded, mask), mask))[:, 0]


class ProsodyPredictor(nn.Module):
    """ids [B, P], word_initial [B, P], mask [B, 1, P] -> durations, pitch and energy."""

    def __init__(self, config: AcousticConfig) -> None:
        super().__init__()
        width, dropout = config.prosody_channels, config.prosody_dropout
        self.encoder = TextEncoder(width, config.prosody_blocks, dropout)
        self.heads = nn.ModuleList(CurveHead(width, dropout) for _ in Prosody._fields)

    def forward(self, ids: Tensor, word_initial: Tensor, mask: Tensor) -> Prosody:
        encoded = self.encoder(ids, word_initial, mask)
        curves = []
        for head in self.heads:
            curves.append(head(encoded, mask))
        return Prosody(*curves)


def frame_positions(durations: Tensor) -> tuple[Tensor, Tensor]:
    """(phone of each frame [F], position features [3, F]) of durations [P]."""
    phone_of_frame = torch.repeat_interleave(torch.arange(len(durations)), durations)
    starts = torch.cumsum(durations, 0) - durations
    own = durations[phone_of_frame]
    share = (torch.arange(int(durations.sum())) - starts[phone_of_frame] + 0.5) / own
    return phone_of_frame, torch.stack([share, 1 - share, 0.5 * torch.log(own.float())])


class Frames(NamedTuple):
    """What the decoder draws."""

    mel: Tensor
    """[B, M, F] normalised."""
    pitch: Tensor
    """[B, F] normalised."""
    voicing: Tensor
    """[B, F] logit."""


class MelDecoder(nn.Module):
    """Text embedding, pitch and energy of the phonemes, positions of the frames -> mel."""

    def __init__(self, config: AcousticConfig) -> None:
        super().__init__()
        self.mel_bins = config.mel_bins
        self.prosody = nn.Conv1d(2, config.embedding_width, 3, padding=1)
        self.input = nn.Conv1d(config.condition_channels, config.decoder_channels, 5, padding=2)
        self.blocks = nn.ModuleList(
            ConvNextBlock(config.decoder_channels, dropout=config.decoder_dropout) for _ in range(config.decoder_blocks)
        )
        self.norm = nn.LayerNorm(config.decoder_channels)
        self.output = nn.Linear(config.decoder_channels, config.mel_bins + 2)

    def phoneme_condition(self, text_embedding: Tensor, pitch: Tensor, energy: Tensor) -> Tensor:
        """[B, D, P] the embedding with prosody added."""
        return text_embedding + self.prosody(torch.stack([pitch, energy], 1))

    @staticmethod
    def frame_condition(condition: Tensor, pitch: Tensor, phone_of_frame: Tensor, positions: Tensor) -> Tensor:
        """[D + 4, F] of one utterance: condition [D, P], pitch [P], phone_of_frame [F], positions [3, F]."""
        return torch.cat([condition[:, phone_of_frame], positions, pitch[phone_of_frame][None]])

    def forward(self, frame_condition: Tensor) -> Frames:
        """`frame_condition` [B, D + 4, F]."""
        hidden = self.input(frame_condition)
        for block in self.blocks:
            hidden = block(hidden)
        drawn = self.output(self.norm(hidden.transpose(1, 2))).transpose(1, 2)
        phoneme_pitch = frame_condition[:, -1]
        return Frames(drawn[:, : self.mel_bins], drawn[:, self.mel_bins] + phoneme_pitch, drawn[:, self.mel_bins + 1])


class PitchReader(nn.Module):
    """Normalised mel [B, M, F] and phoneme pitch [B, F] -> (normalised pitch [B, F], voicing logit [B, F])."""

    def __init__(self, config: AcousticConfig) -> None:
        super().__init__()
        self.trunk = ConvNextTrunk(config.mel_bins + 1, 2, channels=config.pitch_channels, blocks=config.pitch_blocks)

    def forward(self, mel: Tensor, phoneme_pitch: Tensor) -> tuple[Tensor, Tensor]:
        read = self.trunk(torch.cat([mel, phoneme_pitch[:, None]], dim=1))
        return phoneme_pitch + read[..., 0], read[..., 1]
