"""Decoders of motion learn: what their losses ask, that they resume, and what they are taught."""

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

from avatron.core.motion import EXPRESSION_INDEX, FaceMotion, MeshSequence  # noqa: E402
from avatron.errors import (  # noqa: E402
    InvalidValueError,
    UnreadableFileError,
)
from avatron.face.shipped import shipped_head  # noqa: E402
from avatron.motion.animators import load_animator  # noqa: E402
from avatron.motion.decoder.channels import MOUTH_CHANNELS  # noqa: E402
from avatron.motion.style import MotionStyle  # noqa: E402
from avatron.text.inventory import is_vowel  # noqa: E402
from avatron.training.loop import LoopConfig, train  # noqa: E402
from avatron.training.motion.batches import WindowConfig, draw_batch  # noqa: E402
from avatron.training.motion.corpus import MotionCorpus, write_clip  # noqa: E402
from avatron.training.motion.discriminators import DiscriminatorConfig  # noqa: E402
from avatron.training.motion.examples import example_of  # noqa: E402
from avatron.training.motion.export import export_decoder  # noqa: E402
from avatron.training.motion.geometry import FaceGeometry  # noqa: E402
from avatron.training.motion.losses import LossConfig, reached  # noqa: E402
from avatron.training.motion.mesh import MeshGeometry, mesh_example, mesh_principal_components  # noqa: E402
from avatron.training.motion.networks.avatron import AvatronNetwork  # noqa: E402
from avatron.training.motion.networks.heads import HeadConfig  # noqa: E402
from avatron.training.motion.networks.make import make_network  # noqa: E402
from avatron.training.motion.recipe import MotionRecipe  # noqa: E402
from avatron.training.motion.restyle import learn_restyling  # noqa: E402
from avatron.training.motion.run import motion_stage, train_decoder  # noqa: E402
from avatron.training.motion.stage import MotionStage  # noqa: E402
from avatron.training.recipes import find_recipe  # noqa: E402
from avatron.training.stage import Schedule  # noqa: E402
from training.motion.builders import motion_clip  # noqa: E402
from training.motion.small_decoders import RECIPES, SMALL, recipe_of, speech_in_small_space  # noqa: E402


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
