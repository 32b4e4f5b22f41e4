"""Decoders that are small enough to be trained in a test, and speech for them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch, of the extra `train`")
pytest.importorskip("onnx", reason="export needs onnx, of the extra `train`; it comes with torch there")

from avatron.training.loop import LoopConfig  # noqa: E402
from avatron.training.motion.batches import WindowConfig  # noqa: E402
from avatron.training.motion.networks.avatron import AvatronConfig  # noqa: E402
from avatron.training.motion.networks.faceformer import FaceFormerConfig  # noqa: E402
from avatron.training.motion.networks.fully_connected import FullyConnectedConfig  # noqa: E402
from avatron.training.motion.networks.heads import HeadConfig  # noqa: E402
from avatron.training.motion.networks.make import NetworkConfig  # noqa: E402
from avatron.training.motion.recipe import MotionRecipe  # noqa: E402
from avatron.training.motion.stage import MotionStageConfig  # noqa: E402
from avatron.training.stage import Schedule  # noqa: E402
from motion.synthetic import SHORT_QUESTION, speech_of  # noqa: E402

RECIPES = Path(__file__).resolve().parents[3] / "recipes" / "motion"
SMALL = AvatronConfig(
    embedding_width=6, styles=1, channels=16, class_width=4, heads=2, past=4, lstm=8, head=HeadConfig(hidden=16)
)
CONFIGS: dict[str, NetworkConfig] = {
    "avatron": SMALL,
    "fully-connected": FullyConnectedConfig(
        embedding_width=6, styles=1, channels=24, class_width=4, layers=2, head=HeadConfig(hidden=16)
    ),
    "faceformer": FaceFormerConfig(
        mel_bins=8, styles=1, channels=16, encoder_blocks=1, sight=4, heads=2, memory=20, head=HeadConfig(hidden=16)
    ),
}
LEARNED_ON = {"embedding_space": "0" * 64, "embedding_width": 6, "mel_bins": 8, "sample_rate": 22050, "hop_length": 256}


def recipe_of(network: NetworkConfig, **changes: Any) -> MotionRecipe:
    stage = MotionStageConfig(
        Schedule(3e-3, warm_up_steps=5), windows=WindowConfig(batch=4, frames=24), bfloat16=False, decay=0.9
    )
    values: dict[str, Any] = {
        "name": "small",
        "description": "Small.",
        "licence": "none",
        "provenance": (),
        "network": network,
        "stage": stage,
        "loop": LoopConfig(8, report_every=4, evaluate_every=8, checkpoint_every_s=1e9),
        "subjects": ("grid-s1",),
        "shares": (1.0,),
        "restyled": 0.0,
    }
    return MotionRecipe(**{**values, **changes})


def speech_in_small_space() -> Any:
    speech = speech_of(SHORT_QUESTION)
    random = np.random.default_rng(0)
    embedding = random.normal(size=(6, speech.acoustics.frames)).astype(np.float32)
    acoustics = replace(
        speech.acoustics,
        text_embedding=embedding,
        embedding_space="0" * 64,
        mel=random.normal(-5, 1, (8, speech.acoustics.frames)).astype(np.float32),
    )
    return replace(speech, acoustics=acoustics)
