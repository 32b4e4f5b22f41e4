"""A person's look in a clip: albedo and light, then detail of the shape and wrinkles where they prove themselves."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from avatron.track.photometric.albedo import AtlasTexels
from avatron.track.photometric.clip_look import ClipLook, estimated, found_look, in_range, sighted
from avatron.track.photometric.config import PhotometricConfig
from avatron.track.photometric.detail import found_detail, with_detail
from avatron.track.photometric.drawing import Look
from avatron.track.photometric.evidence import EvidenceSource, facial_error
from avatron.track.photometric.frames import FrameWork
from avatron.track.photometric.surface import FaceSurface
from avatron.track.photometric.window import halved
from avatron.track.photometric.wrinkles import found_wrinkles, wrinkle_weights, wrinkled

__all__ = ["PersonLook", "found_person", "trusting"]

Floats = NDArray[np.float32]

_LEAST_GAIN_DB = 0.03
"""What detail or wrinkles must add on frames that had no say, to be kept."""
_LEAST_FRAMES = 24
"""With fewer key frames neither can be told from chance."""


@dataclass(frozen=True, eq=False)
class PersonLook:
    """All that does not change from frame to frame."""

    source: EvidenceSource
    """On the person's own surface, whose colours are trusted as far as they were seen."""
    look: ClipLook
    displacement: Floats
    """[V, 3] metres, or [0, 3]."""
    wrinkles: Floats
    """[K, H, W, 3] or [0, 1, 1, 3]."""
    plain: Floats | None = None
    """[H, W, 3] albedo of a face without expression, which wrinkles are added to; None without wrinkles. Frames are
    refined with the mean of all expressions, `look`: wrinkles would follow the weights that they are to judge."""
    detail_db: float = 0.0
    wrinkle_db: float = 0.0


def found_person(
    frames: list[FrameWork],
    judges: Sequence[FrameWork],
    source: EvidenceSource,
    displacement: Floats,
    identity: Floats,
    config: PhotometricConfig,
    pool: Executor,
) -> PersonLook:
    """The person in key `frames`; `judges` are frames that have no say, and decide what is kept."""
    look = found_look(frames, source, config, pool)
    none = np.zeros((0, 1, 1, 3), np.float32)
    found = PersonLook(trusting(source, look), look, displacement, none)
    if len(frames) < _LEAST_FRAMES or not judges or not (config.detail or config.wrinkles):
        return found
    quality, refined = _judged(judges, found, pool)
    if config.detail:
        found, quality, refined = _with_detail(frames, judges, found, (quality, refined), identity, config, pool)
    if config.wrinkles:
        found = _with_wrinkles(frames, refined, found, quality, config, pool)
    return found


def _with_detail(
    frames: list[FrameWork],
    judges: Sequence[FrameWork],
    found: PersonLook,
    now: tuple[float, list[FrameWork]],
    identity: Floats,
    config: PhotometricConfig,
    pool: Executor,
) -> tuple[PersonLook, float, list[FrameWork]]:
    detail = found_detail(frames, found.source, found.look, pool)
    displacement = with_detail(detail, found.displacement)
    surface = FaceSurface.of(found.source.surface.model, identity, displacement)
    source = EvidenceSource.of(surface, config.energy)
    for frame in frames:
        frame.on_another_head()
    texels = AtlasTexels.of(surface, config.albedo.texture_px)
    look = in_range(estimated(frames, surface, texels, found.look.light, config.albedo.robust_scale, pool))
    tried = PersonLook(trusting(source, look), look, displacement, found.wrinkles)
    quality, refined = _judged(judges, tried, pool)
    if quality > now[0] + _LEAST_GAIN_DB:
        return replace(tried, detail_db=quality - now[0]), quality, refined
    for frame in frames:
        frame.on_another_head()
    return found, *now


def _with_wrinkles(
    frames: list[FrameWork],
    judges: list[FrameWork],
    found: PersonLook,
    quality: float,
    config: PhotometricConfig,
    pool: Executor,
) -> PersonLook:
    surface = found.source.surface
    texels = AtlasTexels.of(surface, config.albedo.texture_px // 2)
    sightings = sighted(frames, surface, texels, pool)
    colours, weights = sightings.colours
    mean = sightings.mean(config.albedo.robust_scale)[0]
    activations = wrinkle_weights(np.stack([frame.pose.expression for frame in frames]))
    plain, folds = found_wrinkles(texels, colours, weights, mean, activations)
    size = texels.size
    wrinkles = np.zeros((len(folds), size * size, 3), np.float32)
    wrinkles[:, texels.place] = folds
    change = np.zeros((size * size, 3), np.float32)
    change[texels.place] = plain - mean
    # Seen at twice the size they are as smooth as they are in truth: folds of skin are no fine pattern.
    wrinkles = _doubled(wrinkles.reshape(-1, size, size, 3))
    albedo = np.clip(found.look.albedo + _doubled(change.reshape(1, size, size, 3))[0], 0, 1)
    tried = replace(found, plain=albedo, wrinkles=wrinkles)
    after = _quality(judges, tried, pool)
    return replace(tried, wrinkle_db=after - quality) if after > quality + _LEAST_GAIN_DB else found


def trusting(source: EvidenceSource, look: ClipLook) -> EvidenceSource:
    """`source` with colours that are believed as far as `look` says."""
    return replace(source, surface=source.surface.trusting(look.trust))


def _judged(judges: Sequence[FrameWork], found: PersonLook, pool: Executor) -> tuple[float, list[FrameWork]]:
    """(PSNR of the judges' faces, the judges where they were found)."""
    textures = found.look.textures

    def refined(judge: FrameWork) -> FrameWork:
        fresh = judge.restarted(found.look.light)
        fresh.alone(found.source, textures, None)
        return fresh

    frames = list(pool.map(refined, judges))
    return _quality(frames, found, pool), frames


def _quality(frames: list[FrameWork], found: PersonLook, pool: Executor) -> float:
    """PSNR of the faces of frames as they are."""

    def error(frame: FrameWork) -> tuple[float, float]:
        albedo = found.look.albedo
        if found.plain is not None:
            albedo = wrinkled(found.plain, found.wrinkles, frame.pose.expression)
        look = Look((albedo, halved(albedo)), frame.light)
        return facial_error(frame.drawn(found.source.surface), frame.pictures[0], look)

    squares, pixels = np.array(list(pool.map(error, frames))).sum(0)
    return float(-10 * np.log10(max(squares, 1e-9) / max(pixels, 1e-9)))


def _doubled(pictures: Floats) -> Floats:
    """[K, 2H, 2W, 3] pictures [K, H, W, 3] at twice the size, bilinear."""
    for axis in (1, 2):
        padded = np.concatenate([pictures.take([0], axis), pictures, pictures.take([-1], axis)], axis)
        count = pictures.shape[axis]
        middle = padded.take(range(1, count + 1), axis)
        low = np.asarray(0.75 * middle + 0.25 * padded.take(range(count), axis), np.float32)
        high = np.asarray(0.75 * middle + 0.25 * padded.take(range(2, count + 2), axis), np.float32)
        pictures = np.stack([low, high], axis + 1).reshape(
            *pictures.shape[:axis], 2 * count, *pictures.shape[axis + 1 :]
        )
    return np.asarray(pictures, np.float32)
