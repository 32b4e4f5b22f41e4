"""The page that shows a gallery and its times: markdown for the docs, HTML for the browser."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

__all__ = ["as_html", "as_markdown"]

_TITLE = "How the avatars look"


def as_markdown(pictures: Sequence[tuple[str, str]], times: Sequence[dict[str, Any]], machine: dict[str, Any]) -> str:
    """The page with (file name, caption) of each picture, rows of times and the machine that they are of."""
    lines = [f"# {_TITLE}", ""]
    for name, caption in pictures:
        shown = f"[{name}]({name})" if name.endswith(".mp4") else f"![{caption.replace('`', '')}]({name})"
        lines += [f"## {caption}", "", shown, ""]
    if times:
        columns = list(times[0])
        lines += ["## Milliseconds a frame", ""]
        lines += ["| " + " | ".join(_heading(column) for column in columns) + " |", "|" + "---|" * len(columns)]
        lines += ["| " + " | ".join(str(row[column]) for column in columns) + " |" for row in times]
        lines += ["", f"Medians over the frames of one spoken sentence; best of three. {_machine(machine)}", ""]
    return "\n".join(lines)


def as_html(pictures: Sequence[tuple[str, str]], times: Sequence[dict[str, Any]], machine: dict[str, Any]) -> str:
    """The same page for a browser, in one file beside its pictures."""
    style = (
        "body{background:#18191d;color:#e8e8e8;font:16px/1.5 system-ui;margin:2rem auto;max-width:90rem;padding:0 1rem}"
        "img,video{max-width:100%;border-radius:6px}td,th{padding:.2rem .8rem;text-align:right}h2{font-weight:500}"
    )
    parts = [
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{_TITLE}</title><style>{style}</style>',
        f"<h1>{_TITLE}</h1>",
    ]
    for name, caption in pictures:
        source, text = html.escape(name, quote=True), html.escape(caption.replace("`", ""))
        shown = (
            f'<video src="{source}" autoplay loop muted playsinline controls></video>'
            if name.endswith(".mp4")
            else f'<img src="{source}" alt="{html.escape(text, quote=True)}" loading="lazy">'
        )
        parts.append(f"<h2>{text}</h2>{shown}")
    if times:
        columns = list(times[0])
        head = "".join(f"<th>{html.escape(_heading(column))}</th>" for column in columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(str(row[column]))}</td>" for column in columns) + "</tr>"
            for row in times
        )
        parts.append(f"<h2>Milliseconds a frame</h2><table><tr>{head}</tr>{body}</table>")
        parts.append(f"<p>{html.escape(_machine(machine))}</p>")
    return "".join(parts) + "\n"


def _heading(column: str) -> str:
    return column.removesuffix("_ms").replace("_per_s", "/s").replace("_", " ")


def _machine(machine: dict[str, Any]) -> str:
    load = machine["load_average"]
    return f"{machine['processor']}, {machine['instruction_set']}, {machine['cores']} cores, load {load}."
