"""All measures of one voice in one run, beside the recordings and beside two anchors; the result is JSON."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.core.speech import PhonemeSequence, Span
from avatron.errors import InvalidValueError, MissingComponentError, ShapeError, UnknownNameError
from avatron.evaluation.measurement import Measurement, measured_mean
from avatron.evaluation.voice.copies import copy_measures, mel_distance
from avatron.evaluation.voice.forced_alignment import (
    ForcedAligner,
    StartAligner,
    distance_summary,
    start_distances_ms,
)
from avatron.evaluation.voice.melody import compare_melodies, melody_measures, pitch_range_ratio
from avatron.evaluation.voice.naturalness import JUDGES, judged
from avatron.evaluation.voice.optional import absent
from avatron.evaluation.voice.recordings import AlignedRecording
from avatron.evaluation.voice.sets import NEW_SETS, RECORDED_SETS, SETS, SoundSet, make_set
from avatron.evaluation.voice.similarity import speaker_similarity
from avatron.evaluation.voice.speaking import duration_errors_ms
from avatron.evaluation.voice.texts import new_sentences
from avatron.evaluation.voice.times import measure_repeatability, measure_times
from avatron.evaluation.voice.words import (
    Recogniser,
    WordErrors,
    relative_word_error_rate,
    spoken_words,
    word_error_rate,
    word_errors,
)
from avatron.io.audio import write_wav
from avatron.io.optional import optional_package
from avatron.signal.level import JUDGED_LUFS, at_loudness
from avatron.signal.loudness import loudness_lufs
from avatron.signal.pitch import track_pitch
from avatron.voice.match.speakers import ResemblyzerEncoder
from avatron.voice.neural import NeuralVoice
from avatron.voice.voices import load_voice

__all__ = ["VoiceBench", "measure_voice"]

HEARD_AS_THEY_ARE = frozenset({"recorded", "spoken", "new"})
"""Sets that are judged at their own level too: what people hear."""
TimedRows = list[tuple[Audio, PhonemeSequence, Sequence[Span]]]
"""Sound, phonemes and spans of utterances."""


@dataclass(frozen=True)
class VoiceBench:
    """What is measured."""

    voice: str = "lj"
    """Name or folder."""
    texts: tuple[str, ...] = ()
    """New texts; none means the hundred of the package."""
    sets: tuple[str, ...] = SETS
    """Of `SETS`; those of recordings are left out where there are none."""
    most: int | None = None
    """At most so many sounds in each set: for a quick look."""
    times: bool = True
    """Whether speed and repeatability are measured too."""
    wavs: Path | None = None
    """Folder that what is scored is written to, one folder for each set."""


def measure_voice(
    bench: VoiceBench,
    recordings: Sequence[AlignedRecording] = (),
    on_progress: Callable[[float], None] = lambda _share: None,
    second_aligner: StartAligner | None = None,
) -> dict[str, Any]:
    """Every measure of every set, as JSON; the reason in place of what could not be measured.

    `second_aligner` gives a second opinion on the timing of what the voice says.

    Raises:
        MissingComponentError: the extra `bench` is not installed.
        UnknownNameError: no voice, or no set, of that name.
        InvalidValueError: a count below 1.
        ScriptError: a text that cannot be spoken.
    """
    optional_package("scipy.signal", '"avatron[bench]"')
    for name in bench.sets:
        if name not in SETS:
            raise UnknownNameError("set", name, SETS)
    if bench.most is not None and bench.most < 1:
        raise InvalidValueError(f"at most {bench.most} sounds of each set leave nothing to measure; give 1 or more")
    voice = load_voice(bench.voice)
    every = bench.texts or new_sentences()
    texts, recordings = every[: bench.most], recordings[: bench.most]
    recorded_texts = tuple(recording.text for recording in recordings)
    said: dict[str, Sequence[str]] = {name: texts if name in NEW_SETS else recorded_texts for name in SETS}
    names = [name for name in SETS if name in bench.sets and said[name]]
    result: dict[str, Any] = {
        "voice": voice.name,
        "embedding_space": voice.embedding_space,
        "held_out_clips": len(recordings),
        "new_texts": len(texts),
        "judged_at_lufs": JUDGED_LUFS,
        "sets": {},
        "timing": {},
    }
    measures = _Measures(recordings, said)
    for place, name in enumerate(names):

        def told(share: float, place: int = place) -> None:
            on_progress((place + share) / (len(names) + 1))

        told(0.0)
        try:
            made = make_set(name, voice, texts, recordings)
        except (MissingComponentError, InvalidValueError) as error:
            result["sets"][name] = absent(error)
            continue
        if bench.wavs is not None:
            _write(made, bench.wavs, [recording.name for recording in recordings])
        result["sets"][name] = _json(measures.of(made, told))
        timing = measures.timing(made, voice)
        if timing is not None:
            result["timing"][name] = timing
        rows = _timed_rows(made)
        if second_aligner is not None and rows:
            result["timing"][f"{name}_second_aligner"] = _timing(second_aligner, rows)
    if recordings and isinstance(voice, NeuralVoice):
        errors = [duration_errors_ms(voice, recording) for recording in recordings]
        found = measured_mean("duration_error_ms", errors, unit="ms a phoneme", better="lower")
        result["duration_error_ms"] = found.as_json()
    if bench.times:
        on_progress(len(names) / (len(names) + 1))
        result["repeated"] = measure_repeatability(bench.voice, every)
        result["times"] = measure_times(bench.voice, every)
    return result


class _Measures:
    """The judges, opened when they are first needed, and what the sets share."""

    def __init__(self, recordings: Sequence[AlignedRecording], said: dict[str, Sequence[str]]) -> None:
        self._recordings = recordings
        self._said = said
        self._reference_errors: list[WordErrors] | None = None
        self._opened: dict[type[Any], Any] = {}

    def of(self, sounds: SoundSet, told: Callable[[float], None]) -> dict[str, Any]:
        """Every measure that this set can have."""
        found: dict[str, Any] = {"count": len(sounds.audios), "seconds": sum(a.duration_s for a in sounds.audios)}
        levels = [level for level in map(loudness_lufs, sounds.audios) if math.isfinite(level)]
        found |= _or_why(
            "loudness_lufs",
            lambda: measured_mean("loudness_lufs", levels, unit="LUFS", better="neither", citation="ITU-R BS.1770-4"),
        )
        as_is = sounds.name in HEARD_AS_THEY_ARE
        for number, maker in enumerate(JUDGES):
            found |= self._try(maker, maker.names, lambda judge: judged(sounds.audios, judge, as_is=as_is))
            told((number + 1) / (len(JUDGES) + 2))
        found |= self._try(Recogniser, ("word_error_rate",), lambda recogniser: self._words(sounds, recogniser))
        told((len(JUDGES) + 1) / (len(JUDGES) + 2))
        if sounds.name in RECORDED_SETS:
            found |= self._try(
                ResemblyzerEncoder, ("speaker_similarity",), lambda encoder: self._similarity(sounds, encoder)
            )
            found |= self._melody(sounds)
        recorded = [recording.audio for recording in self._recordings]
        if sounds.is_copy:
            found |= copy_measures(sounds.audios, recorded)
        elif sounds.is_in_time:
            # A voice has a gain of its own, which is no distance.
            levelled = [at_loudness(own, loudness_lufs(one)) for own, one in zip(sounds.audios, recorded, strict=True)]
            found |= _or_why(
                "mel_l1",
                lambda: measured_mean(
                    "mel_l1",
                    [mel_distance(*pair) for pair in zip(levelled, recorded, strict=True)],
                    unit="ln",
                    better="lower",
                ),
            )
        return found

    def timing(self, sounds: SoundSet, voice: Any) -> dict[str, Any] | None:
        """Distances of an independent aligner's starts from the spans; None for a set that has no spans."""
        if sounds.name == "recorded" and isinstance(voice, NeuralVoice):
            rate = voice.config.sample_rate / voice.config.hop_length
            rows: TimedRows = [(one.audio, one.phonemes, one.spans(rate)) for one in self._recordings]
        else:
            rows = _timed_rows(sounds)
        if not rows:
            return None
        return self._try(ForcedAligner, ("word_starts", "phoneme_starts"), lambda aligner: _timing(aligner, rows))

    def _try(self, maker: type[Any], names: Sequence[str], measure: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        """What `measure` finds with the tool that `maker` opens, or why it could not be opened."""
        if maker not in self._opened:
            try:
                self._opened[maker] = maker()
            except MissingComponentError as error:
                self._opened[maker] = error
        tool = self._opened[maker]
        return {name: absent(tool) for name in names} if isinstance(tool, Exception) else measure(tool)

    def _words(self, sounds: SoundSet, recogniser: Recogniser) -> dict[str, Any]:
        wanted = [_spoken(text) for text in self._said[sounds.name]]
        errors = [word_errors(text, recogniser.words(a)) for text, a in zip(wanted, sounds.audios, strict=True)]
        found: dict[str, Any] = {"words": sum(map(len, wanted)), "word_error_rate": word_error_rate(errors)}
        if sounds.name == "recorded":
            self._reference_errors = errors
        if sounds.name in RECORDED_SETS and self._reference_errors is not None:
            found["relative_word_error_rate"] = relative_word_error_rate(errors, self._reference_errors)
        return found

    def _similarity(self, sounds: SoundSet, encoder: ResemblyzerEncoder) -> dict[str, Any]:
        own = np.stack([encoder.embed(audio) for audio in sounds.audios])
        recorded = np.stack([encoder.embed(recording.audio) for recording in self._recordings])
        return _or_why("speaker_similarity", lambda: speaker_similarity(own, recorded))

    def _melody(self, sounds: SoundSet) -> dict[str, Any]:
        own_hz = [track_pitch(audio) for audio in sounds.audios]
        reference_hz = [recording.own_pitch_hz for recording in self._recordings]
        found = _or_why("pitch_range_ratio", lambda: pitch_range_ratio(own_hz, reference_hz))
        if sounds.is_in_time:
            found |= melody_measures([compare_melodies(*pair) for pair in zip(own_hz, reference_hz, strict=True)])
        return found


def _timed_rows(sounds: SoundSet) -> TimedRows:
    """(sound, phonemes, spans) of each utterance that the voice spoke by itself."""
    spoken = [one for speech in sounds.speech for one in speech]
    return [(one.audio, one.phonemes, one.spans) for one in spoken if one.phonemes is not None]


def _timing(aligner: StartAligner, rows: TimedRows) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, starts_s in (("word_starts", aligner.word_starts_s), ("phoneme_starts", aligner.phoneme_starts_s)):
        distances, missed = [np.zeros(0)], 0
        for audio, phonemes, spans in rows:
            starts: NDArray[np.float64] | None = starts_s(audio, phonemes)
            if starts is None:
                missed += 1
            else:
                distances.append(start_distances_ms(starts, spans))
        found[name] = {**distance_summary(np.concatenate(distances)), "utterances": len(rows), "not_aligned": missed}
    return found


@cache
def _spoken(text: str) -> tuple[str, ...]:
    return spoken_words(text)


def _or_why(name: str, measure: Callable[[], Measurement]) -> dict[str, Any]:
    """What `measure` gives, or why these sounds cannot be measured so: silent, too short, without a voiced frame."""
    try:
        return {name: measure()}
    except (InvalidValueError, ShapeError) as error:
        return {name: absent(error)}


def _json(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value.as_json() if isinstance(value, Measurement) else value for name, value in found.items()}


def _write(sounds: SoundSet, folder: Path, names: Sequence[str]) -> None:
    own = folder / sounds.name
    own.mkdir(parents=True, exist_ok=True)
    labels = [f"{number:03}" for number in range(1, len(sounds.audios) + 1)] if sounds.name in NEW_SETS else names
    for label, audio in zip(labels, sounds.audios, strict=True):
        write_wav(own / f"{label}.wav", audio, overwrite=True)
