"""The encoder `mel`: a convolutional network over the mel, run in blocks of any length to the same result."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from avatron.errors import DamagedModelError, MissingComponentError, NewerFormatError
from avatron.io.config_values import ConfigValues
from avatron.io.folders import ModelFolder, load_folder
from avatron.io.sessions import open_session
from avatron.text.inventory import INVENTORY_VERSION
from avatron.voice.listening.features import COLUMN_S, HEARING, SILENT_FEATURE, LevelFollower
from avatron.voice.listening.mel_stream import MelStream
from avatron.voice.listening.protocol import HeardColumns
from avatron.voice.listening.sounds import HEARD_SYMBOLS
from avatron.voice.listening.statistics import SoundStatistics

__all__ = [
    "BLOCK_COLUMNS",
    "GRAPH",
    "KIND",
    "STATISTICS",
    "MelSpeechEncoder",
    "MelSpeechEncoderConfig",
    "ShippedMelEncoder",
]

KIND = "speech-encoder"
"""What `config.json` names as its kind."""
ARCHITECTURE = "mel-convolution"
GRAPH, STATISTICS = "encoder.onnx", "sounds.safetensors"
BLOCK_COLUMNS = 512
"""Columns that are heard at once in a file, 6 s; even."""
_MOST_CONTEXT = 2_000


@dataclass(frozen=True)
class MelSpeechEncoderConfig:
    """What the run time needs to know of a trained encoder."""

    name: str
    """What it is called."""
    embedding_space: str
    """sha256 of the text encoder that it learned from."""
    before: int
    """Columns before a pair of columns that it depends on, odd."""
    after: int
    """Columns after it, odd."""

    @classmethod
    def of(cls, folder: ModelFolder) -> Self:
        """From the folder's config.

        Raises:
            DamagedModelError: a field is missing, of the wrong type or out of range, or the architecture is unknown.
            NewerFormatError: it hears another phoneme inventory.
        """
        config = ConfigValues.of(folder)
        architecture = config.inner("architecture")
        found = architecture.text("type", r".*", "a text")
        if found != ARCHITECTURE:
            raise DamagedModelError(
                f"speech encoder `{folder.path}` has the architecture `{found}`, expected `{ARCHITECTURE}`"
            )
        inventory = config.whole("inventory_version", 1, 10_000)
        if inventory != INVENTORY_VERSION:
            raise NewerFormatError(
                f"speech encoder `{folder.path}` hears version {inventory} of the phoneme inventory, this avatron "
                f"version {INVENTORY_VERSION}: update whichever is older"
            )
        return cls(
            name=config.text("name", r"[^\x00-\x1f\x7f]{1,64}", "a text of 1 to 64 characters"),
            embedding_space=config.text("embedding_space", r"[0-9a-f]{64}", "a sha256"),
            before=architecture.whole("before", 1, _MOST_CONTEXT),
            after=architecture.whole("after", 1, _MOST_CONTEXT),
        )


class MelSpeechEncoder:
    """Hears with a graph: features [1, M, before + F + after] -> text embedding [1, D, F], log shares [1, K, F]."""

    def __init__(self, config: MelSpeechEncoderConfig, session: Any, statistics: SoundStatistics) -> None:
        """`session` is one of ONNX Runtime; `load` opens it."""
        self.config = config
        self._session = session
        self._statistics = statistics
        nothing = np.full((HEARING.bins, config.before + 2 + config.after), SILENT_FEATURE, np.float32)
        self.embedding_width = len(self.encode(nothing)[0])
        """D."""

    @classmethod
    def load(cls, folder: Path | ModelFolder, *, threads: int = 1) -> Self:
        """The encoder in a folder, its files checked against their hashes.

        Raises:
            UnreadableFileError: no folder at that path.
            DamagedModelError: a file is missing, altered or not what it should be.
            NewerFormatError: the folder was written by a newer avatron.
        """
        checked = folder if isinstance(folder, ModelFolder) else load_folder(folder, KIND)
        config = MelSpeechEncoderConfig.of(checked)
        session = open_session(checked.file(GRAPH), threads=threads)
        _check_graph(session, checked.path / GRAPH, config)
        statistics = SoundStatistics.of(checked.tensors(STATISTICS), str(checked.path / STATISTICS))
        return cls(config, session, statistics)

    @property
    def name(self) -> str:
        """What it is called."""
        return self.config.name

    @property
    def embedding_space(self) -> str:
        """sha256 of the text encoder that it learned from."""
        return self.config.embedding_space

    @property
    def look_ahead_s(self) -> float:
        """Seconds after the middle of a column that it depends on: those of the network, and half a window."""
        return (self.config.after + 1) * COLUMN_S + HEARING.window_length / 2 / HEARING.sample_rate

    @property
    def statistics(self) -> SoundStatistics:
        """What it knows of sounds in general."""
        return self._statistics

    def listen(self, *, block_columns: int = BLOCK_COLUMNS) -> _MelHearing:
        """Begin to hear a recording, in blocks of an even number of columns: short ones come sooner."""
        return _MelHearing(self, block_columns)

    def encode(self, features: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(text embedding [D, F], log shares [K, F]) of features [M, before + F + after], F even."""
        embedding, log_shares = self._session.run(["text_embedding", "log_shares"], {"features": features[None]})
        return embedding[0], log_shares[0]


class _MelHearing:
    """One recording; blocks lie on the clock of its columns, so that it does not matter how it is pushed."""

    def __init__(self, encoder: MelSpeechEncoder, block_columns: int) -> None:
        assert block_columns % 2 == 0 and block_columns > 0, "blocks are whole pairs of columns"
        self._encoder = encoder
        self._block = block_columns
        self._mel_stream = MelStream()
        self._level = LevelFollower()
        self._features = np.full((HEARING.bins, encoder.config.before), SILENT_FEATURE, np.float32)
        """From `before` columns before the next one on."""
        self._mel = np.zeros((HEARING.bins, 0), np.float32)
        """From the next column on."""

    def push(self, samples: NDArray[np.float32]) -> HeardColumns:
        """The columns that `samples` [N] more complete."""
        self._take(self._mel_stream.push(samples))
        return self._blocks()

    def finish(self) -> HeardColumns:
        """The last columns."""
        self._take(self._mel_stream.finish())
        heard = [self._blocks()]
        left = self._mel.shape[1]
        if left:
            wanted = left + left % 2
            missing = self._encoder.config.before + wanted + self._encoder.config.after - self._features.shape[1]
            silence = np.full((HEARING.bins, max(0, missing)), SILENT_FEATURE, np.float32)
            self._features = np.concatenate([self._features, silence], axis=1)
            heard.append(self._heard(wanted).part(0, left))
        return HeardColumns.joined(heard)

    def _take(self, mel: NDArray[np.float32]) -> None:
        self._mel = np.concatenate([self._mel, mel], axis=1)
        self._features = np.concatenate([self._features, self._level.features(mel)], axis=1)

    def _blocks(self) -> HeardColumns:
        context = self._encoder.config.before + self._encoder.config.after
        heard = []
        while self._features.shape[1] >= context + self._block:
            heard.append(self._heard(self._block))
        return HeardColumns.joined(heard) if heard else self._nothing()

    def _heard(self, columns: int) -> HeardColumns:
        context = self._encoder.config.before + self._encoder.config.after
        embedding, log_shares = self._encoder.encode(self._features[:, : context + columns])
        mel = self._mel[:, :columns]
        self._mel, self._features = self._mel[:, columns:], self._features[:, columns:]
        count = mel.shape[1]
        return HeardColumns(mel, embedding[:, :count], log_shares[:, :count])

    def _nothing(self) -> HeardColumns:
        widths = (HEARING.bins, self._encoder.embedding_width, len(HEARD_SYMBOLS))
        return HeardColumns(*(np.zeros((width, 0), np.float32) for width in widths))


def _check_graph(session: Any, path: Path, config: MelSpeechEncoderConfig) -> None:
    """Refuse a graph that is another one than the config says: it is asked about two columns of silence."""
    silence = np.full((1, HEARING.bins, config.before + 2 + config.after), SILENT_FEATURE, np.float32)
    wanted = f"features [1, {HEARING.bins}, {silence.shape[2]}] -> text_embedding [1, D, 2], log_shares [1, K, 2]"
    try:
        embedding, log_shares = session.run(["text_embedding", "log_shares"], {"features": silence})
        fits = embedding.ndim == 3 and embedding.shape[2] == 2 and log_shares.shape == (1, len(HEARD_SYMBOLS), 2)
    except Exception:  # ONNX Runtime raises many unrelated classes here
        fits = False
    if not fits:
        raise DamagedModelError(
            f"the graph `{path}` does not give {wanted} with K = {len(HEARD_SYMBOLS)}; get the speech encoder again"
        )


class ShippedMelEncoder(MelSpeechEncoder):
    """That of the package."""

    def __init__(self) -> None:
        """Its folder is read once.

        Raises:
            MissingComponentError: this installation has none.
            DamagedModelError: the installation is damaged.
        """
        loaded = _shipped()
        super().__init__(loaded.config, loaded._session, loaded._statistics)


@cache
def _shipped() -> MelSpeechEncoder:
    with as_file(files("avatron").joinpath("data", "listening", "mel")) as folder:
        if not folder.is_dir():
            raise MissingComponentError(
                "this installation has no encoder of recorded speech; install avatron again, or give one with "
                "`--speech-encoder FOLDER`"
            )
        return MelSpeechEncoder.load(folder)
