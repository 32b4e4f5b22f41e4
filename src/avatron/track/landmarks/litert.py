"""A TFLite network under LiteRT, on the CPU."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.errors import DamagedModelError, MissingComponentError

__all__ = ["LiteRtModel"]

Floats = NDArray[np.float32]

_GREETING = b"INFO: Created TensorFlow Lite XNNPACK"


class LiteRtModel:
    """One network with one input; not to be run by two threads at once."""

    def __init__(self, name: str, content: bytes, *, threads: int = 1) -> None:
        """Make the network of the TFLite file `content` ready; `name` is for messages.

        Raises:
            MissingComponentError: LiteRT is not installed.
            DamagedModelError: no TFLite file, or not one input.
        """
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError as error:
            raise MissingComponentError(
                f"LiteRT, which runs the landmark networks, cannot be loaded ({error}); `pip install ai-edge-litert`"
            ) from None
        self.name = name
        try:
            with _without_greeting():
                self._interpreter: Any = Interpreter(model_content=content, num_threads=threads)
                self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise DamagedModelError(f"`{name}` is not a network that LiteRT can run: {error}") from None
        inputs = self._interpreter.get_input_details()
        if len(inputs) != 1:
            raise DamagedModelError(f"`{name}` takes {len(inputs)} inputs, expected 1")
        self._input = inputs[0]["index"]
        self.input_shape: tuple[int, ...] = tuple(int(length) for length in inputs[0]["shape"])
        self._outputs = {
            str(details["name"]): (details["index"], tuple(int(length) for length in details["shape"]))
            for details in self._interpreter.get_output_details()
        }
        self._input_view = self._interpreter.tensor(self._input)

    def output(self, name: str, shape: tuple[int, ...]) -> int:
        """The number of the output called `name`.

        Raises:
            DamagedModelError: there is none, or it has another shape.
        """
        index, found = self._outputs.get(name, (-1, ()))
        if found != shape:
            listed = ", ".join(f"{other} {list(of)}" for other, (_, of) in self._outputs.items())
            raise DamagedModelError(f"`{self.name}` has no output `{name}` {list(shape)}; it has {listed}")
        return int(index)

    def input(self) -> Floats:
        """The input itself, to be written to; let go of it before `run`."""
        view: Floats = self._input_view()
        return view

    def run(self) -> None:
        """Work out all outputs for what `input` holds; other Python threads go on meanwhile."""
        self._interpreter.invoke()

    def read(self, output: int) -> Floats:
        """A copy of an output."""
        values: Floats = self._interpreter.get_tensor(output)
        return values


@contextmanager
def _without_greeting() -> Iterator[None]:
    """Keeps LiteRT's `INFO: Created TensorFlow Lite XNNPACK delegate for CPU.`, for which it has no switch, off stderr.

    What else is written there meanwhile comes a moment later.
    """
    sys.stderr.flush()
    with tempfile.TemporaryFile() as caught:
        try:
            before = os.dup(2)
        except OSError:
            # No stderr at all: nothing to keep clean.
            yield
            return
        os.dup2(caught.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(before, 2)
            os.close(before)
            caught.seek(0)
            said = [line for line in caught.read().splitlines(keepends=True) if not line.startswith(_GREETING)]
            if said:
                os.write(2, b"".join(said))
