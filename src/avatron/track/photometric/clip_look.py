"""Albedo and light of a clip, from key frames that are refined in turns with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from avatron.track.photometric.albedo import AtlasTexels, Sighting, Sightings, filled
from avatron.track.photometric.config import PhotometricConfig
from avatron.track.photometric.drawing import DrawnFrame
from avatron.track.photometric.evidence import EvidenceSource
from avatron.track.photometric.frames import FrameWork
from avatron.track.photometric.light import AMBIENT, solve_light
from avatron.track.photometric.surface import FaceSurface
from avatron.track.photometric.window import halved

__all__ = ["ClipLook", "chosen_keys", "estimated", "found_look", "in_range", "sighted", "vertex_colours"]

Floats = NDArray[np.float32]

_ENOUGH_FRAMES = 3.0
"""A texel that was seen squarely in so many frames is known."""
_ROUGH_PX = 256
_GUESSED = 0.5
"""Least trust in lids and lips."""
_BRIGHTEST = 0.92
"""Albedo of nearly the brightest texels: skin is about as bright in lit pictures, and teeth and scleras are more."""
_CHANGEABLE = 0.12
"""Spread of a texel, 0 .. 1, at which it is half believed."""


@dataclass(frozen=True, eq=False)
class ClipLook:
    """What all frames of a clip are drawn with."""

    albedo: Floats
    """[H, W, 3]"""
    seen: Floats
    """[H, W] frames' worth."""
    light: Floats
    """[9, 3] the clip's own: that of its frames differs from it a little."""
    trust: Floats
    """[V] 0 .. 1, how far the colour of a vertex can be believed: it was seen, and always the same."""

    @property
    def textures(self) -> tuple[Floats, Floats]:
        """The albedo at full and half size."""
        return self.albedo, halved(self.albedo)


def chosen_keys(
    valid: NDArray[np.bool_], poses: NDArray[np.float64], fitted: NDArray[np.float64], count: int, held_out: int
) -> NDArray[np.int64]:
    """The numbers of up to `count` valid frames that differ most in pose [T, 3] and expression [T, P], ascending.

    Half of them are spread evenly over time, the rest are taken one after another as far as possible from those there
    are (Gonzalez 1985); every `held_out`-th frame of the clip is left alone.
    """
    rows = np.flatnonzero(valid & (np.arange(len(valid)) % held_out != held_out - 1))
    if len(rows) <= count:
        return rows
    chosen = list(np.unique(np.linspace(0, len(rows) - 1, count // 2).round().astype(int)))
    features = np.concatenate([poses[rows] / 0.25, fitted[rows] / 0.3], 1)
    far = np.full(len(rows), np.inf)
    for row in chosen:
        far = np.minimum(far, ((features - features[row]) ** 2).sum(1))
    while len(chosen) < count:
        row = int(far.argmax())
        chosen.append(row)
        far = np.minimum(far, ((features - features[row]) ** 2).sum(1))
    return np.asarray(rows[np.unique(chosen)])


def found_look(frames: list[FrameWork], source: EvidenceSource, config: PhotometricConfig, pool: Executor) -> ClipLook:
    """Albedo and light of a clip from its key frames, which are refined on the way."""
    surface, settings = source.surface, config.albedo
    # On the way a coarse atlas will do: it is read at half the window's size most of the time.
    texels = AtlasTexels.of(surface, min(settings.texture_px, _ROUGH_PX))
    light = _first_light(frames, surface)
    for frame in frames:
        frame.light = light
    look = estimated(frames, surface, texels, light, settings.robust_scale, pool)
    for turn in range(settings.rounds):
        trusting = replace(source, surface=surface.trusting(look.trust))
        colours = vertex_colours(surface, look.albedo)

        def refined(
            frame: FrameWork,
            look: ClipLook = look,
            colours: Floats = colours,
            trusting: EvidenceSource = trusting,
        ) -> None:
            def relit(drawn: DrawnFrame) -> None:
                frame.relight(drawn, colours, look.light, settings.light_spread)

            frame.alone(trusting, look.textures, relit)

        _each(pool, refined, frames)
        if turn == settings.rounds - 1:
            texels = AtlasTexels.of(surface, settings.texture_px)
        light = np.asarray(np.mean([frame.light for frame in frames], axis=0), np.float32)
        look = estimated(frames, surface, texels, light, settings.robust_scale, pool)
    return in_range(look)


def in_range(look: ClipLook) -> ClipLook:
    """The same look with an albedo that a picture can hold: brightness may be the light's as well as the skin's."""
    brightest = float(np.quantile(look.albedo[look.seen > 0], 0.995)) if (look.seen > 0).any() else 1.0
    factor = np.float32(brightest / _BRIGHTEST if brightest > 0 else 1.0)
    albedo = np.clip(look.albedo / factor, 0, 1).astype(np.float32)
    return replace(look, albedo=albedo, light=np.asarray(look.light * factor, np.float32))


def vertex_colours(surface: FaceSurface, albedo: Floats) -> Floats:
    """[V, 3] the albedo of the vertices."""
    size = np.array(albedo.shape[1::-1])
    uv = surface.look.uv * [1, -1] + [0, 1]
    place = np.clip((uv * size).astype(np.int64), 0, size - 1)
    return np.asarray(albedo[place[:, 1], place[:, 0]])


def _first_light(frames: list[FrameWork], surface: FaceSurface) -> Floats:
    """The light on a face of one colour, as bright as what is seen: its albedo is 0.7 times the mean's hue."""
    normals, colours, weights = [], [], []
    for frame in frames:
        drawn = frame.drawn(surface, 1)
        plain = surface.face * (1 - surface.model.regions["brows"]) * (1 - surface.lips) > 0.5
        rows = np.flatnonzero(drawn.visible() & plain & (drawn.normals[:, 2] < -0.2))[::8]
        place = np.floor(drawn.screen[rows]).astype(np.int64)
        normals.append(drawn.normals[rows])
        colours.append(frame.pictures[1][place[:, 1], place[:, 0]])
        weights.append(-drawn.normals[rows, 2])
    seen = np.concatenate(colours)
    if len(seen) < 50:
        return AMBIENT
    # Skin's hue belongs to the skin: grey light, all that the picture says of colour is albedo.
    hue = np.median(seen, axis=0)
    albedo = np.broadcast_to(hue / hue.max() * 0.75, seen.shape)
    expected = AMBIENT * np.float32(hue.max() / 0.75)
    light = solve_light(np.concatenate(normals), albedo, seen, np.concatenate(weights), expected, 0.5)
    return np.repeat(light.mean(1, keepdims=True), 3, 1).astype(np.float32)


def estimated(
    frames: list[FrameWork], surface: FaceSurface, texels: AtlasTexels, light: Floats, scale: float, pool: Executor
) -> ClipLook:
    """Albedo from frames where they are."""
    sightings = sighted(frames, surface, texels, pool)
    mean, weight, spread = sightings.mean(scale)
    albedo, seen = filled(texels, mean, weight)
    return ClipLook(albedo, seen, light, _vertex_trust(texels, surface, weight, spread))


def sighted(frames: list[FrameWork], surface: FaceSurface, texels: AtlasTexels, pool: Executor) -> Sightings:
    """What frames show of the albedo."""
    sightings = Sightings()
    for sighting in pool.map(
        lambda frame: Sighting.of(texels, frame.drawn(surface), frame.pictures[0], frame.light), frames
    ):
        sightings.add(sighting)
    return sightings


def _vertex_trust(texels: AtlasTexels, surface: FaceSurface, weight: Floats, spread: Floats) -> Floats:
    """Texels that nobody saw are guesses, and over those that change hair or glasses move: neither pulls."""
    texel = np.minimum(weight / _ENOUGH_FRAMES, 1) ** 2 / (1 + (spread / _CHANGEABLE) ** 4)
    # The mouth's inside is believed little anyway, and what is seen of it is worth having.
    texel[texels.inside >= 0] = 1
    # Lids and the inner lips come to light for moments: what is next to them is a good guess.
    guessed = np.clip(surface.model.regions["lids"] + surface.lips, 0, 1)
    corners = surface.look.triangles[texels.triangle].reshape(-1)
    share = texels.barycentric.reshape(-1)
    count = len(surface.look.uv)
    total = np.bincount(corners, share, count)
    trust = np.bincount(corners, share * np.repeat(texel, 3), count) / np.maximum(total, 1e-9)
    # Vertices between texels are taken as their neighbours are.
    trust[total < 1e-6] = 0
    trust = np.maximum(trust, _GUESSED * guessed)
    welded = np.zeros(count)
    np.maximum.at(welded, surface.model.weld, trust)
    return np.asarray(welded[surface.model.weld], np.float32)


def _each(pool: Executor, work: Callable[[FrameWork], None], frames: Iterable[FrameWork]) -> None:
    for _ in pool.map(work, frames):
        pass
