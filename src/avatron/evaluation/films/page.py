"""One HTML file with its style, script and settings inside: it works from a folder, and asks no other machine."""

from __future__ import annotations

import html
import json
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from avatron.errors import InvalidValueError

__all__ = ["assemble_page", "origin_of"]


def assemble_page(package: str, title: str, config: dict[str, Any], *, connect: str | None = None) -> str:
    """The page of `page.html`, `page.css` and `page.js` in a package, with the shared theme and `config`.

    `connect` is the one address that the page may send to; a policy in the page forbids all others.
    """
    place = files(package)
    theme = files("avatron.evaluation.films").joinpath("theme.css").read_text("utf-8")
    # `<` as an escape: no text can end the script that it stands in.
    settings = json.dumps(config, allow_nan=False, ensure_ascii=False).replace("<", "\\u003c")
    parts = {
        "POLICY": _policy(connect),
        "TITLE": html.escape(title),
        "STYLE": theme + place.joinpath("page.css").read_text("utf-8"),
        "CONFIG": settings,
        "SCRIPT": place.joinpath("page.js").read_text("utf-8"),
    }
    page = place.joinpath("page.html").read_text("utf-8")
    # Cut once into what is around the marks: no text of one part is taken for the mark of another.
    made, rest = "", page
    for mark, text in parts.items():
        before, found, rest = rest.partition("{{" + mark + "}}")
        assert found, f"{package}/page.html has no {mark} behind the marks before it"
        made += before + text
    return made + rest


def _policy(connect: str | None) -> str:
    """What the page may load: itself and the media beside it, from a server or from a folder of the disk."""
    rules = (
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "script-src 'unsafe-inline'",
        "media-src 'self' file: blob: data:",
        "img-src 'self' file: data:",
        f"connect-src {origin_of(connect) if connect else chr(39) + 'none' + chr(39)}",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return "; ".join(rules)


def origin_of(address: str) -> str:
    """Scheme, host and port of an address of the web.

    Raises:
        InvalidValueError: not http or https with a host.
    """
    try:
        parts = urlsplit(address)
        # Reading the port checks it.
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname or any(c in address for c in "\"'<>; "):
        raise InvalidValueError(f"`{address}` is no address of the web; expected e.g. https://example.org/answers")
    return f"{parts.scheme}://{parts.hostname}{f':{port}' if port else ''}"
