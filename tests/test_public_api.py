"""The public surface: two names, and what they take."""

from __future__ import annotations

import inspect
import subprocess
import sys

import avatron

COMMON = (
    *("voice", "avatar", "animator", "size", "fps", "background", "background_blur", "framing", "light"),
    *("pace", "pitch", "pitch_range", "energy", "dynamics", "pauses", "style_from", "seed", "lexicon"),
)


def test_the_public_names_are_speak_and_stream() -> None:
    assert avatron.__all__ == ["speak", "stream"]
    assert sorted(dir(avatron)) == ["__version__", "speak", "stream"]


def test_speak_takes_a_text_an_output_and_named_options() -> None:
    parameters = inspect.signature(avatron.speak).parameters
    assert tuple(parameters) == (
        *("text", "output", *COMMON),
        *("audio_only", "codec", "quality", "overwrite", "on_progress", "on_note"),
    )
    assert [name for name, one in parameters.items() if one.kind is one.KEYWORD_ONLY] == list(parameters)[2:]


def test_stream_takes_a_text_and_named_options() -> None:
    assert tuple(inspect.signature(avatron.stream).parameters) == ("text", *COMMON, "on_note")


def test_importing_avatron_loads_nothing_heavy() -> None:
    program = (
        "import sys, avatron, avatron.cli.parser as p; p.build_parser();"
        "print([m for m in ('numpy', 'onnxruntime', 'av', 'torch', 'gruut', 'PIL') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_voice_and_a_face_are_made_without_torch() -> None:
    program = (
        "import sys; sys.modules['torch'] = None; import avatron;"
        "(piece,) = avatron.stream('Hi.', size=(32, 32)); next(iter(piece.frames())); print(len(piece.motion) > 5)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
