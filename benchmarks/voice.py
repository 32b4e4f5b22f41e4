"""How good, how fast and how large a voice is: `avatron bench voice`, kept beside the commit and the machine.

    python benchmarks/voice.py --data LJSPEECH_FOLDER [--voice lj] [--half odd] [--reference VOICE_FOLDER]

Adds what only its makers ask: how long it takes to load, and, with `--reference`, a folder of the same voice in full
precision, what half precision loses. Needs the extras `[bench]` and `[languages]`; docs/evaluation.md says what is
measured and what more may be installed.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from avatron.cli.held_out import HALVES, read_held_out
from avatron.evaluation.voice.recordings import AlignedRecording
from avatron.evaluation.voice.sets import SETS
from avatron.evaluation.voice.speaking import STYLE
from avatron.evaluation.voice.suite import VoiceBench, measure_voice
from avatron.voice.neural import NeuralVoice
from avatron.voice.voices import COLLECTION
from record import write_result


def load_time_s(folder: Path) -> float:
    """Seconds to check the hashes and open the three graphs, best of five."""
    times = []
    for _ in range(5):
        start = time.perf_counter()
        NeuralVoice.load(folder)
        times.append(time.perf_counter() - start)
    return round(min(times), 3)


def precision_loss(folder: Path, reference: Path, recordings: Sequence[AlignedRecording]) -> dict[str, float]:
    """Largest and mean differences between half and full precision, with the durations of full precision."""
    half, full = NeuralVoice.load(folder), NeuralVoice.load(reference)
    mel, embedding, changed = [], [], 0
    for recording in recordings:
        ours, theirs = (voice.acoustic_model.read(recording.phonemes, STYLE) for voice in (half, full))
        changed += int((ours.durations != theirs.durations).sum())
        same = replace(ours, durations=theirs.durations)
        embedding.append(np.abs(ours.text_embedding - theirs.text_embedding).max())
        mel.append(np.abs(half.acoustic_model.draw(same).mel - full.acoustic_model.draw(theirs).mel))
    return {
        "mel_largest": round(float(max(difference.max() for difference in mel)), 4),
        "mel_mean": round(float(np.mean([difference.mean() for difference in mel])), 5),
        "text_embedding_largest": round(float(max(embedding)), 5),
        "durations_changed": changed,
        "phonemes": sum(len(recording.phonemes) for recording in recordings),
        "bytes_half": sum(path.stat().st_size for path in folder.glob("*.onnx")),
        "bytes_full": sum(path.stat().st_size for path in reference.glob("*.onnx")),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voice", default="lj", help="name or folder of a voice")
    parser.add_argument("--data", type=Path, default=os.environ.get("AVATRON_DATA"), help="its corpus")
    parser.add_argument("--half", default="all", choices=HALVES, help="of what is held out")
    parser.add_argument("--reference", type=Path, help="the same voice in full precision")
    parser.add_argument("--wavs", type=Path, help="write what is scored into this folder")
    parser.add_argument("--name", default="voice", help="name of the result file")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=SETS, metavar="SET", help=f"of {', '.join(SETS)}")
    parser.add_argument("--skip-times", action="store_true", help="measure quality only")
    parsed = parser.parse_args()
    if parsed.data is None:
        parser.error("give the corpus with --data or $AVATRON_DATA")
    folder = COLLECTION.find(parsed.voice)
    recordings = read_held_out(Path(parsed.data), parsed.half)
    bench = VoiceBench(parsed.voice, sets=tuple(parsed.sets), times=not parsed.skip_times, wavs=parsed.wavs)
    result: dict[str, Any] = measure_voice(bench, recordings, lambda share: print(f"{share:4.0%}", file=sys.stderr))
    result["half"] = parsed.half
    if parsed.reference:
        result["half_precision"] = precision_loss(folder, parsed.reference, recordings)
    if not parsed.skip_times:
        result["load_s"] = load_time_s(folder)
        result["weights_bytes"] = sum(path.stat().st_size for path in folder.glob("*.onnx"))
    print(write_result(parsed.name, result))


if __name__ == "__main__":
    main()
