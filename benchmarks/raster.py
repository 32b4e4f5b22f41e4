"""How long the mesh kernels take: 25k triangles at 256, 512 and 1024 pixels, for each instruction set; textures,
antialiasing and the movement of a mesh at 512.

python benchmarks/raster.py
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from anchor import anchor, best_median_ms
from avatron.core.camera import Camera
from avatron.native import antialias, cpu, mesh, pool, raster, texture
from record import write_result

PUBLISHED_MS = {"256": 0.84, "512": 2.7, "1024": 9.5}
"""The prototype's numbers, on another machine (Zen 5), two threads, AVX-512."""
GOAL_MS = {"512": 3.0}
CALLS, ROUNDS = 5, 12
"""Short rounds and many: on a machine that others use too, one of them is left alone."""


def head_like_mesh(columns: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """A closed bumpy egg, metres: vertices [V, 3] and triangles [K, 3] with K = 2 * columns * (rows - 1)."""
    theta = np.linspace(0, np.pi, rows + 1)[1:-1, None]
    phi = np.linspace(0, 2 * np.pi, columns, endpoint=False)[None]
    radius = 0.1 * (1 + 0.05 * np.sin(7 * theta) * np.cos(6 * phi) + 0.01 * np.sin(40 * theta) * np.sin(31 * phi))
    ring = np.stack(
        [
            radius * np.sin(theta) * np.cos(phi),
            1.3 * radius * np.cos(theta),
            radius * np.sin(theta) * np.sin(phi),
        ],
        -1,
    ).reshape(-1, 3)
    column = np.arange(columns)
    after = (column + 1) % columns
    strips = [np.stack([np.full(columns, len(ring)), after, column], 1)]
    for row in range(rows - 2):
        a, b = row * columns + column, row * columns + after
        strips += [np.stack([a, b, a + columns], 1), np.stack([b, b + columns, a + columns], 1)]
    last = (rows - 2) * columns
    strips.append(np.stack([np.full(columns, len(ring) + 1), last + column, last + after], 1))
    vertices = np.concatenate([ring, [[0, 0.13, 0], [0, -0.13, 0]]]).astype(np.float32)
    return vertices, np.concatenate(strips).astype(np.int32)


def measure() -> dict[str, Any]:
    vertices, triangles = head_like_mesh(126, 101)
    generator = np.random.default_rng(0)
    result: dict[str, Any] = {
        "what": "milliseconds, best of many medians of five calls; shared machine",
        "triangles": len(triangles),
        "vertices": len(vertices),
        "published_ms": PUBLISHED_MS,
        "goal_ms": GOAL_MS,
        "anchor_before": anchor(),
        "raster_ms": {},
        "new_memory_ms": {},
        "interpolate_8_channels_ms": {},
        "texture_rgb_trilinear_ms": {},
    }
    uv = np.stack(
        [np.arctan2(vertices[:, 2], vertices[:, 0]) / (2 * np.pi) + 0.5, vertices[:, 1] / 0.26 + 0.5], 1
    ).astype(np.float32)
    image = generator.integers(0, 256, (1024, 1024, 3), np.uint8)
    picture = texture.Texture.from_image(image)
    for threads in (1, 2):
        for isa in cpu.available_instruction_sets():
            name = f"{isa}, {threads} threads"
            with cpu.use_instruction_set(isa), pool.use_threads(threads):
                times, fresh = {}, {}
                for size in (256, 512, 1024):
                    camera = Camera.looking_at(np.zeros(3), np.array([0.05, 0.03, 1.0]), size, size, 3.4 * size)
                    memory = raster.Rasterization.empty(size, size)

                    def draw(camera: Camera = camera, memory: raster.Rasterization | None = memory) -> None:
                        raster.rasterize(vertices, triangles, camera, into=memory)

                    times[str(size)] = round(best_median_ms(draw, CALLS, ROUNDS), 3)
                    fresh[str(size)] = round(
                        best_median_ms(lambda draw=draw, camera=camera: draw(camera, None), CALLS, ROUNDS // 2), 3
                    )
                    result["covered"] = round(float(memory.covered.mean()), 3)
                    if size == 512:
                        values = generator.normal(size=(len(vertices), 8)).astype(np.float32)
                        result["interpolate_8_channels_ms"][name] = round(
                            best_median_ms(
                                lambda memory=memory, values=values: raster.interpolate(memory, triangles, values),
                                CALLS,
                                ROUNDS,
                            ),
                            3,
                        )
                        result["texture_rgb_trilinear_ms"][name] = round(
                            best_median_ms(
                                lambda memory=memory, camera=camera: texture.sample_surface(
                                    memory, vertices, triangles, camera, uv, picture
                                ),
                                CALLS,
                                ROUNDS,
                            ),
                            3,
                        )
            result["raster_ms"][name] = times
            result["new_memory_ms"][name] = fresh
    result["processor_512_ms"] = processor_times(vertices, triangles, uv, picture)
    result["antialias_512_ms"] = antialiasing(vertices, triangles, generator)
    result["pyramid_1024_rgb_ms"] = {
        "bytes": round(best_median_ms(lambda: texture.Texture.from_image(image), 5), 1),
        "srgb": round(best_median_ms(lambda: texture.Texture.from_image(image, srgb=True), 5), 1),
    }
    result["mesh_ms"] = mesh_kernels(generator)
    result["anchor_after"] = anchor()
    return result


def best_processor_ms(work: Callable[[], object]) -> float:
    """Milliseconds that `work()` keeps one processor busy: a thread that has to wait for others does not count."""
    work()
    medians = []
    for _ in range(10):
        seconds = []
        for _ in range(5):
            start = time.process_time()
            work()
            seconds.append(time.process_time() - start)
        medians.append(statistics.median(seconds))
    return round(min(medians) * 1000, 3)


def processor_times(
    vertices: np.ndarray, triangles: np.ndarray, uv: np.ndarray, picture: texture.Texture
) -> dict[str, dict[str, float]]:
    """One thread at 512 pixels, in processor time, which a busy machine changes little."""
    camera = Camera.looking_at(np.zeros(3), np.array([0.05, 0.03, 1.0]), 512, 512, 3.4 * 512)
    drawn = raster.rasterize(vertices, triangles, camera)
    four = antialias.rasterize_samples(vertices, triangles, camera, samples=4)
    times = {}
    for isa in cpu.available_instruction_sets():
        with cpu.use_instruction_set(isa), pool.use_threads(1):
            times[isa] = {
                "raster": best_processor_ms(lambda: raster.rasterize(vertices, triangles, camera, into=drawn)),
                "interpolate 3 channels": best_processor_ms(lambda: raster.interpolate(drawn, triangles, vertices)),
                "texture, rgb trilinear": best_processor_ms(
                    lambda: texture.sample_surface(drawn, vertices, triangles, camera, uv, picture)
                ),
                "4 samples": best_processor_ms(
                    lambda: antialias.rasterize_samples(vertices, triangles, camera, samples=4, into=four)
                ),
                "4 samples' mean of 3 channels": best_processor_ms(
                    lambda: antialias.resolve(four, lambda sample: raster.interpolate(sample, triangles, vertices))
                ),
            }
    return times


def antialiasing(vertices: np.ndarray, triangles: np.ndarray, generator: np.random.Generator) -> dict[str, float]:
    """Samples into kept memory, and with the mean of three interpolated channels; two threads, best instruction set."""
    camera = Camera.looking_at(np.zeros(3), np.array([0.05, 0.03, 1.0]), 512, 512, 3.4 * 512)
    colours = generator.random((len(vertices), 3)).astype(np.float32)
    times = {}
    with pool.use_threads(2):
        for samples in (2, 4, 8):
            memory = antialias.rasterize_samples(vertices, triangles, camera, samples=samples)

            def draw(memory: antialias.Samples = memory, samples: int = samples) -> antialias.Samples:
                return antialias.rasterize_samples(vertices, triangles, camera, samples=samples, into=memory)

            times[f"{samples} samples"] = round(best_median_ms(draw, CALLS, ROUNDS // 3), 3)
            times[f"{samples} samples, resolved"] = round(
                best_median_ms(
                    lambda draw=draw: antialias.resolve(
                        draw(), lambda sample: raster.interpolate(sample, triangles, colours)
                    ),
                    CALLS,
                    ROUNDS // 3,
                ),
                3,
            )
    return times


def mesh_kernels(generator: np.random.Generator) -> dict[str, float]:
    """Per-frame kernels for 16k vertices, two threads."""
    vertices, triangles = head_like_mesh(126, 128)
    count = len(vertices)
    deltas = generator.normal(size=(56, count, 3)).astype(np.float32)
    deltas[generator.random((56, count)) < 0.6] = 0
    shapes = mesh.Blendshapes.from_dense(vertices, deltas)
    weights = np.zeros(56, np.float32)
    weights[::4] = 0.5
    weights[1] = 0.5
    around = mesh.VertexNormals(triangles, count)
    joints = generator.dirichlet(np.ones(4), size=count).astype(np.float32)
    turns, shifts = np.tile(np.eye(3), (4, 1, 1)), np.zeros((4, 3))
    with pool.use_threads(2):
        return {
            "vertices": count,
            "blendshapes_15_active_of_56": round(best_median_ms(lambda: shapes.vertices(weights), 50), 3),
            "normals": round(best_median_ms(lambda: around.of(vertices), 50), 3),
            "skin_4_joints": round(best_median_ms(lambda: mesh.skin(vertices, joints, turns, shifts), 50), 3),
        }


if __name__ == "__main__":
    print(write_result("raster", measure()))
