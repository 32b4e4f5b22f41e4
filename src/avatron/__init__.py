"""avatron: make a person talk from text, on an ordinary CPU.

    import avatron

    avatron.speak("Hello! I am Ava.", "hello.mp4")

    for piece in avatron.stream("First this. Then that."):
        piece.audio, piece.motion, piece.frames()

`speak` and `stream` are the whole public surface of this module; the parts behind them are importable from their own
packages (`avatron.voice`, `avatron.motion`, `avatron.render` ...) and described in `docs/`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from avatron.pipeline.speak import speak, stream

__all__ = ["speak", "stream"]


def __getattr__(name: str) -> Any:
    # Lazy, so that `import avatron` costs nothing and `avatron --help` answers at once.
    if name in __all__:
        from avatron.pipeline import speak as module

        return getattr(module, name)
    if name == "__version__":
        from importlib.metadata import version

        return version("avatron")
    raise AttributeError(f"module `avatron` has no attribute `{name}`")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
