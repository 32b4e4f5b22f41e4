"""A shipped decoder becomes one person's: a little of it changes, it moves as they do, and it forgets nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from avatron.core.motion import EXPRESSION_INDEX  # noqa: E402
from avatron.errors import DamagedModelError, InvalidValueError  # noqa: E402
from avatron.evaluation.lips import bilabial_closures, lip_gap_of  # noqa: E402
from avatron.face.shipped import shipped_head  # noqa: E402
from avatron.io.folders import ModelFolder, load_folder, write_folder  # noqa: E402
from avatron.io.onnx_weights import changed_graph  # noqa: E402
from avatron.motion.decoder.decoder import MotionDecoder  # noqa: E402
from avatron.motion.decoder.shipped import find_weights  # noqa: E402
from avatron.motion.decoder.speech_input import columns_of  # noqa: E402
from avatron.motion.personal.animator import PersonalAnimator  # noqa: E402
from avatron.motion.personal.folder import personal_decoders, write_personal_motion  # noqa: E402
from avatron.motion.personal.mouth import person_curves  # noqa: E402
from avatron.motion.style import MotionStyle  # noqa: E402
from avatron.training.motion.batches import WindowConfig  # noqa: E402
from avatron.training.motion.personal.adapt import changes_of  # noqa: E402
from avatron.training.motion.personal.base import BaseDecoder, load_base  # noqa: E402
from avatron.training.motion.personal.fit import FitConfig, fit_person  # noqa: E402
from avatron.training.motion.personal.learn import LearnedPerson, learn_personal_motion  # noqa: E402
from avatron.training.stage import Schedule  # noqa: E402
from reference.personal_clip import OFFSET_S, personal_clip, spoken  # noqa: E402

QUICK = FitConfig(
    steps=40,
    evaluate_every=10,
    schedule=Schedule(4e-3, final_share=0.05, warm_up_steps=5),
    windows=WindowConfig(batch=6, frames=48, without_style=0.0),
)
TEXT = "Bob may put my map by the pump, before Pam bumps into my boat."


@pytest.fixture(scope="module")
def folder() -> ModelFolder:
    return load_folder(find_weights("avatron"), "animator")


@pytest.fixture(scope="module")
def base(folder: ModelFolder) -> BaseDecoder:
    return load_base(folder)


@pytest.fixture(scope="module")
def learned() -> LearnedPerson:
    clip = personal_clip()
    return learn_personal_motion(clip.track, clip.speeches, range(round(0.8 * len(clip.track))), QUICK)


def _error(decoder: MotionDecoder, frames: range) -> float:
    """Mean error of the jaw while the clip's sentences are said in those frames."""
    clip, config = personal_clip(), decoder.config
    errors = []
    for speech in clip.speeches:
        curves = decoder.curves(speech)
        wanted, seen = person_curves(
            clip.track, speech, frames, config.channels, len(curves), config.frame_rate, offset_s=OFFSET_S
        )
        jaw = config.channels.index("jawOpen")
        errors.append(np.abs(curves - wanted)[seen][:, jaw])
    return float(np.concatenate(errors).mean())


def test_the_network_out_of_the_folder_gives_what_the_graph_gives(base: BaseDecoder, folder: ModelFolder) -> None:
    decoder, speech = MotionDecoder.load(folder), spoken(TEXT)
    wanted = decoder.curves(speech)
    view, acoustics = base.network.view, speech.acoustics
    frames = len(wanted) + len(wanted) % 2
    columns = view.columns_for(frames)
    place = np.minimum(np.arange(columns), acoustics.frames - 1)
    read = columns_of(acoustics, [span.label for span in speech.spans], decoder.config)
    with torch.no_grad():
        found = base.network(
            torch.from_numpy(read.main[:, place].copy())[None],
            torch.from_numpy(read.phoneme_class[place])[None],
            torch.from_numpy(read.age[place])[None],
            torch.eye(len(base.config.subjects))[:1],
            torch.tensor(0),
            0,
            frames,
            *base.network.lstm.empty_state(1),
        )[0][0].numpy()
    assert np.abs(found[: len(wanted)] - wanted).max() < 1e-3


def test_a_graph_with_a_value_of_another_is_no_base(folder: ModelFolder, tmp_path: Path) -> None:
    other = changed_graph(folder.read_bytes("decoder.onnx"), {"mix.bias/difference": np.ones(160, np.float16)})
    config = {key: value for key, value in folder.config.items() if key not in ("format_version", "kind", "files")}
    config["subjects"] = ["one"]
    write_folder(tmp_path / "other", "animator", config, {"decoder.onnx": other})
    with pytest.raises(DamagedModelError, match="other sizes"):
        load_base(load_folder(tmp_path / "other"))


def test_what_is_learned_moves_as_the_person_on_what_it_has_never_seen(learned: LearnedPerson) -> None:
    held_out = range(round(0.8 * len(personal_clip().track)), len(personal_clip().track))
    base, tuned = personal_decoders(learned.motion)
    assert tuned is not None
    assert learned.fit.steps > 0
    assert _error(tuned, held_out) < 0.9 * _error(base, held_out)


def test_closures_of_sentences_that_nobody_has_learned_stay_closed(learned: LearnedPerson) -> None:
    animator, head = PersonalAnimator(learned.motion), shipped_head()
    for text in (TEXT, "My mother may remember a purple broom.", "Stop, Pam, and bring the lamp back up."):
        motion = animator.animate(spoken(text), MotionStyle())
        closed = bilabial_closures(lip_gap_of(motion, head), motion, spoken(text))
        assert len(closed) > 3 and closed.all(), text


def test_the_folder_says_what_the_network_says_and_is_small(learned: LearnedPerson, tmp_path: Path) -> None:
    written = write_personal_motion(tmp_path / "motion", learned.motion)
    assert sum(written.file(name).stat().st_size for name in written.files) < 500_000
    one, two = (PersonalAnimator(source).animate(spoken(TEXT), MotionStyle()) for source in (written, learned.motion))
    assert np.allclose(one.expression, two.expression, atol=2e-3)


def test_nothing_learned_is_nothing_changed(base: BaseDecoder, folder: ModelFolder) -> None:
    clip, decoder = personal_clip(), MotionDecoder.load(folder)
    frames = range(len(clip.track))
    fit = fit_person(base, decoder, clip.track, clip.speeches, [], frames, replace(QUICK, steps=0), offset_s=OFFSET_S)
    assert fit.steps == 0
    assert not changes_of(base, fit.network)


def test_frames_that_are_held_out_have_no_say_in_what_is_learned(base: BaseDecoder, folder: ModelFolder) -> None:
    clip, decoder = personal_clip(), MotionDecoder.load(folder)
    learned = range(round(0.5 * len(clip.track)))
    wild = clip.track.motion.expression.copy()
    wild[learned.stop :, EXPRESSION_INDEX["jawOpen"]] = 1.0
    other = replace(clip.track, motion=replace(clip.track.motion, expression=wild))
    short = replace(QUICK, steps=4, evaluate_every=2)
    fits = [
        fit_person(base, decoder, track, clip.speeches, [], learned, short, offset_s=OFFSET_S)
        for track in (clip.track, other)
    ]
    assert fits[0].history == fits[1].history


def test_a_clip_in_which_nobody_speaks_is_refused(base: BaseDecoder, folder: ModelFolder) -> None:
    clip, decoder = personal_clip(), MotionDecoder.load(folder)
    with pytest.raises(InvalidValueError, match="nobody is heard"):
        fit_person(base, decoder, clip.track, [], [], range(len(clip.track)), QUICK)
