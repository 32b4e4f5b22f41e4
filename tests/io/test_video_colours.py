"""Films show the colours of the pictures, in FFmpeg's decoder and in a browser, from the start and after a jump."""

from __future__ import annotations

import base64
import io
import os
import shutil
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from avatron.io.codecs import codecs_here
from avatron.io.video import VideoWriter

CELL = 32
COLOURS = np.array(
    [
        [(0, 0, 0), (255, 255, 255), (128, 128, 128), (16, 16, 16)],
        [(220, 180, 150), (90, 60, 45), (200, 120, 105), (240, 240, 240)],
        [(64, 128, 140), (30, 30, 34), (180, 190, 200), (150, 100, 80)],
        [(200, 40, 40), (40, 160, 60), (60, 70, 160), (235, 220, 180)],
    ],
    np.uint8,
)
"""Greys, skin, cloth, walls, and a few colours stronger than a portrait has."""
CARD = COLOURS.repeat(CELL, 0).repeat(CELL, 1)
SECONDS, FPS = 10, Fraction(5)
FILMS = [("mp4", "h264"), ("webm", "vp9"), ("mp4", "av1")]


@pytest.fixture(scope="module", params=FILMS, ids=lambda pair: pair[1])
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    suffix, codec = request.param
    if codec not in [known.name for known in codecs_here(suffix)]:
        pytest.skip(f"this FFmpeg encodes no {codec}")
    path = tmp_path_factory.mktemp("colours") / f"card.{suffix}"
    with VideoWriter(path, (CARD.shape[1], CARD.shape[0]), FPS, codec=codec, quality=100) as writer:
        for _ in range(int(SECONDS * FPS)):
            writer.write_frame(CARD)
    return path


def middles(picture: NDArray[np.uint8]) -> NDArray[np.int64]:
    """[4, 4, 3] the colour in the middle of each cell."""
    return picture[CELL // 2 :: CELL, CELL // 2 :: CELL, :3].astype(int)


def test_a_decoder_gives_back_every_colour(film: Path) -> None:
    with av.open(str(film)) as container:
        context: Any = container.streams.video[0].codec_context
        tags = (context.colorspace, context.color_primaries, context.color_trc, context.color_range)
        pictures: Any = container.decode(video=0)
        shown = [frame.to_ndarray(format="rgb24") for frame in pictures]
    assert tags == (1, 1, 1, 1)  # BT.709 thrice, limited range
    for picture in (shown[0], shown[-1]):
        # swscale, which makes the RGB here, rounds down by up to two steps.
        np.testing.assert_allclose(middles(picture), COLOURS.astype(int), atol=4)


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install avatron[browser]")
    browser_path = os.environ.get("AVATRON_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if browser_path is None:
        pytest.skip("no Chromium on this machine: apt install chromium, or name one in AVATRON_CHROMIUM")
    # Software drawing with exact colours: CI machines have no graphics card.
    flags = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=browser_path, args=flags)
        yield browser.new_page()
        browser.close()


SHOW = """async ([source, time]) => {
    const video = document.createElement("video");
    video.muted = true;
    const first = new Promise((done, failed) => {
        video.requestVideoFrameCallback(done);
        video.onerror = failed;
    });
    video.src = source;
    await first;
    if (time > 0) {
        const sought = new Promise(done => { video.onseeked = done; });
        video.currentTime = time;
        await sought;
    }
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    canvas.getContext("2d").drawImage(video, 0, 0);
    return canvas.toDataURL("image/png").split(",")[1];
}"""


@pytest.mark.parametrize("time_s", [0.0, 3.1, 7.7])
def test_a_browser_shows_every_colour_also_after_a_jump(film: Path, page: Any, time_s: float) -> None:
    kind = "video/webm" if film.suffix == ".webm" else "video/mp4"
    source = f"data:{kind};base64,{base64.b64encode(film.read_bytes()).decode()}"
    png = base64.b64decode(page.evaluate(SHOW, [source, time_s]))
    shown = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
    np.testing.assert_allclose(middles(shown), COLOURS.astype(int), atol=3)
