"""Draws random people with random faces, and cuts out what a reader of landmarks sees, with the truth about it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from avatron.avatar.store import load_avatar
from avatron.core.camera import Camera
from avatron.core.motion import FaceMotion
from avatron.face.head import HeadModel
from avatron.render.appearance import HairPart
from avatron.render.portrait import PortraitRenderer
from avatron.track.points.crop import crop_face, face_frames
from avatron.training.points.pictures import PICTURE_MM_PER_PIXEL, PICTURE_SIZE, FacePictures
from faces.expressions import random_faces
from faces.shifted_paint import PaintShifter
from lips.people import AVATARS, PeopleMaker

__all__ = ["FacePictureMaker"]

_SIZE = 320
_VIEWS = 6
"""Cameras before each person."""


class FacePictureMaker:
    """Draws the pictures of person after person."""

    def __init__(self, *, plain_paint: bool = False) -> None:
        """Reads head and avatars; with `plain_paint`, brows and lips are painted where the avatars have them."""
        self._head = HeadModel.load()
        self._people = PeopleMaker(self._head)
        self._paint = None if plain_paint else PaintShifter(self._head)
        self._hairs = [load_avatar(name).appearance().hair[:2] for name in AVATARS]

    def draw(self, number: int, frames: int) -> FacePictures:
        """`frames` pictures of person `number`, the same for the same number."""
        random = np.random.default_rng([number, 22])
        person = self._people.person(random)
        look = person.appearance
        look = replace(look, hair=self._hair(look.hair, random))
        if self._paint is not None:
            look = replace(look, skin=self._paint.shifted(look.skin, random))
        renderer = PortraitRenderer(
            self._head, look, size=(_SIZE, _SIZE), framing="close-up", light=person.light, background=_backdrop(random)
        )
        posed = self._head.posed(look.identity, look.displacement)
        rest = look.rest_weights()
        pictures, points = [], []
        for part in np.array_split(np.arange(frames), _VIEWS):
            motion = random_faces(random, len(part))
            camera = self._camera(posed.rest, random)
            shown = FaceMotion(**{**vars(motion), "expression": rest + (1 - rest) * motion.expression})
            joints = zip(*posed.joint_motions(shown), strict=True)
            for picture, expression, (turns, shifts) in zip(
                renderer.frames(motion, camera), shown.expression, joints, strict=True
            ):
                landmarks = self._seen(self._head.landmarks(posed.moved(expression, turns, shifts)), camera)
                frame = face_frames(landmarks[None], PICTURE_SIZE, PICTURE_MM_PER_PIXEL)[0]
                pictures.append(np.asarray(crop_face(picture, frame, PICTURE_SIZE) + 0.5, np.uint8))
                points.append((landmarks[:, :2] - frame[:, 2]) @ np.linalg.inv(frame[:, :2]).T)
        return FacePictures(np.stack(pictures), np.stack(points), np.full(frames, number, np.int32))

    def _hair(self, own: tuple[HairPart, ...], random: np.random.Generator) -> tuple[HairPart, ...]:
        """The person's own hair, somebody else's, or none."""
        kind = random.random()
        if kind < 0.45:
            return own
        return () if kind > 0.85 else self._hairs[int(random.integers(len(self._hairs)))]

    def _camera(self, rest: NDArray[np.float32], random: np.random.Generator) -> Camera:
        middle = self._head.landmarks(rest)[:468].mean(0) + random.normal((0, 0, 0), 0.008)
        away = np.array([random.normal(scale=0.25), random.normal(scale=0.12), 1.0])
        distance_m = float(np.exp(random.uniform(np.log(0.45), np.log(1.8))))
        position = middle + away / np.linalg.norm(away) * distance_m
        seen_m = random.uniform(0.27, 0.36)
        return Camera.looking_at(middle, position, _SIZE, _SIZE, _SIZE / seen_m * distance_m)

    def _seen(self, landmarks: NDArray[np.float32], camera: Camera) -> NDArray[np.float64]:
        """[478, 3] as a landmark network would say it: pixels, and depth in pixels too."""
        depth = camera.to_camera(landmarks)[:, 2]
        scale = camera.focal_px / depth.mean()
        return np.column_stack([camera.project(landmarks), (depth - depth.mean()) * scale])


def _backdrop(random: np.random.Generator) -> NDArray[np.uint8]:
    """Blots of a few colours, large or small: an outline must not be known by what is behind it."""
    cells = int(random.integers(1, 24))
    blots = random.uniform(0, 255, size=3) + random.normal(scale=random.uniform(0, 70), size=(cells, cells, 3))
    way = random.choice([Image.Resampling.NEAREST, Image.Resampling.BICUBIC])
    picture = Image.fromarray(np.clip(blots, 0, 255).astype(np.uint8)).resize((_SIZE, _SIZE), way)
    return np.asarray(picture)
