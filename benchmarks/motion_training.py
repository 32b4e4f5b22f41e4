"""How the learned animators came to what they are: error on the films that choose, step by step, of each training.

    python benchmarks/motion_training.py runs/avatron runs/avatron-seed1 runs/faceformer ... [--plot PICTURE.png]

Reads `recipe.json` and `log.jsonl` of each run, which `tools/train_motion.py` writes, and writes
benchmarks/results/motion_training.json. `lip_mm` is the mean over frames of the worst lip vertex, on the geometry that
losses use; the state with the least `score` (error, missed closures and opening in silence) is the one that is kept.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from record import write_result

CURVE = ("step", "lip_mm", "speed_mm", "closed", "silence_mm", "score")
"""What is kept of each evaluation."""


def training(run: Path) -> dict[str, Any]:
    """One run: what it was, its curve, and the evaluation that was kept."""
    recipe = json.loads((run / "recipe.json").read_text(encoding="utf-8"))
    rows = [json.loads(line) for line in (run / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    evaluations = [{"step": row["step"], **row["evaluation"]} for row in rows if "evaluation" in row]
    kept = min(evaluations, key=lambda evaluation: evaluation["score"])
    return {
        "animator": recipe["name"],
        "seed": recipe["loop"]["seed"],
        "steps": recipe["loop"]["steps"],
        "learning_rate": recipe["stage"]["schedule"]["peak"],
        "adversarial_weight": recipe["stage"]["adversarial_weight"],
        "shares": dict(zip(recipe["subjects"], recipe["shares"], strict=True)),
        "restyled": recipe["restyled"],
        "seconds": max(row.get("elapsed_s", 0.0) for row in rows),
        "kept": {name: kept[name] for name in CURVE},
        "true_speed_mm": kept["true_speed_mm"],
        "curve": {name: [evaluation[name] for evaluation in evaluations] for name in CURVE},
    }


def plot(trainings: dict[str, dict[str, Any]], path: Path) -> None:
    """The curves of error, one line a run, one colour an animator."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5))
    axes = figure.subplots()
    animators = sorted({training["animator"] for training in trainings.values()})
    for training in trainings.values():
        colour = f"C{animators.index(training['animator'])}"
        axes.plot(training["curve"]["step"], training["curve"]["lip_mm"], color=colour, label=training["animator"])
    handles, labels = axes.get_legend_handles_labels()
    by_label = dict(zip(labels, handles, strict=True))
    axes.legend(by_label.values(), by_label.keys())
    axes.set(xlabel="step", ylabel="lip error on the films that choose, mm", ylim=(1.5, 2.6))
    figure.savefig(path, dpi=80, bbox_inches="tight")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+", help="folders of trainings")
    parser.add_argument("--plot", type=Path, help="PNG of the curves")
    arguments = parser.parse_args()
    trainings = {run.name: training(run) for run in arguments.runs}
    write_result("motion_training", {"trainings": trainings})
    for name, one in trainings.items():
        print(f"{name}: {one['kept']['lip_mm']:.3f} mm at step {one['kept']['step']}, {one['seconds']:.0f} s")
    if arguments.plot:
        plot(trainings, arguments.plot)


if __name__ == "__main__":
    main()
