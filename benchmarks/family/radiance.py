"""A small NeRF of the head: three planes of features and a network that is told the expression.

Density and colour of a point in the head's space come from planes at two resolutions (after EG3D, Chan et al. 2022) and
a network of two hidden layers that sees coefficients of expression as well (after NeRFace, Gafni et al. 2021). Samples
lie around the tracked surface where a ray meets it (after INSTA, Zielonka et al. 2023), else in a box around the head;
behind all is the scene as it mostly looks. It draws a ray for two or three pixels of the film, to a side, and enlarges
that. It is small: published ones learn for hours on a GPU, this one for minutes on one core.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from avatron.core.camera import Camera
from avatron.core.motion import FaceMotion
from avatron.face.rig import JOINTS
from avatron.native.raster import rasterize
from avatron.native.warp import sample_affine
from avatron.render.splats.drivers import Drivers
from avatron.render.splats.geometry import LAYERS, SplatGeometry
from avatron.render.view import View, ViewOfClip
from family.face_crop import HEAD, CropPlaces, HeadPose, crop_affine, cut
from family.film import Film
from family.mesh import usual_scene
from family.splats import COEFFICIENTS, film_drivers

__all__ = ["LearnedRadiance", "learn_radiance"]

Floats = NDArray[np.float32]

_RAYS_PX = 112
"""Rays to a side of the square around the head."""
_SIDE_M = 0.27
_EDGE_PX = 4
"""Beyond the picture's border there are rays no farther than this."""
_HALF_BOX_M = (0.13, 0.17, 0.15)
_BOX_BEHIND_M = 0.07
"""From the middle of the face to that of the box."""
_SAMPLES = 24
"""Along a ray."""
_BEFORE_M, _BEHIND_M = 0.04, 0.03
"""Of the tracked surface, where samples lie."""
_PLANES_PX, _FEATURES, _HIDDEN = (32, 96), 8, 64
_DENSITY = 100.0
"""Per metre, of a softplus of 1."""
_RAYS, _PICTURES = 1024, 8
"""Of a step."""
_RATES = {"planes": 2e-2, "network": 3e-3}
_FACE_SHARE, _MOUTH_SHARE = 0.35, 0.3
"""Of the rays, that go through the middle of the square, and through that of its lower half."""


class _Field(nn.Module):
    """Density and colour in the box, -1 .. 1 along each axis."""

    def __init__(self) -> None:
        super().__init__()
        self.planes = nn.ParameterList(nn.Parameter(0.1 * torch.randn(3, _FEATURES, size, size)) for size in _PLANES_PX)
        entry = 3 * _FEATURES * len(_PLANES_PX) + COEFFICIENTS
        self.layers = nn.Sequential(
            nn.Linear(entry, _HIDDEN), nn.ReLU(), nn.Linear(_HIDDEN, _HIDDEN), nn.ReLU(), nn.Linear(_HIDDEN, 4)
        )
        with torch.no_grad():
            cast("nn.Linear", self.layers[-1]).bias[3] = -1.0

    def forward(self, points: Tensor, told: Tensor) -> tuple[Tensor, Tensor]:
        """Colours [N, 3] and densities [N], per metre, of `points` [N, 3] under coefficients `told` [N, R]."""
        pairs = torch.stack([points[:, [0, 1]], points[:, [0, 2]], points[:, [1, 2]]])[:, :, None]
        found = [
            functional.grid_sample(plane, pairs, align_corners=False, padding_mode="border")[..., 0]
            for plane in self.planes
        ]
        features = torch.cat([one.permute(2, 0, 1).reshape(len(points), -1) for one in found] + [told], 1)
        values = self.layers(features)
        return torch.sigmoid(values[:, :3]), _DENSITY * functional.softplus(values[:, 3])


@dataclass(frozen=True, eq=False)
class _Rays:
    """Lines in the head's space, in units of the box; along them counts the depth from the camera."""

    origins: Tensor
    """[N, 3]"""
    directions: Tensor
    """[N, 3] a metre deeper."""
    near: Tensor
    """[N] metres of depth at which samples begin ..."""
    far: Tensor
    """[N] ... and end; not beyond `near` where the box is missed."""


def _rays(
    camera: Camera, pose: HeadPose, middle: NDArray[np.float64], pixels: NDArray[np.float64], surface: Floats
) -> _Rays:
    """Through `pixels` [N, 2] of the picture; `surface` [H, W] is the depth of the tracked head, infinite
    where it is not."""
    local = np.concatenate([(pixels - camera.centre_px) / camera.focal_px, np.ones((len(pixels), 1))], 1)
    half = np.array(_HALF_BOX_M)
    box = middle - np.array([0.0, 0.0, _BOX_BEHIND_M])
    directions = local @ camera.rotation @ pose.rotation / half
    origin = (pose.rotation.T @ (camera.position - pose.translation) - box) / half
    safe = np.where(np.abs(directions) < 1e-9, 1e-9, directions)
    sides = np.stack([(-1 - origin) / safe, (1 - origin) / safe])
    near, far = sides.min(0).max(1), sides.max(0).min(1)
    across, down = np.floor(pixels).astype(np.int64).T
    met = surface[np.clip(down, 0, camera.height - 1), np.clip(across, 0, camera.width - 1)]
    size = np.array([camera.width, camera.height])
    shown = ((pixels > -_EDGE_PX) & (pixels < size + _EDGE_PX)).all(1)
    near = np.where(np.isfinite(met), np.maximum(near, met - _BEFORE_M), near)
    far = np.where(np.isfinite(met), np.minimum(far, met + _BEHIND_M), far)
    far = np.where(shown, far, near)
    origins = np.tile(origin, (len(pixels), 1))
    return _Rays(*(torch.from_numpy(array.astype(np.float32)) for array in (origins, directions, near, far)))


def _drawn(field: _Field, rays: _Rays, told: Tensor, jitter: Tensor | None) -> tuple[Tensor, Tensor]:
    """Colours [N, 3], premultiplied, and covers [N] of rays under `told` [N, R]."""
    length = (rays.far - rays.near).clamp(min=0)
    places = (torch.arange(_SAMPLES) + (0.5 if jitter is None else jitter[:, None])) / _SAMPLES
    depths = rays.near[:, None] + length[:, None] * places
    points = rays.origins[:, None] + rays.directions[:, None] * depths[..., None]
    colours, densities = field(points.reshape(-1, 3), told.repeat_interleave(_SAMPLES, 0))
    thickness = densities.reshape(-1, _SAMPLES) * (length / _SAMPLES)[:, None]
    before = torch.cumsum(thickness, 1) - thickness
    weights = torch.exp(-before) * (1 - torch.exp(-thickness))
    return (weights[..., None] * colours.reshape(-1, _SAMPLES, 3)).sum(1), weights.sum(1)


@dataclass(frozen=True, eq=False)
class LearnedRadiance:
    """The field, and the scene."""

    film: Film
    field: _Field
    drivers: Drivers
    middle: NDArray[np.float64]
    """[3] of the face, metres in the head's space."""
    scene: NDArray[np.uint8]

    @property
    def parameters(self) -> int:
        """Of the field, and the scene's colours."""
        return sum(weights.numel() for weights in self.field.parameters()) + self.scene.size

    @property
    def size_bytes(self) -> int:
        """In half precision; the scene is counted with a byte a colour."""
        return 2 * (self.parameters - self.scene.size) + self.scene.size

    def renderer(self, view: View) -> _RadianceRenderer:
        """What draws the head in `view`."""
        return _RadianceRenderer(self, view)


class _RadianceRenderer:
    def __init__(self, learned: LearnedRadiance, view: View) -> None:
        self._learned = learned
        self._geometry = learned.film.frames.geometry
        joints = self._geometry.head.joints
        eyes_m = (joints[JOINTS.index("eye_left")] + joints[JOINTS.index("eye_right")]) / 2
        self._view = ViewOfClip.of(learned.film.track.camera, eyes_m, view)
        self._scene = self._view.shown(learned.scene).astype(np.float32)

    def frames(self, motion: FaceMotion, camera: Camera | None = None) -> Iterator[NDArray[np.uint8]]:
        """uint8 [H, W, 3]."""
        camera = camera or self._view.camera
        rotations, translations = self._geometry.head.joint_motions(motion)
        told = self._learned.drivers.coefficients(motion)
        for row, vertices in enumerate(self._geometry.head.frames(motion)):
            pose = HeadPose(rotations[row, HEAD], translations[row, HEAD])
            yield self._frame(pose, told[row], camera, _surface(self._geometry, vertices, camera))

    def _frame(self, pose: HeadPose, told: Floats, camera: Camera, surface: Floats) -> NDArray[np.uint8]:
        learned = self._learned
        affine = crop_affine(camera, pose, learned.middle, _SIDE_M, _RAYS_PX)
        rays = _rays(camera, pose, learned.middle, _ray_pixels(affine, np.arange(_RAYS_PX**2)), surface)
        colours, cover = np.zeros((_RAYS_PX**2, 3), np.float32), np.zeros(_RAYS_PX**2, np.float32)
        hit = rays.far > rays.near
        with torch.no_grad():
            kept = _Rays(rays.origins[hit], rays.directions[hit], rays.near[hit], rays.far[hit])
            same = torch.from_numpy(told[None]).expand(len(kept.near), -1)
            drawn = _drawn(learned.field, kept, same, None)
        colours[hit.numpy()], cover[hit.numpy()] = drawn[0].numpy(), drawn[1].numpy()
        back = np.linalg.inv(np.concatenate([affine, [[0, 0, 1]]]))[:2].astype(np.float32)
        height, width = self._scene.shape[:2]
        pasted, share = np.empty((2, height, width, 3), np.float32)
        square = np.stack([colours, np.repeat(cover[:, None], 3, 1)]).reshape(2, _RAYS_PX, _RAYS_PX, 3)
        for one, out in zip(square, (pasted, share), strict=True):
            as_bytes = np.rint(np.clip(one, 0, 1) * 255).astype(np.uint8)
            sample_affine(as_bytes, back, out, black_outside=True)
        return np.rint(np.clip(255 * pasted + (1 - share) * self._scene, 0, 255)).astype(np.uint8)


def _surface(geometry: SplatGeometry, vertices: Floats, camera: Camera) -> Floats:
    """[H, W] metres of depth to the tracked head, infinity where it is not."""
    return rasterize(vertices, geometry.triangles[geometry.layer < LAYERS.index("hair")], camera).depth


def _ray_pixels(affine: Floats, numbers: NDArray[np.integer]) -> NDArray[np.float64]:
    """[N, 2] places in the picture of the rays of those numbers, row by row."""
    square = np.stack([numbers % _RAYS_PX + 0.5, numbers // _RAYS_PX + 0.5, np.ones(len(numbers))], 1)
    return np.asarray(square @ affine.T.astype(np.float64))


def learn_radiance(film: Film, steps: int, *, seed: int = 0) -> LearnedRadiance:
    """A field of the film's head, from `steps` times `_RAYS` rays of learned frames."""
    frames, camera = film.frames, film.track.camera
    places = CropPlaces.of(frames.geometry.head)
    middle = places.middle
    poses = [HeadPose(frames.rotations[number, HEAD], frames.translations[number, HEAD]) for number in frames.numbers]
    affines = [crop_affine(camera, pose, middle, _SIDE_M, _RAYS_PX) for pose in poses]
    surfaces = [_surface(frames.geometry, frames.vertices(int(number)), camera) for number in frames.numbers]
    scene = usual_scene(film)
    real, behind = (
        np.stack([cut(picture, affine, _RAYS_PX) for picture, affine in zip(pictures, affines, strict=True)]).reshape(
            len(affines), -1, 3
        )
        for pictures in (frames.pictures, [scene] * len(affines))
    )
    drivers = film_drivers(film)
    told = drivers.coefficients(film.learned_motion())
    generator = np.random.default_rng(seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        field = _Field()
    groups = {"planes": field.planes.parameters(), "network": field.layers.parameters()}
    optimizer = torch.optim.Adam(
        [{"params": list(groups[name]), "lr": rate, "initial": rate} for name, rate in _RATES.items()],
        betas=(0.9, 0.99),
    )
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = group["initial"] * (0.03 + 0.97 * 0.5 * (1 + np.cos(np.pi * step / steps)))
        rows = generator.integers(len(affines), size=_PICTURES)
        numbers = [_chosen_rays(generator, _RAYS // _PICTURES) for _ in rows]
        parts = [
            _rays(camera, poses[row], middle, _ray_pixels(affines[row], chosen), surfaces[row])
            for row, chosen in zip(rows, numbers, strict=True)
        ]
        names = ("origins", "directions", "near", "far")
        rays = _Rays(*(torch.cat([getattr(part, name) for part in parts]) for name in names))
        same = torch.from_numpy(told[np.repeat(rows, _RAYS // _PICTURES)])
        jitter = torch.from_numpy(generator.random(_RAYS, np.float32))
        colours, cover = _drawn(field, rays, same, jitter)
        chosen_real, chosen_behind = (
            torch.from_numpy(np.concatenate([array[row][chosen] for row, chosen in zip(rows, numbers, strict=True)]))
            for array in (real, behind)
        )
        shown = colours + (1 - cover[:, None]) * chosen_behind
        loss = functional.smooth_l1_loss(shown, chosen_real, beta=0.05)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    field.eval()
    return LearnedRadiance(film, field, drivers, middle, scene)


def _chosen_rays(generator: np.random.Generator, count: int) -> NDArray[np.int64]:
    """Numbers of rays, most of them through face and mouth."""
    face, mouth = round(_FACE_SHARE * count), round(_MOUTH_SHARE * count)
    side = _RAYS_PX // 4
    middle = side + generator.integers(2 * side, size=(face, 2))
    lower = np.array([3 * side // 2, 2 * side]) + generator.integers(side, size=(mouth, 2))
    places = np.concatenate([middle, lower, generator.integers(_RAYS_PX, size=(count - face - mouth, 2))])
    return np.asarray(places[:, 1] * _RAYS_PX + places[:, 0])
