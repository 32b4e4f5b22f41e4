"""Whether stress, questions, exclamations, lists, commas and brackets are heard, measured on the sound itself.

    python benchmarks/prosody.py [--voice lj] [--data LJSPEECH_FOLDER]

Pitch comes from a tracker on the samples, loudness and length from the samples and the times of the phonemes.

*Stress* is right when the vowel with primary stress has the largest sum of z-scores of pitch, length and energy in its
word. The z-scores are taken over the vowels of the sentence, and again over those of all sentences; the energy is the
mean of the ln mel, and again ln of the signal's power: four readings of one definition. With `--data`, the same code
listens to the reader of the corpus and to the voice on the clips that no training saw: what a person reaches.

*Questions*: semitones from the middle of the last third to its end. *Lists and commas*: semitones from the last
stressed vowel of a phrase to its end. *Exclamations* are compared with the same words and a full stop, *brackets* with
the same words between commas. *Lengthening*: the end of a word, from its last vowel on, before a comma and at the end,
relative to the same word within a phrase. Needs the extra `[train]`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.speech import Span, Speech
from avatron.text.frontends import frontend_for
from avatron.text.inventory import ARPABET, PADDING, PAUSES, is_vowel
from avatron.text.script import parse_script
from avatron.training.corpus import Clip, read_audio, read_corpus
from avatron.voice.protocol import Voice
from avatron.voice.style import VoiceStyle
from avatron.voice.voices import load_voice
from prominence import ENERGIES, HOP, Leaders, Vowels, heard_semitones, leaders, vowels_of, vowels_of_speech
from prosody_sentences import (
    ASIDES,
    CARRIERS,
    CHOICES,
    COMMAS,
    EXCLAIMED,
    LISTS,
    QUESTION_WORD,
    TAGS,
    YES_NO,
    StressCase,
    stress_cases,
)
from record import write_result

READER_STRIDE = 4
"""Every fourth clip of the corpus is enough of the reader."""


@dataclass(frozen=True, eq=False)
class Heard:
    """A sentence that the voice has said, and what a tracker hears in it."""

    speech: Speech
    semitones: NDArray[np.float64]
    """[F], NaN without voice."""

    @property
    def symbols(self) -> tuple[str, ...]:
        """[P]."""
        return tuple(span.label for span in self.speech.spans)

    def frames(self, first: int, stop: int) -> slice:
        """Mel frames of the phonemes `first` .. `stop`."""
        rate = self.speech.audio.sample_rate / HOP
        spans = self.speech.spans
        return slice(round(spans[first].start_s * rate), round(spans[stop - 1].end_s * rate))

    def voiced(self, first: int, stop: int) -> NDArray[np.float64]:
        """The semitones that are heard in the phonemes."""
        pitch = self.semitones[self.frames(first, stop)]
        return pitch[~np.isnan(pitch)]

    def decibels(self, first: int, stop: int) -> float:
        """Mean level of the phonemes, their pauses left out."""
        samples = [
            self.speech.audio.samples[self.frames(n, n + 1).start * HOP : self.frames(n, n + 1).stop * HOP]
            for n in range(first, stop)
            if self.symbols[n] not in PAUSES
        ]
        return float(10 * np.log10(np.mean(np.square(np.concatenate(samples), dtype=np.float64)) + 1e-12))

    def movement(self, pause: int) -> float:
        """Semitones from the last stressed vowel before a pause to the last sound before it; NaN if little is heard."""
        first = max(n for n in range(pause) if self.symbols[n].startswith("ˈ"))
        pitch = self.voiced(first, pause)
        quarter = max(2, len(pitch) // 4)
        return float(np.median(pitch[-quarter:]) - np.median(pitch[:quarter])) if len(pitch) > 4 else float("nan")


class Sayer:
    """Says sentences with one voice."""

    def __init__(self, voice: Voice) -> None:
        self.voice = voice
        self._frontend = frontend_for("en-us", voice.languages)

    def say(self, text: str) -> Speech:
        """The speech of one sentence."""
        return self.voice.speak(self._frontend.phonemize(text, "en-us"), VoiceStyle())

    def hear(self, text: str) -> Heard:
        """The same with its pitch."""
        speech = self.say(text)
        return Heard(speech, heard_semitones(speech.audio))


def rise(heard: Heard) -> float:
    """Semitones from the middle of the last third of the voiced sound to its end."""
    pitch = heard.voiced(0, len(heard.symbols) - 1)
    third = pitch[-len(pitch) // 3 :]
    tenth = max(3, len(third) // 5)
    return float(np.median(third[-tenth:]) - np.median(third[: len(third) // 2]))


def rise_of_tag(heard: Heard) -> float:
    """Semitones from the first quarter to the last of what stands after the comma."""
    pitch = heard.voiced(heard.symbols.index(",") + 1, len(heard.symbols) - 1)
    quarter = max(2, len(pitch) // 4)
    return float(np.median(pitch[-quarter:]) - np.median(pitch[:quarter]))


def questions(sayer: Sayer) -> dict[str, Any]:
    """How far each kind rises over its last third."""
    result: dict[str, Any] = {"unit": "semitones over the last third; of a tag, from its beginning to its end"}
    kinds = (("yes_no", YES_NO), ("question_word", QUESTION_WORD), ("tag", TAGS), ("choice", CHOICES))
    for name, texts in kinds:
        measure = rise_of_tag if name == "tag" else rise
        rises = {text: round(measure(sayer.hear(text)), 2) for text in texts}
        result[name] = {"rises": rises, "rise_by_2_or_more": sum(r >= 2 for r in rises.values()), "of": len(rises)}
    return result


def phrases(sayer: Sayer, texts: Sequence[str]) -> dict[str, Any]:
    """Movements before commas and at the end."""
    rows: dict[str, Any] = {}
    before: list[float] = []
    ends: list[float] = []
    for text in texts:
        heard = sayer.hear(text)
        commas = [heard.movement(n) for n, symbol in enumerate(heard.symbols) if symbol == ","]
        end = heard.movement(len(heard.symbols) - 1)
        rows[text] = {"before_commas": [round(move, 2) for move in commas], "at_the_end": round(end, 2)}
        before += commas
        ends.append(end)
    return {
        "unit": "semitones from the last stressed vowel to the end of the phrase",
        "sentences": rows,
        "commas": len(before),
        "commas_without_a_fall_of_more_than_1": int(sum(move >= -1 for move in before)),
        "mean_before_commas": round(float(np.nanmean(before)), 2),
        "ends": len(ends),
        "ends_that_fall_by_1_or_more": int(sum(move <= -1 for move in ends)),
        "mean_at_the_end": round(float(np.nanmean(ends)), 2),
    }


def exclamations(sayer: Sayer) -> dict[str, Any]:
    """Range, top, level and final fall of the same words with `!` and with `.`."""
    rows: dict[str, Any] = {}
    gains: list[list[float]] = []
    for text in EXCLAIMED:
        found = []
        for mark in ".!":
            heard = sayer.hear(text + mark)
            end = len(heard.symbols) - 1
            pitch = heard.voiced(0, end)
            found.append(
                (
                    float(np.percentile(pitch, 95) - np.percentile(pitch, 5)),
                    float(np.percentile(pitch, 95)),
                    heard.decibels(0, end),
                    heard.movement(end),
                )
            )
        gains.append([second - first for first, second in zip(*found, strict=True)])
        names = ("wider", "higher", "louder_db")
        rows[text] = {name: round(gain, 2) for name, gain in zip(names, gains[-1][:3], strict=True)}
        rows[text] |= {"fall": round(found[1][3], 2), "fall_of_the_statement": round(found[0][3], 2)}
    mean = np.mean(gains, axis=0)
    return {
        "unit": "semitones and dB, exclamation minus statement",
        "sentences": rows,
        "mean_wider": round(float(mean[0]), 2),
        "mean_higher": round(float(mean[1]), 2),
        "mean_louder_db": round(float(mean[2]), 2),
        "wider_and_louder": sum(gain[0] > 0 and gain[2] > 0 for gain in gains),
        "fall_at_the_end": sum(row["fall"] < -1 for row in rows.values()),
        "of": len(gains),
    }


def asides(sayer: Sayer) -> dict[str, Any]:
    """Pitch, range, level and length of what is in brackets, against the same words between commas."""
    rows: dict[str, Any] = {}
    for text in ASIDES:
        found = []
        for written in (text.replace(" (", ", ").replace(")", ","), text):
            heard = sayer.hear(written)
            first, stop = (n for n, symbol in enumerate(heard.symbols) if symbol == ",")
            pitch, around = (
                heard.voiced(first + 1, stop),
                np.concatenate([heard.voiced(0, first), heard.voiced(stop, len(heard.symbols) - 1)]),
            )
            spans = heard.speech.spans
            found.append(
                (
                    float(pitch.mean() - around.mean()),
                    float(np.percentile(pitch, 90) - np.percentile(pitch, 10)),
                    heard.decibels(first + 1, stop) - heard.decibels(0, first),
                    spans[stop].start_s - spans[first].end_s,
                    min(spans[first].end_s - spans[first].start_s, spans[stop].end_s - spans[stop].start_s),
                )
            )
        with_commas, bracketed = found
        rows[text] = {
            "lower": round(bracketed[0] - with_commas[0], 2),
            "range": round(bracketed[1], 2),
            "range_between_commas": round(with_commas[1], 2),
            "softer_db": round(bracketed[2] - with_commas[2], 2),
            "length": round(bracketed[3] / with_commas[3], 3),
            "shorter_pause_s": round(bracketed[4], 3),
        }
    names = ("lower", "range", "range_between_commas", "softer_db", "length", "shorter_pause_s")
    means = {f"mean_{name}": round(float(np.mean([row[name] for row in rows.values()])), 2) for name in names}
    return {"unit": "semitones, dB, share of the length between commas", "sentences": rows, **means, "of": len(rows)}


def lengthening(sayer: Sayer) -> dict[str, Any]:
    """How much longer the end of a word is before a comma and at the end than within a phrase."""
    rows = {}
    for word, *texts in CARRIERS:
        lengths = []
        for text in texts:
            speech = sayer.say(text)
            assert speech.phonemes is not None
            place = word_number(speech, word)
            own = [n for n, number in enumerate(speech.phonemes.word_index) if number == place]
            last = max(n for n in own if is_vowel(speech.spans[n].label))
            lengths.append(speech.spans[own[-1]].end_s - speech.spans[last].start_s)
        within, comma, end = lengths
        rows[word] = {
            "within_ms": round(1000 * within),
            "comma": round(comma / within, 2),
            "end": round(end / within, 2),
        }
    ratios = {name: round(float(np.mean([row[name] for row in rows.values()])), 2) for name in ("comma", "end")}
    return {"unit": "length from the last vowel on, relative to within a phrase", "words": rows, "mean": ratios}


def word_number(speech: Speech, word: str) -> int:
    """Place of a written word."""
    assert speech.phonemes is not None
    return next(n for n, written in enumerate(speech.phonemes.words) if written.strip(".,?!").lower() == word)


def stress(sayer: Sayer) -> dict[str, Any]:
    """Words whose stressed vowel leads, by the four readings of the definition."""
    cases = stress_cases()
    said = [sayer.say(case.sentence) for case in cases]
    vowels = [vowels_of_speech(speech) for speech in said]
    everything = np.concatenate([utterance.rows for utterance in vowels])
    in_text = [is_right_in_text(case, speech, own) for case, speech, own in zip(cases, said, vowels, strict=True)]
    result: dict[str, Any] = {
        "of": {kind: sum(case.kind == kind for case in cases) for kind in ("heteronym", "other")},
        "wrong_in_the_text": [case.sentence for case, right in zip(cases, in_text, strict=True) if not right],
    }
    for name, energy, like in readings(everything):
        right = []
        for case, speech, own in zip(cases, said, vowels, strict=True):
            scores = own.scores(energy, like)[own.word == word_number(speech, case.word)]
            right.append(int(np.argmax(scores)) == case.syllable)
        result[name] = {
            "right": {
                kind: sum(r for c, r in zip(cases, right, strict=True) if c.kind == kind) for kind in result["of"]
            },
            "wrong": [case.sentence for case, r in zip(cases, right, strict=True) if not r],
        }
    return result


def readings(everything: NDArray[np.float64]) -> list[tuple[str, str, NDArray[np.float64] | None]]:
    """(name, energy, what z-scores are taken over) of each reading of the definition."""
    return [
        (f"z_of_the_{over}_energy_of_the_{energy}", energy, everything if over == "run" else None)
        for over in ("sentence", "run")
        for energy in ENERGIES
    ]


def is_right_in_text(case: StressCase, speech: Speech, vowels: Vowels) -> bool:
    """Whether the text side puts the stress there."""
    own = vowels.stress[vowels.word == word_number(speech, case.word)]
    return case.syllable < len(own) and own[case.syllable] == 1


def shares(utterances: Sequence[Vowels]) -> dict[str, Any]:
    """Share of all words of two or more vowels whose stressed vowel leads, by the four readings."""
    found: dict[str, Any] = {}
    for over_all in (False, True):
        for energy in ENERGIES:
            counted: Leaders = leaders(utterances, energy, over_all=over_all)
            found[f"z_of_the_{'run' if over_all else 'sentence'}_energy_of_the_{energy}"] = round(counted.share, 3)
            found["words"] = counted.words
    return found


def recorded_vowels(clip: Clip, sample_rate: int) -> Vowels:
    """The vowels of a recording, by its alignment."""
    numbers, number = [], -1
    for phone in clip.phones:
        number += phone.word_initial
        numbers.append(-1 if phone.is_pause else number)
    spans = [Span(ARPABET.get(phone.label, PADDING), phone.start_s, phone.end_s) for phone in clip.phones]
    return vowels_of(read_audio(clip.path, sample_rate), spans, numbers)


def beside_the_reader(sayer: Sayer, data: Path) -> dict[str, Any]:
    """The same measure on recordings, and on their texts as the voice says them."""
    clips = read_corpus(data)
    held_out = [clip for clip in clips if clip.held_out]
    rate = sayer.voice.sample_rate
    return {
        "unit": "share of words of two or more vowels whose stressed vowel leads",
        "reader_held_out": shares([recorded_vowels(clip, rate) for clip in held_out]),
        "reader_every_fourth_clip": shares([recorded_vowels(clip, rate) for clip in clips[1::READER_STRIDE]]),
        "voice_held_out_texts": shares(
            [vowels_of_speech(sayer.say(part.text)) for clip in held_out for part in parse_script(clip.text)]
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voice", default="lj")
    parser.add_argument("--data", type=Path, help="the corpus that the voice was trained on")
    arguments = parser.parse_args()
    sayer = Sayer(load_voice(arguments.voice))
    result: dict[str, Any] = {
        "voice": sayer.voice.name,
        "questions": questions(sayer),
        "exclamations": exclamations(sayer),
        "lists": phrases(sayer, LISTS),
        "commas": phrases(sayer, COMMAS),
        "asides": asides(sayer),
        "lengthening": lengthening(sayer),
        "stress": stress(sayer),
    }
    if arguments.data is not None:
        result["stress_of_all_words"] = beside_the_reader(sayer, arguments.data)
    print(write_result("prosody", result).read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
