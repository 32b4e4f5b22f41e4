"""An adapter that puts somebody else's speech model in the encoder's place: two layers over its hidden vectors."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from avatron.core.audio import Audio
from avatron.errors import DamagedModelError
from avatron.io.folders import ModelFolder, tensor_bytes, write_folder
from avatron.io.resample import resample_audio
from avatron.training.checkpoint import load_result
from avatron.training.listening.recordings import Recording
from avatron.training.listening.sounds import measure_sounds
from avatron.training.listening.stage import EncoderStage, EncoderStageConfig, Hear
from avatron.training.loop import LoopConfig, train
from avatron.training.stage import Schedule
from avatron.voice.listening.features import HEARING
from avatron.voice.listening.foreign import KIND, MODEL_RATE, STATISTICS, WEIGHTS, Adapter, HiddenModel
from avatron.voice.listening.sounds import HEARD_SYMBOLS

__all__ = ["AdapterNetwork", "AdapterRecipe", "export_adapter", "hidden_columns", "train_adapter"]

_TOLERANCE = 1e-3


@dataclass(frozen=True)
class AdapterRecipe:
    """One adapter."""

    name: str
    """What the encoder is called."""
    licence: str
    """Of the adapter's weights; the model has its own."""
    provenance: tuple[dict[str, Any], ...]
    """Of the data."""
    corpora: tuple[str, ...] = ("lj", "pm", "grid")
    """Names of the recordings."""
    voice: str = "lj"
    """Whose text encoder it learns from."""
    inner: int = 256
    """Channels between the two layers."""
    taps: int = 5
    """Of the first layer, odd ..."""
    dilation: int = 2
    """... so many columns apart."""
    dropout: float = 0.1
    stage: EncoderStageConfig = field(
        default_factory=lambda: EncoderStageConfig(Schedule(2e-3, final_share=0.02, warm_up_steps=50))
    )
    """What it minimises."""
    loop: LoopConfig = field(default_factory=lambda: LoopConfig(1500, 50, 300))
    """How long."""


class AdapterNetwork(nn.Module):
    """hidden vectors [B, C, reach + F + reach] -> (text embedding [B, D, F], logits [B, K, F])."""

    embedding_mean: Tensor
    embedding_scale: Tensor
    hidden_mean: Tensor
    hidden_scale: Tensor

    def __init__(self, recipe: AdapterRecipe, hidden: int, embedding: int) -> None:
        """`hidden` is C, `embedding` D."""
        super().__init__()
        self.recipe, self.embedding = recipe, embedding
        self.inner = nn.Conv1d(hidden, recipe.inner, recipe.taps, dilation=recipe.dilation)
        self.dropout = nn.Dropout(recipe.dropout)
        self.outer = nn.Linear(recipe.inner, embedding + len(HEARD_SYMBOLS))
        for name, width in (("embedding", embedding), ("hidden", hidden)):
            self.register_buffer(f"{name}_mean", torch.zeros(width))
            self.register_buffer(f"{name}_scale", torch.ones(width))

    @property
    def context(self) -> tuple[int, int]:
        """Columns before and after those that are asked about."""
        reach = self.recipe.dilation * (self.recipe.taps // 2)
        return reach, reach

    def forward(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        normal = (hidden - self.hidden_mean[:, None]) / self.hidden_scale[:, None]
        inner = self.dropout(torch.relu(self.inner(normal)))
        said = self.outer(inner.float().transpose(1, 2)).transpose(1, 2)
        relative, logits = said[:, : self.embedding], said[:, self.embedding :]
        return relative * self.embedding_scale[:, None] + self.embedding_mean[:, None], logits

    def adapter(self) -> Adapter:
        """The same for NumPy, with the scale of the embedding folded into the outer layer."""
        scale = torch.cat([self.embedding_scale, torch.ones(len(HEARD_SYMBOLS))])
        mean = torch.cat([self.embedding_mean, torch.zeros(len(HEARD_SYMBOLS))])
        with torch.no_grad():
            arrays: dict[str, Tensor | Any] = {
                "hidden_mean": self.hidden_mean,
                "hidden_scale": self.hidden_scale,
                "inner_weight": self.inner.weight.permute(2, 1, 0),
                "inner_bias": self.inner.bias,
                "outer_weight": (self.outer.weight * scale[:, None]).T,
                "outer_bias": self.outer.bias * scale + mean,
            }
            return Adapter(
                **{name: np.ascontiguousarray(array.numpy()) for name, array in arrays.items()},
                dilation=self.recipe.dilation,
            )


def hidden_columns(model: HiddenModel) -> Hear:
    """What the model makes of samples [N] at the rate of `HEARING`: [C, N // hop]."""

    def hear(samples: NDArray[np.float32]) -> NDArray[np.float32]:
        heard = resample_audio(Audio(samples, HEARING.sample_rate), MODEL_RATE).samples
        return model.columns(heard, 0, len(samples) // HEARING.hop_length)

    return hear


def train_adapter(
    recipe: AdapterRecipe,
    model: HiddenModel,
    corpora: Sequence[Sequence[Recording]],
    out: Path,
    *,
    resume: bool = False,
) -> Path:
    """Trains an adapter for the model in the folder `out`; the path of its averaged weights.

    Raises:
        DamagedModelError: the checkpoint to resume from cannot be read.
    """
    torch.manual_seed(recipe.loop.seed)
    hear = hidden_columns(model)
    width = corpora[0][0].embedding.shape[0]
    first = [one for corpus in corpora for one in corpus if not one.held_out][:20]
    some = np.concatenate([hear(one.waveform(0, 4 * HEARING.sample_rate)) for one in first], axis=1)

    def make() -> AdapterNetwork:
        network = AdapterNetwork(recipe, model.width, width)
        network.hidden_mean.copy_(torch.from_numpy(some.mean(axis=1)))
        network.hidden_scale.copy_(torch.from_numpy(np.maximum(some.std(axis=1), 1e-4)))
        return network

    stage = EncoderStage(recipe.stage, make, corpora, hear=hear, silent=0.0)
    return train(stage, recipe.loop, out, json.loads(json.dumps(dataclasses.asdict(recipe))), resume=resume)


def export_adapter(
    recipe: AdapterRecipe,
    model: HiddenModel,
    weights: Path,
    corpora: Sequence[Sequence[Recording]],
    embedding_space: str,
    folder: Path,
    *,
    overwrite: bool = False,
) -> ModelFolder:
    """Writes the adapter as a folder, to be put beside the model: `adapter_folder_of` says where.

    Raises:
        DamagedModelError: the weights are those of another network, or do not say in NumPy what they say in torch.
    """
    network = AdapterNetwork(recipe, model.width, corpora[0][0].embedding.shape[0])
    load_result(network, weights)
    network.eval()
    adapter = network.adapter()
    hidden = np.random.default_rng(0).normal(size=(model.width, 40)).astype(np.float32)
    with torch.no_grad():
        embedding, logits = network(torch.from_numpy(hidden[None]))
    wanted = (embedding[0].numpy(), logits[0].log_softmax(0).numpy())
    distance = max(float(np.abs(one - other).max()) for one, other in zip(adapter(hidden), wanted, strict=True))
    if not distance < _TOLERANCE:
        raise DamagedModelError(f"the adapter in NumPy is {distance:.3g} off that in torch; nothing was written")
    tensors = {name: value for name, value in vars(adapter).items() if name != "dilation"}
    return write_folder(
        folder,
        KIND,
        {
            "name": recipe.name,
            "licence": recipe.licence,
            "provenance": list(recipe.provenance),
            "architecture": {"dilation": recipe.dilation},
            "model_sha256": model.sha256(),
            "embedding_space": embedding_space,
        },
        {
            WEIGHTS: tensor_bytes(tensors),
            STATISTICS: tensor_bytes(measure_sounds([one for corpus in corpora for one in corpus]).tensors()),
        },
        overwrite=overwrite,
    )
