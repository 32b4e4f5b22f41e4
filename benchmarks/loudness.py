"""How loud voices are, and that nothing clicks, clips or grows: loudness, true peaks, joins, look-ahead, memory.

    python benchmarks/loudness.py --data LJSPEECH_FOLDER [--voice lj]

Loudness is integrated, by ITU-R BS.1770-4; true peaks are read off the sound interpolated four times. Needs scipy,
which the extra `bench` brings. Takes several minutes a voice: ten minutes of speech are made twice.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.evaluation.measurement import measured_mean
from avatron.evaluation.voice.texts import new_sentences
from avatron.signal.loudness import loudness_lufs
from avatron.text.frontends import frontend_for
from avatron.text.script import parse_script
from avatron.training.corpus import read_corpus
from avatron.voice.limiter import CEILING_DBTP, Limiter
from avatron.voice.style import VoiceStyle
from avatron.voice.voices import list_voices, load_voice
from record import write_result

GOAL_LUFS, GOAL_WIDTH_LU = -16.0, 1.0
SCRIPT_MINUTES = 10
NEW_SENTENCES = 30
JOIN_S = 0.005
"""On each side of a join, where a click would be."""

PEAK_MEMORY = """
import json, sys
sys.path.insert(0, sys.argv[3])
from loudness import script_of, streamed
from avatron.voice.voices import load_voice
from avatron.voice.style import VoiceStyle
voice, samples = load_voice(sys.argv[1]), 0
for piece in streamed(voice, script_of(float(sys.argv[2])), VoiceStyle()):
    samples += len(piece)
# Not `ru_maxrss`: a child begins with its parent's.
status = open("/proc/self/status", encoding="ascii").read()
peak_kib = int(status.partition("VmHWM:")[2].split()[0])
print(json.dumps({"speech_s": round(samples / voice.sample_rate, 1), "peak_mib": round(peak_kib / 1024, 1)}))
"""


def script_of(minutes: float) -> str:
    """About so many minutes of text: 900 characters are a minute."""
    sentences: list[str] = []
    length = 0
    for sentence in itertools.cycle(new_sentences()):
        if length >= 900 * minutes:
            return " ".join(sentences)
        sentences.append(sentence)
        length += len(sentence) + 1
    raise AssertionError("a cycle does not end")


def utterances(voice: Any, text: str, style: VoiceStyle) -> Iterator[NDArray[np.float32]]:
    """The samples of each sentence."""
    frontend = frontend_for(voice.languages[0], voice.languages)
    for sentence in parse_script(text, voice.languages[0], languages=voice.languages):
        phonemes = frontend.phonemize(sentence.marked, sentence.language)
        yield np.concatenate([piece.samples for piece in voice.stream(phonemes, style)])


def streamed(voice: Any, text: str, style: VoiceStyle) -> Iterator[NDArray[np.float32]]:
    """The samples of a script, piece by piece."""
    frontend = frontend_for(voice.languages[0], voice.languages)
    for sentence in parse_script(text, voice.languages[0], languages=voice.languages):
        for piece in voice.stream(frontend.phonemize(sentence.marked, sentence.language), style):
            yield piece.samples


def said(voice: Any, text: str, style: VoiceStyle) -> Audio:
    """A text's sound."""
    return Audio(np.concatenate(list(utterances(voice, text, style))), voice.sample_rate)


def true_peak_dbtp(samples: NDArray[np.float32], block: int = 1 << 16) -> float:
    """Of the sound interpolated four times through its spectrum, in overlapping blocks."""
    margin, peak = 256, 0.0
    padded = np.pad(samples.astype(np.float64), margin)
    for start in range(0, len(samples), block):
        piece = padded[start : start + block + 2 * margin]
        # Faded at its ends, so that the edges of the block do not ring into what is read.
        faded = piece.copy()
        fade = np.sin(0.5 * np.pi * (np.arange(margin // 2) + 0.5) / (margin // 2)) ** 2
        faded[: margin // 2] *= fade
        faded[-(margin // 2) :] *= fade[::-1]
        fine = np.fft.irfft(np.fft.rfft(faded), 4 * len(faded)) * 4
        peak = max(peak, float(np.abs(fine[4 * margin : -4 * margin]).max()))
    return float(20 * np.log10(max(peak, 1e-9)))


def levels(sounds: Sequence[Audio]) -> dict[str, Any]:
    """Loudness of each sound, its mean, and the share that is where it should be."""
    lufs = [loudness_lufs(sound) for sound in sounds]
    inside = [abs(each - GOAL_LUFS) <= GOAL_WIDTH_LU for each in lufs]
    mean = measured_mean("loudness", lufs, unit="LUFS", better="neither", citation="ITU-R BS.1770-4")
    return {
        "each": mean.as_json(),
        "lowest": round(min(lufs), 2),
        "highest": round(max(lufs), 2),
        "within_1_lu": round(sum(inside) / len(inside), 3),
        "together_lufs": round(loudness_lufs(Audio.joined(list(sounds))), 2),
        "true_peak_dbtp": round(max(true_peak_dbtp(sound.samples) for sound in sounds), 3),
    }


def long_script(voice: Any) -> dict[str, Any]:
    """Ten minutes: loudness minute by minute, true peak, and the jumps at the joins of sentences."""
    spoken = list(utterances(voice, script_of(SCRIPT_MINUTES), VoiceStyle()))
    samples = np.concatenate(spoken)
    minute = 60 * voice.sample_rate
    minutes = [samples[start : start + minute] for start in range(0, len(samples) - minute // 2, minute)]
    joins = np.cumsum([len(each) for each in spoken])[:-1]
    jumps = np.abs(np.diff(samples))
    width = round(JOIN_S * voice.sample_rate)
    near = np.concatenate([jumps[join - width : join + width] for join in joins])
    lufs = [loudness_lufs(Audio(each, voice.sample_rate)) for each in minutes]
    return {
        "speech_s": round(len(samples) / voice.sample_rate, 1),
        "lufs": round(loudness_lufs(Audio(samples, voice.sample_rate)), 2),
        "lufs_of_minutes": [round(each, 2) for each in lufs],
        "true_peak_dbtp": round(true_peak_dbtp(samples), 3),
        "joins": len(joins),
        "largest_jump_at_joins": float(near.max()),
        "jump_99_99_quantile_of_all": float(np.quantile(jumps, 0.9999)),
        "largest_sample_at_joins": float(max(np.abs(samples[join - width : join + width]).max() for join in joins)),
    }


def look_ahead_ms(voice: Any) -> float:
    """How far what comes out of the limiter lags what goes in."""
    limiter = Limiter(sample_rate=voice.sample_rate)
    given = np.zeros(voice.sample_rate, np.float32)
    return round((len(given) - len(limiter.push(given))) / voice.sample_rate * 1000, 3)


def peak_memory(name: str, minutes: float) -> dict[str, Any]:
    """Of a new process that streams sound alone."""
    command = [sys.executable, "-c", PEAK_MEMORY, name, str(minutes), str(Path(__file__).parent)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def measure(name: str, texts: Sequence[str]) -> dict[str, Any]:
    """All of it, for one voice."""
    voice = load_voice(name)
    new = new_sentences()[:NEW_SENTENCES]
    result: dict[str, Any] = {
        "new_sentences": levels([said(voice, text, VoiceStyle()) for text in new]),
        "held_out_texts": levels([said(voice, text, VoiceStyle()) for text in texts]) if texts else None,
        "new_sentences_by_energy": {
            str(energy): levels([said(voice, text, VoiceStyle(energy=energy)) for text in new[:10]])
            for energy in (0.5, 2.0)
        },
        "script": long_script(voice),
        "look_ahead_ms": look_ahead_ms(voice),
        "peak_memory": {f"{minutes} min": peak_memory(name, minutes) for minutes in (1, SCRIPT_MINUTES)},
    }
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="corpus whose held-out texts are spoken as well")
    parser.add_argument("--voice", action="append", help="name or folder (default: all of the package's)")
    arguments = parser.parse_args()
    texts = [clip.text for clip in read_corpus(arguments.data) if clip.held_out] if arguments.data else []
    names = arguments.voice or [summary.name for summary in list_voices() if summary.builtin]
    result = {
        "goal": {"lufs": f"{GOAL_LUFS:g} +- {GOAL_WIDTH_LU:g}", "true_peak_dbtp": CEILING_DBTP, "look_ahead_ms": 5},
        "voices": {Path(name).name: measure(name, texts) for name in names},
    }
    print(write_result("loudness", result).read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
