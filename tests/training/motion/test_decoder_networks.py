"""Decoders of motion: what they see, what they are shipped as, and that they learn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch, of the extra `train`")
pytest.importorskip("onnx", reason="export needs onnx, of the extra `train`; it comes with torch there")

from avatron.core.motion import EXPRESSION_INDEX, EXPRESSION_NAMES, FaceMotion, MeshSequence  # noqa: E402
from avatron.errors import (  # noqa: E402
    DamagedModelError,
    EmbeddingSpaceError,
    InvalidValueError,
    UnknownNameError,
    UnreadableFileError,
)
from avatron.face.shipped import shipped_head  # noqa: E402
from avatron.motion.animators import load_animator  # noqa: E402
from avatron.motion.decoder.animator import LearnedAnimator  # noqa: E402
from avatron.motion.decoder.channels import MOUTH_CHANNELS  # noqa: E402
from avatron.motion.decoder.decoder import MotionDecoder  # noqa: E402
from avatron.motion.decoder.mesh_animator import LearnedMeshAnimator  # noqa: E402
from avatron.motion.decoder.speech_input import columns_of  # noqa: E402
from avatron.motion.style import MotionStyle  # noqa: E402
from avatron.text.inventory import is_vowel  # noqa: E402
from avatron.training.loop import LoopConfig, train  # noqa: E402
from avatron.training.motion.batches import WindowConfig, draw_batch, whole_batch  # noqa: E402
from avatron.training.motion.corpus import MotionCorpus, write_clip  # noqa: E402
from avatron.training.motion.discriminators import DiscriminatorConfig  # noqa: E402
from avatron.training.motion.examples import example_of  # noqa: E402
from avatron.training.motion.export import export_decoder, write_decoder  # noqa: E402
from avatron.training.motion.geometry import FaceGeometry  # noqa: E402
from avatron.training.motion.losses import LossConfig, reached  # noqa: E402
from avatron.training.motion.mesh import MeshGeometry, mesh_example, mesh_principal_components  # noqa: E402
from avatron.training.motion.networks.avatron import AvatronConfig, AvatronNetwork  # noqa: E402
from avatron.training.motion.networks.faceformer import FaceFormerConfig  # noqa: E402
from avatron.training.motion.networks.fully_connected import FullyConnectedConfig  # noqa: E402
from avatron.training.motion.networks.heads import HeadConfig  # noqa: E402
from avatron.training.motion.networks.make import NetworkConfig, make_network  # noqa: E402
from avatron.training.motion.recipe import MotionRecipe  # noqa: E402
from avatron.training.motion.restyle import learn_restyling  # noqa: E402
from avatron.training.motion.run import motion_stage, train_decoder  # noqa: E402
from avatron.training.motion.stage import MotionStage, MotionStageConfig  # noqa: E402
from avatron.training.recipes import find_recipe  # noqa: E402
from avatron.training.stage import Schedule  # noqa: E402
from motion.synthetic import SHORT_QUESTION, speech_of  # noqa: E402
from training.motion.builders import motion_clip  # noqa: E402

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


def test_millimetres_of_the_geometry_are_those_of_the_head() -> None:
    head, geometry = shipped_head(), geometry_of_the_head()
    motion = FaceMotion.at_rest(1)
    expression = motion.expression.copy()
    for name, weight in {"jawOpen": 0.4, "mouthSmileLeft": 0.3, "mouthPucker": 0.2}.items():
        expression[0, EXPRESSION_INDEX[name]] = weight
    curves = torch.from_numpy(expression[:, [EXPRESSION_INDEX[name] for name in MOUTH_CHANNELS]])[None]
    ours = geometry.measures(geometry(curves)).gap[0, 0].numpy()
    real = head.lip_gap_mm(head.vertices(replace(motion, expression=expression)))[0]
    assert ours == pytest.approx(real, abs=0.1) and real.min() > 5


def test_mouth_close_undoes_no_more_than_the_jaw_has_opened() -> None:
    geometry = geometry_of_the_head()
    curves = torch.zeros(1, 2, len(MOUTH_CHANNELS))
    curves[0, :, MOUTH_CHANNELS.index("jawOpen")] = 0.2
    curves[0, 0, MOUTH_CHANNELS.index("mouthClose")] = 0.23
    curves[0, 1, MOUTH_CHANNELS.index("mouthClose")] = 0.9
    gaps = geometry.measures(geometry(curves)).gap[0]
    assert (gaps[1] - gaps[0]).abs().max() < 1.0


def test_a_closure_costs_nothing_once_one_frame_of_it_is_closed() -> None:
    spans = torch.tensor([[[1, 2, 3, -1], [-1, -1, -1, -1]]])
    opening = torch.tensor([[5.0, 6.0, -0.2, 6.0, 5.0]])
    assert float(reached(opening, spans, -0.1)) < 1e-2
    assert float(reached(opening.clamp(min=2.0), spans, -0.1)) == pytest.approx(2.1, abs=0.1)
    assert float(reached(opening, torch.full((1, 1, 4), -1), -0.1)) == 0


def test_a_window_at_another_pace_shows_the_same_motion_faster() -> None:
    example = example_of(motion_clip(frames=240), MOUTH_CHANNELS, ("grid-s1",))
    config = WindowConfig(
        batch=1, frames=40, pace=(2.0, 2.0), beginning_share=1.0, embedding_noise=0.0, without_transcript=0.0
    )
    batch = draw_batch([example], 1, config, 80, np.random.default_rng(0))
    jaw = MOUTH_CHANNELS.index("jawOpen")
    assert batch.target[0, :40, jaw].numpy() == pytest.approx(example.target[:80:2, jaw].astype(float), abs=2e-3)
    assert np.array_equal(batch.phoneme_class[0].numpy()[:80], example.phoneme_class[:160:2])
    # The closure of `m`, columns 60 .. 119, is at frames 15 .. 29 of the window, and a margin about them.
    frames = batch.closures[0, 0]
    assert frames[0] == 15 and batch.contacts.max() == -1


@lru_cache(maxsize=1)
def geometry_of_the_head() -> FaceGeometry:
    return FaceGeometry(shipped_head(), MOUTH_CHANNELS)


def small_stage(examples: Any, adversarial: float = 0.0) -> MotionStage:
    config = replace(
        recipe_of(SMALL).stage,
        adversarial_weight=adversarial,
        feature_weight=adversarial,
        begin_adversary=2,
        ramp_steps=2,
        judged_frames=16,
        discriminator=DiscriminatorConfig(channels=8, class_width=4, scales=(1, 2)),
    )
    return MotionStage(config, lambda: make_network(SMALL), geometry_of_the_head(), 1, examples, examples[:1])


@pytest.mark.parametrize("adversarial", [0.0, 0.05])
def test_a_decoder_learns_what_it_is_shown(adversarial: float) -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    examples = [example_of(motion_clip(frames=96), MOUTH_CHANNELS, ("grid-s1",))]
    stage = small_stage(examples, adversarial)
    before = stage.evaluate()
    chooser = np.random.default_rng(0)
    for number in range(25):
        logged = stage.step(number, chooser)
    assert ("critic" in logged) == bool(adversarial)
    assert stage.evaluate()["lip_mm"] < 0.7 * before["lip_mm"]


def test_a_resumed_training_ends_with_the_same_weights(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    examples = [example_of(motion_clip(frames=96), MOUTH_CHANNELS, ("grid-s1",))]

    def run(folder: str, steps: int, resume: bool) -> bytes:
        torch.manual_seed(0)
        config = LoopConfig(steps, report_every=2, evaluate_every=4, checkpoint_every_s=1e9)
        return train(small_stage(examples, 0.05), config, tmp_path / folder, {}, resume=resume).read_bytes()

    # The schedule looks at the whole length: both runs are made of six steps, one of them with a break in it.
    whole = run("whole", 6, False)
    broken = _interrupted(lambda: run("broken", 6, False), examples, tmp_path / "broken")
    assert broken and run("broken", 6, True) == whole


def _interrupted(start: Callable[[], object], examples: Any, folder: Path) -> bool:
    """A training that stops in its fourth step, with a checkpoint of the third."""
    import avatron.training.loop as loop
    from avatron.training.checkpoint import has_checkpoint

    step = MotionStage.step
    clock = iter(range(10**6))

    def failing(self: MotionStage, number: int, chooser: np.random.Generator) -> dict[str, float]:
        if number == 3:
            raise KeyboardInterrupt
        return step(self, number, chooser)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MotionStage, "step", failing)
        patch.setattr(loop.time, "monotonic", lambda: 1e10 * next(clock))
        with pytest.raises(KeyboardInterrupt):
            start()
    return has_checkpoint(folder)


def test_a_recipe_is_trained_from_a_corpus_and_exported(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    for number, split in enumerate(("train", "train", "valid")):
        write_clip(tmp_path / "clips", motion_clip(f"clip-{number}", frames=96, split=split, seed=number))
    recipe = recipe_of(SMALL)
    train_decoder(recipe, [tmp_path / "clips"], tmp_path / "run")
    folder = export_decoder(recipe, tmp_path / "run", tmp_path / "animator", {"lip error": "1 mm"})
    assert "lip error" in folder.file("CARD.md").read_text("utf-8")
    assert folder.config["architecture"]["width"] == 6
    assert load_animator(folder.path).animate(speech_in_small_space(), MotionStyle()).expression.max() > 0
    with pytest.raises(UnreadableFileError, match="teacher"):
        train_decoder(replace(recipe, subjects=("grid-s1", "teacher")), [tmp_path / "clips"], tmp_path / "other")


def test_rules_are_restyled_as_the_films_differ_from_them() -> None:
    random = np.random.default_rng(0)
    films = [example_of(motion_clip(frames=2400, seed=seed), MOUTH_CHANNELS, ("grid-s1",)) for seed in range(3)]
    jaw, pucker, tongue = (MOUTH_CHANNELS.index(name) for name in ("jawOpen", "mouthPucker", "tongueN"))
    rules = [np.zeros(film.target.shape) for film in films]
    for curves in rules:
        curves[:, [jaw, tongue]] = random.uniform(0.1, 0.5, (len(curves), 2))
    # The person opens half as far and a frame later, and rounds whenever the jaw opens.
    moved = []
    for film, curves in zip(films, rules, strict=True):
        target = np.zeros_like(film.target)
        target[1:, jaw] = 0.5 * curves[:-1, jaw]
        target[:, pucker] = 0.3 * curves[:, jaw] + 0.1
        moved.append(replace(film, target=target, weight=np.ones_like(film.weight)))
    restyling = learn_restyling(moved[:2], rules[:2], MOUTH_CHANNELS)
    made = restyling.example(replace(films[2], target=rules[2].astype(np.float16)), 0).target[8:-8].astype(float)
    truth = moved[2].target[8:-8].astype(float)
    assert np.abs(made[:, [jaw, pucker]] - truth[:, [jaw, pucker]]).max() < 0.05
    # What films do not show stays what the rules say.
    assert np.allclose(made[:, tongue], rules[2][8:-8, tongue], atol=1e-3)
    with pytest.raises(InvalidValueError, match="frames of films can be trusted"):
        learn_restyling([replace(films[0], weight=0 * films[0].weight)], rules[:1], MOUTH_CHANNELS)


def test_rules_on_other_texts_are_learned_in_their_own_and_in_the_persons_manner(tmp_path: Path) -> None:
    for number, split in enumerate(("train",) * 4 + ("valid",)):
        write_clip(tmp_path, motion_clip(f"film-{number}", frames=240, split=split, seed=number))
    write_clip(tmp_path, motion_clip("rules", frames=96, source="viseme", subject="teacher"))
    recipe = recipe_of(replace(SMALL, styles=2), subjects=("grid-s1", "teacher"), shares=(0.6, 0.1), restyled=0.3)
    stage = motion_stage(recipe, MotionCorpus(tmp_path))
    assert [(example.name, example.style) for example in stage.training[4:]] == [("rules", 1), ("rules", 0)]
    assert stage.shares is not None and stage.shares[4:] == pytest.approx([0.1, 0.3])
    assert [example.name for example in stage.held_out] == ["film-4"]


@pytest.mark.parametrize("name", ["avatron", "avatron_nogan", "avatron_fc", "faceformer"])
def test_the_recipes_of_the_shipped_animators_can_be_read(name: str) -> None:
    recipe = find_recipe(RECIPES / f"{name}.py", MotionRecipe)
    assert recipe.name == name.replace("_", "-") and len(recipe.subjects) == len(recipe.shares)
    assert bool(recipe.stage.adversarial_weight) == (name == "avatron")


def moving_plate(speech: Any) -> tuple[MeshSequence, np.ndarray]:
    """A mesh of six points, of which the three lower ones are down while a vowel is said."""
    template = np.array(
        [[-0.02, 0, 0], [0, 0, 0], [0.02, 0, 0], [-0.02, -0.001, 0], [0, -0.001, 0], [0.02, -0.001, 0]], np.float32
    )
    times_s = np.arange(int(30 * float(speech.end))) / 30
    vowels = [span for span in speech.spans if is_vowel(span.label)]
    down = np.array([any(span.start_s <= time_s < span.end_s for span in vowels) for time_s in times_s])
    places = np.repeat(template[None], len(times_s), 0)
    places[:, 3:, 1] -= 0.01 * down[:, None].astype(np.float32)
    return MeshSequence(places, np.array([[0, 1, 4]], np.int32), Fraction(30)), template


def test_a_vertex_head_learns_a_recorded_mesh_from_its_principal_components() -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    speech = speech_in_small_space()
    sequence, template = moving_plate(speech)
    example = mesh_example("plate", sequence, template, speech.acoustics, [span.label for span in speech.spans])
    assert example.target.shape == (-(-speech.acoustics.frames // 2), 18) and example.weight[0] == 1
    mean, directions = mesh_principal_components([example], 4)
    # One movement is one direction, and mean and direction together give the recording back.
    assert len(directions) == 1
    left = (example.target - mean) - ((example.target - mean) @ np.linalg.pinv(directions)) @ directions
    assert np.abs(left).max() < 1e-5
    lips, pairs = np.arange(6), np.array([[0, 3], [1, 4], [2, 5]])
    geometry = MeshGeometry(template, lips, pairs)
    config = replace(SMALL, head=HeadConfig(channels=(), vertices=6, components=4, hidden=16))
    loss = LossConfig(contact=0.0, closure=0.0, silence=0.0)
    stage_config = replace(recipe_of(SMALL).stage, losses=loss, schedule=Schedule(1e-2, warm_up_steps=3))
    stage = MotionStage(stage_config, lambda: make_network(config), geometry, 1, [example], [example])
    assert isinstance(stage.model, AvatronNetwork)
    stage.model.head.begin_with(mean, directions)
    stage.average.copy.load_state_dict(stage.model.state_dict())
    before = stage.evaluate()["lip_mm"]
    chooser = np.random.default_rng(0)
    for number in range(40):
        stage.step(number, chooser)
    assert stage.evaluate()["lip_mm"] < 0.7 * before
    with pytest.raises(InvalidValueError, match="template's 6"):
        MeshGeometry(template, np.array([7]), pairs)
