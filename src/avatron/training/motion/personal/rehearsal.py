"""Texts that a decoder rehearses while it learns a person, so that it does not forget how to speak.

A minute of speech holds few of the neighbourhoods that sounds come in. The decoder that is adapted says these
sentences as it has always done, the person's filter makes them theirs, and what lips have to do on P, B,
M, F and V is asked of every one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from avatron.core.motion import EXPRESSION_INDEX, EXPRESSION_NAMES, FaceMotion
from avatron.core.speech import Speech
from avatron.motion.decoder.decoder import MotionDecoder
from avatron.motion.personal.mouth import MouthFilter
from avatron.text.frontends import frontend_for
from avatron.training.motion.clip import MotionClip
from avatron.training.motion.examples import MotionExample, example_of
from avatron.training.motion.personal.clips import PERSON
from avatron.voice.protocol import Voice
from avatron.voice.style import VoiceStyle

__all__ = ["REHEARSED", "rehearsal_examples", "spoken_texts"]

REHEARSED: tuple[str, ...] = (
    "Bob and Pam may bump into Mabel by the old pump.",
    "Five very fine vines cover the front of the village farm.",
    "Please put the paper map back on top of the piano.",
    "We would like to know whether you would rather wait a while.",
    "My mother baked a big apple pie on Monday morning.",
    "She usually chooses a measure of sugar for each cheesecake.",
    "They thought that the thin thread through the cloth was worth nothing.",
    "Every Friday evening a few of us have coffee with our family.",
    "The small boy jumped, stumbled, and dropped his umbrella.",
    "How now? You knew who moved the blue moon, too.",
    "Ask Jack to pack a black bag and a back-up camera map.",
    "Remember to breathe, keep calm, and bring a pen, maybe a book.",
    "Our voice over the wire was weaker than the wind that evening.",
    "People from the public library pay a small membership fee in November.",
    "He left at seven; nobody saw him move before half past twelve.",
    "A perfect farm breakfast: ham, jam, bread, butter, and a cup of coffee.",
)
"""Sentences with every sound, and more closures than people make."""


def spoken_texts(voice: Voice, texts: Sequence[str] = REHEARSED) -> list[Speech]:
    """The texts as `voice` says them.

    Raises:
        UnspeakableScriptError: texts that the voice cannot say.
    """
    language = voice.languages[0]
    frontend = frontend_for(language, voice.languages)
    return [voice.speak(frontend.phonemize(text, language), VoiceStyle()) for text in texts]


def rehearsal_examples(speeches: Sequence[Speech], decoder: MotionDecoder, mouth: MouthFilter) -> list[MotionExample]:
    """What `mouth` makes of what `decoder` says of the speeches."""
    config = decoder.config
    columns = [EXPRESSION_INDEX[name] for name in config.channels]
    found = []
    for number, speech in enumerate(speeches):
        acoustics = speech.acoustics
        curves = mouth.of(speech, decoder, decoder.curves(speech))
        expression = np.zeros((len(curves), len(EXPRESSION_NAMES)), np.float32)
        expression[:, columns] = curves
        rate = Fraction(acoustics.sample_rate, 2 * acoustics.hop_length)
        motion = replace(FaceMotion.at_rest(len(curves)), expression=expression, fps=rate)
        clip = MotionClip.of_speech(
            speech, motion, name=f"rehearsal-{number}", subject=PERSON, source="speech-driven", split="train"
        )
        example = example_of(clip, config.channels, (PERSON,))
        # The person's rest is in the target; a pause of theirs need not be a shut mouth.
        found.append(replace(example, silence=np.zeros_like(example.silence)))
    return found
