"""Adapters change little, begin as nothing, and come through export and loading as they were trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch, of the extra `train`")
pytest.importorskip("onnx", reason="export needs onnx, of the extra `train` (which has torch as well)")

from safetensors.torch import save_file  # noqa: E402

from avatron.errors import InvalidValueError  # noqa: E402
from avatron.io.onnx_weights import changed_graph, weights_of  # noqa: E402
from avatron.training.acoustic import AcousticConfig  # noqa: E402
from avatron.training.acoustic_stage import AcousticModel  # noqa: E402
from avatron.training.adapted_export import export_adapted_voice, factors_of  # noqa: E402
from avatron.training.adapters import AdapterConfig, adapt, adapted_factory, merge, trainable  # noqa: E402
from avatron.training.export import TrainedVoice, embedding_space_of, export_voice  # noqa: E402
from avatron.training.run import find_recipe  # noqa: E402
from avatron.training.vocoder import SourceFilterVocoder, VocoderConfig  # noqa: E402
from avatron.voice.neural import NeuralVoice  # noqa: E402

SMALL = AcousticConfig(
    embedding_width=64,
    encoder_blocks=2,
    decoder_channels=64,
    decoder_blocks=2,
    prosody_channels=32,
    prosody_blocks=2,
    pitch_channels=32,
    pitch_blocks=1,
)
SMALL_VOCODER = VocoderConfig(channels=64, blocks=1)
CONFIG = {"name": "base", "languages": ["en-us"], "lead_frames": 12, "end_frames": 22, "gain": 1.0}


def adapted_vocoder(runs: Path, rank: int = 2) -> SourceFilterVocoder:
    torch.manual_seed(0)
    (runs / "base" / "vocoder").mkdir(parents=True)
    save_file(SourceFilterVocoder(SMALL_VOCODER).state_dict(), runs / "base" / "vocoder" / "model.safetensors")
    make = adapted_factory(lambda: SourceFilterVocoder(SMALL_VOCODER), AdapterConfig("base/vocoder", rank), runs)
    return make()


def base_vocoder(runs: Path) -> SourceFilterVocoder:
    from avatron.training.checkpoint import load_result

    vocoder = SourceFilterVocoder(SMALL_VOCODER)
    load_result(vocoder, runs / "base" / "vocoder" / "model.safetensors")
    return vocoder


def shaken(network: torch.nn.Module) -> None:
    """Moves everything that may be trained."""
    with torch.no_grad():
        for parameter in trainable(network):
            parameter.add_(0.1 * torch.randn_like(parameter))


def test_an_adapted_network_begins_as_its_base(tmp_path: Path) -> None:
    adapted = adapted_vocoder(tmp_path)
    inputs = torch.randn(1, 80, 9), torch.full((1, 9), 5.0), torch.ones(1, 9)
    for ours, theirs in zip(adapted.filters(*inputs), base_vocoder(tmp_path).filters(*inputs), strict=True):
        assert torch.equal(ours, theirs)


def test_merging_keeps_what_the_network_says_and_gives_it_plain_weights(tmp_path: Path) -> None:
    adapted = adapted_vocoder(tmp_path)
    shaken(adapted)
    inputs = torch.randn(1, 80, 9), torch.full((1, 9), 5.0), torch.ones(1, 9)
    before = adapted.filters(*inputs)
    merged = merge(adapted)
    assert merged.state_dict().keys() == base_vocoder(tmp_path).state_dict().keys()
    for ours, theirs in zip(merged.filters(*inputs), before, strict=True):
        torch.testing.assert_close(ours, theirs)


def test_large_weights_change_by_the_rank_of_the_adapter(tmp_path: Path) -> None:
    adapted = adapted_vocoder(tmp_path, rank=2)
    shaken(adapted)
    change = merge(adapted).trunk.blocks[0].expand.weight - base_vocoder(tmp_path).trunk.blocks[0].expand.weight
    assert torch.linalg.matrix_rank(change, atol=1e-4).item() == 2


def test_a_frozen_part_and_its_embedding_space_stay_as_they_are() -> None:
    torch.manual_seed(0)
    model = AcousticModel(SMALL)
    before = embedding_space_of(model.encoder)
    adapt(model, AdapterConfig("base/acoustic", 2, frozen=("encoder",)))
    shaken(model)
    assert embedding_space_of(merge(model).encoder) == before
    assert not trainable(model.encoder)


def test_a_rank_of_nought_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="rank of an adapter is 0"):
        AdapterConfig("base/vocoder", 0)


def test_the_factors_of_a_low_rank_change_multiply_to_it() -> None:
    generator = np.random.default_rng(0)
    change = (generator.standard_normal((60, 3)) @ generator.standard_normal((3, 80))).astype(np.float32)
    factors = factors_of(change)
    assert factors is not None
    up, down = factors
    assert up.shape == (60, 3)
    assert down.shape == (3, 80)
    np.testing.assert_allclose(up.astype(np.float32) @ down.astype(np.float32), change, atol=0.02)
    assert factors_of(generator.standard_normal((20, 20)).astype(np.float32)) is None
    assert factors_of(change[0]) is None


def exported_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TrainedVoice:
    """A small voice, exported to where the user's voices are, as `base`."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    torch.manual_seed(0)
    voice = TrainedVoice(SMALL, SMALL_VOCODER)
    shaken(voice)  # the exporter stores equal tensors once, and an untrained network has many
    (tmp_path / "home" / "avatron" / "voices").mkdir(parents=True)
    export_voice(voice, tmp_path / "home" / "avatron" / "voices" / "base", CONFIG, {})
    return voice


def test_an_adapted_voice_has_the_weights_that_were_trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    voice = exported_base(tmp_path, monkeypatch)
    for network in (voice.acoustic, voice.prosody, voice.pitch, voice.vocoder):
        adapt(network, AdapterConfig("base/any", 2, ("encoder",) if network is voice.acoustic else ()))
        shaken(network)
        merge(network)
    small = export_adapted_voice(voice, "base", tmp_path / "other", CONFIG | {"name": "other"}, {})
    whole = export_voice(voice, tmp_path / "whole", CONFIG, {})
    base = tmp_path / "home" / "avatron" / "voices" / "base"
    for name in ("encoder.onnx", "decoder.onnx", "vocoder.onnx"):
        own = {
            key.removeprefix(f"{name}/"): value
            for key, value in small.tensors("changes.safetensors").items()
            if key.startswith(name)
        }
        ours, theirs = changed_graph((base / name).read_bytes(), own), whole.read_bytes(name)
        for key, weight in weights_of(ours).items():
            mine, wanted = weight.read(ours), weights_of(theirs)[key].read(theirs)
            np.testing.assert_allclose(mine.astype(np.float32), wanted.astype(np.float32), atol=6e-3)
    assert NeuralVoice.load(small).embedding_space == embedding_space_of(voice.acoustic.encoder)


def test_a_voice_with_another_text_encoder_is_no_change_of_the_base(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    voice = exported_base(tmp_path, monkeypatch)
    shaken(voice.acoustic.encoder)
    with pytest.raises(InvalidValueError, match="freeze `encoder`"):
        export_adapted_voice(voice, "base", tmp_path / "other", CONFIG | {"name": "other"}, {})


def test_the_recipe_of_the_man_freezes_the_text_encoder_and_names_its_base() -> None:
    recipe = find_recipe("pm")
    assert recipe.base_voice == "lj"
    for stage in recipe.stages:
        assert stage.adapter is not None
        assert stage.adapter.base.startswith("lj/")
        assert stage.name.startswith("acoustic") is ("encoder" in stage.adapter.frozen)
