"""What the run time needs to know of a learned animator; the rest of its `config.json` is for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from avatron.core.motion import EXPRESSION_INDEX
from avatron.errors import DamagedModelError
from avatron.io.config_values import ConfigValues
from avatron.io.folders import ModelFolder
from avatron.motion.decoder.features import CLASSES
from avatron.motion.decoder.view import TimeView

__all__ = ["ARCHITECTURES", "KIND", "DecoderConfig"]

KIND = "animator"
"""What `config.json` of a learned animator names as its kind."""
ARCHITECTURES: dict[str, str] = {
    "avatron": "embedding",
    "fully-connected": "embedding",
    "faceformer": "mel",
}
"""Known architectures, and what they read."""
_MANY = 1_000_000
_COLUMNS_A_FRAME = 2


@dataclass(frozen=True)
class DecoderConfig:
    """Of the folder of a learned animator."""

    name: str
    """What it is called."""
    architecture: str
    """One of `ARCHITECTURES`."""
    embedding_space: str
    """sha256 of the text encoder whose embedding it reads."""
    sample_rate: int
    """Samples per second of the speech it was trained on."""
    hop_length: int
    """Samples per mel column of that speech; a frame of the decoder lasts two."""
    width: int
    """D of the embedding, or M of the mel."""
    subjects: tuple[str, ...]
    """[S] whose ways of moving it knows; the first one is its own."""
    channels: tuple[str, ...]
    """[O] expressions whose curves it gives; empty where it gives vertices."""
    vertices: int
    """Vertices of the mesh it gives; 0 where it gives expressions."""
    view: TimeView
    """What a frame depends on."""
    guarded: bool
    """Whether the rules' contacts are laid over what the network says of P, B and M."""

    @property
    def reads(self) -> str:
        """`embedding` or `mel`."""
        return ARCHITECTURES[self.architecture]

    @property
    def frame_rate(self) -> float:
        """Frames per second of the decoder's clock."""
        return self.sample_rate / self.hop_length / _COLUMNS_A_FRAME

    @property
    def look_ahead_s(self) -> float:
        """Seconds of speech after a moment that its mouth depends on."""
        return self.view.look_ahead_columns * self.hop_length / self.sample_rate

    @classmethod
    def of(cls, folder: ModelFolder) -> Self:
        """From the folder's config.

        Raises:
            DamagedModelError: a field is missing, of the wrong type or out of range, or the architecture is unknown.
        """
        config = ConfigValues.of(folder)
        inner = config.inner("architecture")
        known = ", ".join(ARCHITECTURES)
        architecture = inner.text("type", "|".join(ARCHITECTURES), f"one of {known}")
        if inner.whole("classes", 1, _MANY) != len(CLASSES):
            raise DamagedModelError(
                f"animator `{folder.path}` knows {inner.whole('classes', 1, _MANY)} classes of phonemes, this avatron "
                f"{len(CLASSES)}: export it again"
            )
        vertices = inner.whole("vertices", 0, _MANY)
        channels = () if vertices else inner.texts("channels", r"\w+", "names of expressions")
        unknown = [name for name in channels if name not in EXPRESSION_INDEX]
        if unknown:
            raise DamagedModelError(
                f"animator `{folder.path}` moves `{unknown[0]}`, which is no expression of this avatron; it was made "
                "for another head"
            )
        return cls(
            name=config.text("name", r"[^\x00-\x1f\x7f]{1,64}", "a text of 1 to 64 characters"),
            architecture=architecture,
            embedding_space=config.text("embedding_space", r"[0-9a-f]{64}", "a sha256"),
            sample_rate=inner.whole("sample_rate", 8_000, 192_000),
            hop_length=inner.whole("hop_length", 16, 8_192),
            width=inner.whole("width", 1, _MANY),
            subjects=config.texts("subjects", r"[\w.-]+", "names of subjects"),
            channels=channels,
            vertices=vertices,
            view=TimeView(
                past_frames=inner.whole("past_frames", 0, _MANY),
                future_frames=inner.whole("future_frames", 0, _MANY),
                future_columns=inner.whole("future_columns", 0, _MANY),
                block_frames=inner.whole("block_frames", 1, _MANY),
                state_width=inner.whole("state_width", 0, _MANY),
            ),
            guarded=bool(config.whole("guarded", 0, 1)),
        )
