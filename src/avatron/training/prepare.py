"""From a plain folder of recordings and texts to an aligned corpus, with a report of what was left out and why.

Needs `metadata.csv` (`name|text`, or `name|as written|written out`) and `wavs/NAME.flac` or `.wav`. The texts go
through the front end that speaks at run time; our own aligner, which knows a voice already, gets used to the new one
and says where each phoneme is; clips that do not fit are dropped, silence at the edges is cut, and all clips get one
loudness. What comes out is read by the same stages as LJSpeech.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.errors import AvatronError, InvalidValueError, OutputExistsError
from avatron.signal.mel import MelConfig
from avatron.text.frontends import frontend_for
from avatron.text.inventory import SYMBOLS, is_pause, symbol_to_arpabet
from avatron.text.script import parse_script
from avatron.training.acoustic_data import Example, examples
from avatron.training.aligner import Aligner, AlignerConfig, Tokens, states_of, tokens_of
from avatron.training.aligner_stage import AlignerStage
from avatron.training.corpus import HELD_OUT_STRIDE, AlignedPhone, Clip, read_corpus
from avatron.training.features import LEAD_FRAMES, ClipFeatures, cached_features
from avatron.training.labels import ClipLabels, label_clip
from avatron.training.loop import load_result, train
from avatron.training.monotonic import NEVER, best_path
from avatron.training.recordings import PrepareConfig, Recording, Rejection, read_recordings, write_flac

__all__ = ["prepare"]

PUNCTUATION = '.,;:?!"()[]—-'
"""What the words of a text may carry and the words of an alignment do not."""
COMPANION_STRIDE = 3
"""Of the base's clips, every third one is heard as well."""
MEASURED_COMPANIONS = 8
"""Of those, the first are only measured on."""


def prepare(
    source: Path,
    target: Path,
    base_run: Path,
    *,
    config: PrepareConfig | None = None,
    base_data: Path | None = None,
) -> dict[str, Any]:
    """Writes the aligned corpus of the recordings in `source` to the folder `target` and returns its report.

    `base_run` is the run whose stage `aligner` has learned a voice. `base_data` is the aligned corpus of that voice:
    clips of it keep the aligner from forgetting what boundaries are, and are what its error is measured on.

    Raises:
        UnreadableFileError: no `metadata.csv`, or nothing in it.
        OutputExistsError: `target` holds a corpus already.
        InvalidValueError: no clip is left.
    """
    config = config or PrepareConfig()
    mel = MelConfig()
    if (target / "alignments.json").exists():
        raise OutputExistsError(f"`{target}` holds a corpus already; give another folder or delete it")
    recordings, rejected = read_recordings(source, mel.sample_rate, config)
    spoken: list[tuple[Recording, Clip, Example, Tokens]] = []
    features = _features(recordings, target / "work" / "features", mel)
    for recording, found in zip(recordings, features, strict=True):
        try:
            spoken.append(_understood(recording, found, config.language))
        except AvatronError as error:
            rejected.append(Rejection(recording.name, f"its text cannot be read aloud: {error}"))
    if not spoken:
        raise InvalidValueError(f"no clip of `{source}` can be used; the first reason: {rejected[0].reason}")
    # They come sorted by name. What is held out later is not listened to now, either.
    listened = [each[2:] for number, each in enumerate(spoken) if number % HELD_OUT_STRIDE] or [spoken[0][2:]]
    aligner = _adapted(
        config,
        base_run,
        target / "work" / "aligner",
        listened,
        _companions(base_data, base_run, mel),
    )

    paths = [_path(aligner, example, tokens) for _, _, example, tokens in spoken]
    fits = np.array([fit for _, fit in paths])
    middle = float(np.median(fits))
    spread = 1.4826 * float(np.median(np.abs(fits - middle))) + 1e-6
    alignments: dict[str, Any] = {}
    lines: list[str] = []
    clips: list[dict[str, Any]] = []
    kept_s = 0.0
    (target / "wavs").mkdir(parents=True, exist_ok=True)
    for (recording, clip, _, tokens), (durations, fit) in zip(spoken, paths, strict=True):
        deviations = (fit - middle) / spread
        phonemes = int((tokens.phonemes >= 0).sum())
        speech_s = durations[tokens.phonemes >= 0].sum() * mel.hop_length / mel.sample_rate
        reason = None
        if deviations < -config.outlier_deviations:
            reason = f"its text fits badly: {fit:.2f} nats a frame, {-deviations:.1f} deviations below the median"
        elif phonemes / max(speech_s, 1e-3) > config.fastest_phonemes_s:
            reason = f"{phonemes} phonemes in {speech_s:.2f} s: more text than was said"
        if reason:
            rejected.append(Rejection(recording.name, reason))
            continue
        alignment, audio = _trimmed(recording, clip, tokens, durations, mel, config)
        alignments[recording.name] = alignment
        kept_s += audio.duration_s
        lines.append(f"{recording.name}|{recording.text}|{recording.text}")
        clips.append({"name": recording.name, "fit": round(fit, 3), "seconds": round(audio.duration_s, 2)})
        write_flac(target / "wavs" / f"{recording.name}.flac", audio)
    if not clips:
        raise InvalidValueError(f"no clip of `{source}` is left; the first reason: {rejected[0].reason}")
    report = {
        "kept": len(clips),
        "kept_s": round(kept_s, 1),
        "fit_median": round(middle, 3),
        "fit_deviation": round(spread, 3),
        "rejected": [{"name": each.name, "reason": each.reason} for each in rejected],
        "clips": clips,
    }
    (target / "metadata.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (target / "report.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    (target / "alignments.json").write_text(json.dumps(alignments) + "\n", encoding="utf-8")
    return report


def _features(recordings: Sequence[Recording], folder: Path, mel: MelConfig) -> tuple[ClipFeatures, ...]:
    """Features of the clips as they are; without an alignment, room tone comes from anywhere in the clip."""
    folder.mkdir(parents=True, exist_ok=True)
    clips = []
    for recording in recordings:
        path = folder / f"{recording.name}.flac"
        if not path.exists():
            write_flac(path, recording.audio)
        whole = AlignedPhone("sp", 0.0, recording.audio.duration_s, False)
        clips.append(Clip(recording.name, path, recording.text, (whole,), (), held_out=False))
    return cached_features(clips, folder, mel)


def _understood(recording: Recording, features: ClipFeatures, language: str) -> tuple[Recording, Clip, Example, Tokens]:
    """The clip with the phonemes that the front end gives its text, and no times yet."""
    frontend = frontend_for(language, (language,))
    ids: list[int] = []
    initial: list[int] = []
    words: list[str] = []
    for sentence in parse_script(recording.text):
        phonemes = frontend.phonemize(sentence.text, sentence.language or language)
        spoken = [place for place, symbol in enumerate(phonemes.symbols) if not is_pause(symbol)]
        before = -1
        for place in spoken:
            word = int(phonemes.word_index[place])
            ids.append(int(phonemes.ids[place]))
            initial.append(int(word != before))
            if word != before:
                words.append(phonemes.words[word].strip(PUNCTUATION).lower())
            before = word
    if not ids:
        raise InvalidValueError("no phonemes in it")
    count = len(ids)
    nothing = np.zeros(count, np.float32)
    labels = ClipLabels(np.array(ids), np.array(initial), np.ones(count, np.int64), nothing, nothing)
    (example,) = examples([features], [labels])
    clip = Clip(recording.name, Path(), recording.text, (), tuple(words), held_out=False)
    return recording, clip, example, tokens_of(clip, example)


def _companions(data: Path | None, run: Path, mel: MelConfig) -> list[tuple[Example, Tokens]]:
    """Every third clip of the base's corpus, with its tokens."""
    if data is None:
        return []
    clips = [clip for clip in read_corpus(data) if not clip.held_out][::COMPANION_STRIDE]
    features = cached_features(clips, run / "features", mel)
    frame_rate = mel.sample_rate / mel.hop_length
    labels = [label_clip(clip, found, frame_rate) for clip, found in zip(clips, features, strict=True)]
    return [
        (example, tokens_of(clip, example)) for clip, example in zip(clips, examples(features, labels), strict=True)
    ]


def _adapted(
    config: PrepareConfig,
    base_run: Path,
    folder: Path,
    clips: Sequence[tuple[Example, Tokens]],
    companions: Sequence[tuple[Example, Tokens]],
) -> Aligner:
    """The aligner of the base voice after it has listened to the new one."""
    torch.manual_seed(config.adaptation.seed)
    measured, heard = companions[:MEASURED_COMPANIONS], companions[MEASURED_COMPANIONS:]
    stage = AlignerStage(config.aligner, AlignerConfig(), [*clips, *heard], measured or clips[:1])
    for network in (stage.model, stage.average.copy):
        load_result(network, base_run / "aligner" / "model.safetensors")
    train(stage, config.adaptation, folder, {"base": "aligner"})
    return stage.average.copy.eval()


@torch.no_grad()
def _path(aligner: Aligner, example: Example, tokens: Tokens) -> tuple[NDArray[np.int64], float]:
    """(frames of each token [P], mean log likelihood of a frame on the best path, lead apart)."""
    walked = states_of(tokens)
    log_likelihood = aligner.log_likelihood(example.mel[None])[0, :, torch.from_numpy(walked.states)]
    log_likelihood[:LEAD_FRAMES, 1:] = NEVER
    scores = log_likelihood.double().numpy()
    durations = best_path(scores, walked.optional)
    state_of_frame = np.repeat(np.arange(len(durations)), durations)
    on_path = scores[np.arange(len(state_of_frame)), state_of_frame]
    return walked.token_durations(durations), float(on_path[LEAD_FRAMES:].mean())


def _trimmed(
    recording: Recording,
    clip: Clip,
    tokens: Tokens,
    durations: NDArray[np.int64],
    mel: MelConfig,
    config: PrepareConfig,
) -> tuple[dict[str, list[list[float | str]]], Audio]:
    """(words and phones with their times in seconds, the samples) with the silence at both ends cut."""
    rate, hop = recording.audio.sample_rate, mel.hop_length
    ends = (np.cumsum(durations) - LEAD_FRAMES) * hop / rate
    starts = np.maximum(ends - durations * hop / rate, 0)
    sounding = np.nonzero(tokens.phonemes >= 0)[0]
    # Cut between frames, so that durations stay the whole frames that they are.
    first_s = max(0, round((float(starts[sounding[0]]) - config.lead_s) * rate / hop)) * hop / rate
    last_s = min(recording.audio.duration_s, float(ends[sounding[-1]]) + config.tail_s)
    phones: list[list[float | str]] = []
    words: list[list[float | str]] = []
    symbols = [int(identity) for identity in tokens.ids]
    after_pause = True
    for place, identity in enumerate(symbols):
        pause = tokens.phonemes[place] < 0
        start_s = round(min(max(float(starts[place]), first_s), last_s) - first_s, 4)
        end_s = round(min(max(float(ends[place]), first_s), last_s) - first_s, 4)
        if durations[place] and end_s > start_s:
            phones.append([start_s, end_s, "sp" if pause else symbol_to_arpabet(SYMBOLS[identity])])
        if pause:
            after_pause = True
        elif after_pause:
            words.append([start_s, end_s, clip.spoken_words[len(words)]])
            after_pause = False
        else:
            words[-1][1] = end_s
    samples = recording.audio.samples[round(first_s * rate) : round(last_s * rate)]
    return {"words": words, "phones": phones}, Audio(samples, rate)
