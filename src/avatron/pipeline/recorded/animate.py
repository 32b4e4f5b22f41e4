"""From a sound file to a talking face: the person's own sound, and a head that says it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

from avatron.core.motion import FaceMotion
from avatron.core.speech import Speech
from avatron.core.timeline import FrameClock
from avatron.errors import UsageError
from avatron.io.curves import ARKIT_NOTE
from avatron.io.provenance.origin import Disabled
from avatron.motion.animators import DEFAULT_ANIMATOR
from avatron.pipeline.actor import Drawing, actor_of
from avatron.pipeline.embedding import TEXT_VOICE, SpeechReader, shipped_text_encoder
from avatron.pipeline.options import SpeakOptions, motion_style_of, parse_blur, parse_intensity
from avatron.pipeline.pieces import Piece
from avatron.pipeline.plan import WORDS, OutputPlan, plan_outputs
from avatron.pipeline.produce import Production, produce
from avatron.pipeline.provenance import sealer_of
from avatron.pipeline.recorded.transcribed import said_utterances
from avatron.pipeline.sinks import FilmFormat, check_films
from avatron.pipeline.speak import name_or_folder, pixels_of
from avatron.pipeline.timing import StageTimer
from avatron.voice.listening.encoders import DEFAULT_ENCODER, load_speech_encoder
from avatron.voice.listening.hear import hear_utterances
from avatron.voice.listening.tape import SoundTape

__all__ = ["animate_speech", "animate_speech_to"]

PathLike = str | os.PathLike[str]


def animate_speech(
    sound: PathLike,
    output: PathLike | Sequence[PathLike],
    *,
    transcript: str | None = None,
    avatar: PathLike = "ava",
    animator: str = DEFAULT_ANIMATOR,
    speech_encoder: PathLike | None = None,
    size: tuple[int, int] | str = (512, 512),
    fps: float | str | Fraction = 25,
    background: PathLike = "studio",
    background_blur: float = 0.0,
    framing: str | None = None,
    light: str | None = None,
    mode: str | None = None,
    use: str = "personal",
    emotion: str = "neutral",
    emotion_intensity: float = 1.0,
    manner: PathLike = "plain",
    seed: int = 0,
    codec: str | None = None,
    quality: int | None = None,
    overwrite: bool = False,
    provenance: Disabled | None = None,
    on_progress: Callable[[float], None] | None = None,
    on_note: Callable[[str], None] | None = None,
) -> Production:
    """Let `avatar` say the recorded speech of a sound or video file and write it to `output`, one path or several.

    The sound of the film is the recorded one. `transcript` is what is said: it makes the lips more exact, and captions
    possible. `speech_encoder` is the name or folder of an encoder, or an ONNX file with its adapter beside it.

    Raises:
        UsageError: a request that cannot be carried out: an unknown name, a value out of range, an output that exists,
            a transcript that is not what is said.
        InputError: sound, an avatar or an encoder that cannot be read.
        OutputError: the result cannot be written.
    """
    paths = [output] if isinstance(output, str | os.PathLike) else list(output)
    plan = plan_outputs(paths, codec=codec, quality=quality, overwrite=overwrite)
    options = SpeakOptions(
        avatar=name_or_folder(avatar),
        animator=animator,
        size=pixels_of(size),
        fps=FrameClock.parse(fps).fps,
        framing=framing,
        light=light,
        mode=mode,
        use=use,
        background=os.fspath(background),
        background_blur=parse_blur(background_blur),
        emotion=emotion,
        emotion_intensity=parse_intensity(emotion_intensity),
        manner=os.fspath(manner),
        seed=seed,
        provenance=provenance,
    )
    encoder = None if speech_encoder is None else name_or_folder(speech_encoder)
    return animate_speech_to(
        Path(sound), plan, options, transcript=transcript, encoder=encoder, on_progress=on_progress, on_note=on_note
    )


def animate_speech_to(
    sound: Path,
    plan: OutputPlan,
    options: SpeakOptions,
    *,
    transcript: str | None = None,
    encoder: str | None = None,
    on_progress: Callable[[float], None] | None = None,
    on_note: Callable[[str], None] | None = None,
) -> Production:
    """`animate_speech` for a plan and options that are made already."""
    words = sorted({target.format for target in plan.targets if target.format in WORDS})
    if words and transcript is None:
        raise UsageError(f"{', '.join(words)} need words; give what is said with `--transcript`")
    if transcript is not None and encoder is not None:
        raise UsageError("with a transcript no encoder of speech is asked; leave one of the two out")
    note = on_note or (lambda _: None)
    timer = StageTimer()
    with ExitStack() as stack:
        with timer.stage("prepare"):
            tape = SoundTape(sound)
            actor = actor_of(options)
            film = FilmFormat(
                options.size,
                options.fps,
                tape.sample_rate,
                options.background == "transparent",
                options.avatar,
                sealer_of(options, recorded_sound=True, provenance=actor.provenance),
                actor,
            )
            check_films(plan, film)
            reader = SpeechReader(actor.animator())
            picture: Drawing | None = None
            if plan.drawn:
                picture = stack.enter_context(actor.lend())
        if any(target.format == "csv" for target in plan.targets):
            note(ARKIT_NOTE)
        with timer.stage("hearing"):
            if transcript is None:
                listener = load_speech_encoder(encoder or DEFAULT_ENCODER)
                if reader.translates(listener.embedding_space):
                    note(
                        f"`{options.animator}` was not trained on what this encoder hears: the face reads the sounds "
                        f"that it tells apart as the voice `{TEXT_VOICE}` does"
                    )
                speeches = hear_utterances(tape, listener)
            else:
                speeches = said_utterances(tape, transcript, shipped_text_encoder())
        pieces = _pieces(timer.each("hearing", speeches), tape, reader, picture, options, timer)
        production = produce(pieces, plan, film, timer=timer, on_progress=on_progress)
    for remark in tape.remarks():
        note(remark)
    return production


def _pieces(
    speeches: Iterator[Speech],
    tape: SoundTape,
    reader: SpeechReader,
    picture: Drawing | None,
    options: SpeakOptions,
    timer: StageTimer,
) -> Iterator[Piece]:
    style = motion_style_of(options)
    for speech in speeches:
        with timer.stage("motion"):
            motion: FaceMotion = reader.animate(speech, style)
        done = float(speech.end) / tape.duration_s if tape.duration_s else 0.0
        yield Piece(speech, motion, None if picture is None else picture.frames, min(done, 1.0))
