"""Dictionaries of arrays are read from pickles of every kind, and nothing of any other pickle is ever run."""

from __future__ import annotations

import os
import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

from avatron.errors import UnreadableFileError
from avatron.evaluation.face.protocols.array_pickle import read_array_pickle

ARRAYS = {
    "FaceTalk_1": np.random.default_rng(0).normal(size=(7, 3)),
    "big endian": np.arange(6, dtype=">i4").reshape(2, 3),
    "fortran": np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3)),
    "empty": np.zeros((0, 3), np.float32),
}


@pytest.mark.parametrize("protocol", range(1, pickle.HIGHEST_PROTOCOL + 1))
def test_arrays_come_back_as_they_were_from_every_version_of_pickle(tmp_path: Path, protocol: int) -> None:
    path = tmp_path / "templates.pkl"
    path.write_bytes(pickle.dumps(ARRAYS, protocol=protocol))
    found = read_array_pickle(path)
    assert list(found) == list(ARRAYS)
    for name, values in ARRAYS.items():
        np.testing.assert_array_equal(found[name], values)
        assert found[name].dtype.isnative


def test_what_python_2_wrote_is_read(tmp_path: Path) -> None:
    # As cPickle of Python 2 stores {"F1": array([1.5, -2.0])} with protocol 2: names and data are byte strings.
    data = np.array([1.5, -2.0]).tobytes()
    stored = (
        b"\x80\x02}q\x01U\x02F1q\x02cnumpy.core.multiarray\n_reconstruct\nq\x03cnumpy\nndarray\nq\x04K\x00\x85U\x01b"
        b"\x87Rq\x05(K\x01K\x02\x85cnumpy\ndtype\nq\x06U\x02f8K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff"
        b"\xff\xffK\x00tb\x89U" + bytes([len(data)]) + data + b"tbs."
    )
    assert np.array_equal(pickle.loads(stored, encoding="latin1")["F1"], [1.5, -2.0]), "the sample itself is right"
    path = tmp_path / "templates.pkl"
    path.write_bytes(stored)
    np.testing.assert_array_equal(read_array_pickle(path)["F1"], [1.5, -2.0])


class Evil:
    """Runs a command where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.path}",)


def test_a_pickle_that_runs_a_command_is_refused_by_its_name_and_not_run(tmp_path: Path) -> None:
    path, victim = tmp_path / "templates.pkl", tmp_path / "victim"
    path.write_bytes(pickle.dumps({"F1": Evil(victim)}))
    with pytest.raises(UnreadableFileError, match=r"posix\.system"):
        read_array_pickle(path)
    assert not victim.exists()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (pickle.dumps([1, 2]), "instruction APPENDS"),
        (pickle.dumps(7), "int instead of a dictionary"),
        (pickle.dumps({}), "dictionary with entries"),
        (pickle.dumps({"a": 1}), "no array"),
        (pickle.dumps({1: np.zeros(2)}), "no array of numbers under a name"),
        (pickle.dumps({"a": np.array(["x", 2], object)}), "type"),
        (pickle.dumps({"a": np.array(["text"])}), "type"),
        (pickle.dumps(OrderedDict(a=np.zeros(2))), r"collections\.OrderedDict"),
        (pickle.dumps(ARRAYS)[:-20], "no pickled dictionary"),
        (b"", "no pickled dictionary"),
        (b"not a pickle", "no pickled dictionary"),
        (b"\x80\x04}\x94.", "dictionary with entries"),
        (b"\x80\x02Rb.", "no pickled dictionary"),
        (b"\x80\x02h\x05.", "no pickled dictionary"),
    ],
    ids=str,
)
def test_any_other_file_is_refused_with_one_line(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "templates.pkl"
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=says) as caught:
        read_array_pickle(path)
    assert "templates.pkl" in str(caught.value) and "\n" not in str(caught.value)


def test_sizes_that_the_data_does_not_have_are_refused(tmp_path: Path) -> None:
    honest = pickle.dumps({"a": np.zeros((3, 3))}, protocol=2)
    path = tmp_path / "templates.pkl"
    path.write_bytes(honest.replace(b"K\x03K\x03\x86", b"K\x7fK\x03\x86"))
    with pytest.raises(UnreadableFileError, match="bytes for an array"):
        read_array_pickle(path)
