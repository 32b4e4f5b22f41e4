"""A real browser for tests of pages, or the reason why there is none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

__all__ = ["open_chromium"]


@contextmanager
def open_chromium() -> Iterator[Any]:
    """Playwright's Chromium, without sound or graphics card; skips where playwright or Chromium is missing."""
    playwright = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install avatron[browser]")
    path = os.environ.get("AVATRON_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine: apt install chromium, or name one in AVATRON_CHROMIUM")
    flags = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()
