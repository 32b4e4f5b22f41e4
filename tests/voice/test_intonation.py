"""Intonation by rule, on the reading of any voice: pitch in semitones from the middle of the utterance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatron.core.speech import PhonemeSequence
from avatron.text.english.frontend import EnglishFrontend
from avatron.text.inventory import PAUSES, is_vowel, stress_of
from avatron.voice.intonation.asides import asides_of
from avatron.voice.intonation.clauses import Clause, clauses_of, nucleus
from avatron.voice.intonation.continuations import ITEM_SEMITONES, list_pauses
from avatron.voice.intonation.exclamations import EFFORT_DECIBELS
from avatron.voice.intonation.prosody import SEMITONE, Prosody
from avatron.voice.intonation.questions import question_kind
from avatron.voice.intonation.rules import intoned
from avatron.voice.intonation.stress import GREATEST_STEPS, STEP_LENGTH, STEP_SEMITONES, prominence
from avatron.voice.neural import NeuralVoice
from avatron.voice.style import VoiceStyle
from avatron.voice.voices import COLLECTION

FRAME_RATE = 86.0
FRAMES = 8


@pytest.fixture(scope="module")
def frontend() -> EnglishFrontend:
    return EnglishFrontend()


@pytest.fixture(scope="module")
def voice() -> NeuralVoice:
    return NeuralVoice.load(COLLECTION.builtin_folder / "lj")


def falling(phonemes: PhonemeSequence, semitones: float = 6.0, middle_hz: float = 200.0) -> Prosody:
    """A reading that falls steadily by `semitones` and says every phoneme alike."""
    count = len(phonemes)
    spoken = np.array([symbol not in PAUSES for symbol in phonemes.symbols])
    pitch = np.log(middle_hz) + np.linspace(0.5, -0.5, count) * semitones * SEMITONE
    return Prosody.of(np.full(count, FRAMES), pitch, np.full(count, -5.0), spoken, FRAME_RATE)


def heights(prosody: Prosody) -> np.ndarray:
    """[P, 2] semitones at the start and the end of each phoneme."""
    mean = (prosody.log_pitch - prosody.middle) / SEMITONE
    half = prosody.glide / SEMITONE / 2
    return np.stack([mean - half, mean + half], axis=1)


def only_clause(phonemes: PhonemeSequence) -> Clause:
    (clause,) = clauses_of(phonemes)
    return clause


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Is it true?", "yes_no"),
        ("You are leaving?", "yes_no"),
        ("Is it true or not?", "yes_no"),
        ("Would you like a coffee or something?", "yes_no"),
        ("What is it?", "question_word"),
        ("And what then?", "question_word"),
        ("In which city do they live?", "question_word"),
        ("Who's there?", "question_word"),
        ("Would you like tea or coffee?", "choice"),
        ("It's cold, isn't it?", "tag"),
        ("What a day, isn't it?", "tag"),
        ("You like it, right?", "tag"),
        ("It is true.", ""),
        ("Is it true!", ""),
    ],
)
def test_questions_are_told_apart(frontend: EnglishFrontend, text: str, kind: str) -> None:
    phonemes = frontend.phonemize(text)
    assert question_kind(phonemes, only_clause(phonemes)) == kind


@pytest.mark.parametrize("middle_hz", [110.0, 210.0])
@pytest.mark.parametrize("text", ["Is it true?", "Have they finished painting the kitchen?", "It's cold, isn't it?"])
def test_yes_no_questions_and_tags_end_high_in_any_voice(
    frontend: EnglishFrontend, text: str, middle_hz: float
) -> None:
    phonemes = frontend.phonemize(text)
    said = heights(intoned(phonemes, falling(phonemes, middle_hz=middle_hz)))
    assert said[-2, 1] >= 4
    start, end = only_clause(phonemes).phrases[-1]
    assert said[-2, 1] - said[start:end].min() >= 5


@pytest.mark.parametrize("text", ["Where did you put the keys?", "Would you like tea or coffee?"])
def test_questions_with_a_question_word_or_a_choice_end_as_they_were_read(frontend: EnglishFrontend, text: str) -> None:
    phonemes = frontend.phonemize(text)
    before = falling(phonemes)
    np.testing.assert_allclose(heights(intoned(phonemes, before))[-4:], heights(before)[-4:], atol=0.8)


def test_what_is_offered_first_rises(frontend: EnglishFrontend) -> None:
    phonemes = frontend.phonemize("Would you like tea or coffee?")
    said = heights(intoned(phonemes, falling(phonemes)))
    tea = next(
        place for place, number in enumerate(phonemes.word_index) if number == 3 and is_vowel(phonemes.symbols[place])
    )
    assert said[tea, 1] - said[tea, 0] == pytest.approx(3.0, abs=0.1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Did you see him?", "see"),
        ("What a wonderful surprise this is!", "surprise"),
        ("Look at this!", "this!"),
        ("Is it there?", "there?"),
    ],
)
def test_contours_hang_on_the_last_word_that_means_something(frontend: EnglishFrontend, text: str, words: str) -> None:
    phonemes = frontend.phonemize(text)
    place = nucleus(phonemes, 1, len(phonemes) - 1)
    assert place is not None
    assert phonemes.words[phonemes.word_index[place]] == words


@pytest.mark.parametrize("text", ["The house is on fire", "Wow", "Look out", "You won the prize, Peter"])
def test_exclamations_are_higher_wider_louder_and_fall(frontend: EnglishFrontend, text: str) -> None:
    plain, loud = frontend.phonemize(f"{text}."), frontend.phonemize(f"{text}!")
    statement, exclamation = intoned(plain, falling(plain)), intoned(loud, falling(loud))
    spoken = np.array([symbol not in PAUSES for symbol in loud.symbols])
    assert np.ptp(heights(exclamation)[spoken]) > np.ptp(heights(statement)[spoken]) + 1.5
    assert heights(exclamation)[spoken].max() > heights(statement)[spoken].max() + 1
    assert heights(exclamation)[-2, 1] <= heights(statement)[-2, 1]
    assert ((exclamation.decibels - statement.decibels)[spoken] >= EFFORT_DECIBELS - 1e-6).all()


def test_a_name_that_is_called_comes_after_the_fall(frontend: EnglishFrontend) -> None:
    phonemes = frontend.phonemize("Look out, Peter!")
    said = heights(intoned(phonemes, falling(phonemes)))
    pause = phonemes.symbols.index(",")
    assert said[1:pause].max() > 4
    assert said[pause + 1 : -1].max() < 0


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("We bought apples, pears, plums, and a loaf of bread.", 3),
        ("The flag is red, white and blue.", 1),
        ("You can have tea, coffee, milk, or water.", 3),
        ("When he came, Tom and Mary left the house.", 0),
        ("Yes, I know.", 0),
        ("After he had come home from a very long day, he ate, and slept.", 0),
    ],
)
def test_lists_are_found_by_commas_and_a_conjunction(frontend: EnglishFrontend, text: str, items: int) -> None:
    phonemes = frontend.phonemize(text)
    assert len(list_pauses(phonemes, only_clause(phonemes))) == items


def test_items_of_a_list_rise_until_the_last_one_falls(frontend: EnglishFrontend) -> None:
    phonemes = frontend.phonemize("He speaks English, French, German, and Italian.")
    said = heights(intoned(phonemes, falling(phonemes)))
    for start, end in only_clause(phonemes).phrases[:-1]:
        place = nucleus(phonemes, start, end)
        assert said[end - 1, 1] - said[place, 0] == pytest.approx(ITEM_SEMITONES, abs=0.01)
    assert said[-2, 1] < said[-8, 0]


def test_other_phrases_do_not_fall_before_a_comma(frontend: EnglishFrontend) -> None:
    phonemes = frontend.phonemize("When the rain had stopped at last, we went outside.")
    said = heights(intoned(phonemes, falling(phonemes, 12)))
    start, end = only_clause(phonemes).phrases[0]
    assert said[end - 1, 1] >= said[nucleus(phonemes, start, end), 0]


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("My brother (the one in London) sent a letter.", "the one in london"),
        ("He went [quickly] home.", "quickly"),
        ("His car — a small red one — was parked.", "a small red one"),
        ("Their house - the last one - is for sale.", "the last one"),
        ("It is late (really).", "really"),
        ("(He laughed.)", "he laughed"),
        ("He came — and left.", ""),
        ("a) is right and b) is wrong.", ""),
        ("It lasted 5-10 minutes.", ""),
    ],
)
def test_asides_stand_in_brackets_or_between_two_dashes(frontend: EnglishFrontend, text: str, inside: str) -> None:
    phonemes = frontend.phonemize(text)
    found = asides_of(phonemes)
    assert len(found) == bool(inside)
    numbers = {int(n) for start, stop in found for n in phonemes.word_index[start:stop] if n >= 0}
    assert " ".join(phonemes.words[n].strip("()[]., —-").lower() for n in sorted(numbers)) == inside


def test_asides_are_lower_softer_and_faster(frontend: EnglishFrontend) -> None:
    bracketed = frontend.phonemize("My brother (the one in London) sent a letter.")
    plain = frontend.phonemize("My brother, the one in London, sent a letter.")
    assert bracketed.symbols == plain.symbols
    aside, commas = intoned(bracketed, falling(bracketed)), intoned(plain, falling(plain))
    ((start, stop),) = asides_of(bracketed)
    inside = slice(start, stop)
    assert 1 < float((commas.log_pitch - aside.log_pitch)[inside].mean()) / SEMITONE < 3
    assert ((commas.decibels - aside.decibels)[inside] > 1).all()
    assert aside.durations[inside].sum() < 0.95 * commas.durations[inside].sum()
    assert aside.durations[stop:].sum() == pytest.approx(commas.durations[stop:].sum())


def test_a_stressed_vowel_that_was_behind_leads_its_word_by_bounded_steps(frontend: EnglishFrontend) -> None:
    phonemes = frontend.phonemize("They record the song in the garden.")
    before = falling(phonemes, 4)
    place = next(n for n, symbol in enumerate(phonemes.symbols) if phonemes.word_index[n] == 1 and is_vowel(symbol))
    energy = before.energy.copy()
    energy[place] += 0.2
    before = replace(before, energy=energy)
    after = intoned(phonemes, before)
    vowels = np.array([n for n, symbol in enumerate(phonemes.symbols) if is_vowel(symbol)])
    own = phonemes.word_index[vowels] == 1
    stress = [stress_of(phonemes.symbols[n]) for n in vowels[own]]
    assert np.argmax(prominence(before, vowels)[own]) != stress.index(1)
    assert np.argmax(prominence(after, vowels)[own]) == stress.index(1)
    assert np.abs(np.log(after.durations / before.durations)).max() <= GREATEST_STEPS * STEP_LENGTH + 1e-9
    assert np.abs(after.log_pitch - before.log_pitch).max() <= GREATEST_STEPS * STEP_SEMITONES * SEMITONE + 1e-9


def test_words_whose_stress_is_clear_stay_as_they_are_read(frontend: EnglishFrontend) -> None:
    phonemes = frontend.phonemize("The garden is green.")
    before = falling(phonemes)
    strong = np.array([stress_of(symbol) == 1 for symbol in phonemes.symbols])
    before = replace(before, energy=before.energy + strong)
    after = intoned(phonemes, before)
    assert after.durations.tolist() == before.durations.tolist()
    assert after.log_pitch.tolist() == before.log_pitch.tolist()


def test_another_language_is_left_as_it_is_read(frontend: EnglishFrontend) -> None:
    phonemes = replace(frontend.phonemize("Is it true, or red, white, and (maybe) blue?"), language="de")
    before = falling(phonemes)
    assert intoned(phonemes, before) is before


@pytest.mark.parametrize(
    "text",
    [
        "!",
        "Hm?",
        "a",
        "(",
        "(((a)))",
        "— a —",
        "a, b, c, d, e, f and g!",
        "Stop! Why? (No.) Yes.",
        "...",
        "1, 2, and 3?",
    ],
)
def test_odd_texts_keep_finite_pitch_and_positive_lengths(frontend: EnglishFrontend, text: str) -> None:
    from avatron.errors import ScriptError

    try:
        phonemes = frontend.phonemize(text)
    except ScriptError:
        return
    said = intoned(phonemes, falling(phonemes))
    assert np.isfinite(said.log_pitch).all()
    assert np.isfinite(said.glide).all()
    assert np.isfinite(said.decibels).all()
    assert (said.durations > 0).all()
    assert np.abs(heights(said)).max() < 15


def test_the_stream_of_an_intoned_sentence_is_exactly_the_whole(voice: NeuralVoice, frontend: EnglishFrontend) -> None:
    from avatron.core.audio import Audio

    phonemes = frontend.phonemize("We saw a cat, a dog, and (I think) a fox!")
    joined = Audio.joined(list(voice.stream(phonemes, VoiceStyle())))
    np.testing.assert_array_equal(joined.samples, voice.speak(phonemes, VoiceStyle()).audio.samples)


def test_a_flat_pitch_range_flattens_the_contours_too(voice: NeuralVoice, frontend: EnglishFrontend) -> None:
    phonemes = frontend.phonemize("Is it true?")
    own = voice.acoustic_model.read(phonemes, VoiceStyle())
    flat = voice.acoustic_model.read(phonemes, VoiceStyle(pitch_range=0.5))
    np.testing.assert_allclose(flat.glide, own.glide * 0.5, rtol=1e-5)
    assert np.ptp(flat.log_pitch[1:-1]) == pytest.approx(0.5 * np.ptp(own.log_pitch[1:-1]), rel=1e-4)
