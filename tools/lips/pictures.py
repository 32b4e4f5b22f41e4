"""Draws random people with random mouths, and cuts out what a reader of lips has to see, with the truth about it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.core.motion import FaceMotion
from avatron.evaluation.rig.contact import RigGauge
from avatron.face.head import HeadModel, PosedHead
from avatron.face.rig import JOINTS
from avatron.render.portrait import PortraitRenderer
from avatron.track.lips.crop import EYE_SPAN_MM, crop_mouth, eye_span_px, mouth_frames
from avatron.track.lips.points import LipPoints
from avatron.training.lips.pictures import PICTURE_MM_PER_PIXEL, PICTURE_SIZE, LipPictures
from lips.mouths import random_mouths
from lips.people import PeopleMaker

__all__ = ["PictureMaker"]

_SIZE = 320
_VIEWS = 6
"""Cameras before each person."""
_HEAD = JOINTS.index("head")


class PictureMaker:
    """Draws the pictures of person after person."""

    def __init__(self) -> None:
        """Reads head and avatars."""
        self._head = HeadModel.load()
        self._people = PeopleMaker(self._head)
        self._points = LipPoints.of(self._head)
        self._gauge = RigGauge(self._head)

    def draw(self, number: int, frames: int) -> LipPictures:
        """`frames` pictures of person `number`, the same for the same number."""
        random = np.random.default_rng([number, 20])
        person = self._people.person(random)
        look = person.appearance
        backdrop = tuple(int(value) for value in random.integers(20, 235, size=3))
        renderer = PortraitRenderer(
            self._head, look, size=(_SIZE, _SIZE), framing="close-up", light=person.light, background=backdrop
        )
        posed = self._head.posed(look.identity, look.displacement)
        rest = look.rest_weights()
        pictures, points, slits = [], [], []
        for part in np.array_split(np.arange(frames), _VIEWS):
            motion = random_mouths(random, len(part))
            camera = self._camera(posed.rest, random)
            shown = FaceMotion(**{**vars(motion), "expression": rest + (1 - rest) * motion.expression})
            joints = zip(*posed.joint_motions(shown), strict=True)
            for picture, expression, (turns, shifts) in zip(
                renderer.frames(motion, camera), shown.expression, joints, strict=True
            ):
                vertices = posed.moved(expression, turns, shifts)
                landmarks = self._seen(self._head.landmarks(vertices), camera)
                frame = mouth_frames(landmarks[None], PICTURE_SIZE, PICTURE_MM_PER_PIXEL)[0]
                places = camera.project(self._points.places(vertices))
                pictures.append(np.asarray(crop_mouth(picture, frame, PICTURE_SIZE) + 0.5, np.uint8))
                points.append((places - frame[:, 2]) @ np.linalg.inv(frame[:, :2]).T)
                upright = (vertices - shifts[_HEAD]) @ turns[_HEAD]
                slits.append(self._gauge.lip_slit_mm(upright.astype(np.float32)) * EYE_SPAN_MM / self._eyes_mm(posed))
        return LipPictures(np.stack(pictures), np.stack(points), np.array(slits), np.full(frames, number, np.int32))

    def _eyes_mm(self, posed: PosedHead) -> float:
        return 1000 * float(eye_span_px(self._head.landmarks(posed.rest)[None])[0])

    def _camera(self, rest: NDArray[np.float32], random: np.random.Generator) -> Camera:
        middle = rest[self._head.contours["lips_inner"]].mean(0) + random.normal((0, 0.015, 0), 0.008)
        away = np.array([random.normal(scale=0.12), random.normal(scale=0.10), 1.0])
        distance_m = float(np.exp(random.uniform(np.log(0.45), np.log(1.8))))
        position = middle + away / np.linalg.norm(away) * distance_m
        seen_m = random.uniform(0.19, 0.26)
        return Camera.looking_at(middle, position, _SIZE, _SIZE, _SIZE / seen_m * distance_m)

    def _seen(self, landmarks: NDArray[np.float32], camera: Camera) -> NDArray[np.float64]:
        """[478, 3] as a landmark network would say it: pixels, and depth in pixels too."""
        depth = camera.to_camera(landmarks)[:, 2]
        scale = camera.focal_px / depth.mean()
        return np.column_stack([camera.project(landmarks), (depth - depth.mean()) * scale])
