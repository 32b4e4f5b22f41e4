"""A voice that is another voice with some weights changed: it speaks, shares the base, and refuses the wrong one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from avatron.core.speech import PhonemeSequence
from avatron.errors import DamagedModelError
from avatron.io.folders import load_folder, tensor_bytes, write_folder
from avatron.io.onnx_weights import changed_graph, weights_of
from avatron.text.inventory import SYMBOL_IDS
from avatron.voice.adapted import CHANGES
from avatron.voice.neural import NeuralVoice
from avatron.voice.style import VoiceStyle
from avatron.voice.voices import COLLECTION, load_voice

LJ = COLLECTION.builtin_folder / "lj"
GRAPHS = ("encoder.onnx", "decoder.onnx", "vocoder.onnx")
HELLO = PhonemeSequence(
    ("|", "h", "ə", "l", "ˈoʊ", "w", "ˈɝ", "l", "d", "."),
    np.array([SYMBOL_IDS[symbol] for symbol in ["|", "h", "ə", "l", "ˈoʊ", "w", "ˈɝ", "l", "d", "."]]),
    np.array([-1, 0, 0, 0, 0, 1, 1, 1, 1, -1]),
    ("hello", "world"),
    "hello world",
    "en-us",
)


def adapted_folder(parent: Path, changes: dict[str, np.ndarray], *, base: str = "lj") -> Path:
    """A voice `other` in `parent` that changes `lj` so."""
    lj = load_folder(LJ, "voice")
    config = {key: value for key, value in lj.config.items() if key not in ("files", "kind", "format_version")}
    config |= {"name": "other", "base": {"name": base, "files": {name: lj.files[name] for name in GRAPHS}}}
    return write_folder(parent / "other", "voice", config, {CHANGES: tensor_bytes(changes)}).path


def some_weight(graph: str, dimensions: int) -> tuple[str, tuple[int, ...]]:
    """The first weight of the graph with so many axes, and its shape."""
    found = weights_of((LJ / graph).read_bytes())
    return next((name, each.shape) for name, each in found.items() if len(each.shape) == dimensions)


def test_every_weight_is_found_where_it_lies() -> None:
    onnx = pytest.importorskip("onnx", reason="the reference reader is the package onnx, of the extra `train`")
    for name in GRAPHS:
        data = (LJ / name).read_bytes()
        found = weights_of(data)
        stored = [each for each in onnx.load_from_string(data).graph.initializer if each.raw_data]
        assert {each.name for each in stored} == set(found)
        for each in stored:
            np.testing.assert_array_equal(found[each.name].read(data), onnx.numpy_helper.to_array(each))


def test_what_is_no_onnx_file_is_refused() -> None:
    with pytest.raises(DamagedModelError, match="not an ONNX file"):
        weights_of(b"\xff" * 100)


def test_a_low_rank_change_is_added_to_the_weight_and_to_nothing_else() -> None:
    data = (LJ / "vocoder.onnx").read_bytes()
    name, shape = some_weight("vocoder.onnx", 2)
    generator = np.random.default_rng(0)
    up, down = (generator.standard_normal(each).astype(np.float16) for each in ((shape[0], 3), (3, shape[1])))
    changed = changed_graph(data, {f"{name}/up": up, f"{name}/down": down})
    assert len(changed) == len(data)
    for key, weight in weights_of(data).items():
        before, after = weight.read(data), weight.read(changed)
        if key != name:
            np.testing.assert_array_equal(before, after)
        else:
            wanted = before.astype(np.float32) + up.astype(np.float32) @ down.astype(np.float32)
            np.testing.assert_allclose(after.astype(np.float32), wanted, rtol=2e-3, atol=2e-3)


def test_no_changes_at_all_say_the_same_as_the_base(tmp_path: Path) -> None:
    nothing = {"unused": np.zeros(1, np.float16)}
    other, lj = NeuralVoice.load(adapted_folder(tmp_path, nothing)), NeuralVoice.load(LJ)
    ours, theirs = (voice.speak(HELLO, VoiceStyle()).audio.samples for voice in (other, lj))
    np.testing.assert_array_equal(ours, theirs)


def test_a_changed_base_is_refused(tmp_path: Path) -> None:
    folder = adapted_folder(tmp_path, {"unused": np.zeros(1, np.float16)})
    base = load_folder(LJ, "voice")
    files: dict[str, bytes] = {name: base.read_bytes(name) for name in GRAPHS}
    files["decoder.onnx"] += b"\x00"
    config = {key: value for key, value in base.config.items() if key not in ("files", "kind", "format_version")}
    write_folder(tmp_path / "lj", "voice", config, files)
    with pytest.raises(DamagedModelError, match=r"decoder\.onnx.* of sha256"):
        load_voice(folder)


def test_a_damaged_base_is_refused(tmp_path: Path) -> None:
    folder = adapted_folder(tmp_path, {"unused": np.zeros(1, np.float16)})
    beside = shutil.copytree(LJ, tmp_path / "lj")
    (beside / "vocoder.onnx").unlink()
    with pytest.raises(DamagedModelError, match=r"vocoder\.onnx"):
        load_voice(folder)


def test_a_missing_base_is_refused_by_name(tmp_path: Path) -> None:
    folder = adapted_folder(tmp_path, {"unused": np.zeros(1, np.float16)}, base="nobody")
    with pytest.raises(DamagedModelError, match="`nobody`, which is not here"):
        load_voice(folder)


def test_a_base_without_hashes_is_refused(tmp_path: Path) -> None:
    path = adapted_folder(tmp_path, {"unused": np.zeros(1, np.float16)}) / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config["base"] = "lj"
    path.write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(DamagedModelError, match="whose weights it changes"):
        load_voice(path.parent)


@pytest.mark.parametrize("shape", [(2, 2), (3,)])
def test_a_change_that_does_not_fit_is_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    name, _ = some_weight("decoder.onnx", 2)
    folder = adapted_folder(tmp_path, {f"decoder.onnx/{name}/difference": np.ones(shape, np.float16)})
    with pytest.raises(DamagedModelError, match=r"does not fit `decoder\.onnx`"):
        load_voice(folder)


def test_a_change_of_a_weight_that_is_not_there_is_refused(tmp_path: Path) -> None:
    folder = adapted_folder(tmp_path, {"decoder.onnx/strange/difference": np.ones(3, np.float16)})
    with pytest.raises(DamagedModelError, match="strange"):
        load_voice(folder)
