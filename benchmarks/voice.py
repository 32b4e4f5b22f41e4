"""How good, how fast and how large a voice is.

    python benchmarks/voice.py --data LJSPEECH_FOLDER [--voice lj] [--wavs FOLDER] [--reference VOICE_FOLDER]

Quality is measured on the clips that no stage of training saw (every 20th of the sorted names). `spoken` says their
texts from end to end; `teacher_forced` their phonemes with the recording's durations, pitch and energy; `copy` gives
the vocoder the recordings' own mel and pitch; `recorded` is the ceiling. Scored are DNSMOS P.835 (higher is better;
Reddy et al. 2022), the word error rate of pocketsphinx with its own language model (lower is better, and only a
relative number: it is a weak recogniser), and, with teacher forcing, distances to the recording. Needs the extra
`[train]`. `--reference` names a folder of the same voice in full precision, to measure what half precision loses.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anchor import anchor, best_median_ms
from avatron.core.audio import Audio
from avatron.core.speech import PhonemeSequence
from avatron.io.resample import resample_audio
from avatron.signal.loudness import loudness_lufs
from avatron.signal.mel import MelConfig, log_mel
from avatron.text.frontends import frontend_for
from avatron.text.script import parse_script
from avatron.training.acoustic_data import Example, examples
from avatron.training.corpus import Clip, read_corpus
from avatron.training.features import LEAD_FRAMES, ClipFeatures, cached_features
from avatron.training.labels import ENERGY_CENTRE, ENERGY_SCALE, PITCH_CENTRE, PITCH_SCALE, label_clip
from avatron.training.run import phonemes_of
from avatron.voice.neural import NeuralVoice
from avatron.voice.style import VoiceStyle
from avatron.voice.voices import COLLECTION
from record import write_result

STYLE = VoiceStyle()
SETS = ("recorded", "copy", "teacher_forced", "spoken", "new")
NEW_SENTENCES = (
    "The morning train was late again, so we walked along the river and talked about the weather.",
    "Could you tell me where the nearest library is?",
    "She opened the small wooden box, and inside it lay a silver key.",
    "Machines can now read aloud, but listening is still a human art.",
    "Please remember to bring two bottles of water and a warm jacket.",
    "In the evening the children played quietly while their father cooked dinner.",
)
"""Nobody has recorded these."""


def interval(values: list[float]) -> dict[str, float]:
    """Count, mean and half width of the 95 % interval of the mean."""
    array = np.array(values)
    half = 1.96 * array.std(ddof=1) / np.sqrt(len(array)) if len(array) > 1 else 0.0
    return {"count": len(array), "mean": round(float(array.mean()), 4), "interval95": round(float(half), 4)}


def at_16_khz(audio: Audio) -> NDArray[np.float32]:
    """Samples at 16 kHz, which both scorers read."""
    return resample_audio(audio, 16000).samples


def dnsmos(audio: Audio) -> dict[str, float]:
    """Overall, signal and background score, 1 .. 5."""
    from speechmos import dnsmos as scorer

    samples = np.clip(at_16_khz(audio), -1, 1)
    scores = scorer.run(samples, sr=16000)
    return {name: float(scores[f"{name}_mos"]) for name in ("ovrl", "sig", "bak")}


class Recogniser:
    """pocketsphinx with its own model of English."""

    def __init__(self) -> None:
        from pocketsphinx import Decoder

        self._decoder = Decoder(samprate=16000, loglevel="FATAL")

    def words(self, audio: Audio) -> list[str]:
        """What it hears."""
        samples = np.pad(at_16_khz(audio), 4000)
        self._decoder.start_utt()
        self._decoder.process_raw((np.clip(samples, -1, 1) * 32767).astype(np.int16).tobytes(), full_utt=True)
        self._decoder.end_utt()
        heard = self._decoder.hyp()
        return plain_words(heard.hypstr if heard else "")


def plain_words(text: str) -> list[str]:
    """Lower-case words without punctuation."""
    return re.findall(r"[a-z']+", text.lower())


def word_errors(wanted: list[str], heard: list[str]) -> int:
    """Substitutions, insertions and deletions: Levenshtein's distance."""
    row = list(range(len(heard) + 1))
    for place, word in enumerate(wanted, 1):
        diagonal, row[0] = row[0], place
        for column, other in enumerate(heard, 1):
            diagonal, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, diagonal + (word != other))
    return row[-1]


def quality(texts: list[str], audios: list[Audio], recogniser: Recogniser) -> dict[str, Any]:
    """DNSMOS, word error rate and loudness of a set."""
    scores = [dnsmos(audio) for audio in audios]
    wanted = [plain_words(text) for text in texts]
    heard = [recogniser.words(audio) for audio in audios]
    errors = sum(word_errors(*pair) for pair in zip(wanted, heard, strict=True))
    found: dict[str, Any] = {
        f"dnsmos_{name}": interval([score[name] for score in scores]) for name in ("ovrl", "sig", "bak")
    }
    found["word_error_rate"] = round(errors / sum(map(len, wanted)), 4)
    found["words"] = sum(map(len, wanted))
    found["loudness_lufs"] = interval([loudness_lufs(audio) for audio in audios])
    return found


def spoken(voice: NeuralVoice, text: str) -> Audio:
    """The text from end to end, as `avatron speak` says it."""
    frontend = frontend_for("en-us", ("en-us",))
    pieces = [
        voice.speak(frontend.phonemize(sentence.text, sentence.language), STYLE).audio
        for sentence in parse_script(text)
    ]
    return Audio.joined(pieces)


def teacher_forced(voice: NeuralVoice, clip: Example, features: ClipFeatures) -> tuple[dict[str, float], Audio]:
    """Distances to the recording, and the sound, with the recording's durations, pitch and energy."""
    read = voice.acoustic_model.read(phonemes_of(clip, "en-us"), STYLE)
    reading = replace(
        read,
        durations=clip.durations.numpy(),
        log_pitch=(clip.pitch.numpy() / PITCH_SCALE + PITCH_CENTRE).astype(np.float32),
        energy=(clip.energy.numpy() / ENERGY_SCALE + ENERGY_CENTRE).astype(np.float32),
    )
    drawing = voice.acoustic_model.draw(reading)
    own = slice(LEAD_FRAMES, None)
    voiced = features.pitch_hz[own] > 0
    both = voiced & drawing.voiced[own]
    cents = 1200 / np.log(2) * (drawing.log_pitch[own] - features.log_pitch[own])[both]
    audio = Audio.joined(list(voice.render(drawing, STYLE)))
    return {
        "mel_l1": float(np.abs(drawing.mel - features.mel)[:, own].mean()),
        "voicing_error": float((voiced != drawing.voiced[own]).mean()),
        "pitch_error_cents": float(np.sqrt(np.mean(cents**2))),
    }, audio


def copied(voice: NeuralVoice, features: ClipFeatures) -> Audio:
    """The recording through the vocoder alone."""
    pieces = voice.vocoder.stream(features.mel, features.log_pitch, features.voiced > 0, seed=0)
    return Audio(np.clip(np.concatenate(list(pieces)), -1, 1)[LEAD_FRAMES * 256 :], voice.sample_rate)


def duration_error_ms(voice: NeuralVoice, clip: Example) -> float:
    """Mean absolute error of the predicted durations of a clip, the lead apart."""
    predicted = voice.acoustic_model.read(phonemes_of(clip, "en-us"), STYLE).durations
    frames = np.abs(predicted - clip.durations.numpy())[1:]
    return float(frames.mean() * 256 / voice.sample_rate * 1000)


def real_time_factors(folder: Path, phonemes: PhonemeSequence) -> dict[str, Any]:
    """Seconds of work per second of speech, by stage, with one and with two threads."""
    found: dict[str, Any] = {}
    for threads in (1, 2):
        voice = NeuralVoice.load(folder, threads=threads)
        reading = voice.acoustic_model.read(phonemes, STYLE)
        drawing = voice.acoustic_model.draw(reading)
        seconds = int(drawing.durations.sum()) * 256 / voice.sample_rate

        def factor(work: Callable[[], Any], length_s: float = seconds) -> float:
            return round(best_median_ms(work, 5) / 1000 / length_s, 5)

        found[f"threads_{threads}"] = {
            "speech_s": round(seconds, 2),
            "encoder": factor(lambda: voice.acoustic_model.read(phonemes, STYLE)),  # noqa: B023
            "decoder": factor(lambda: voice.acoustic_model.draw(reading)),  # noqa: B023
            "vocoder": factor(lambda: list(voice.render(drawing, STYLE))),  # noqa: B023
            "speak": factor(lambda: voice.speak(phonemes, STYLE)),  # noqa: B023
            "first_audio_ms": round(
                best_median_ms(lambda: next(iter(voice.stream(phonemes, STYLE))), 5),  # noqa: B023
                2,
            ),
        }
    return found


def load_time_s(folder: Path) -> float:
    """Seconds to check the hashes and open the three graphs, best of five."""
    times = []
    for _ in range(5):
        start = time.perf_counter()
        NeuralVoice.load(folder)
        times.append(time.perf_counter() - start)
    return round(min(times), 3)


def precision_loss(folder: Path, reference: Path, clips: list[Example]) -> dict[str, float]:
    """Largest and mean differences between half and full precision, with the durations of full precision."""
    half, full = NeuralVoice.load(folder), NeuralVoice.load(reference)
    mel, embedding, changed = [], [], 0
    for clip in clips:
        phonemes = phonemes_of(clip, "en-us")
        ours, theirs = (voice.acoustic_model.read(phonemes, STYLE) for voice in (half, full))
        changed += int((ours.durations != theirs.durations).sum())
        same = replace(ours, durations=theirs.durations)
        embedding.append(np.abs(ours.text_embedding - theirs.text_embedding).max())
        mel.append(np.abs(half.acoustic_model.draw(same).mel - full.acoustic_model.draw(theirs).mel))
    return {
        "mel_largest": round(float(max(difference.max() for difference in mel)), 4),
        "mel_mean": round(float(np.mean([difference.mean() for difference in mel])), 5),
        "text_embedding_largest": round(float(max(embedding)), 5),
        "durations_changed": changed,
        "phonemes": sum(len(clip.ids) for clip in clips),
        "bytes_half": sum(path.stat().st_size for path in folder.glob("*.onnx")),
        "bytes_full": sum(path.stat().st_size for path in reference.glob("*.onnx")),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voice", default="lj", help="name or folder of a voice")
    parser.add_argument("--data", type=Path, default=os.environ.get("AVATRON_DATA"), help="the LJSpeech folder")
    parser.add_argument("--features", type=Path, default=Path("runs/lj/features"), help="feature cache")
    parser.add_argument("--reference", type=Path, help="the same voice in full precision")
    parser.add_argument("--wavs", type=Path, help="write what is scored into this folder")
    parser.add_argument("--name", default="voice", help="name of the result file")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=SETS, metavar="SET", help=f"of {', '.join(SETS)}")
    parser.add_argument("--skip-times", action="store_true", help="measure quality only")
    parsed = parser.parse_args()
    if parsed.data is None:
        parser.error("give the corpus with --data or $AVATRON_DATA")
    folder = COLLECTION.find(parsed.voice)
    voice = NeuralVoice.load(folder)
    clips: list[Clip] = list(read_corpus(Path(parsed.data)))
    kept = [clip for clip in clips if clip.held_out]
    features = cached_features(kept, parsed.features, MelConfig())
    labels = [label_clip(clip, found, 22050 / 256) for clip, found in zip(kept, features, strict=True)]
    held_out = list(examples(features, labels))

    recogniser = Recogniser()
    texts = [clip.text for clip in kept]
    forced = [teacher_forced(voice, *pair) for pair in zip(held_out, features, strict=True)]
    copies = [copied(voice, found) for found in features]
    makers: dict[str, Callable[[], list[Audio]]] = {
        "recorded": lambda: [Audio(found.samples[LEAD_FRAMES * 256 :], 22050) for found in features],
        "copy": lambda: copies,
        "teacher_forced": lambda: [audio for _, audio in forced],
        "spoken": lambda: [spoken(voice, clip.text) for clip in kept],
        "new": lambda: [spoken(voice, text) for text in NEW_SENTENCES],
    }
    sets = {name: makers[name]() for name in parsed.sets}
    result: dict[str, Any] = {
        "voice": voice.name,
        "embedding_space": voice.embedding_space,
        "held_out_clips": len(kept),
        "quality": {},
        "distances": {
            name: interval([values[name] for values, _ in forced])
            for name in ("mel_l1", "voicing_error", "pitch_error_cents")
        },
    }
    result["distances"]["duration_error_ms"] = interval([duration_error_ms(voice, clip) for clip in held_out])
    result["distances"]["copy_mel_l1"] = interval(
        [
            float(np.abs(log_mel(audio)[:, 4:-4] - found.mel[:, LEAD_FRAMES + 4 : -4]).mean())
            for audio, found in zip(copies, features, strict=True)
        ]
    )
    for name, audios in sets.items():
        said = list(NEW_SENTENCES) if name == "new" else texts
        result["quality"][name] = quality(said, audios, recogniser)
        print(name, result["quality"][name], file=sys.stderr, flush=True)
        if parsed.wavs:
            import soundfile

            (parsed.wavs / name).mkdir(parents=True, exist_ok=True)
            for number, audio in enumerate(audios):
                label = f"new{number}" if name == "new" else kept[number].name
                soundfile.write(parsed.wavs / name / f"{label}.wav", audio.samples, audio.sample_rate)
    if parsed.reference:
        result["half_precision"] = precision_loss(folder, parsed.reference, held_out)
    if not parsed.skip_times:
        result["load_s"] = load_time_s(folder)
        result["real_time_factor"] = real_time_factors(folder, phonemes_of(held_out[0], "en-us"))
        result["anchor"] = anchor()
    print(write_result(parsed.name, result))


if __name__ == "__main__":
    main()
