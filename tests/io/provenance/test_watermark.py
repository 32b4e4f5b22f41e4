"""The watermark: read as it was written after encoding, scaling and cropping, not seen, and not found where none is."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from avatron.errors import ShapeError
from avatron.io.provenance.watermark import Watermark
from avatron.io.provenance.watermark_code import CODE_BITS, PAYLOAD_BITS, decode, encode, payload_of
from avatron.io.provenance.watermark_pattern import carriers, tile
from avatron.io.provenance.watermark_search import find_watermark, mean_luminance
from avatron.io.video import VideoWriter
from avatron.native.watermark import PATTERN_UNIT

REPLICA = "0123456789abcdef"
Frames = list[NDArray[np.uint8]]
PILOTS = [[7, -1], [0, 4], [3, -2]]
FIRST_VALUES = [-0.5356, -0.4938, -0.4783, -0.516]
FIRST_PHASE = 2.56127


def scene(seed: int = 0, count: int = 6, side: int = 512) -> Frames:
    """Pictures of a disc with a grain of its own that wanders before a cloudy wall."""
    random = np.random.default_rng(seed)
    rough = random.normal(128, 30, (side // 32, side // 32, 3)).clip(0, 255).astype(np.uint8)
    wall = np.asarray(Image.fromarray(rough).resize((side, side), Image.Resampling.BICUBIC), np.float64)
    grain = random.normal(0, 6, (side, side))
    down, across = np.mgrid[:side, :side]
    frames = []
    for number in range(count):
        inside = np.hypot(down - side * 0.5, across - side * (0.45 + 0.02 * number)) < side * 0.3
        frame = np.where(inside[..., None], (170, 130, 110) + np.roll(grain, 8 * number, 1)[..., None], wall)
        frames.append(frame.clip(0, 255).astype(np.uint8))
    return frames


@pytest.fixture(scope="module")
def marked() -> Frames:
    return [Watermark(REPLICA).mark(frame) for frame in scene()]


def found(frames: Frames) -> int | None:
    reading = find_watermark(mean_luminance(frames))
    return None if reading is None else reading.payload


def through_film(path: Path, frames: Frames, quality: int) -> Frames:
    import av

    height, width = (side - side % 2 for side in frames[0].shape[:2])
    with VideoWriter(path, (width, height), Fraction(25), quality=quality) as film:
        for frame in frames:
            film.write_frame(frame[:height, :width])
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def test_the_code_reads_what_it_wrote_and_forgives_noise() -> None:
    random = np.random.default_rng(0)
    for payload in (0, 1, 2**PAYLOAD_BITS - 1, *(int(one) for one in random.integers(0, 2**PAYLOAD_BITS, 20))):
        signs = encode(payload)
        assert signs.shape == (CODE_BITS,) and decode(signs.astype(np.float64)) == payload
        # A tenth of the signs turned round, where they are least sure.
        noisy = signs + random.normal(0, 0.7, CODE_BITS)
        assert decode(noisy) == payload


def test_noise_is_no_message() -> None:
    random = np.random.default_rng(1)
    assert [decode(random.normal(size=CODE_BITS)) for _ in range(300)] == [None] * 300


def test_the_waves_of_format_1_stay_what_they_are() -> None:
    waves = carriers()
    assert waves.pilots[:3].tolist() == PILOTS
    assert round(float(np.angle(waves.pilot_phases[0])), 6) == FIRST_PHASE
    first_row = tile(payload_of(REPLICA), 128)[0, :4] * PATTERN_UNIT
    assert np.allclose(first_row, FIRST_VALUES, atol=2 * PATTERN_UNIT)


def test_an_id_is_read_from_one_picture_and_from_a_film(marked: Frames, tmp_path: Path) -> None:
    assert found(marked[:1]) == payload_of(REPLICA)
    assert found(through_film(tmp_path / "a.mp4", marked, 80)) == payload_of(REPLICA)


def test_it_survives_half_the_bit_rate(marked: Frames, tmp_path: Path) -> None:
    film = through_film(tmp_path / "a.mp4", marked, 80)
    for quality in range(75, 0, -5):
        path = tmp_path / f"{quality}.mp4"
        again = through_film(path, film, quality)
        if path.stat().st_size <= (tmp_path / "a.mp4").stat().st_size / 2:
            break
    assert found(again) == payload_of(REPLICA)


def test_it_survives_scaling_to_half_and_cropping_by_a_tenth(marked: Frames, tmp_path: Path) -> None:
    half = [np.asarray(Image.fromarray(frame).resize((256, 256), Image.Resampling.BICUBIC)) for frame in marked]
    assert found(through_film(tmp_path / "half.mp4", half, 80)) == payload_of(REPLICA)
    cropped = [frame[17 : 17 + 461, 39 : 39 + 461] for frame in marked]
    assert found(through_film(tmp_path / "cropped.mp4", cropped, 80)) == payload_of(REPLICA)


def test_nothing_is_found_where_nothing_was_written() -> None:
    assert [found(scene(seed, 2)) for seed in range(4)] == [None] * 4
    assert found([np.zeros((512, 512, 3), np.uint8)]) is None
    assert found([np.zeros((10, 300, 3), np.uint8)]) is None


def test_it_costs_less_than_42_db_and_less_where_it_would_be_seen(marked: Frames) -> None:
    plain = scene()
    error = np.mean((np.stack(marked).astype(np.float64) - np.stack(plain)) ** 2)
    assert 10 * np.log10(255**2 / error) > 42
    flat = np.full((256, 256, 3), 128, np.uint8)
    change = Watermark(REPLICA).mark(flat).astype(np.int64) - flat
    assert 0 < change.std() < 0.8 and np.abs(change).max() <= 3


def test_it_changes_luminance_and_no_hue_and_leaves_alpha_alone() -> None:
    image = np.random.default_rng(0).integers(40, 200, (96, 128, 4), np.uint8)
    out = Watermark(REPLICA).mark(image)
    change = out.astype(np.int64) - image
    assert (change[..., 3] == 0).all() and (change[..., :3] == change[..., :1]).all() and change.any()
    with pytest.raises(ShapeError):
        Watermark(REPLICA).mark(image[..., 0])


def test_two_replicas_are_told_apart() -> None:
    frame = scene(count=1)[0]
    ids = [f"replica {number}" for number in range(3)]
    assert [found([Watermark(one).mark(frame)]) for one in ids] == [payload_of(one) for one in ids]
