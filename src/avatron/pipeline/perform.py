"""From a script to pieces: each sentence is phonemised, spoken, animated, and ready to be drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from avatron.core.emotion import Emotion
from avatron.pipeline.cast import Cast
from avatron.pipeline.options import motion_style_of
from avatron.pipeline.pieces import Piece
from avatron.pipeline.timing import StageTimer
from avatron.text.notes import Note, NoteListener
from avatron.text.script import Sentence, parse_script
from avatron.voice.emotion import felt_by_voice
from avatron.voice.style import VoiceStyle

__all__ = ["perform"]

_MOST_NOTES = 10_000
"""So many are remembered, to be told only once; a script may have more."""


def perform(
    text: str,
    cast: Cast,
    *,
    draws: bool = True,
    on_note: Callable[[str], None] | None = None,
    timer: StageTimer | None = None,
) -> Iterator[Piece]:
    """The pieces of a script, one sentence each, placed one after another on one clock.

    `draws` says whether pieces can draw themselves, `on_note` hears remarks on the text (a foreign name, say), each of
    them once, `timer` counts the seconds of the stages `text`, `voice` and `motion`. The script as a whole is checked
    at once, a sentence when its turn comes.

    Raises:
        ScriptError: a text that the voice cannot say.
        UnreadableFileError: a reference clip that shows nobody speaking.
    """
    timer = timer or StageTimer()

    told: set[str] = set()

    def hear(note: Note) -> None:
        if on_note is not None and note.message not in told:
            if len(told) < _MOST_NOTES:
                told.add(note.message)
            on_note(note.message)

    if on_note is not None:
        for remark in cast.remarks():
            on_note(remark)
    languages = cast.voice.languages
    with timer.stage("text"):
        sentences = parse_script(text, languages[0], languages=languages, on_note=hear)
    with timer.stage("voice"):
        voice_style = cast.voice_style(on_note or (lambda _: None))
    return _pieces(sentences, cast, voice_style, draws, hear, timer)


def _pieces(
    sentences: Iterator[Sentence],
    cast: Cast,
    voice_style: VoiceStyle,
    draws: bool,
    hear: NoteListener,
    timer: StageTimer,
) -> Iterator[Piece]:
    options = cast.options
    motion_style = motion_style_of(options)
    felt = Emotion(options.emotion, options.emotion_intensity)
    start_sample = 0
    with timer.stage("text"):
        frontend = cast.frontend(hear)
    for sentence in timer.each("text", sentences):
        with timer.stage("text"):
            phonemes = frontend.phonemize(sentence.marked, sentence.language)
        with timer.stage("voice"):
            said = felt_by_voice(phonemes, felt) if options.voice_emotion else phonemes
            speech = cast.voice.speak(said, voice_style, start_sample=start_sample)
        with timer.stage("motion"):
            motion = cast.animate(speech, motion_style)
        start_sample += len(speech.audio.samples)
        yield Piece(speech, motion, cast.draw if draws else None, sentence.progress)
