"""How long the splat kernels take: 10,000 to 60,000 Gaussians at 256 to 1024 pixels, forward and backward, the loss, a
step of Adam, a whole step of training a rig and a picture that is only played, on each instruction set.

python benchmarks/splats.py [--quick]
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from anchor import anchor
from avatron.core.camera import Camera
from avatron.native import cpu, pool, splat_adam, splat_loss, splat_play, splat_rig, splats
from raster import head_like_mesh
from record import write_result

PUBLISHED_MS = {"OpenSplat, CPU, 30000 at 512": {"forward": 64.0, "forward + backward": 93.0}}
"""Its renderer without CUDA on two other cores (Zen 5)."""
GOAL_MS = {"30000 at 512": {"forward": 1.6, "forward + backward": 3.6, "step": 12.0}}
RANKS = 12
CALLS = 5
HOLD = splat_adam.SplatRates(0.0, 0.0, 0.0, 0.0, 0.0, 1e-12)
"""Steps cost what they cost and leave the scene as it is."""


def measured(work: Callable[[], object], rounds: int) -> dict[str, float]:
    """Best of the medians of five calls: milliseconds by the clock, and of processor time over all threads."""
    work()
    clock, busy = [], []
    for _ in range(rounds):
        seconds, processor = [], []
        for _ in range(CALLS):
            start, begun = time.perf_counter(), time.process_time()
            work()
            seconds.append(time.perf_counter() - start)
            processor.append(time.process_time() - begun)
        clock.append(statistics.median(seconds))
        busy.append(statistics.median(processor))
    return {"ms": round(min(clock) * 1000, 2), "processor_ms": round(min(busy) * 1000, 2)}


def rig_on_a_head(count: int) -> tuple[np.ndarray, np.ndarray, splat_rig.SplatRig]:
    """Vertices, triangles, and `count` Gaussians on them about as large as the gaps between them."""
    generator = np.random.default_rng(0)
    vertices, triangles = head_like_mesh(60, 51)
    corners = vertices[triangles]
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    triangle = np.sort(generator.choice(len(triangles), count, p=areas / areas.sum())).astype(np.int32)
    unit = np.sqrt(2 * areas[triangle])
    size = np.sqrt(areas.sum() / count) * 0.6 / np.maximum(unit, 1e-5)
    rig = splat_rig.SplatRig(
        (generator.normal(size=(count, 3)) * [0.3, 0.05, 0.3]).astype(np.float32),
        generator.normal(size=(count, 4)).astype(np.float32),
        (np.log(size)[:, None] + generator.normal(size=(count, 3)) * 0.4).astype(np.float32),
        (generator.normal(size=count) + 1).astype(np.float32),
        generator.uniform(size=(count, 3)).astype(np.float32),
        triangle,
        (generator.normal(size=(count, RANKS, 7)) * 0.01).astype(np.float32),
    )
    return vertices, triangles, rig


def in_the_world(rig: splat_rig.SplatRig, vertices: np.ndarray, triangles: np.ndarray) -> splats.Splats:
    """Gaussians of the same number and size on the same surface."""
    centres = vertices[triangles[rig.triangle]].mean(1)
    spread = np.linalg.norm(vertices[triangles[rig.triangle, 1]] - vertices[triangles[rig.triangle, 0]], axis=1)
    generator = np.random.default_rng(1)
    means = centres + generator.normal(size=centres.shape) * spread[:, None] * 0.3
    scales = np.exp(generator.normal(size=centres.shape) * 0.4) * np.sqrt(0.15 / len(rig)) * 0.6
    opacities = 1 / (1 + np.exp(-rig.opacity_logits))
    return splats.Splats(means.astype(np.float32), rig.quaternions, scales.astype(np.float32), opacities, rig.colours)


def scene_times(count: int, size: int, rounds: int) -> dict[str, Any]:
    vertices, triangles, rig = rig_on_a_head(count)
    world = in_the_world(rig, vertices, triangles)
    generator = np.random.default_rng(2)
    coefficients = generator.normal(size=RANKS).astype(np.float32)
    camera = Camera.looking_at(np.zeros(3), np.array([0.05, 0.03, 1.0]), size, size, 3.4 * size)
    target = generator.integers(0, 256, (size, size, 3), np.uint8)
    memory, optimiser = splats.SplatMemory(), splat_adam.SplatRigAdam(rig)
    gradient = np.empty((size, size, 3), np.float32)
    drawn = splats.draw(world, camera, memory=memory)
    tiles, covered = memory.frame.entry_count, float((drawn.alpha > 0.5).mean())
    splat_loss.compare(drawn.image, target, into=gradient)
    world_gradients = drawn.backward(gradient)

    def draw_rig() -> splats.DrawnSplats[splat_rig.SplatRigGradients]:
        return splat_rig.draw_rig(rig, vertices, triangles, camera, coefficients=coefficients, memory=memory)

    shown = draw_rig().image.copy()
    rig_gradients = draw_rig().backward(gradient)

    def step() -> None:
        drawn = draw_rig()
        splat_loss.compare(drawn.image, target, into=gradient)
        optimiser.step_rig(drawn.backward(gradient, into=rig_gradients), HOLD, coefficients=coefficients)

    played = splat_play.PlayedRig(rig, triangles, len(vertices))

    def play() -> np.ndarray:
        return played.bytes(vertices, camera, coefficients=coefficients, behind=target, memory=memory)

    bright = (target / 255).astype(np.float32)

    def draw_bytes() -> np.ndarray:
        drawn = splat_rig.draw_rig(
            rig, vertices, triangles, camera, coefficients=coefficients, background=bright, memory=memory
        )
        return splat_loss.to_bytes(drawn.image)

    apart = np.abs(play().astype(int) - draw_bytes())
    return {
        "tiles_of_gaussians": tiles,
        "covered": round(covered, 3),
        "forward": measured(lambda: splats.draw(world, camera, memory=memory), rounds),
        "forward + backward": measured(
            lambda: splats.draw(world, camera, memory=memory).backward(gradient, into=world_gradients), rounds
        ),
        "rig forward": measured(draw_rig, rounds),
        "rig forward + backward": measured(lambda: draw_rig().backward(gradient, into=rig_gradients), rounds),
        "loss": measured(lambda: splat_loss.compare(shown, target, into=gradient), rounds),
        "adam": measured(lambda: optimiser.step_rig(rig_gradients, HOLD, coefficients=coefficients), rounds),
        "step": measured(step, rounds),
        "to bytes": measured(lambda: splat_loss.to_bytes(shown), rounds),
        "rig forward to bytes": measured(draw_bytes, rounds),
        "played": measured(play, rounds),
        "played_differs_levels": {"most": int(apart.max()), "mean": round(float(apart.mean()), 4)},
    }


def main() -> None:
    quick = "--quick" in sys.argv[1:]
    rounds = 3 if quick else 5
    result: dict[str, Any] = {
        "what": f"two threads, best of {rounds} medians of five calls; processor time beside, as the machine is shared",
        "ranks": RANKS,
        "published_ms": PUBLISHED_MS,
        "goal_ms": GOAL_MS,
        "anchor_before": anchor(),
        "times": {},
    }
    with pool.use_threads(2):
        for isa in reversed(cpu.available_instruction_sets()):
            counts, sizes = ((10_000, 30_000, 60_000), (256, 512, 1024)) if isa == "avx512" else ((30_000,), (512,))
            with cpu.use_instruction_set(isa):
                result["times"][isa] = {
                    f"{count} at {size}": scene_times(count, size, rounds) for count in counts for size in sizes
                }
    result["anchor_after"] = anchor()
    print(write_result("splats", result))


if __name__ == "__main__":
    main()
