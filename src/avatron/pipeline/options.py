"""What a request to speak may ask for, checked once."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from fractions import Fraction

from avatron.core.emotion import Emotion
from avatron.core.timeline import FrameClock
from avatron.errors import InvalidValueError, UnknownNameError
from avatron.io.provenance.origin import Disabled
from avatron.motion.animators import DEFAULT_ANIMATOR
from avatron.motion.manner import manner_named
from avatron.motion.style import MotionStyle
from avatron.render.framing import framing_named
from avatron.render.light import light_named
from avatron.replica.consent import SCOPES
from avatron.voice.style import STYLE_FACTORS

__all__ = [
    "IDLE_LAYERS",
    "LARGEST_SIDE",
    "MODES",
    "PACES",
    "SMALLEST_SIDE",
    "SpeakOptions",
    "motion_style_of",
    "parse_blur",
    "parse_factor",
    "parse_intensity",
    "parse_pace",
    "parse_seed",
    "parse_size",
]

IDLE_LAYERS = ("blinks", "gaze", "head", "brows", "breathing")
"""What moves by itself; each can be switched off."""

SMALLEST_SIDE = 16
LARGEST_SIDE = 4096
MODES = ("full", "portrait", "transparent")
"""What is seen of a replica."""
PACES = {"slow": 0.8, "normal": 1.0, "fast": 1.25}
"""Named paces: speed relative to the voice's own."""


@dataclass(frozen=True)
class SpeakOptions:
    """How a script is spoken, by whom, and how it is drawn.

    Raises:
        InvalidValueError: a value out of range; the message names it and the range.
        UnknownNameError: no framing, light, emotion or manner of that name.
        UnreadableFileError: a manner's file that is missing or no object of numbers.
    """

    voice: str | None = None
    """Name or folder of a voice; None takes the avatar's own."""
    avatar: str = "ava"
    """Name or folder of an avatar."""
    animator: str = DEFAULT_ANIMATOR
    """Name of an animator, or folder of a learned one."""
    size: tuple[int, int] = (512, 512)
    """Width and height in pixels; the head is framed for it, never stretched."""
    fps: Fraction = field(default=Fraction(25))
    """Video frames per second, up to 240."""
    framing: str | None = None
    """Framing preset of the renderer; None takes the avatar's own."""
    light: str | None = None
    """Light rig of the renderer; None takes the avatar's own."""
    background: str = "studio"
    """`studio` (the rig's own), a colour, `transparent`, or the path of an image or video."""
    background_blur: float = 0.0
    """How far what is behind is out of focus: 0 sharp .. 1 as behind a portrait lens that is wide open."""
    pace: float = 1.0
    """Speed of speech, 0.5 .. 2; 2 is twice as fast."""
    pitch: float = 1.0
    """Factor on the voice's pitch, 0.5 .. 2."""
    pitch_range: float = 1.0
    """Factor on how far the pitch moves about its middle, 0.5 .. 2."""
    energy: float = 1.0
    """Factor on the voice's energy, 0.5 .. 2."""
    dynamics: float = 1.0
    """Factor on how far loudness moves from syllable to syllable, 0.5 .. 2."""
    pauses: float = 1.0
    """Factor on the length of pauses, besides what the pace does to them, 0.5 .. 2."""
    style_from: str | None = None
    """Path of a recording whose tempo, melody, loudness and pauses the voice takes on; the factors come on top."""
    seed: int = 0
    """Chooses blinks, glances, head motion and the noise in the voice; the same seed gives the same film."""
    emotion: str = "neutral"
    """What is felt where the script asks for nothing: neutral, happy, sad, angry, surprised or calm."""
    emotion_intensity: float = 1.0
    """How strongly, 0 .. 1."""
    voice_emotion: bool = True
    """Whether the voice follows what is felt; otherwise the face alone does."""
    manner: str = "plain"
    """How this person moves: name of a manner, path of a JSON file of its numbers, or `head=0.5,smile=0.1`."""
    lexicon: str | None = None
    """Path of a file of the user's pronunciations."""
    idle: frozenset[str] = frozenset(IDLE_LAYERS)
    """Idle layers that are switched on."""
    mode: str | None = None
    """Of a replica: `full` is the picture as it was filmed (the default), `portrait` frames the head anew before the
    background, `transparent` leaves the background out. Avatars are portraits; theirs is transparent or None."""
    use: str = "personal"
    """What a replica is used for: `evaluation`, `personal` or `commercial`; its consent must cover it."""
    provenance: Disabled | None = None
    """A reason to leave credentials (and a replica's watermark) out of the outputs, which then say so; None signs."""

    def __post_init__(self) -> None:
        for name in ("voice", "avatar", "animator"):
            # An empty name must not pass for one that was left out: it comes from a variable that was never set.
            if getattr(self, name) == "":
                raise InvalidValueError(f"the {name} has an empty name; give the name of one, or leave the option out")
        if self.style_from == "":
            raise InvalidValueError("the reference clip has an empty name; give its path, or leave the option out")
        if self.background.strip().lower() in ("studio", "transparent"):
            object.__setattr__(self, "background", self.background.strip().lower())
        width, height = self.size
        for side, length in (("width", width), ("height", height)):
            if not SMALLEST_SIDE <= length <= LARGEST_SIDE:
                raise InvalidValueError(
                    f"{side} {length} px is outside {SMALLEST_SIDE} .. {LARGEST_SIDE}; size was {width}x{height}"
                )
        if self.provenance is not None and not isinstance(self.provenance, Disabled):
            raise InvalidValueError(
                f"provenance is `{self.provenance!r}`, expected nothing, or `Disabled(reason)` of "
                "`avatron.io.provenance.origin`"
            )
        if self.mode is not None and self.mode not in MODES:
            raise UnknownNameError("mode", self.mode, MODES)
        if self.mode == "transparent":
            if self.background not in ("studio", "transparent"):
                raise InvalidValueError(
                    f"the mode `transparent` has no background, and `{self.background}` is one: leave one of them out"
                )
            object.__setattr__(self, "background", "transparent")
        if self.use not in SCOPES:
            raise UnknownNameError("use", self.use, SCOPES)
        FrameClock(self.fps)
        # Looked up here, so that a wrong name is refused even where nothing is drawn.
        if self.framing is not None:
            framing_named(self.framing)
        if self.light is not None:
            light_named(self.light)
        Emotion(self.emotion, self.emotion_intensity)
        manner_named(self.manner)
        if not 0 <= self.background_blur <= 1:
            raise InvalidValueError(f"background blur {self.background_blur:g} is outside 0 .. 1")
        for name in STYLE_FACTORS:
            value = getattr(self, name)
            if not (math.isfinite(value) and 0.5 <= value <= 2):
                raise InvalidValueError(f"{name.replace('_', ' ')} {value:g} is outside 0.5 .. 2")
        if not isinstance(self.seed, int):
            raise InvalidValueError(f"seed `{self.seed}` is not a whole number")
        if not 0 <= self.seed < 2**32:
            raise InvalidValueError(f"seed {self.seed} is outside 0 .. {2**32 - 1}")


def motion_style_of(options: SpeakOptions) -> MotionStyle:
    """How the face moves, for any animator."""
    return MotionStyle(
        fps=options.fps,
        seed=options.seed,
        emotion=options.emotion,
        emotion_intensity=options.emotion_intensity,
        manner=manner_named(options.manner),
        **{layer: layer in options.idle for layer in IDLE_LAYERS},
    )


def parse_size(text: str) -> tuple[int, int]:
    """(width, height) of `WxH`, e.g. `1080x1920`.

    Raises:
        InvalidValueError: not of that form.
    """
    match = re.fullmatch(r"\s*(\d{1,6})\s*[xX×]\s*(\d{1,6})\s*", text, re.ASCII)
    if match is None:
        raise InvalidValueError(f"size `{text}` is not of the form WIDTHxHEIGHT, e.g. 512x512 or 1080x1920")
    return int(match[1]), int(match[2])


def parse_blur(text: str | float) -> float:
    """How far a background is out of focus, 0 .. 1.

    Raises:
        InvalidValueError: not a number in that range.
    """
    try:
        value = float(text)
    except (TypeError, ValueError):
        raise InvalidValueError(f"background blur `{text}` is not a number in 0 .. 1") from None
    if not 0 <= value <= 1:
        raise InvalidValueError(f"background blur {text} is outside 0 .. 1")
    return value


def parse_intensity(text: str | float) -> float:
    """How strong an emotion is, 0 .. 1.

    Raises:
        InvalidValueError: not a number in that range.
    """
    try:
        value = float(text)
    except (TypeError, ValueError):
        raise InvalidValueError(f"emotion intensity `{text}` is not a number in 0 .. 1") from None
    if not 0 <= value <= 1:
        raise InvalidValueError(f"emotion intensity {text} is outside 0 .. 1")
    return value


def parse_factor(name: str, text: str | float) -> float:
    """A factor in 0.5 .. 2.

    Raises:
        InvalidValueError: not a number in that range.
    """
    try:
        value = float(text)
    except (TypeError, ValueError):
        raise InvalidValueError(f"{name} `{text}` is not a number in 0.5 .. 2") from None
    if not (math.isfinite(value) and 0.5 <= value <= 2):
        raise InvalidValueError(f"{name} {text} is outside 0.5 .. 2")
    return value


def parse_pace(text: str | float) -> float:
    """Pace as a factor: `slow`, `normal`, `fast`, or a number in 0.5 .. 2.

    Raises:
        InvalidValueError: anything else.
    """
    if isinstance(text, str) and text.strip().lower() in PACES:
        return PACES[text.strip().lower()]
    try:
        return parse_factor("pace", text)
    except InvalidValueError as error:
        raise InvalidValueError(f"{error}; give such a number or one of {', '.join(PACES)}") from None


def parse_seed(text: str) -> int:
    """A seed, 0 .. 2**32 - 1; its range is checked with the options.

    Raises:
        InvalidValueError: not a whole number.
    """
    try:
        return int(text)
    except ValueError:
        raise InvalidValueError(f"seed `{text}` is not a whole number") from None
