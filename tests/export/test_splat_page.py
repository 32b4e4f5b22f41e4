"""The page of a replica in a real browser: Spark draws the Gaussians where our kernels draw them, and they move."""

from __future__ import annotations

import functools
import gzip
import http.server
import io
import json
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from avatron.core.camera import Camera
from avatron.core.gaussians import GaussianSet
from avatron.export.splat_page import SplatClip, packed_clip, splat_page
from avatron.native.splat_rig import SplatRig, draw_rig
from export.test_glb import NODE_MODULES
from export.test_page import QuietHandler
from reference.chromium import open_chromium

SIZE = 192
CAMERA = Camera.looking_at(np.zeros(3), np.array([0.0, 0.0, 1.0]), SIZE, SIZE, 400.0)


def clip() -> SplatClip:
    """A sheet of coloured Gaussians that slides from left to right, and reddens."""
    side = 12
    grid = np.stack(np.meshgrid(np.linspace(-0.1, 0.1, side), np.linspace(-0.1, 0.1, side)), -1).reshape(-1, 2)
    rest = np.column_stack([grid, np.zeros(len(grid))]).astype(np.float32)
    corner = (np.arange(side - 1)[:, None] * side + np.arange(side - 1)).reshape(-1)
    triangles = np.stack([corner, corner + 1, corner + side], 1).astype(np.int32)
    count = len(triangles)
    random = np.random.default_rng(0)
    gaussians = GaussianSet(
        np.zeros((count, 3), np.float32),
        np.tile(np.float32([1, 0, 0, 0]), (count, 1)),
        np.full((count, 3), 0.5, np.float32),
        np.full(count, 0.9, np.float32),
        random.uniform(0.2, 0.8, (count, 3)).astype(np.float32),
        np.arange(count, dtype=np.int32),
    )
    vertices = np.stack([rest + np.float32([shift, 0, 0]) for shift in (-0.05, 0.0, 0.05)])
    corrections = np.zeros((count, 1, 7), np.float32)
    corrections[:, 0, 3] = 0.2
    return SplatClip(gaussians, triangles, vertices, corrections, np.float32([[0], [0], [1]]), 10.0)


def drawn(given: SplatClip, frame: int) -> np.ndarray:
    rig = SplatRig.of(given.gaussians)
    whole = SplatRig(
        rig.positions, rig.quaternions, rig.log_scales, rig.opacity_logits, rig.colours, rig.triangle, given.corrections
    )
    picture = draw_rig(
        whole,
        given.vertices[frame],
        given.triangles,
        CAMERA,
        coefficients=given.coefficients[frame],
        background=np.float32([0x2A, 0x2F, 0x36]) / 255,
    ).image
    return np.asarray(np.clip(picture, 0, 1) * 255)


def test_the_packed_clip_moves_the_mesh_as_it_was() -> None:
    given = clip()
    data = gzip.decompress(packed_clip(given))
    (length,) = struct.unpack_from("<I", data)
    head = json.loads(data[4 : 4 + length])
    arrays, place = {}, 4 + length
    for name, dtype, size in head["arrays"]:
        arrays[name] = np.frombuffer(data, dtype, size, place)
        place += arrays[name].nbytes
    assert place == len(data)
    basis = arrays["basis"].reshape(head["components"], -1) * arrays["basisScale"][:, None]
    frames = arrays["mean"] + arrays["poses"].reshape(head["frames"], -1) @ basis
    np.testing.assert_allclose(frames.reshape(given.vertices.shape), given.vertices, atol=1e-5)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    if not (NODE_MODULES / "@sparkjsdev" / "spark").is_dir() or not (NODE_MODULES / "three").is_dir():
        pytest.skip(f"no three.js or Spark in {NODE_MODULES}: `npm install three @sparkjsdev/spark` there")
    folder = tmp_path_factory.mktemp("page")
    for name, data in splat_page(clip(), CAMERA, "me", three="./lib/three", spark="./lib/@sparkjsdev/spark").items():
        (folder / name).write_bytes(data)
    (folder / "lib").symlink_to(NODE_MODULES)
    handler = functools.partial(QuietHandler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with open_chromium() as browser:
            shown = browser.new_page(viewport={"width": SIZE + 200, "height": SIZE + 200})
            shown.goto(f"http://127.0.0.1:{server.server_port}/me.html")
            shown.wait_for_function("window.ready === true || problem.textContent", timeout=180_000)
            assert shown.locator("#problem").text_content() == ""
            shown.evaluate("pause()")
            yield shown
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def seen(page: Any, frame: int, keep: Path | None = None) -> np.ndarray:
    page.evaluate("frame => seek(frame)", frame)
    before = page.evaluate("drawn()")
    page.wait_for_function("count => drawn() > count + 6", arg=before, timeout=120_000)
    box = page.locator("#canvas").bounding_box()
    whole = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
    left, top = round(box["x"]), round(box["y"])
    return whole[top : top + SIZE, left : left + SIZE].astype(np.float64)


def test_the_browser_shows_what_our_kernels_draw_in_every_frame(page: Any) -> None:
    given = clip()
    for frame in range(3):
        apart = np.abs(seen(page, frame) - drawn(given, frame))
        assert apart.mean() < 8, f"frame {frame}"


def test_the_page_plays_by_itself(page: Any) -> None:
    first, last = seen(page, 0), seen(page, 2)
    bright = [picture.max(2).mean(0) for picture in (first - 55, last - 55)]
    middle = [float((np.arange(SIZE) * np.clip(row, 0, None)).sum() / np.clip(row, 0, None).sum()) for row in bright]
    assert middle[1] - middle[0] == pytest.approx(0.1 * 400, abs=8)
