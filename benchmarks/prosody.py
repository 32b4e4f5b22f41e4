"""Whether questions rise and stress lies where it belongs, measured with a pitch tracker on the sound itself.

    python benchmarks/prosody.py [--voice lj]

A yes/no question should rise by two semitones or more over its last third, one with a question word should not.
Stress is right when the stressed vowel has the largest sum of z-scores of log pitch, length and energy in its word.
Needs the extra `[train]`.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.speech import Speech
from avatron.signal.pitch import track_pitch
from avatron.text.frontends import frontend_for
from avatron.text.inventory import is_vowel
from avatron.voice.protocol import Voice
from avatron.voice.style import VoiceStyle
from avatron.voice.voices import load_voice
from record import write_result

YES_NO = (
    "Could you tell me where the nearest library is?",
    "Is that your brother over there?",
    "Did you ever see the ocean?",
    "Are we going home now?",
    "Would you like another cup of coffee?",
    "Have they finished painting the kitchen?",
    "Can she really play the violin?",
    "Was the train late again this morning?",
    "Do you believe him?",
    "Will there be enough money?",
)
QUESTION_WORD = (
    "Where did you put the keys?",
    "What time does the film begin?",
    "Who told you about the party?",
    "Why is the sky so dark today?",
    "How many apples are in the basket?",
    "When will the letter arrive?",
    "Which of these roads leads to the river?",
    "Whose coat is hanging in the hall?",
    "What are you going to do tomorrow?",
    "How long have you been waiting?",
)
NOUN_AND_VERB = (
    ("record", "She broke the record.", "They record the song."),
    ("present", "He opened the present.", "We present the award."),
    ("object", "It was a strange object.", "We object to the plan."),
    ("permit", "You need a permit.", "They permit dogs here."),
    ("project", "The project is late.", "They project a loss."),
    ("produce", "The produce is fresh.", "They produce cheese."),
    ("conflict", "The conflict lasted years.", "Our dates conflict again."),
    ("contract", "He signed the contract.", "Muscles contract in the cold."),
    ("increase", "There was a large increase.", "Prices increase every year."),
    ("rebel", "The rebel escaped.", "They rebel against the king."),
    ("refund", "She wants a refund.", "They refund the money."),
    ("subject", "The subject is history.", "They subject him to a test."),
    ("convict", "The convict ran away.", "They convict him of theft."),
    ("contest", "She won the contest.", "They contest the result."),
    ("transport", "The transport was slow.", "They transport the goods."),
)
PLAIN_WORDS = (
    ("banana", "I ate a banana."), ("telephone", "The telephone rang."), ("photography", "She loves photography."),
    ("photograph", "It is an old photograph."), ("economy", "The economy grew."), ("economic", "An economic reason."),
    ("computer", "The computer stopped."), ("library", "The library closed."), ("important", "An important letter."),
    ("yesterday", "He came yesterday."), ("tomorrow", "We leave tomorrow."), ("remember", "I remember him."),
    ("hospital", "The hospital is near."), ("umbrella", "Take the umbrella."), ("potato", "A hot potato."),
    ("piano", "She plays the piano."), ("guitar", "He bought a guitar."), ("hotel", "The hotel is full."),
    ("machine", "The machine is old."), ("believe", "I believe you."), ("begin", "We begin soon."),
    ("garden", "The garden is green."), ("window", "Open the window."), ("seven", "Seven days passed."),
    ("mountain", "The mountain is high."), ("animal", "The animal slept."), ("together", "We sang together."),
    ("about", "Tell me about it."), ("again", "He called again."), ("idea", "It was my idea."),
)  # fmt: skip


def say(voice: Voice, text: str) -> tuple[Speech, NDArray[np.float64]]:
    """The speech, and the semitones that a tracker hears in it, one per mel frame; NaN without voice."""
    speech = voice.speak(frontend_for("en-us", voice.languages).phonemize(text, "en-us"), VoiceStyle())
    hertz = track_pitch(speech.audio, speech.acoustics.hop_length)
    return speech, np.where(hertz > 0, 12 * np.log2(np.maximum(hertz, 1.0)), np.nan)


def rise(voice: Voice, text: str) -> float:
    """Semitones from the middle of the last third of the voiced sound to its end."""
    _, semitones = say(voice, text)
    heard = semitones[~np.isnan(semitones)]
    third = heard[-len(heard) // 3 :]
    tenth = max(3, len(third) // 5)
    return float(np.median(third[-tenth:]) - np.median(third[: len(third) // 2]))


def stressed_rightly(voice: Voice, text: str, word: str, syllable: int) -> bool:
    """Whether the vowel number `syllable` of `word` is the most prominent of the word's."""
    speech, semitones = say(voice, text)
    assert speech.phonemes is not None
    rate = speech.acoustics.frame_rate
    numbers, rows = [], []
    for span, number in zip(speech.spans, speech.phonemes.word_index, strict=True):
        if number < 0 or not is_vowel(span.label):
            continue
        frames = slice(int(span.start_s * rate), max(int(span.end_s * rate), int(span.start_s * rate) + 1))
        pitch = semitones[frames]
        heard = float(np.nanmean(pitch)) if not np.isnan(pitch).all() else float("nan")
        rows.append((heard, np.log(span.end_s - span.start_s), float(speech.acoustics.energy[frames].mean())))
        numbers.append(int(number))
    table = np.array(rows)
    table[:, 0] = np.where(np.isnan(table[:, 0]), np.nanmin(table[:, 0]), table[:, 0])
    prominence = ((table - table.mean(0)) / np.maximum(table.std(0), 1e-6)).sum(1)
    place = next(n for n, written in enumerate(speech.phonemes.words) if written.strip(".,?!").lower() == word)
    own = prominence[np.array(numbers) == place]
    return int(np.argmax(own)) == syllable


def primary(voice: Voice, text: str, word: str) -> int:
    """Number of the vowel with primary stress of `word`, as the text side says."""
    phonemes = frontend_for("en-us", voice.languages).phonemize(text, "en-us")
    place = next(n for n, written in enumerate(phonemes.words) if written.strip(".,?!").lower() == word)
    vowels = [
        s for s, number in zip(phonemes.symbols, phonemes.word_index, strict=True) if number == place and is_vowel(s)
    ]
    return next((n for n, symbol in enumerate(vowels) if symbol.startswith("ˈ")), -1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voice", default="lj")
    voice = load_voice(parser.parse_args().voice)
    result: dict[str, Any] = {"voice": voice.name, "unit": "semitones over the last third"}
    for name, texts in (("yes_no", YES_NO), ("question_word", QUESTION_WORD)):
        rises = {text: round(rise(voice, text), 2) for text in texts}
        result[name] = {
            "rises": rises,
            "rise_by_2_or_more": sum(value >= 2 for value in rises.values()),
            "of": len(rises),
        }
    wrong_text, wrong_sound, count = [], [], 0
    cases = [(word, text, syllable) for word, *texts in NOUN_AND_VERB for syllable, text in enumerate(texts)]
    for word, text, syllable in cases:
        count += 1
        if primary(voice, text, word) != syllable:
            wrong_text.append(text)
        elif not stressed_rightly(voice, text, word, syllable):
            wrong_sound.append(text)
    for word, text in PLAIN_WORDS:
        count += 1
        if not stressed_rightly(voice, text, word, primary(voice, text, word)):
            wrong_sound.append(text)
    result["stress"] = {"of": count, "wrong_in_the_text": wrong_text, "wrong_in_the_sound": wrong_sound}
    print(write_result("prosody", result).read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
