"""The public surface: four names, and what they take."""

from __future__ import annotations

import inspect
import subprocess
import sys

import avatron

COMMON = (
    *("voice", "avatar", "animator", "size", "fps", "background", "background_blur", "framing", "light"),
    *("mode", "use"),
    *("pace", "pitch", "pitch_range", "energy", "dynamics", "pauses", "style_from"),
    *("emotion", "emotion_intensity", "voice_emotion", "manner", "seed", "lexicon", "provenance"),
)


def test_the_public_names_are_five() -> None:
    assert avatron.__all__ == ["animate", "animate_speech", "speak", "stream", "track_video"]
    assert sorted({*dir(avatron)} & {*avatron.__all__, "__version__"}) == ["__version__", *avatron.__all__]


def test_speak_takes_a_text_an_output_and_named_options() -> None:
    parameters = inspect.signature(avatron.speak).parameters
    assert tuple(parameters) == (
        *("text", "output", *COMMON),
        *("audio_only", "codec", "quality", "overwrite", "on_progress", "on_note"),
    )
    assert [name for name, one in parameters.items() if one.kind is one.KEYWORD_ONLY] == list(parameters)[2:]


def test_stream_takes_a_text_and_named_options() -> None:
    assert tuple(inspect.signature(avatron.stream).parameters) == ("text", *COMMON, "on_note")


def test_track_takes_a_video_and_named_options() -> None:
    parameters = inspect.signature(avatron.track_video).parameters
    assert tuple(parameters) == (
        *("video", "output", "quality", "audio", "transcript", "audio_offset", "subject", "force", "overwrite"),
        *("on_progress", "on_note"),
    )
    assert [name for name, one in parameters.items() if one.kind is one.KEYWORD_ONLY] == list(parameters)[2:]


def test_animate_takes_a_motion_an_output_and_named_options() -> None:
    parameters = inspect.signature(avatron.animate).parameters
    assert tuple(parameters) == (
        *("motion", "output", "avatar", "audio", "head", "eye_contact", "steady", "size", "background"),
        *(
            "background_blur",
            "framing",
            "light",
            "mode",
            "use",
            "codec",
            "quality",
            "overwrite",
            "provenance",
            "on_progress",
        ),
    )
    assert [name for name, one in parameters.items() if one.kind is one.KEYWORD_ONLY] == list(parameters)[2:]


def test_animate_speech_takes_a_sound_an_output_and_named_options() -> None:
    parameters = inspect.signature(avatron.animate_speech).parameters
    assert tuple(parameters) == (
        *("sound", "output", "transcript", "avatar", "animator", "speech_encoder", "size", "fps", "background"),
        *("background_blur", "framing", "light", "mode", "use", "emotion", "emotion_intensity", "manner", "seed"),
        *("codec", "quality", "overwrite", "provenance", "on_progress", "on_note"),
    )
    assert [name for name, one in parameters.items() if one.kind is one.KEYWORD_ONLY] == list(parameters)[2:]


def test_the_names_stay_calls_after_everything_is_imported() -> None:
    # `avatron.track` is a package: no public call may have the name of one.
    program = (
        "import pkgutil, avatron; names = {module.name for module in pkgutil.iter_modules(avatron.__path__)};"
        "print(sorted(names & set(avatron.__all__)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


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
