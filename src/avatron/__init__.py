"""avatron: make a person talk from text, on an ordinary CPU.

    import avatron

    avatron.speak("Hello! I am Ava.", "hello.mp4")

    for piece in avatron.stream("First this. Then that."):
        piece.audio, piece.motion, piece.frames()

    avatron.track_video("interview.mp4", "motion.npz")
    avatron.animate("motion.npz", "zuri.mp4", avatar="zuri", audio="interview.mp4")
    avatron.animate_speech("speech.wav", "talking.mp4")

These five are the whole public surface of this module; the parts behind them are importable from their own
packages (`avatron.voice`, `avatron.motion`, `avatron.render` ...) and described in `docs/`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from avatron.pipeline.animate import animate
    from avatron.pipeline.recorded.animate import animate_speech
    from avatron.pipeline.speak import speak, stream
    from avatron.pipeline.tracking.run import track_video

__all__ = ["animate", "animate_speech", "speak", "stream", "track_video"]

_MODULES = {
    "animate": "animate",
    "animate_speech": "recorded.animate",
    "speak": "speak",
    "stream": "speak",
    "track_video": "tracking.run",
}
"""Where in `avatron.pipeline` each of them lives."""


def __getattr__(name: str) -> Any:
    # Lazy, so that `import avatron` costs nothing and `avatron --help` answers at once.
    if name in _MODULES:
        from importlib import import_module

        return getattr(import_module(f"avatron.pipeline.{_MODULES[name]}"), name)
    if name == "__version__":
        from importlib.metadata import version

        return version("avatron")
    raise AttributeError(f"module `avatron` has no attribute `{name}`")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
