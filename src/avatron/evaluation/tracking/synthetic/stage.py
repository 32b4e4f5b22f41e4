"""The pictures of one film: the person under the lamps, through a lens, on a sensor."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.evaluation.tracking.synthetic.backdrop import backdrop, blurred
from avatron.evaluation.tracking.synthetic.figure import Figure, PosedFigure
from avatron.evaluation.tracking.synthetic.light import LIGHTS, LightRig, ShadowMap, occlusion
from avatron.evaluation.tracking.synthetic.performance import Performance
from avatron.evaluation.tracking.synthetic.plans import ClipPlan
from avatron.evaluation.tracking.synthetic.shading import Scene, shade_hair, shade_solid
from avatron.native.antialias import SAMPLE_OFFSETS_PX
from avatron.native.mesh import VertexNormals
from avatron.native.raster import Rasterization, rasterize

__all__ = ["MOMENTS_PER_FRAME", "Stage", "bent", "camera_of", "placing_of"]

Floats = NDArray[np.float32]

MOMENTS_PER_FRAME = 4
"""A performance has this many moments a frame; the truth is the third, the middle of the open shutter."""
_HEAD_M = 0.235
"""Chin to crown."""
_MIDDLE_M = np.array([0.0, 0.02, 0.05])
_FACING = np.diag([1.0, -1.0, -1.0])
"""A person who looks into the camera: the person's left is the picture's right."""
_SHADOW_PX = 512
_RIM_M = 0.003
"""A step in depth from one pixel to the next that is an edge."""


def camera_of(plan: ClipPlan) -> Camera:
    """The film's camera, in the origin of camera space."""
    focal_px = plan.focal_mm / 36.0 * max(plan.width, plan.height)
    centre = (plan.width / 2, plan.height / 2)
    return Camera(plan.width, plan.height, focal_px, centre, np.eye(3), np.zeros(3))


def placing_of(plan: ClipPlan) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(rotation [3, 3], translation [3] metres) from the room of a person who faces the camera to camera space."""
    focal_px = camera_of(plan).focal_px
    distance = focal_px * _HEAD_M / (plan.head_share * plan.height)
    across, up = (share * plan.height / focal_px * distance for share in plan.place)
    return _FACING, np.array([across, -up, distance]) - _FACING @ _MIDDLE_M


def bent(vertices: Floats, radial_distortion: float) -> Floats:
    """[N, 3] camera-space `vertices` moved sideways to where the lens shows them; depths stay.

    What is seen at distance r of the axis, in focal lengths, is shown at r (1 + k1 r^2). The meshes' triangles are
    a few pixels large, so straight edges between bent corners are exact to a thousandth of a pixel.
    """
    if not radial_distortion:
        return vertices
    squared = (vertices[:, :2] ** 2).sum(1) / np.maximum(vertices[:, 2], np.float32(1e-3)) ** 2
    result = vertices.copy()
    result[:, :2] *= (1 + np.float32(radial_distortion) * squared)[:, None]
    return result


@dataclass(frozen=True, eq=False)
class Stage:
    """One film, ready to be drawn frame by frame."""

    plan: ClipPlan
    figure: Figure
    performance: Performance
    camera: Camera
    rig: LightRig
    behind: Floats
    """[H, W, 3] linear."""
    normals: VertexNormals
    free_sky: Floats
    """[N] at rest."""
    flicker: Floats
    """[moments, lamps] strengths."""

    @staticmethod
    def of(plan: ClipPlan, figure: Figure, performance: Performance) -> Stage:
        """What is made once for all frames."""
        everything = np.concatenate([figure.solid, figure.hair, figure.lash])
        rest = np.concatenate([figure.rest, figure.extra])
        normals = VertexNormals(everything, len(rest))
        casting = np.concatenate([figure.solid, figure.hair])
        free = occlusion(rest, normals.of(rest), casting)
        rig = LIGHTS[plan.light]
        generator = np.random.default_rng([plan.motion.seed, 3])
        count = len(performance.weights)
        steps = np.cumsum(generator.standard_normal((count // 8 + 2, len(rig.lamps))), 0) * 0.3
        wander = np.stack(
            [np.interp(np.arange(count) / 8, np.arange(len(steps)), steps[:, n]) for n in range(len(rig.lamps))], 1
        )
        flicker = 1 + np.array([lamp.flicker for lamp in rig.lamps]) * np.tanh(wander)
        behind = backdrop(plan.backdrop, plan.width, plan.height, plan.motion.seed)
        return Stage(plan, figure, performance, camera_of(plan), rig, behind, normals, free, flicker.astype(np.float32))

    def posed(self, frame: int) -> PosedFigure:
        """The person in the middle of a frame: the truth."""
        return self._at(frame * MOMENTS_PER_FRAME + 2)

    def picture(self, frame: int) -> NDArray[np.uint8]:
        """[H, W, 3] sRGB."""
        first = frame * MOMENTS_PER_FRAME
        moments = (first + 1, first + 2, first + 3) if self.plan.motion_blur else (first + 2,)
        light = np.mean([self._drawn(moment) for moment in moments], 0)
        light = blurred(light.astype(np.float32), self.plan.defocus_px)
        shown = 1 - np.exp(-1.15 * self.rig.exposure * light)
        shown = np.where(shown <= 0.0031308, 12.92 * shown, 1.055 * np.maximum(shown, 1e-6) ** (1 / 2.4) - 0.055)
        generator = np.random.default_rng([self.plan.motion.seed, 4, frame])
        grain = generator.standard_normal(shown.shape, dtype=np.float32)
        # Demosaicing and the camera's own denoising leave soft grain.
        grain = 0.6 * grain + 0.4 * np.roll(grain, 1, 1)
        shown = shown + grain * np.float32(self.plan.noise) * (0.6 + 0.8 * np.sqrt(np.maximum(1 - shown, 0)))
        return np.asarray(np.clip(255 * shown + 0.5, 0, 255), np.uint8)

    def _at(self, moment: int) -> PosedFigure:
        return self.figure.posed(self.performance, moment, placing_of(self.plan))

    def _drawn(self, moment: int) -> Floats:
        """[H, W, 3] linear light of one moment."""
        figure, pose = self.figure, self._at(moment)
        casting = np.concatenate([figure.solid, figure.hair])
        shadows = tuple(
            ShadowMap.of(pose.vertices, casting, np.array(lamp.towards), _SHADOW_PX) if lamp.shadow else None
            for lamp in self.rig.lamps
        )
        nose = pose.vertices[figure.head.lip_rims[0]].mean(0)
        scene = Scene(
            figure,
            pose.vertices,
            self.normals.of(pose.vertices),
            self.free_sky,
            self.rig,
            self.flicker[moment],
            shadows,
            nose,
            pose.openness,
            np.array(self.plan.cloth, np.float32),
        )
        drawn = bent(pose.vertices, self.plan.radial_distortion)
        light, edges = self._sampled(scene, drawn, (0.0, 0.0), None)
        offsets = SAMPLE_OFFSETS_PX[self.plan.samples]
        if len(offsets) > 1:
            # Inside a surface the textures are filtered already: only its rim needs more than the middle.
            rim = [self._sampled(scene, drawn, offset, edges)[0][edges] for offset in offsets]
            light[edges] = np.mean(rim, 0)
        return light

    def _sampled(
        self, scene: Scene, drawn: Floats, offset: tuple[float, float], only: NDArray[np.bool_] | None
    ) -> tuple[Floats, NDArray[np.bool_]]:
        """(light [H, W, 3], rims [H, W]) seen `offset` pixels beside the middles, of all pixels or of `only`."""
        strands = np.concatenate([self.figure.lash, self.figure.hair])
        centre = (self.camera.centre_px[0] - offset[0], self.camera.centre_px[1] - offset[1])
        camera = replace(self.camera, centre_px=centre)
        solid = rasterize(drawn, self.figure.solid, camera)
        layers = _layers(drawn, strands, camera, solid.depth)
        rims = np.zeros(solid.depth.shape, np.bool_) if only is not None else _rims((solid, *layers))
        if only is not None:
            for picture in (solid, *layers):
                picture.triangle_ids[~only] = -1
        light = self.behind.copy()
        covered, colour = shade_solid(scene, solid, drawn, camera)
        light[covered] = colour
        for layer in layers:
            seen, colour, opacity = shade_hair(scene, layer, strands, drawn, camera)
            under = light[seen]
            light[seen] = under + (colour - under) * opacity[:, None]
        return light, rims


def _layers(
    vertices: Floats, strands: NDArray[np.int32], camera: Camera, solid_depth: Floats
) -> tuple[Rasterization, Rasterization]:
    """The two front layers of what is seen through, the far one first: it is drawn without the front's triangles."""
    front = rasterize(vertices, strands, camera, cull_back_faces=False)
    hidden = strands.copy()
    hidden[np.unique(front.triangle_ids[front.covered])] = 0
    behind = rasterize(vertices, hidden, camera, cull_back_faces=False)
    # What lies a hair's breadth behind the skin is still seen: roots stick in it.
    limit = solid_depth + np.float32(0.005)
    for layer in (front, behind):
        layer.triangle_ids[layer.depth > limit] = -1
    return behind, front


def _rims(pictures: tuple[Rasterization, ...]) -> NDArray[np.bool_]:
    """[H, W] pixels beside which a surface ends or another one begins."""
    rims = np.zeros(pictures[0].depth.shape, np.bool_)
    for picture in pictures:
        depth = np.where(picture.covered, picture.depth, np.float32(1e3))
        for axis in (0, 1):
            step = np.abs(np.diff(depth, axis=axis)) > _RIM_M
            first, second = (rims[:-1], rims[1:]) if axis == 0 else (rims[:, :-1], rims[:, 1:])
            first |= step
            second |= step
    return rims
