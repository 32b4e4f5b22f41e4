"""Training a voice: a tiny one learns by heart, resumes as if it had not stopped, and says the same without torch."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch, of the extra `train`")
onnx = pytest.importorskip("onnx", reason="export needs onnx, of the extra `train` (which has torch as well)")

from avatron.core.audio import Audio  # noqa: E402
from avatron.errors import DamagedModelError, InvalidValueError, UnknownNameError  # noqa: E402
from avatron.signal.loudness import loudness_lufs  # noqa: E402
from avatron.signal.mel import MelConfig, log_mel  # noqa: E402
from avatron.text.inventory import SYMBOL_IDS  # noqa: E402
from avatron.training.acoustic import AcousticConfig, frame_positions  # noqa: E402
from avatron.training.acoustic_data import Example, examples  # noqa: E402
from avatron.training.acoustic_stage import AcousticStage, AcousticStageConfig  # noqa: E402
from avatron.training.aligner import Aligner, AlignerConfig, reference_durations, states_of, tokens_of  # noqa: E402
from avatron.training.aligner_stage import AlignerStage, AlignerStageConfig, align  # noqa: E402
from avatron.training.calibration import phonemes_of  # noqa: E402
from avatron.training.corpus import HELD_OUT_STRIDE, AlignedPhone, Clip  # noqa: E402
from avatron.training.export import TrainedVoice, embedding_space_of, export_voice, voice_graphs  # noqa: E402
from avatron.training.features import LEAD_FRAMES, ClipFeatures  # noqa: E402
from avatron.training.graphs import graph_parts  # noqa: E402
from avatron.training.labels import label_clip, punctuation_after_words  # noqa: E402
from avatron.training.loop import LoopConfig, train  # noqa: E402
from avatron.training.losses import SpectralLoss  # noqa: E402
from avatron.training.parity import parity_errors  # noqa: E402
from avatron.training.prosody_stage import ProsodyStage, ProsodyStageConfig  # noqa: E402
from avatron.training.realign import labels_of_path, realigned  # noqa: E402
from avatron.training.run import find_recipe  # noqa: E402
from avatron.training.stage import Schedule  # noqa: E402
from avatron.training.vocoder import VocoderConfig  # noqa: E402
from avatron.training.vocoder_stage import VocoderStage, VocoderStageConfig  # noqa: E402
from avatron.voice.acoustic_model import frame_positions as numpy_positions  # noqa: E402
from avatron.voice.neural import NeuralVoice  # noqa: E402
from avatron.voice.style import VoiceStyle  # noqa: E402
from reference.tone_clips import tone_examples  # noqa: E402

TINY = AcousticConfig(
    embedding_width=16,
    encoder_blocks=2,
    encoder_dropout=0.0,
    decoder_channels=32,
    decoder_blocks=2,
    decoder_dropout=0.0,
    prosody_channels=16,
    prosody_blocks=2,
    prosody_dropout=0.0,
    pitch_channels=16,
    pitch_blocks=1,
)
TINY_VOCODER = VocoderConfig(channels=32, blocks=1)
PHONES = [("HH", 0.1), ("AH0", 0.15), ("L", 0.1), ("OW1", 0.3), ("sp", 0.2), ("W", 0.1), ("ER1", 0.25), ("D", 0.1)]


def tiny_clip(name: str = "tiny") -> tuple[Clip, ClipFeatures]:
    """A made-up recording: a gliding buzz whose loudness and colour change with the phoneme."""
    generator = np.random.default_rng(len(name))
    phones, samples = [], [0.001 * generator.standard_normal(LEAD_FRAMES * 256)]
    start_s, cycles = 0.0, 0.0
    for place, (label, length_s) in enumerate(PHONES):
        phones.append(AlignedPhone(label, start_s, start_s + length_s, label in ("HH", "W")))
        count = round(length_s * 22050)
        pitch = np.linspace(180, 220, count)
        phase = cycles + np.cumsum(pitch / 22050)
        cycles = float(phase[-1])
        buzz = sum(np.sin(2 * np.pi * k * phase) / (k + place) for k in range(1, 12))
        samples.append((0.0005 if label == "sp" else 0.1) * buzz + 0.001 * generator.standard_normal(count))
        start_s += length_s
    joined = np.concatenate(samples).astype(np.float32)
    frames = len(joined) // 256
    joined = joined[: frames * 256]
    clip = Clip(name, Path("none"), "Hello, word.", tuple(phones), ("hello", "word"), False)
    pitch_hz = np.linspace(180, 220, frames).astype(np.float32)
    pitch_hz[:LEAD_FRAMES] = 0
    return clip, ClipFeatures(name, joined, log_mel(Audio(joined, 22050)), pitch_hz)


@pytest.fixture(scope="module")
def tiny() -> tuple[Clip, ClipFeatures, Example]:
    clip, features = tiny_clip()
    example = examples([features], [label_clip(clip, features, 22050 / 256)])[0]
    return clip, features, example


@pytest.fixture(scope="module")
def tiny_voice() -> TrainedVoice:
    torch.manual_seed(0)
    voice = TrainedVoice(TINY, TINY_VOCODER)
    with torch.no_grad():
        # Untrained durations are near nothing: speech of one frame a phoneme would prove little.
        voice.prosody.heads[0][2].bias.fill_(2.0)
    return voice


def test_labels_follow_the_recording_frame_by_frame(tiny: tuple[Clip, ClipFeatures, Example]) -> None:
    clip, features, example = tiny
    label = label_clip(clip, features, 22050 / 256)
    symbols = ["|", "h", "ə", "l", "ˈoʊ", ",", "w", "ˈɝ", "d"]
    assert label.ids.tolist() == [SYMBOL_IDS[symbol] for symbol in symbols]
    assert label.durations.sum() == features.frames
    assert label.durations[0] == LEAD_FRAMES
    assert label.word_initial.tolist() == [0, 1, 0, 0, 0, 0, 1, 0, 0]
    shorter = example.with_lead(5)
    assert shorter.mel.shape[1] == features.frames - LEAD_FRAMES + 5 == int(shorter.durations.sum())


def test_each_pause_carries_the_mark_that_the_transcript_has_there() -> None:
    marks = punctuation_after_words(
        'Well-known, he said: "Go!" -- and went; why?', ("well", "known", "he", "said", "go", "and", "went", "why")
    )
    assert marks == {1: ",", 3: ";", 4: ";", 6: ";", 7: "?"}


def test_a_tiny_acoustic_model_learns_one_clip_by_heart(tiny: tuple[Clip, ClipFeatures, Example]) -> None:
    torch.manual_seed(0)
    stage = AcousticStage(AcousticStageConfig(Schedule(4e-3), batch=1, frames=150), TINY, [tiny[2]], [tiny[2]])
    chooser = np.random.default_rng(0)
    losses = [stage.step(number, chooser)["mel"] for number in range(120)]
    assert np.mean(losses[-10:]) < 0.25 * losses[0]


def test_a_tiny_prosody_predictor_learns_durations_by_heart(tiny: tuple[Clip, ClipFeatures, Example]) -> None:
    torch.manual_seed(0)
    config = ProsodyStageConfig(Schedule(1e-2), hidden_share=0.0, cut_share=0.0)
    stage = ProsodyStage(config, TINY, [tiny[2]], [tiny[2]])
    chooser = np.random.default_rng(0)
    losses = [stage.step(number, chooser)["log_duration"] for number in range(150)]
    assert losses[-1] < 0.02 * losses[0]


@pytest.mark.parametrize("adversarial", [0.0, 0.1])
def test_a_tiny_vocoder_comes_nearer_to_the_recording(
    tiny: tuple[Clip, ClipFeatures, Example], adversarial: float
) -> None:
    torch.manual_seed(0)
    config = VocoderStageConfig(
        Schedule(3e-3), batch=2, frames=32, judged_frames=16, adversarial_weight=adversarial, feature_weight=adversarial
    )
    stage = VocoderStage(config, TINY_VOCODER, [tiny[1]], [tiny[1]])
    chooser = np.random.default_rng(0)
    steps = 60 if adversarial == 0 else 25
    losses = [stage.step(number, chooser)["mel"] for number in range(steps)]
    assert np.mean(losses[-5:]) < 0.7 * np.mean(losses[:3])


def test_a_run_that_was_interrupted_ends_as_if_it_had_not_been(
    tiny: tuple[Clip, ClipFeatures, Example], tmp_path: Path
) -> None:
    def stage() -> VocoderStage:
        torch.manual_seed(0)
        config = VocoderStageConfig(Schedule(1e-3), batch=1, frames=16, judged_frames=8, adversarial_weight=0.1)
        return VocoderStage(config, TINY_VOCODER, [tiny[1]], [])

    whole = stage()
    whole.evaluate = lambda: {"score": 0.0}  # type: ignore[method-assign]
    loop = LoopConfig(steps=6, report_every=2, evaluate_every=100, checkpoint_every_s=0.0)
    train(whole, loop, tmp_path / "whole", {})

    first = stage()
    step = first.step

    def interrupted(number: int, chooser: np.random.Generator) -> dict[str, float]:
        if number == 3:
            raise KeyboardInterrupt
        return step(number, chooser)

    first.step = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        train(first, loop, tmp_path / "halves", {})
    second = stage()
    second.evaluate = lambda: {"score": 0.0}  # type: ignore[method-assign]
    train(second, loop, tmp_path / "halves", {}, resume=True)
    for name, tensor in whole.average.copy.state_dict().items():
        torch.testing.assert_close(tensor, second.average.copy.state_dict()[name])


def test_a_run_leaves_no_pickle(tiny: tuple[Clip, ClipFeatures, Example], tmp_path: Path) -> None:
    torch.manual_seed(0)
    stage = ProsodyStage(ProsodyStageConfig(Schedule(1e-3)), TINY, [tiny[2]] * 12, [tiny[2]])
    train(stage, LoopConfig(steps=2, evaluate_every=1), tmp_path, {"name": "tiny"}, keep_best=True)
    suffixes = {path.suffix for path in tmp_path.rglob("*") if path.is_file()}
    assert suffixes == {".json", ".jsonl", ".safetensors"}
    lines = (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()
    assert any("evaluation" in json.loads(line) for line in lines)


@pytest.mark.parametrize("half", [False, True])
def test_the_exported_voice_says_what_torch_says(
    tiny: tuple[Clip, ClipFeatures, Example], tiny_voice: TrainedVoice, tmp_path: Path, half: bool
) -> None:
    config = {"name": "tiny", "languages": ["en-us"], "gain": 1.0, "lead_frames": 12, "end_frames": 1}
    folder = export_voice(tiny_voice, tmp_path / "tiny", config, {}, half=half)
    voice = NeuralVoice.load(folder)
    phonemes = phonemes_of(tiny[2], "en-us")
    drawing = voice.acoustic_model.draw(voice.acoustic_model.read(phonemes, VoiceStyle()))
    ids, mask = torch.tensor(phonemes.ids.tolist())[None], torch.ones(1, 1, len(phonemes))
    initial = torch.from_numpy(phonemes.word_initial.astype(np.int64))[None]
    tolerance = 3e-2 if half else 2e-4
    with torch.no_grad():
        embedding = tiny_voice.acoustic.encoder(ids, initial, mask)
        prosody = tiny_voice.prosody(ids, initial, mask)
        decoder = tiny_voice.acoustic.decoder
        condition = decoder.phoneme_condition(embedding, prosody.pitch, prosody.energy)
        positions = frame_positions(torch.from_numpy(drawing.durations))
        frames = decoder(decoder.frame_condition(condition[0], prosody.pitch[0], *positions)[None])
        mel = frames.mel[0].numpy() / 0.4 - 5
        np.testing.assert_allclose(drawing.mel, mel, atol=tolerance)
        place = positions[0].numpy()
        np.testing.assert_allclose(drawing.text_embedding, embedding[0].numpy()[:, place], atol=tolerance)
        arrays = [
            torch.from_numpy(np.ascontiguousarray(array))[None]
            for array in (drawing.mel, drawing.log_pitch, drawing.voiced.astype(np.float32))
        ]
        # The same noise and phase as the run time's.
        noise = np.random.default_rng(0).standard_normal(drawing.mel.shape[1] * 256, dtype=np.float32)
        vocoder = tiny_voice.vocoder
        samples = vocoder.render(
            vocoder.filters(*arrays), arrays[1], torch.zeros(1, dtype=torch.float64), torch.from_numpy(noise)[None]
        )
    spoken = np.concatenate(list(voice.vocoder.stream(drawing.mel, drawing.log_pitch, drawing.voiced, seed=0)))
    np.testing.assert_allclose(spoken, samples[0].numpy(), atol=(2e-2 if half else 5e-4) * np.abs(spoken).max())
    assert folder.config["embedding_space"] == embedding_space_of(tiny_voice.acoustic.encoder)


@pytest.mark.parametrize("name", ["encoder.onnx", "decoder.onnx", "vocoder.onnx"])
def test_a_graph_that_says_something_else_is_not_exported(
    tiny_voice: TrainedVoice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    graphs = voice_graphs(tiny_voice)
    for weight in graphs[name].graph.initializer:
        values = onnx.numpy_helper.to_array(weight)
        if values.ndim > 1 and values.dtype == np.float32:
            weight.CopyFrom(onnx.numpy_helper.from_array(values * np.float32(1.05), weight.name))
    monkeypatch.setattr("avatron.training.export.voice_graphs", lambda voice: graphs)
    with pytest.raises(DamagedModelError, match=rf"does not say what the network says: `{name}: .*, allowed 0.01"):
        export_voice(tiny_voice, tmp_path / "tiny", {"name": "tiny"}, {})
    assert list(tmp_path.iterdir()) == []


def test_graphs_in_full_precision_say_what_torch_says_to_rounding(tiny_voice: TrainedVoice) -> None:
    graphs = {name: graph.SerializeToString() for name, graph in voice_graphs(tiny_voice).items()}
    errors = parity_errors(graph_parts(tiny_voice), graphs)
    assert len(errors) == 10
    assert max(errors.values()) < 2e-4


def test_frame_positions_are_the_same_with_and_without_torch() -> None:
    durations = np.array([3, 1, 7])
    for ours, theirs in zip(numpy_positions(durations), frame_positions(torch.from_numpy(durations)), strict=True):
        np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-6)


def test_the_embedding_space_changes_with_the_encoder_and_with_nothing_else(tiny_voice: TrainedVoice) -> None:
    before = embedding_space_of(tiny_voice.acoustic.encoder)
    torch.manual_seed(1)
    assert embedding_space_of(TrainedVoice(TINY, TINY_VOCODER).acoustic.encoder) != before
    assert embedding_space_of(tiny_voice.acoustic.encoder) == before


def test_symbols_that_were_never_read_are_made_of_parts_that_were(tiny_voice: TrainedVoice) -> None:
    embedding = tiny_voice.acoustic.encoder.phonemes
    vectors = embedding(torch.tensor([[SYMBOL_IDS[symbol] for symbol in ".?!"]]))[0]
    torch.testing.assert_close(vectors[1], vectors[0])
    torch.testing.assert_close(vectors[2], vectors[0])
    forms = [embedding(torch.tensor([[SYMBOL_IDS[symbol]]]))[0, 0] for symbol in ("ɔɪ", "ˈɔɪ", "i", "ˈi")]
    torch.testing.assert_close(forms[1] - forms[0], forms[3] - forms[2])


def test_tokens_offer_a_pause_at_every_word_boundary_and_know_where_it_was(
    tiny: tuple[Clip, ClipFeatures, Example],
) -> None:
    clip, _, example = tiny
    tokens = tokens_of(clip, example)
    assert tokens.optional.tolist() == [False] * 5 + [True] + [False] * 3 + [True]
    reference = reference_durations(tokens, example)
    assert reference.tolist() == [*example.durations.tolist(), 0]
    walked = states_of(tokens)
    assert walked.token.tolist() == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 6, 7, 7, 8, 8, 9]
    assert (walked.states[walked.optional] == walked.states[0]).all()
    assert (np.diff(walked.states)[1:9:2] == 1).all()
    found = align(Aligner(AlignerConfig(channels=8, width=4)), example, tokens)
    assert found.sum() == example.mel.shape[1]
    assert (found[~tokens.optional] >= 1).all()


def test_the_aligner_finds_boundaries_that_nobody_told_it() -> None:
    torch.manual_seed(0)
    clips = tone_examples(40)
    training = [(example, tokens) for example, tokens, _ in clips[8:]]
    config = AlignerStageConfig(Schedule(5e-3, warm_up_steps=5), batch=8, prior_steps=30)
    stage = AlignerStage(config, AlignerConfig(channels=32, width=16), training, training[:2])
    chooser = np.random.default_rng(0)
    for number in range(60):
        for group in stage.optimizer.param_groups:
            group["lr"] = config.schedule.rate(number, 60)
        stage.step(number, chooser)
    for example, tokens, durations in clips[:8]:
        found = align(stage.average.copy, example, tokens)
        starts, wanted = (np.cumsum(each) - each for each in (found, durations))
        assert np.abs(starts - wanted)[tokens.phonemes >= 0].mean() < 1


def test_labels_of_our_own_path_hold_every_phoneme_and_only_pauses_that_are_there(
    tiny: tuple[Clip, ClipFeatures, Example],
) -> None:
    clip, features, example = tiny
    tokens = tokens_of(clip, example)
    same = labels_of_path(tokens, reference_durations(tokens, example), features)
    given = label_clip(clip, features, 22050 / 256)
    for name in ("ids", "word_initial", "durations", "pitch", "energy"):
        np.testing.assert_array_equal(getattr(same, name), getattr(given, name))
    (own,) = realigned(Aligner(AlignerConfig(channels=8, width=4)), [clip], [features], [example])
    assert int(own.durations.sum()) == features.frames
    assert own.durations[0] >= LEAD_FRAMES
    assert own.ids[~np.isin(own.ids, [1, 2, 3, 4, 5, 6])].tolist() == [
        place for place, phoneme in zip(tokens.ids, tokens.phonemes, strict=True) if phoneme >= 0
    ]


def test_spectral_distance_is_nothing_for_equal_sound_and_grows_with_the_difference() -> None:
    loss = SpectralLoss(MelConfig(), resolutions_per_step=5)
    sound = torch.randn(1, 8192, generator=torch.Generator().manual_seed(0)) * 0.1
    same, near, far = (loss(sound + error * sound.roll(7, 1), sound) for error in (0.0, 0.1, 1.0))
    assert same[0].item() == 0 == same[1].item()
    assert near[0] < far[0]
    assert near[1] < far[1]


def test_a_full_scale_sine_of_997_hz_has_minus_3_lufs() -> None:
    seconds = np.arange(5 * 48000) / 48000
    sine = np.sin(2 * np.pi * 997 * seconds).astype(np.float32)
    assert loudness_lufs(Audio(sine, 48000)) == pytest.approx(-3.01, abs=0.05)
    assert loudness_lufs(Audio(sine / 10, 48000)) == pytest.approx(-23.01, abs=0.05)


def test_the_shipped_recipe_is_found_by_name_and_an_unknown_one_lists_it() -> None:
    recipe = find_recipe("lj")
    assert recipe.name == "lj"
    names = [stage.name for stage in recipe.stages]
    assert len(set(names)) == len(names)
    for place, stage in enumerate(recipe.stages):
        assert {stage.starts_from, stage.discriminator_from, stage.mels_from} - {None} <= set(names[:place])
    with pytest.raises(UnknownNameError, match=r"`nobody`; known: .*lj"):
        find_recipe("nobody")


def test_a_recipe_that_learns_our_own_durations_begins_with_the_aligner() -> None:
    recipe = find_recipe("lj_own_alignment")
    assert recipe.durations_from == recipe.stages[0].name == "aligner"
    assert set(recipe.stages) == set(find_recipe("lj").stages)
    with pytest.raises(InvalidValueError, match="has to come before"):
        dataclasses.replace(recipe, stages=find_recipe("lj").stages)


def test_a_file_without_a_recipe_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.py").write_text("RECIPE = 3\n", encoding="utf-8")
    with pytest.raises(InvalidValueError, match="RECIPE"):
        find_recipe(tmp_path / "empty.py")


def test_every_twentieth_clip_is_held_out() -> None:
    assert HELD_OUT_STRIDE == 20
