"""Decoders of motion: what they see, and what they are shipped as."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch, of the extra `train`")
pytest.importorskip("onnx", reason="export needs onnx, of the extra `train`; it comes with torch there")

from avatron.core.motion import EXPRESSION_INDEX, EXPRESSION_NAMES, FaceMotion  # noqa: E402
from avatron.errors import (  # noqa: E402
    DamagedModelError,
    EmbeddingSpaceError,
    UnknownNameError,
)
from avatron.motion.animators import load_animator  # noqa: E402
from avatron.motion.decoder.animator import LearnedAnimator  # noqa: E402
from avatron.motion.decoder.channels import MOUTH_CHANNELS  # noqa: E402
from avatron.motion.decoder.decoder import MotionDecoder  # noqa: E402
from avatron.motion.decoder.mesh_animator import LearnedMeshAnimator  # noqa: E402
from avatron.motion.decoder.speech_input import columns_of  # noqa: E402
from avatron.motion.style import MotionStyle  # noqa: E402
from avatron.training.motion.batches import whole_batch  # noqa: E402
from avatron.training.motion.examples import example_of  # noqa: E402
from avatron.training.motion.export import write_decoder  # noqa: E402
from avatron.training.motion.networks.avatron import AvatronConfig, AvatronNetwork  # noqa: E402
from avatron.training.motion.networks.heads import HeadConfig  # noqa: E402
from avatron.training.motion.networks.make import make_network  # noqa: E402
from motion.synthetic import SHORT_QUESTION, speech_of  # noqa: E402
from training.motion.builders import motion_clip  # noqa: E402
from training.motion.small_decoders import CONFIGS, LEARNED_ON, SMALL, recipe_of, speech_in_small_space  # noqa: E402


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each kind of decoder, untrained, as a folder."""
    base = tmp_path_factory.mktemp("animators")
    for name, config in CONFIGS.items():
        torch.manual_seed(1)
        network = make_network(config)
        for parameter in network.parameters():
            # Outputs that say something: heads begin near nought.
            parameter.data.add_(0.1 * torch.randn_like(parameter))
        write_decoder(network, recipe_of(config), LEARNED_ON, base / name, half=False)
    return {name: base / name for name in CONFIGS}


@pytest.mark.parametrize("name", ["avatron", "fully-connected"])
@pytest.mark.parametrize("step", [1, 7, 40])
def test_curves_of_pieces_are_those_of_the_whole(folders: dict[str, Path], name: str, step: int) -> None:
    decoder = MotionDecoder.load(folders[name])
    speech = speech_in_small_space()
    whole = decoder.curves(speech)
    columns = columns_of(speech.acoustics, [span.label for span in speech.spans], decoder.config)
    stream = decoder.stream()
    pieces = [stream.push(columns.part(at, min(at + step, len(columns)))) for at in range(0, len(columns), step)]
    joined = np.concatenate([*pieces, stream.finish()])
    assert len(joined) == -(-len(columns) // 2) and whole.std() > 0.01
    assert np.abs(joined - whole).max() < 1e-5


def test_a_long_utterance_is_made_in_pieces_of_bounded_size(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    decoder = MotionDecoder.load(folders["avatron"])
    speech = speech_in_small_space()
    whole = decoder.curves(speech)
    monkeypatch.setattr("avatron.motion.decoder.streaming.MOST_FRAMES", 10)
    assert np.abs(decoder.curves(speech) - whole).max() < 1e-5


def test_the_sound_of_a_long_utterance_is_heard_in_pieces(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    decoder = MotionDecoder.load(folders["faceformer"])
    speech = speech_in_small_space()
    whole = decoder.curves(speech)
    monkeypatch.setattr("avatron.motion.decoder.autoregressive.PIECE_COLUMNS", 32)
    assert whole.std() > 0.01 and np.abs(decoder.curves(speech) - whole).max() < 1e-5


@pytest.mark.parametrize("name", CONFIGS)
def test_what_comes_after_the_look_ahead_changes_nothing(folders: dict[str, Path], name: str) -> None:
    decoder = MotionDecoder.load(folders[name])
    speech = speech_in_small_space()
    before = decoder.curves(speech)
    at = 80
    acoustics = speech.acoustics
    embedding, mel = acoustics.text_embedding.copy(), acoustics.mel.copy()
    random = np.random.default_rng(1)
    embedding[:, at:] += random.normal(size=embedding[:, at:].shape)
    mel[:, at:] += random.normal(size=mel[:, at:].shape)
    after = decoder.curves(replace(speech, acoustics=replace(acoustics, text_embedding=embedding, mel=mel)))
    changed = np.flatnonzero(np.abs(after - before).max(axis=1) > 1e-6)
    # The next frame belongs to a frame's look-ahead too: curves are read between frames.
    assert len(changed) and 2 * (changed[0] - 1) + decoder.config.view.look_ahead_columns >= at


def test_the_shipped_decoder_looks_ahead_by_less_than_a_fifth_of_a_second_and_is_small() -> None:
    network = AvatronNetwork(AvatronConfig())
    assert network.view.look_ahead_columns * 256 / 22050 <= 0.200
    assert sum(weight.numel() for weight in network.parameters()) <= 3_000_000


@pytest.mark.parametrize("name", CONFIGS)
def test_the_run_time_says_what_the_network_says(folders: dict[str, Path], name: str, tmp_path: Path) -> None:
    torch.manual_seed(1)
    network = make_network(CONFIGS[name]).eval()
    for parameter in network.parameters():
        parameter.data.add_(0.1 * torch.randn_like(parameter))
    clip = motion_clip(frames=90)
    example = example_of(clip, MOUTH_CHANNELS, ("grid-s1",))
    batch = whole_batch(example, 1, network.view.columns_for)
    with torch.no_grad():
        wanted = network.perform(batch)[0, : len(example.target)].numpy()
    speech = speech_in_small_space()
    acoustics = replace(
        speech.acoustics,
        mel=example.mel.astype(np.float32),
        text_embedding=example.embedding.astype(np.float32),
        durations=clip.durations,
        pitch=clip.pitch,
        energy=clip.energy,
    )
    edges = clip.boundaries_s
    spans = tuple(
        replace(speech.spans[0], label=label, start_s=edges[place], end_s=edges[place + 1])
        for place, label in enumerate(clip.symbols)
    )
    said = replace(speech, acoustics=acoustics, spans=spans, phonemes=None)
    found = MotionDecoder.load(folders[name]).curves(said)
    assert wanted.std() > 0.01 and np.abs(found - wanted).max() < 1e-4


def test_a_learned_animator_moves_the_mouth_between_rest_and_rest(folders: dict[str, Path]) -> None:
    speech = speech_in_small_space()
    animator = load_animator(folders["avatron"])
    motion = animator.animate(speech, MotionStyle(seed=3))
    assert len(motion) == int(np.ceil(float(speech.end) * 25))
    columns = [EXPRESSION_INDEX[name] for name in MOUTH_CHANNELS if not name.startswith("tongue")]
    mouth = motion.expression[:, columns]
    assert mouth.max() > 0.02 and mouth[0].max() < 1e-3
    assert (motion.channel("mouthClose") <= motion.channel("jawOpen") + 0.031).all()
    still = animator.animate(speech, MotionStyle(seed=3, intensity=0))
    assert still.expression[:, columns].max() == 0


def test_a_learned_animator_moves_as_the_subject_that_is_asked_for(tmp_path: Path) -> None:
    torch.manual_seed(2)
    config = replace(SMALL, styles=2)
    network = make_network(config).eval()
    network.style.table.weight.data.normal_()
    recipe = recipe_of(config, subjects=("one", "two"), shares=(1.0, 1.0))
    folder = write_decoder(network, recipe, LEARNED_ON, tmp_path / "small", half=False).path
    speech, style = speech_in_small_space(), MotionStyle()
    own, one, two = (load_animator(f"{folder}{end}").animate(speech, style) for end in ("", "@one", "@two"))
    assert np.array_equal(own.expression, one.expression) and np.abs(two.expression - one.expression).max() > 1e-3
    moved = load_animator(folder).moving_as("two").animate(speech, style)
    assert np.array_equal(moved.expression, two.expression)
    with pytest.raises(UnknownNameError, match="`three`; known: one, two"):
        load_animator(f"{folder}@three")


def test_speech_without_transcript_is_animated_too(folders: dict[str, Path]) -> None:
    speech = speech_in_small_space()
    heard = replace(speech, phonemes=None, spans=(), words=(), acoustics=replace(speech.acoustics, durations=None))
    motion = load_animator(folders["avatron"]).animate(heard, MotionStyle())
    assert isinstance(motion, FaceMotion) and motion.expression.shape[1] == len(EXPRESSION_NAMES)


def test_folders_of_another_head_or_space_or_way_of_moving_are_refused(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    config = replace(SMALL, head=HeadConfig(channels=(), vertices=5, components=3, hidden=8))
    template = np.zeros((5, 3), np.float32), np.array([[0, 1, 2]], np.int32)
    with pytest.raises(DamagedModelError, match="mesh at rest"):
        write_decoder(make_network(config), recipe_of(config), LEARNED_ON, tmp_path / "mesh", half=False)
    write_decoder(make_network(config), recipe_of(config), LEARNED_ON, tmp_path / "mesh", template=template, half=False)
    with pytest.raises(DamagedModelError, match="5 vertices of another head"):
        load_animator(tmp_path / "mesh")
    with pytest.raises(DamagedModelError, match="no mesh of its own"):
        LearnedMeshAnimator(folders["avatron"])
    with pytest.raises(UnknownNameError, match="grid-s1"):
        LearnedAnimator(folders["avatron"], subject="nobody")
    with pytest.raises(EmbeddingSpaceError, match="000000000000"):
        load_animator(folders["avatron"]).animate(speech_of(SHORT_QUESTION), MotionStyle())


def test_a_vertex_head_gives_a_moving_mesh(tmp_path: Path) -> None:
    torch.manual_seed(0)
    config = replace(SMALL, head=HeadConfig(channels=(), vertices=5, components=3, hidden=8))
    network = make_network(config)
    basis = np.random.default_rng(0).normal(size=(2, 15)).astype(np.float32)
    assert isinstance(network, AvatronNetwork)
    network.head.begin_with(np.full(15, 0.25, np.float32), basis)
    rest = np.arange(15, dtype=np.float32).reshape(5, 3)
    template = rest, np.array([[0, 1, 2]], np.int32)
    write_decoder(network, recipe_of(config), LEARNED_ON, tmp_path / "mesh", template=template, half=False)
    mesh = LearnedMeshAnimator(tmp_path / "mesh").animate(speech_in_small_space(), MotionStyle())
    assert mesh.vertices.shape[1:] == (5, 3) and np.array_equal(mesh.triangles, [[0, 1, 2]])
    moved = (mesh.vertices - rest - 0.25).reshape(len(mesh.vertices), -1)
    # Whatever it says lies in the basis it was given.
    left = moved - moved @ np.linalg.pinv(basis) @ basis
    assert np.abs(moved).max() > 1e-3 and np.abs(left).max() < 1e-3
