"""What a recipe of a voice may say: its networks, and the stages that train them, in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from avatron.errors import InvalidValueError
from avatron.signal.mel import MelConfig
from avatron.training.acoustic import AcousticConfig
from avatron.training.acoustic_stage import AcousticStageConfig
from avatron.training.adapters import AdapterConfig
from avatron.training.aligner import AlignerConfig
from avatron.training.aligner_stage import AlignerStageConfig
from avatron.training.loop import LoopConfig
from avatron.training.pitch_stage import PitchStageConfig
from avatron.training.prosody_stage import ProsodyStageConfig
from avatron.training.vocoder import VocoderConfig
from avatron.training.vocoder_stage import VocoderStageConfig

__all__ = ["StageRecipe", "VoiceRecipe"]

StageConfig = AcousticStageConfig | VocoderStageConfig | ProsodyStageConfig | PitchStageConfig | AlignerStageConfig


@dataclass(frozen=True)
class StageRecipe:
    """One stage; the type of its config says what is trained."""

    name: str
    """Folder of the stage inside the run."""
    config: StageConfig
    """What it minimises."""
    loop: LoopConfig
    """How long."""
    starts_from: str | None = None
    """Earlier stage whose weights it begins with; None begins with random ones, or with those of the adapter's base."""
    adapter: AdapterConfig | None = None
    """Changes a trained network of another run a little, instead of training a new one."""
    discriminator_from: str | None = None
    """Earlier stage whose discriminator it begins with, or one of another run: `lj/vocoder-final`."""
    mels_from: str | None = None
    """Earlier stage of the acoustic model whose mels it is trained on."""
    keep_best: bool = False
    """Keep the state with the lowest evaluation score instead of the last one."""


@dataclass(frozen=True)
class VoiceRecipe:
    """A voice from a corpus.

    Raises:
        InvalidValueError: two stages of one name, or a stage that builds on one that does not come before it.
    """

    name: str
    """What the voice is called."""
    description: str
    """One line for lists of voices."""
    languages: tuple[str, ...]
    """BCP 47 tags, in lower case."""
    licence: str
    """Licence of the trained weights."""
    provenance: tuple[dict[str, Any], ...]
    """Of the data: name, source, licence."""
    stages: tuple[StageRecipe, ...]
    """In the order in which they run."""
    acoustic_from: str
    """Stage whose acoustic model is shipped; likewise the next three."""
    prosody_from: str
    pitch_from: str
    vocoder_from: str
    durations_from: str | None = None
    """Stage of the aligner whose durations all later stages learn; without one, the corpus's own alignment."""
    base_voice: str | None = None
    """Voice that all adapters start from; the folder then holds only what is different."""
    mel: MelConfig = field(default_factory=MelConfig)
    """The mel spectrogram."""
    acoustic: AcousticConfig = field(default_factory=AcousticConfig)
    """Sizes of the acoustic model."""
    vocoder: VocoderConfig = field(default_factory=VocoderConfig)
    """Sizes of the vocoder."""
    aligner: AlignerConfig = field(default_factory=AlignerConfig)
    """Sizes of the aligner."""
    lead_frames: int = 12
    """Frames of the pause that every utterance begins with: 0.139 s."""
    end_frames: int = 22
    """Frames that the pause at the end of an utterance lasts at least: 0.255 s."""
    loudness_lufs: float = -16.0
    """Loudness that the gain aims at."""

    def __post_init__(self) -> None:
        before: set[str] = set()
        for stage in self.stages:
            for needed in (stage.starts_from, stage.discriminator_from, stage.mels_from):
                if needed is not None and "/" not in needed and needed not in before:
                    raise InvalidValueError(f"stage `{stage.name}` builds on `{needed}`, which does not come before it")
            if stage.name in before:
                raise InvalidValueError(f"two stages are called `{stage.name}`")
            before.add(stage.name)
        if self.durations_from not in (None, self.stages[0].name):
            raise InvalidValueError(
                f"durations come from stage `{self.durations_from}`, but the first stage is `{self.stages[0].name}`; "
                "the aligner has to come before all that learn its durations"
            )
        for needed in (self.acoustic_from, self.prosody_from, self.pitch_from, self.vocoder_from):
            if needed not in before:
                raise InvalidValueError(f"the voice is made from stage `{needed}`, which is not in the recipe")
