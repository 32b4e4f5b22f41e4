"""ONNX Runtime sessions, opened one way."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from avatron.errors import DamagedModelError, InvalidValueError

__all__ = ["Opened", "open_session", "profiled"]


@dataclass(frozen=True, eq=False)
class Opened:
    """A session and the graph that it runs."""

    session: Any
    graph: Path | bytes


_profile: ContextVar[tuple[Path, list[Opened]] | None] = ContextVar("profile", default=None)
"""Where sessions that are opened now write what they did, and those sessions."""


@contextmanager
def profiled(folder: Path) -> Iterator[list[Opened]]:
    """Sessions that are opened inside of the block run as their graph is written and keep a profile in `folder`.

    They are in the list that it gives; `session.end_profiling()` of each writes its file and gives the path.
    """
    opened: list[Opened] = []
    token = _profile.set((folder, opened))
    try:
        yield opened
    finally:
        _profile.reset(token)


def open_session(graph: Path | bytes, *, threads: int = 1, name: str | None = None) -> Any:
    """An `InferenceSession` on the CPU of a file, or of its bytes; `name` is what messages call those.

    Waiting threads sleep instead of spinning: a spinning thread takes the core that the renderer needs.

    Raises:
        InvalidValueError: threads below 1.
        DamagedModelError: the file is no graph that ONNX Runtime can load.
    """
    # ONNX Runtime 1.31 collects telemetry for its makers and keeps an id in the user's cache, unless this is set before
    # it is imported; `disable_telemetry_events` comes too late for the id. Whoever wants it sets the variable to 0.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    if threads < 1:
        raise InvalidValueError(f"threads is {threads}, expected at least 1")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    profile = _profile.get()
    if profile is not None:
        options.enable_profiling = True
        options.profile_file_prefix = str(profile[0] / f"session{len(profile[1])}")
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        source = graph if isinstance(graph, bytes) else str(graph)
        session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime raises many unrelated classes here, some of them bare RuntimeErrors
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DamagedModelError(
            f"`{name or graph!s}` cannot be loaded as an ONNX graph ({reason}); get the folder again"
        ) from error
    if profile is not None:
        profile[1].append(Opened(session, graph))
    return session
