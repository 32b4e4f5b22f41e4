"""Who performs: the voice, the avatar, the animator and the renderer, loaded once and used for many scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self

from numpy.typing import NDArray

from avatron.core.motion import FaceMotion
from avatron.native.pool import threads
from avatron.pipeline.actor import Drawing, actor_of
from avatron.pipeline.embedding import TEXT_VOICE, SpeechReader
from avatron.pipeline.provenance import sealer_of
from avatron.pipeline.sinks import FilmFormat
from avatron.text.frontends import frontend_for
from avatron.text.notes import NoteListener
from avatron.text.userlexicon import read_user_lexicon
from avatron.voice.style import STYLE_FACTORS, VoiceStyle
from avatron.voice.voices import load_voice

if TYPE_CHECKING:
    from avatron.core.speech import Speech
    from avatron.motion.style import MotionStyle
    from avatron.pipeline.options import SpeakOptions
    from avatron.text.protocol import TextFrontend
    from avatron.voice.protocol import Voice

__all__ = ["Cast"]

_MOST_VOICE_THREADS = 2
"""More do not make a sentence faster."""

# A handful stays warm: a batch or a service that switches between them does not load them again and again.
_warm_voice = lru_cache(maxsize=4)(lambda name, threads: load_voice(name, threads=threads))


class Cast:
    """The parts that a request names, loaded; pictures are prepared only when one is asked for."""

    def __init__(self, options: SpeakOptions) -> None:
        """Load what `options` name.

        Raises:
            UnknownNameError: no voice, avatar, animator, framing or light of that name.
            MissingComponentError: a learned animator whose weights are not installed.
            InputError: a folder that fails its checks, a background or lexicon that cannot be read.
            ConsentError: a replica whose consent does not cover the use.
        """
        self.options = options
        self.actor = actor_of(options)
        self.voice: Voice = _warm_voice(options.voice or self.actor.default_voice, min(threads(), _MOST_VOICE_THREADS))
        self._reader = SpeechReader(self.actor.animator())
        self._lexicon = None if options.lexicon is None else read_user_lexicon(options.lexicon)
        self._picture: Drawing | None = None
        self._lent = ExitStack()

    def close(self) -> None:
        """Give back what draws, so that the next request that looks alike need not prepare it again."""
        self._picture = None
        self._lent.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        self.close()

    def frontend(self, on_note: NoteListener) -> TextFrontend:
        """What reads the text, for the voice's first language; `on_note` hears its remarks."""
        languages = self.voice.languages
        return frontend_for(languages[0], languages, lexicon=self._lexicon, on_note=on_note)

    def voice_style(self, on_note: Callable[[str], None]) -> VoiceStyle:
        """How the voice speaks; `on_note` hears what a reference clip gave to it.

        Raises:
            UnreadableFileError: a reference clip that shows nobody speaking.
        """
        options = self.options
        style = VoiceStyle(seed=options.seed, **{name: getattr(options, name) for name in STYLE_FACTORS})
        if options.style_from is None:
            return style
        from avatron.voice.reference.transfer import style_from_clip

        return style_from_clip(options.style_from, self.voice).applied_to(style, on_note)

    def animate(self, speech: Speech, style: MotionStyle) -> FaceMotion:
        """The face that says `speech`, whatever text encoder its voice has.

        Raises:
            EmbeddingSpaceError: a learned animator that knows neither the voice's text encoder nor the package's.
        """
        return self._reader.animate(speech, style)

    def remarks(self) -> Iterator[str]:
        """What the user should know of how voice and animator work together."""
        if self._reader.translates(self.voice.embedding_space):
            yield (
                f"the voice `{self.voice.name}` has a text encoder that `{self.options.animator}` was not trained on: "
                f"the face reads its phonemes as the voice `{TEXT_VOICE}` does"
            )

    def draw(self, motion: FaceMotion) -> Iterator[NDArray[Any]]:
        """The pictures of `motion`, uint8 [H, W, 3 or 4], drawn as they are asked for."""
        return self.picture.frames(motion)

    @property
    def picture(self) -> Drawing:
        """What draws, made when it is first asked for."""
        if self._picture is None:
            self._picture = self._lent.enter_context(self.actor.lend())
        return self._picture

    def prepare(self) -> None:
        """Make what draws now.

        Raises:
            As `Cast`, and InputError for a background that cannot be read.
        """
        _ = self.picture

    def film(self) -> FilmFormat:
        """Size, rates and transparency of what is drawn."""
        options = self.options
        return FilmFormat(
            options.size,
            options.fps,
            self.voice.sample_rate,
            options.background == "transparent",
            options.avatar,
            sealer_of(options, provenance=self.actor.provenance),
            self.actor,
        )
