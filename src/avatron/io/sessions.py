"""ONNX Runtime sessions, opened one way."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from avatron.errors import DamagedModelError, InvalidValueError

__all__ = ["open_session"]


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
    try:
        source = graph if isinstance(graph, bytes) else str(graph)
        return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime raises many unrelated classes here, some of them bare RuntimeErrors
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DamagedModelError(
            f"`{name or graph!s}` cannot be loaded as an ONNX graph ({reason}); get the folder again"
        ) from error
