"""A decoder with the head of a public data set's mesh is a row of that protocol, with the manners that it learned."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch, of the extra `train`")
pytest.importorskip("onnx", reason="export needs onnx, of the extra `train`; it comes with torch there")

from avatron.core.audio import Audio  # noqa: E402
from avatron.errors import InvalidValueError, MissingComponentError  # noqa: E402
from avatron.evaluation.face.protocols.layout import PROTOCOLS, MeshFolder  # noqa: E402
from avatron.evaluation.face.protocols.mesh_animators import TrainedMesh  # noqa: E402
from avatron.evaluation.face.protocols.mesh_suite import mesh_rows  # noqa: E402
from avatron.io.audio import write_wav  # noqa: E402
from avatron.training.motion.export import write_decoder  # noqa: E402
from avatron.training.motion.networks.heads import HeadConfig  # noqa: E402
from avatron.training.motion.networks.make import make_network  # noqa: E402
from avatron.voice.listening.encoders import DEFAULT_ENCODER, load_speech_encoder  # noqa: E402
from avatron.voice.listening.protocol import SpeechEncoder  # noqa: E402
from training.motion.small_decoders import LEARNED_ON, SMALL, recipe_of  # noqa: E402

TRAIN, TEST = "FaceTalk_170728_03272_TA", "FaceTalk_170809_00138_TA"
OTHER = "FaceTalk_170904_00128_TA"
VERTICES = 5023


@pytest.fixture(scope="module")
def encoder() -> SpeechEncoder:
    try:
        return load_speech_encoder(DEFAULT_ENCODER)
    except MissingComponentError as error:
        pytest.skip(str(error))


@pytest.fixture
def vocaset(tmp_path: Path) -> MeshFolder:
    folder = tmp_path / "vocaset"
    for name in ("vertices_npy", "wav"):
        (folder / name).mkdir(parents=True)
    random = np.random.default_rng(0)
    for subject, sentence in ((TRAIN, 1), (TEST, 21)):
        name = f"{subject}_sentence{sentence:02}"
        np.save(folder / "vertices_npy" / f"{name}.npy", np.zeros((60, 3 * VERTICES), np.float32))
        write_wav(folder / "wav" / f"{name}.wav", Audio(random.normal(0, 0.1, 22050).astype(np.float32), 22050))
    templates = {name: random.normal(size=(VERTICES, 3)) for name in (TRAIN, TEST)}
    (folder / "templates.pkl").write_bytes(pickle.dumps(templates, protocol=2))
    return MeshFolder(folder, PROTOCOLS["vocaset"])


def write_mesh_decoder(folder: Path, encoder: SpeechEncoder, vertices: int) -> Path:
    """An untrained one of two subjects."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    head = HeadConfig(channels=(), vertices=vertices, components=2, hidden=8)
    config = replace(SMALL, embedding_width=192, styles=2, head=head)
    network = make_network(config)
    for parameter in network.parameters():
        parameter.data.add_(0.1 * torch.randn_like(parameter))
    recipe = recipe_of(config, subjects=(TRAIN, OTHER), shares=(0.5, 0.5))
    learned_on = LEARNED_ON | {"embedding_space": encoder.embedding_space, "embedding_width": 192}
    template = np.zeros((vertices, 3), np.float32), np.array([[0, 1, 2]], np.int32)
    write_decoder(network, recipe, learned_on, folder, template=template, half=False)
    return folder


def test_a_person_it_knows_moves_in_his_own_manner_and_a_stranger_in_that_of_each(
    vocaset: MeshFolder, encoder: SpeechEncoder, tmp_path: Path
) -> None:
    trained = write_mesh_decoder(tmp_path / "trained", encoder, VERTICES)
    rows = mesh_rows(vocaset, [f"ours={trained}"], np.zeros((1, VERTICES, 3), np.float32))
    (row,) = (row for row in rows if row.name == "ours")
    (contender,) = row.contenders
    assert isinstance(contender, TrainedMesh)
    (known,), (stranger,) = vocaset.of("train"), vocaset.of("test")
    template = vocaset.templates[TEST]
    own = contender.predict(known, vocaset.vertices(known), vocaset.templates[TRAIN])
    both = contender.predict(stranger, vocaset.vertices(stranger), template)
    assert [len(own), len(both)] == [1, 2] and own[0].shape == (30, VERTICES, 3)
    assert np.ptp(both[0] - template, axis=0).max() > 1e-3 and np.abs(both[0] - both[1]).max() > 1e-3


def test_a_head_of_another_mesh_is_refused(vocaset: MeshFolder, encoder: SpeechEncoder, tmp_path: Path) -> None:
    trained = write_mesh_decoder(tmp_path / "trained", encoder, 5)
    with pytest.raises(InvalidValueError, match="moves 5 vertices, and vocaset has 5023"):
        mesh_rows(vocaset, [f"ours={trained}"], np.zeros((1, VERTICES, 3), np.float32))
