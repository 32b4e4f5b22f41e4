"""The families of the field on the same clip, in the same run: what each costs, and how near it comes.

    python benchmarks/families.py WORK [CLIP ...]

Without a CLIP: a film of one of our own people, made in WORK; its pictures go to `docs/images/families.jpg`. Every
family learns from the first four fifths of a clip, from the same track, and is drawn with the tracked motion of the
last fifth. Everything runs on one thread; seconds and milliseconds are of the processor. Steps are chosen so that
every family learns for minutes, of about the same number; the mesh is not trained.

`families.json` keeps the clips of earlier runs beside those that are measured now.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch

from avatron.native.pool import use_threads
from family.contact_sheet import write_sheet
from family.film import Film, Learned, tracked_film
from family.inpainting import learn_inpainting
from family.measure import measure_families
from family.mesh import learn_mesh
from family.own_film import own_film
from family.radiance import learn_radiance
from family.splats import learn_splats, with_network
from record import RESULTS, commit, write_result

OWN = "own film"
COMMIT = commit()
"""When the code was loaded: a run is long, and the tree may go on meanwhile."""
SHEET = Path(__file__).parents[1] / "docs" / "images" / "families.jpg"
STEPS = {"inpainting": 1000, "splats": 2500, "network": 400, "radiance": 1200}

Result = TypeVar("Result")


def main() -> None:
    """Measures and writes `results/families.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", type=Path, help="folder for films and tracks, which are kept")
    parser.add_argument("clips", nargs="*", type=Path)
    parser.add_argument("--share", type=float, default=1.0, help="of the steps, for a quick look")
    options = parser.parse_args()
    steps = {name: max(round(count * options.share), 1) for name, count in STEPS.items()}
    found: dict[str, Any] = {}
    torch.set_num_threads(1)
    with use_threads(1):
        if not options.clips:
            video, drawn = own_film(options.work / "own")
            film = tracked_film(video, options.work / "own")
            families, seconds = learn_all(film, steps)
            found[OWN] = measured(film, families, seconds, steps)
            found[OWN]["shown"] = write_sheet(SHEET, film, drawn, families)
        for clip in options.clips:
            film = tracked_film(clip, options.work / clip.stem)
            families, seconds = learn_all(film, steps)
            found[clip.stem] = measured(film, families, seconds, steps)
    kept = RESULTS / "families.json"
    before = json.loads(kept.read_text("utf-8"))["clips"] if kept.exists() else {}
    write_result("families", {"threads": 1, "clips": before | found})


def learn_all(film: Film, steps: dict[str, int]) -> tuple[dict[str, Learned], dict[str, float]]:
    """Each family by its name, and the processor time that it took to learn, beside the track."""
    families: dict[str, Learned] = {}
    seconds: dict[str, float] = {}

    def learn(name: str, make: Callable[[], Learned], before_s: float = 0.0) -> None:
        families[name], took_s = timed(make)
        seconds[name] = before_s + took_s
        print(f"{name}: {seconds[name]:.0f} s", flush=True)

    learn("textured mesh", lambda: learn_mesh(film))
    learn("2D GAN, inpainting", lambda: learn_inpainting(film, steps["inpainting"]))
    stages = learn_splats(film, steps["splats"])
    families["splats alone"], seconds["splats alone"] = stages.alone, stages.seconds
    for name, jointly in (("splats, then GAN", False), ("splats + GAN, jointly", True)):
        learn(
            name,
            lambda jointly=jointly: with_network(film, stages, steps["network"], jointly=jointly),
            stages.seconds,
        )
    learn("NeRF, small", lambda: learn_radiance(film, steps["radiance"]))
    return families, seconds


def timed(make: Callable[[], Result]) -> tuple[Result, float]:
    """What `make` gives, and the processor time that it took, seconds."""
    began = time.process_time()
    return make(), time.process_time() - began


def measured(
    film: Film, families: dict[str, Learned], seconds: dict[str, float], steps: dict[str, int]
) -> dict[str, Any]:
    """The clip's entry of the result."""
    scores = measure_families(film, families)
    for name, row in scores.items():
        row["learn_s"] = round(seconds[name], 1)
        print(name, row, flush=True)
    return {
        "commit": COMMIT,
        "steps": steps,
        "size": list(film.size),
        "frames": len(film.track),
        "learned_from": len(film.frames),
        "held_out": len(film.track) - film.learned,
        "families": scores,
    }


if __name__ == "__main__":
    main()
