"""Trains an adapter for a speech model and puts it beside it: `hubert.onnx` gets the folder `hubert.adapter`.

    python tools/train_adapter.py --model hubert.onnx --recordings FOLDER --run FOLDER

The recordings come from `tools/build_recordings.py`. A run that was stopped goes on with `--resume`.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

_RECIPE = Path(__file__).resolve().parent.parent / "recipes" / "listening" / "adapter.py"


def main() -> None:
    """Reads the command line, trains, exports."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    from avatron.training.listening.adapter import AdapterRecipe, export_adapter, train_adapter
    from avatron.training.listening.recordings import read_recordings
    from avatron.training.recipes import find_recipe
    from avatron.voice.listening.foreign import HiddenModel, adapter_folder_of
    from avatron.voice.voices import load_voice

    parser = argparse.ArgumentParser(description="train an adapter for a speech model")
    parser.add_argument("--model", type=Path, required=True, help="ONNX file: sound [1, N] -> hidden vectors [1, T, C]")
    parser.add_argument("--recipe", type=Path, default=_RECIPE, help="Python file with an `AdapterRecipe`")
    parser.add_argument("--recordings", type=Path, required=True, help="folder of tools/build_recordings.py")
    parser.add_argument("--run", type=Path, required=True, help="folder of the run")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    arguments = parser.parse_args()
    recipe = find_recipe(arguments.recipe, AdapterRecipe)
    model = HiddenModel(arguments.model)
    corpora = [read_recordings(arguments.recordings / f"{name}.npz") for name in recipe.corpora]
    weights = train_adapter(recipe, model, corpora, arguments.run, resume=arguments.resume)
    space = load_voice(recipe.voice).embedding_space
    folder = adapter_folder_of(arguments.model)
    export_adapter(recipe, model, weights, corpora, space, folder, overwrite=True)


if __name__ == "__main__":
    main()
