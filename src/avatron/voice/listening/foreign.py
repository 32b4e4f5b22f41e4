"""Speech models of other people, HuBERT and its like, as encoders: an ONNX file and a small adapter beside it.

Such a model hears 16 kHz and gives a hidden vector each 20 ms. Its attention sees all that it is given, so it is given
windows that lie on the clock of the recording; what is not its own in a window is context. The adapter brings its
vectors to our columns, and those to the text embedding and the shares of the sounds.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from avatron.errors import DamagedModelError, UnreadableFileError
from avatron.io.config_values import ConfigValues
from avatron.io.folders import ModelFolder, load_folder
from avatron.io.resample import StreamResampler
from avatron.io.sessions import open_session
from avatron.voice.listening.features import COLUMN_S, HEARING
from avatron.voice.listening.mel_stream import MelStream
from avatron.voice.listening.protocol import HeardColumns
from avatron.voice.listening.sounds import HEARD_SYMBOLS
from avatron.voice.listening.statistics import SoundStatistics

__all__ = [
    "KIND",
    "MODEL_RATE",
    "STATISTICS",
    "WEIGHTS",
    "AdaptedSpeechEncoder",
    "Adapter",
    "HiddenModel",
    "adapter_folder_of",
]

KIND = "speech-adapter"
"""What `config.json` names as its kind."""
WEIGHTS, STATISTICS = "adapter.safetensors", "sounds.safetensors"
MODEL_RATE = 16_000
"""Samples per second that such models hear."""
WINDOW_COLUMNS, CONTEXT_COLUMNS = 688, 172
"""Columns that a window is asked about, 8 s, and those around them that it is given besides, 2 s on either side."""
_PROBES = (16_000, 32_000)


def adapter_folder_of(model: Path) -> Path:
    """Where the adapter of an ONNX file is: `hubert.onnx` has `hubert.adapter` beside it."""
    return model.with_suffix(".adapter")


class HiddenModel:
    """An ONNX graph: one sound [1, N] at 16 kHz -> hidden vectors [1, T, C]; its clock is found by asking it."""

    def __init__(self, path: Path, *, threads: int = 1) -> None:
        """Open it.

        Raises:
            UnreadableFileError: no such file.
            DamagedModelError: no ONNX graph, or none that takes sound and gives a vector every few milliseconds.
        """
        if not path.is_file():
            raise UnreadableFileError(f"cannot read the speech model `{path}`: there is no such file")
        self.path = path
        self._session = open_session(path, threads=threads)
        inputs = self._session.get_inputs()
        counts = []
        try:
            for probe in _PROBES:
                counts.append(self._run(np.zeros(probe, np.float32)).shape)
            (first, self.width), (second, _) = counts
            self.hop = round((_PROBES[1] - _PROBES[0]) / (second - first))
            """Samples from one hidden vector to the next."""
            field = _PROBES[0] - (first - 1) * self.hop
        except Exception as error:  # ONNX Runtime raises many unrelated classes here
            given = ", ".join(f"{value.name} {value.type} {value.shape}" for value in inputs)
            raise DamagedModelError(
                f"`{path}` is no speech model that can be adapted: it takes {given}; expected one input, float "
                "[1, samples] at 16 kHz, and hidden vectors [1, frames, width] as the first output of that form"
            ) from error
        self.offset = field / 2
        """Samples from the start of a sound to the middle of its first hidden vector."""

    def sha256(self) -> str:
        """Of the file."""
        digest = hashlib.sha256()
        with self.path.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
        return digest.hexdigest()

    def columns(
        self, samples: NDArray[np.float32], first: int, count: int, start_sample: int = 0
    ) -> NDArray[np.float32]:
        """[C, count] hidden vectors at columns `first` .., of samples [N] at 16 kHz that begin at `start_sample`."""
        # Two hidden vectors are the least that can be read between.
        hidden = self._run(np.pad(samples, (0, max(0, round(2 * self.offset) + self.hop - len(samples)))))
        place = ((np.arange(first, first + count) * COLUMN_S * MODEL_RATE - start_sample) - self.offset) / self.hop
        place = np.clip(place, 0, len(hidden) - 1)
        left = np.minimum(place.astype(np.int64), len(hidden) - 2)
        share = (place - left)[:, None].astype(np.float32)
        return np.ascontiguousarray((hidden[left] * (1 - share) + hidden[left + 1] * share).T)

    def _run(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """[T, C] of samples [N], brought to mean 0 and deviation 1 as these models want them."""
        normal = (samples - samples.mean()) / np.sqrt(samples.var() + 1e-7)
        name = self._session.get_inputs()[0].name
        outputs = self._session.run(None, {name: normal[None].astype(np.float32)})
        hidden = next(output for output in outputs if output.ndim == 3)
        return np.asarray(hidden[0], np.float32)


@dataclass(frozen=True, eq=False)
class Adapter:
    """Two layers from hidden vectors to what an encoder says; H inner channels."""

    hidden_mean: NDArray[np.float32]
    """[C] of the hidden vectors."""
    hidden_scale: NDArray[np.float32]
    """[C] deviations."""
    inner_weight: NDArray[np.float32]
    """[taps, C, H], taps `dilation` columns apart."""
    inner_bias: NDArray[np.float32]
    """[H]."""
    outer_weight: NDArray[np.float32]
    """[H, D + K]."""
    outer_bias: NDArray[np.float32]
    """[D + K]."""
    dilation: int
    """Columns."""

    @property
    def reach(self) -> int:
        """Columns to either side that an answer depends on."""
        return self.dilation * (len(self.inner_weight) // 2)

    def __call__(self, hidden: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(text embedding [D, F], log shares [K, F]) of hidden vectors [C, reach + F + reach]."""
        values = ((hidden - self.hidden_mean[:, None]) / self.hidden_scale[:, None]).T
        count = len(values) - 2 * self.reach
        inner = sum(
            values[tap * self.dilation : tap * self.dilation + count] @ weight
            for tap, weight in enumerate(self.inner_weight)
        )
        said = np.maximum(inner + self.inner_bias, 0) @ self.outer_weight + self.outer_bias
        width = said.shape[1] - len(HEARD_SYMBOLS)
        logits = said[:, width:] - said[:, width:].max(axis=1, keepdims=True)
        log_shares = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        return np.ascontiguousarray(said[:, :width].T), np.ascontiguousarray(log_shares.T)


class AdaptedSpeechEncoder:
    """A speech model with its adapter."""

    def __init__(
        self, name: str, embedding_space: str, model: HiddenModel, adapter: Adapter, statistics: SoundStatistics
    ) -> None:
        self._name, self._embedding_space, self._statistics = name, embedding_space, statistics
        self.model, self.adapter = model, adapter
        self.embedding_width = len(adapter.outer_bias) - len(HEARD_SYMBOLS)
        """D."""

    @classmethod
    def load(cls, model: Path, *, threads: int = 1) -> Self:
        """The ONNX file at `model` with the adapter beside it.

        Raises:
            UnreadableFileError: no such file, or no adapter beside it.
            DamagedModelError: an adapter of another model, or a file that is not what it should be.
        """
        folder_path = adapter_folder_of(model)
        hidden = HiddenModel(model, threads=threads)
        if not folder_path.is_dir():
            raise UnreadableFileError(
                f"the speech model `{model}` has no adapter; expected the folder `{folder_path}`. Train one with "
                f"`python tools/train_adapter.py --model {model}`, see docs/animate-sound.md"
            )
        folder = load_folder(folder_path, KIND)
        config = ConfigValues.of(folder)
        wanted, found = config.text("model_sha256", r"[0-9a-f]{64}", "a sha256"), hidden.sha256()
        if wanted != found:
            raise DamagedModelError(
                f"the adapter `{folder_path}` is of another model than `{model}`: of the sha256 {wanted[:12]}.., and "
                f"this one has {found[:12]}..; train one for it with tools/train_adapter.py"
            )
        adapter = _adapter(folder, config.inner("architecture").whole("dilation", 1, 64), hidden.width)
        return cls(
            config.text("name", r"[^\x00-\x1f\x7f]{1,64}", "a text of 1 to 64 characters"),
            config.text("embedding_space", r"[0-9a-f]{64}", "a sha256"),
            hidden,
            adapter,
            SoundStatistics.of(folder.tensors(STATISTICS), str(folder.path / STATISTICS)),
        )

    @property
    def name(self) -> str:
        """What it is called."""
        return self._name

    @property
    def embedding_space(self) -> str:
        """sha256 of the text encoder that its adapter learned from."""
        return self._embedding_space

    @property
    def look_ahead_s(self) -> float:
        """Seconds after a column that it may depend on: such models are not for live speech."""
        return (WINDOW_COLUMNS + CONTEXT_COLUMNS) * COLUMN_S

    @property
    def statistics(self) -> SoundStatistics:
        """What it knows of sounds in general."""
        return self._statistics

    def listen(self) -> _AdaptedHearing:
        """Begin to hear a recording."""
        return _AdaptedHearing(self)


def _adapter(folder: ModelFolder, dilation: int, width: int) -> Adapter:
    tensors = folder.tensors(WEIGHTS)
    try:
        adapter = Adapter(
            **{
                name: tensors[name].astype(np.float32)
                for name in ("hidden_mean", "hidden_scale", "inner_weight", "inner_bias", "outer_weight", "outer_bias")
            },
            dilation=dilation,
        )
        _, found, inner = adapter.inner_weight.shape
        fits = adapter.outer_weight.shape == (inner, len(adapter.outer_bias)) and found == width
    except (KeyError, ValueError) as error:
        raise DamagedModelError(f"the adapter `{folder.path}` cannot be read ({error}); train it again") from error
    if not fits or len(adapter.outer_bias) <= len(HEARD_SYMBOLS):
        raise DamagedModelError(
            f"the adapter `{folder.path}` takes vectors of {found}, and the model gives {width}; train it again"
        )
    return adapter


class _AdaptedHearing:
    """One recording; its windows lie on the clock of its columns, so that it does not matter how it is pushed."""

    def __init__(self, encoder: AdaptedSpeechEncoder) -> None:
        self._encoder = encoder
        self._mel_stream = MelStream()
        self._mel = np.zeros((HEARING.bins, 0), np.float32)
        """From the next column on."""
        self._resampler = StreamResampler(HEARING.sample_rate, MODEL_RATE)
        self._samples = np.zeros(0, np.float32)
        self._first_sample = 0
        """Of those that are held, at 16 kHz."""
        self._next = 0
        """Column that is answered next."""

    def push(self, samples: NDArray[np.float32]) -> HeardColumns:
        """The columns that `samples` [N] more complete."""
        self._take(self._mel_stream.push(samples), self._resampler.push(samples))
        heard = []
        while self._mel.shape[1] >= WINDOW_COLUMNS + CONTEXT_COLUMNS + 2:
            heard.append(self._window(WINDOW_COLUMNS))
        return HeardColumns.joined(heard) if heard else self._nothing()

    def finish(self) -> HeardColumns:
        """The last columns."""
        self._take(self._mel_stream.finish(), self._resampler.finish())
        heard = []
        while left := self._mel.shape[1]:
            heard.append(self._window(min(left, WINDOW_COLUMNS)))
        return HeardColumns.joined(heard) if heard else self._nothing()

    def _take(self, mel: NDArray[np.float32], samples: NDArray[np.float32]) -> None:
        self._mel = np.concatenate([self._mel, mel], axis=1)
        self._samples = np.concatenate([self._samples, samples])

    def _window(self, columns: int) -> HeardColumns:
        reach = self._encoder.adapter.reach
        begin = max(0, round((self._next - CONTEXT_COLUMNS) * COLUMN_S * MODEL_RATE))
        end = round((self._next + WINDOW_COLUMNS + CONTEXT_COLUMNS) * COLUMN_S * MODEL_RATE)
        samples = self._samples[begin - self._first_sample : end - self._first_sample]
        hidden = self._encoder.model.columns(samples, self._next - reach, columns + 2 * reach, begin)
        embedding, log_shares = self._encoder.adapter(hidden)
        heard = HeardColumns(self._mel[:, :columns], embedding, log_shares)
        self._mel = self._mel[:, columns:]
        self._next += columns
        kept = max(0, round((self._next - CONTEXT_COLUMNS) * COLUMN_S * MODEL_RATE))
        self._samples, self._first_sample = self._samples[kept - self._first_sample :], kept
        return heard

    def _nothing(self) -> HeardColumns:
        widths = (HEARING.bins, self._encoder.embedding_width, len(HEARD_SYMBOLS))
        return HeardColumns(*(np.zeros((width, 0), np.float32) for width in widths))
