"""Trains and exports the encoder of speech.

    python tools/train_encoder.py --recordings FOLDER --run FOLDER [--out FOLDER]

A run that was stopped goes on with `--resume`; `--only-export` writes the folder of what a run has reached.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

_RECIPE = Path(__file__).resolve().parent.parent / "recipes" / "listening" / "mel.py"


def main() -> None:
    """Reads the command line, trains, exports."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    from avatron.training.listening.recipe import EncoderRecipe
    from avatron.training.listening.run import train_encoder
    from avatron.training.recipes import find_recipe

    parser = argparse.ArgumentParser(description="train the encoder of speech")
    parser.add_argument("--recipe", type=Path, default=_RECIPE, help="Python file with an `EncoderRecipe`")
    parser.add_argument("--recordings", type=Path, required=True, help="folder of tools/build_recordings.py")
    parser.add_argument("--run", type=Path, required=True, help="folder of the run")
    parser.add_argument("--out", type=Path, help="folder of the encoder to write")
    parser.add_argument("--measured", type=Path, help="JSON with what was measured, for the card")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.add_argument("--only-export", action="store_true", help="train no more")
    parser.add_argument("--weights", type=Path, help="of another round than the last, to export")
    arguments = parser.parse_args()
    recipe = find_recipe(arguments.recipe, EncoderRecipe)
    weights = arguments.weights or arguments.run / recipe.rounds[-1].name / "model.safetensors"
    if not arguments.only_export:
        weights = train_encoder(recipe, arguments.recordings, arguments.run, resume=arguments.resume)
    if arguments.out:
        from avatron.training.listening.export import export_encoder
        from avatron.training.listening.recordings import read_recordings
        from avatron.voice.voices import load_voice

        measured = json.loads(arguments.measured.read_text(encoding="utf-8")) if arguments.measured else None
        corpora = recipe.rounds[-1].corpora
        recordings = [one for name in corpora for one in read_recordings(arguments.recordings / f"{name}.npz")]
        space = load_voice(recipe.voice).embedding_space
        export_encoder(recipe, weights, recordings, space, arguments.out, measured, overwrite=True)


if __name__ == "__main__":
    main()
