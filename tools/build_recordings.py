"""Gathers what the encoder of speech learns from: `python tools/build_recordings.py --data FOLDER --out FOLDER`.

Each corpus of the data folder (`ljspeech`, `pm_voice`, `grid_s1`) becomes one npz: sound, aligned phonemes, and what
the frozen text encoder of the shipped voices says of them.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

CORPORA = ("lj", "pm", "grid")


def main() -> None:
    """Reads the command line, aligns, writes."""
    parser = argparse.ArgumentParser(description="gather recordings for the encoder of speech")
    parser.add_argument("--data", type=Path, required=True, help="folder with ljspeech, pm_voice and grid_s1")
    parser.add_argument("--out", type=Path, required=True, help="folder of the npz files")
    parser.add_argument("--corpora", default=",".join(CORPORA), help="which of them, e.g. lj,pm")
    parser.add_argument("--voice", default="lj", help="voice whose text encoder is asked")
    arguments = parser.parse_args()
    from avatron.io.folders import load_folder
    from avatron.io.sessions import open_session
    from avatron.training.listening.recordings import recorded, write_recordings
    from avatron.voice.voices import COLLECTION

    folder = load_folder(COLLECTION.find(arguments.voice), "voice")
    encoder = open_session(folder.file("encoder.onnx"))
    arguments.out.mkdir(parents=True, exist_ok=True)
    for corpus in arguments.corpora.split(","):
        recordings = list(recorded(corpus, arguments.data, encoder))
        write_recordings(arguments.out / f"{corpus}.npz", recordings, overwrite=True)
        minutes = sum(len(each.samples) for each in recordings) / 22050 / 60
        held_out = sum(each.held_out for each in recordings)
        print(f"{corpus}: {len(recordings)} clips, {held_out} held out, {minutes:.1f} min", file=sys.stderr)


if __name__ == "__main__":
    main()
