"""Training of the encoder of speech: it learns, what is exported says the same, and any speech model can be adapted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("torch")
pytest.importorskip("onnx")

import onnx

from avatron.errors import DamagedModelError, UnreadableFileError
from avatron.text.inventory import SYMBOL_IDS
from avatron.training.listening.adapter import AdapterRecipe, export_adapter, train_adapter
from avatron.training.listening.augment import CODECS, AugmentConfig, augmented, coded, in_a_room, noise_of, with_noise
from avatron.training.listening.export import export_encoder
from avatron.training.listening.network import EncoderConfig
from avatron.training.listening.recipe import EncoderRecipe, EncoderRound
from avatron.training.listening.recordings import Recording, read_recordings, write_recordings
from avatron.training.listening.run import train_encoder
from avatron.training.listening.sounds import measure_sounds
from avatron.training.listening.stage import UNKNOWN, EncoderStageConfig, excerpt_of
from avatron.training.loop import LoopConfig
from avatron.training.recipes import find_recipe
from avatron.training.stage import Schedule
from avatron.voice.listening.encoders import load_speech_encoder
from avatron.voice.listening.features import COLUMN_S
from avatron.voice.listening.foreign import HiddenModel, adapter_folder_of
from avatron.voice.listening.mel_encoder import MelSpeechEncoder
from avatron.voice.listening.protocol import HeardColumns, SpeechEncoder
from avatron.voice.listening.sounds import HEARD_SYMBOLS, SILENCE, SOUND_OF_ID

RECIPES = Path(__file__).resolve().parents[2] / "recipes" / "listening"
RATE = 22050
TONES = {"|": 0.0, "ˈɑ": 500.0, "s": 3000.0, "m": 150.0}
SPACE = "5" * 64


def _recording(number: int, seconds: float = 4.0) -> Recording:
    """Four sounds, each a tone of its own, one after another for 60 to 250 ms."""
    random = np.random.default_rng(number)
    names, ends, samples, time_s = [], [], [], 0.0
    while time_s < seconds:
        name = str(random.choice([one for one in TONES if not names or one != names[-1]]))
        length = round(float(random.uniform(0.06, 0.25)) * RATE)
        samples.append(0.2 * np.sin(2 * np.pi * TONES[name] * np.arange(length) / RATE))
        time_s += length / RATE
        names.append(name)
        ends.append(time_s)
    ids = np.array([SYMBOL_IDS[name] for name in names])
    places = np.array([list(TONES).index(name) for name in names])
    heard = np.concatenate(samples) + 1e-3 * random.normal(size=round(time_s * RATE))
    embedding = np.eye(4)[places].T.astype(np.float16)
    return Recording(f"r{number:02}", number % 4 == 0, (heard * 32767).astype(np.int16), ids, np.array(ends), embedding)


TINY = EncoderRecipe(
    name="tiny",
    licence="CC0-1.0",
    provenance=({"name": "tones", "source": "here", "licence": "CC0-1.0", "use": "all"},),
    rounds=(
        EncoderRound(
            "only",
            ("lj",),
            EncoderStageConfig(
                Schedule(1e-2, warm_up_steps=5),
                batch=6,
                fresh=3,
                columns=64,
                decay=0.8,
                augment=AugmentConfig(as_it_is=1.0),
            ),
            LoopConfig(45, 20, 45),
        ),
    ),
    network=EncoderConfig(embedding=4, stem=16, channels=24, future=(1, 0), kernel=5, dropout=0.0),
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Recording]]:
    """A folder of a tiny encoder that has learned the tones, and the recordings."""
    folder = tmp_path_factory.mktemp("listening")
    recordings = [_recording(number) for number in range(8)]
    write_recordings(folder / "lj.npz", recordings)
    weights = train_encoder(TINY, folder, folder / "run")
    export_encoder(TINY, weights, recordings, SPACE, folder / "tiny")
    return folder / "tiny", recordings


def _heard(encoder: SpeechEncoder, samples: NDArray[np.float32], step: int | None = None) -> HeardColumns:
    hearing = encoder.listen()
    cuts = range(0, len(samples), step or len(samples))
    return HeardColumns.joined(
        [*(hearing.push(samples[cut : cut + (step or len(samples))]) for cut in cuts), hearing.finish()]
    )


def _samples(recording: Recording) -> NDArray[np.float32]:
    return recording.samples.astype(np.float32) / 32768


def test_the_encoder_learns_sounds_and_embedding(trained: tuple[Path, list[Recording]]) -> None:
    folder, recordings = trained
    encoder = load_speech_encoder(folder)
    heard = _heard(encoder, _samples(recordings[0]))
    phoneme = recordings[0].phoneme_of(len(heard))
    truth = SOUND_OF_ID[recordings[0].ids[phoneme]]
    assert recordings[0].held_out
    assert (heard.log_shares.argmax(axis=0) == truth).mean() > 0.75
    wanted = recordings[0].embedding[:, phoneme].astype(np.float32)
    assert (heard.text_embedding.argmax(axis=0) == wanted.argmax(axis=0)).mean() > 0.75
    assert encoder.embedding_space == SPACE
    assert "tones" in (folder / "CARD.md").read_text()


@pytest.mark.parametrize("step", [700, 9999])
def test_sound_in_pieces_is_heard_as_the_whole(trained: tuple[Path, list[Recording]], step: int) -> None:
    encoder = MelSpeechEncoder.load(trained[0])
    samples = _samples(trained[1][1])
    whole, pieces = _heard(encoder, samples), _heard(encoder, samples, step)
    short = encoder.listen(block_columns=8)
    live = HeardColumns.joined(
        [*(short.push(samples[cut : cut + step]) for cut in range(0, len(samples), step)), short.finish()]
    )
    assert len(whole) == len(samples) // 256
    for other in (pieces, live):
        for name in ("mel", "text_embedding", "log_shares"):
            np.testing.assert_allclose(getattr(other, name), getattr(whole, name), atol=1e-5)


def test_a_column_depends_on_no_more_of_what_follows_than_is_stated(trained: tuple[Path, list[Recording]]) -> None:
    encoder = MelSpeechEncoder.load(trained[0])
    samples = _samples(trained[1][1])[: 3 * RATE]
    changed = samples.copy()
    place_s = 1.5
    changed[round(place_s * RATE) :] = 0.3
    one, other = _heard(encoder, samples), _heard(encoder, changed)
    differs = np.abs(one.log_shares - other.log_shares).max(axis=0) > 1e-4
    first = int(np.flatnonzero(differs)[0])
    assert place_s - encoder.look_ahead_s <= first * COLUMN_S < place_s
    assert EncoderConfig().context[1] * COLUMN_S + COLUMN_S + 512 / RATE < 0.13


@pytest.mark.parametrize("length", [256, 300, 1102])
def test_the_shortest_sound_has_its_columns(trained: tuple[Path, list[Recording]], length: int) -> None:
    heard = _heard(load_speech_encoder(trained[0]), _samples(trained[1][1])[:length])
    assert len(heard) == length // 256
    assert np.isfinite(heard.log_shares).all()


def test_a_folder_that_is_not_what_it_says_is_refused(trained: tuple[Path, list[Recording]], tmp_path: Path) -> None:
    import shutil

    broken = tmp_path / "broken"
    shutil.copytree(trained[0], broken)
    (broken / "encoder.onnx").write_bytes((broken / "encoder.onnx").read_bytes()[:-100])
    with pytest.raises(DamagedModelError, match=r"encoder\.onnx"):
        load_speech_encoder(broken)
    with pytest.raises(DamagedModelError):
        export_encoder(
            replace(TINY, network=replace(TINY.network, stem=8)),
            trained[0].parent / "run" / "only" / "model.safetensors",
            trained[1],
            SPACE,
            tmp_path / "other",
        )


def test_a_run_that_is_done_is_not_done_again(trained: tuple[Path, list[Recording]]) -> None:
    folder = trained[0].parent
    before = (folder / "run" / "only" / "log.jsonl").read_text()
    weights = train_encoder(TINY, folder, folder / "run", resume=True)
    assert weights.is_file()
    assert (folder / "run" / "only" / "log.jsonl").read_text() == before


def test_recordings_come_back_as_they_were_written(trained: tuple[Path, list[Recording]]) -> None:
    for one, other in zip(read_recordings(trained[0].parent / "lj.npz"), trained[1], strict=True):
        assert (one.name, one.held_out) == (other.name, other.held_out)
        for name in ("samples", "ids", "end_s", "embedding"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    with pytest.raises(UnreadableFileError, match=r"cannot read"):
        read_recordings(trained[0].parent / "none.npz")


def test_statistics_count_what_is_trained_on(trained: tuple[Path, list[Recording]]) -> None:
    statistics = measure_sounds(trained[1])
    kinds = [HEARD_SYMBOLS.index(name) for name in TONES]
    assert np.exp(statistics.log_prior).sum() == pytest.approx(1, abs=1e-4)
    assert np.exp(statistics.log_prior[kinds]).sum() > 0.9
    np.testing.assert_allclose(np.exp(statistics.log_follows).sum(axis=1), 1, atol=1e-4)
    assert statistics.log_follows[kinds[1], kinds[2]] > statistics.log_follows[kinds[1], 40]


def test_an_excerpt_keeps_sound_and_truth_together_at_any_speed() -> None:
    recording = _recording(3)
    for speed in (0.8, 1.0, 1.25):
        excerpt = excerpt_of(recording, (20, 7), 96, start=RATE, speed=speed)
        loud = excerpt.features[:, 20:-7].astype(float).max(axis=0) > 0
        assert (loud == (excerpt.sounds != SILENCE)).mean() > 0.85
    beyond = excerpt_of(recording, (20, 7), 400, start=3 * RATE)
    assert (beyond.sounds[-100:] == UNKNOWN).all()


@pytest.mark.parametrize("codec", CODECS)
def test_codecs_change_the_sound_and_not_its_time(codec: str) -> None:
    random = np.random.default_rng(0)
    envelope = np.repeat(random.random(40), 551)
    samples = (0.3 * envelope * np.sin(np.arange(len(envelope)) * 0.08)).astype(np.float32)
    heard = coded(samples, RATE, codec, random)
    assert len(heard) == len(samples)
    assert np.corrcoef(heard, samples)[0, 1] > 0.6
    assert np.abs(heard - samples).max() > 1e-4


@pytest.mark.parametrize("kind", ["coloured", "babble", "hum", "tones"])
@pytest.mark.parametrize("level", [0.0, 20.0])
def test_noise_has_the_level_that_was_asked_for(kind: str, level: float) -> None:
    random = np.random.default_rng(1)
    samples = _samples(_recording(1))
    noise = noise_of(kind, len(samples), RATE, [samples[::-1]], random)
    added = with_noise(samples, noise, level) - samples
    assert 10 * np.log10(np.mean(samples**2) / np.mean(added**2)) == pytest.approx(level, abs=0.2)


def test_a_room_leaves_the_direct_sound_in_its_place() -> None:
    click = np.zeros(RATE, np.float32)
    click[5000] = 1.0
    echoed = in_a_room(click, RATE, 0.4, np.random.default_rng(0))
    assert int(np.abs(echoed).argmax()) == 5000
    assert not np.abs(echoed[:4990]).max() > 1e-6
    assert np.abs(echoed[5100:9000]).max() > 1e-3


def test_whatever_is_done_to_a_recording_it_stays_a_recording_of_that_length() -> None:
    random = np.random.default_rng(2)
    samples = _samples(_recording(2))[:RATE]
    for _ in range(12):
        heard = augmented(samples, RATE, [samples[::-1]], random, AugmentConfig())
        assert heard.shape == samples.shape
        assert np.isfinite(heard).all()
        assert np.abs(heard).max() <= 1


def _speech_model(path: Path, width: int = 12) -> Path:
    """A tiny stranger: two random convolutions of 20 ms hops, as HuBERT's front end has them."""
    random = np.random.default_rng(5)
    weights = {
        "w1": random.normal(0, 0.3, (8, 1, 10)).astype(np.float32),
        "w2": random.normal(0, 0.3, (width, 8, 64)).astype(np.float32),
        "axes": np.array([1], np.int64),
    }
    helper = onnx.helper
    nodes = [
        helper.make_node("Unsqueeze", ["input_values", "axes"], ["sound"]),
        helper.make_node("Conv", ["sound", "w1"], ["a"], strides=[5]),
        helper.make_node("Abs", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "w2"], ["c"], strides=[64]),
        helper.make_node("Transpose", ["c"], ["last_hidden_state"], perm=[0, 2, 1]),
    ]
    graph = helper.make_graph(
        nodes,
        "stranger",
        [helper.make_tensor_value_info("input_values", onnx.TensorProto.FLOAT, ["batch", "samples"])],
        [helper.make_tensor_value_info("last_hidden_state", onnx.TensorProto.FLOAT, ["batch", "frames", width])],
        [onnx.numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), str(path))
    return path


ADAPTER = AdapterRecipe(
    name="stranger",
    licence="CC0-1.0",
    provenance=(),
    inner=24,
    dropout=0.0,
    stage=EncoderStageConfig(
        Schedule(1e-2, warm_up_steps=5), batch=6, fresh=3, columns=64, decay=0.8, augment=AugmentConfig(as_it_is=1.0)
    ),
    loop=LoopConfig(60, 20, 60),
)


def test_somebody_elses_speech_model_takes_the_encoders_place(tmp_path: Path) -> None:
    path = _speech_model(tmp_path / "stranger.onnx")
    with pytest.raises(UnreadableFileError, match=r"has no adapter; expected the folder .*stranger\.adapter"):
        load_speech_encoder(path)
    model = HiddenModel(path)
    assert (model.hop, model.width) == (320, 12)
    recordings = [_recording(number) for number in range(6)]
    weights = train_adapter(ADAPTER, model, [recordings], tmp_path / "run")
    export_adapter(ADAPTER, model, weights, [recordings], SPACE, adapter_folder_of(path))
    encoder = load_speech_encoder(path)
    samples = np.tile(_samples(recordings[4]), 6)
    whole, pieces = _heard(encoder, samples), _heard(encoder, samples, 30_000)
    assert len(whole) == len(samples) // 256
    np.testing.assert_allclose(pieces.log_shares, whole.log_shares, atol=1e-5)
    heard = whole.part(0, 300)
    truth = SOUND_OF_ID[recordings[4].ids[recordings[4].phoneme_of(300)]]
    assert (heard.log_shares.argmax(axis=0) == truth).mean() > 0.6
    assert encoder.embedding_space == SPACE
    other = _speech_model(tmp_path / "other.onnx", width=13)
    adapter_folder_of(path).rename(adapter_folder_of(other))
    with pytest.raises(DamagedModelError, match="is of another model"):
        load_speech_encoder(other)


def test_a_graph_that_is_no_speech_model_says_what_it_takes(trained: tuple[Path, list[Recording]]) -> None:
    with pytest.raises(DamagedModelError, match="no speech model that can be adapted: it takes features"):
        HiddenModel(trained[0] / "encoder.onnx")


@pytest.mark.parametrize(("file", "kind"), [("mel.py", EncoderRecipe), ("adapter.py", AdapterRecipe)])
def test_the_recipes_can_be_read(file: str, kind: type) -> None:
    assert isinstance(find_recipe(RECIPES / file, kind), kind)
