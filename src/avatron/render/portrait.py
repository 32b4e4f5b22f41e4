"""The portrait renderer: a head model with an appearance, lit like in a studio."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.core.motion import FaceMotion
from avatron.errors import InvalidValueError
from avatron.face.head import HeadModel
from avatron.face.rig import JOINTS
from avatron.native.shade import DrawTimes, pack_frame
from avatron.render.appearance import Appearance
from avatron.render.assembly import Assembly, assemble
from avatron.render.background import Backdrop, Background
from avatron.render.framing import camera_for, camera_values, framing_named
from avatron.render.light import LightRig, light_named, unit
from avatron.render.moving_light import half_gap_m

__all__ = ["LARGEST_SIDE", "SMALLEST_SIDE", "PortraitRenderer", "crown_m"]

SMALLEST_SIDE, LARGEST_SIDE = 16, 4096
_FRAMES_AT_ONCE = 256
"""Frames whose joints are moved together: fast, and in bounded memory however long a motion is."""
_SHADOW_TEXELS, _SHADOW_EXTENT_M = 384, 0.38
_FRONT_MARGIN_RAD = 0.75
"""Turns of the head against the camera for which the triangles that face the front suffice."""
_PENUMBRA_M, _SHADOW_SOFTNESS_M = 0.0075, 0.0016
_LID_EXTENT_M = 0.018
_INNER_CORNERS = [60, 64]
"""Of the mouth, among the landmarks of Multi-PIE."""
_HEAD, _TORSO = JOINTS.index("head"), JOINTS.index("torso")
_EYES = (JOINTS.index("eye_left"), JOINTS.index("eye_right"))

Bytes = NDArray[np.uint8]


def checked_size(size: tuple[int, int]) -> tuple[int, int]:
    """`size` (width, height) if it can be drawn.

    Raises:
        InvalidValueError: a side outside 16 .. 4096.
    """
    if not all(SMALLEST_SIDE <= side <= LARGEST_SIDE for side in size):
        width, height = (min(max(side, SMALLEST_SIDE), LARGEST_SIDE) for side in size)
        raise InvalidValueError(
            f"size {size[0]}x{size[1]} px is outside {SMALLEST_SIDE} .. {LARGEST_SIDE} a side; the nearest is "
            f"{width}x{height}"
        )
    return int(size[0]), int(size[1])


def crown_m(rest: NDArray[np.float32], appearance: Appearance) -> float:
    """y of the highest point of head and hair."""
    hair = max((float(part.mesh.vertices[:, 1].max()) for part in appearance.hair), default=-math.inf)
    return max(float(rest[:, 1].max()), hair)


@dataclass(frozen=True, eq=False)
class _Pose:
    """All that a frame's pixels need to know, as `Portrait.draw` takes it."""

    positions: NDArray[np.float32]
    normals: NDArray[np.float32]
    head: NDArray[np.float32]
    torso: NDArray[np.float32]
    frame: NDArray[np.float32]
    light: NDArray[np.float32]
    creases: NDArray[np.float32] | None
    from_anywhere: bool


class PortraitRenderer:
    """Draws a person. Everything that does not move is prepared once, when the renderer is made."""

    def __init__(
        self,
        head: HeadModel,
        appearance: Appearance,
        *,
        size: tuple[int, int] = (512, 512),
        framing: str | None = None,
        light: str | LightRig = "studio",
        background: Background = "studio",
        background_blur: float = 0.0,
    ) -> None:
        """Prepare a person for pictures of `size` (width, height).

        Args:
            head: the head model that `appearance` belongs to.
            appearance: what is drawn.
            size: pixels, 16 .. 4096 a side; the head is framed for it, never stretched.
            framing: a name of `render.framing.FRAMINGS`; None takes the appearance's own.
            light: a name of `render.light.LIGHTS`, or a rig.
            background: `studio`, `transparent`, an sRGB colour of bytes, a picture uint8 [h, w, 3] that is scaled to
                cover, or pictures of which one is used for each frame drawn.
            background_blur: how far pictures behind are out of focus, 0 .. 1; films pay for it with every frame.

        Raises:
            InvalidValueError: a size or background out of range.
            UnknownNameError: no such framing or light.
        """
        self.size = checked_size(size)
        self._light = light_named(light) if isinstance(light, str) else light
        self._appearance = appearance
        self._rest_weights = appearance.rest_weights()
        self._head = head
        self._posed = head.posed(appearance.identity, appearance.displacement)
        self._backdrop = Backdrop(background, self.size, self._light, background_blur)
        rest_motion = self._with_rest(FaceMotion.at_rest(1))
        rest = next(self._posed.frames(rest_motion))
        eyes = self._posed.joints[list(_EYES)].mean(0)
        lowest = min((float(part.mesh.vertices[:, 1].min()) for part in appearance.garments), default=-1.0)
        self.camera = camera_for(
            framing_named(framing or appearance.framing), self.size, eyes, lowest + 0.01, crown_m(rest, appearance)
        )
        self._assembly: Assembly = assemble(head, self._posed, rest, appearance, self._light, self.camera)
        self._assembly.portrait.set_shadow_size(_SHADOW_TEXELS)
        self._middle = rest.mean(0)
        self._fixed = {**self._light.frame_values(), **self._shadow_values(), "lid_extent": _LID_EXTENT_M}
        self._fixed["eye_radius"] = self._assembly.eye_radius_m
        self.last_times: DrawTimes | None = None
        """Milliseconds that the kernels took for the last frame."""

    def frames(self, motion: FaceMotion, camera: Camera | None = None) -> Generator[Bytes, None, None]:
        """uint8 [H, W, 3], or [H, W, 4] with straight alpha over a transparent background; one per frame.

        `camera` replaces the framing; its size must be the renderer's. Each frame depends on its own motion only
        (and, where the background is a film, on how many were drawn before).

        Raises:
            InvalidValueError: a camera of another size.
        """
        camera = self.camera if camera is None else camera
        if (camera.width, camera.height) != self.size:
            raise InvalidValueError(
                f"camera of {camera.width}x{camera.height} px, but the renderer draws {self.size[0]}x{self.size[1]}"
            )
        poses = self._poses(motion, camera)
        # The next frame's head is moved while this one's pixels are drawn; nothing else goes on at the same time.
        with ThreadPoolExecutor(1, "avatron-head") as mover:
            coming = mover.submit(next, poses, None)
            while (pose := coming.result()) is not None:
                coming = mover.submit(next, poses, None)
                yield self._draw(pose)

    def _poses(self, motion: FaceMotion, camera: Camera) -> Iterator[_Pose]:
        for start in range(0, len(motion), _FRAMES_AT_ONCE):
            moved = self._with_rest(motion.part(start, start + _FRAMES_AT_ONCE))
            joints = zip(*self._posed.joint_motions(moved), strict=True)
            for expression, (rotations, translations) in zip(moved.expression, joints, strict=True):
                yield self._pose(expression, rotations, translations, camera)

    def _with_rest(self, motion: FaceMotion) -> FaceMotion:
        rest = self._rest_weights
        return replace(motion, expression=rest + (1 - rest) * motion.expression)

    def _pose(
        self,
        expression: NDArray[np.float32],
        rotations: NDArray[np.float64],
        translations: NDArray[np.float64],
        camera: Camera,
    ) -> _Pose:
        positions = self._posed.moved(expression, rotations, translations)
        opening_m = half_gap_m(self._head, positions)
        values = {
            **self._fixed,
            **self._mouth_values(positions, opening_m),
            **camera_values(camera),
            "head_rotation": rotations[_HEAD],
            "eye_centres": [rotations[_HEAD] @ c + translations[_HEAD] for c in self._assembly.eye_centres],
            "eye_rotations": [rotations[joint] for joint in _EYES],
        }
        head, torso = (
            np.column_stack([rotations[joint], translations[joint]]).astype(np.float32) for joint in (_HEAD, _TORSO)
        )
        return _Pose(
            positions,
            self._assembly.normals.of(positions, alone=True),
            head,
            torso,
            pack_frame(values),
            self._assembly.moving_light.of(opening_m, expression),
            None if self._assembly.creases is None else self._assembly.creases.of(expression),
            self._turned(rotations[_HEAD], rotations[_TORSO], camera),
        )

    def _draw(self, pose: _Pose) -> Bytes:
        background = self._backdrop.next()
        image = np.empty((self.size[1], self.size[0], 4 if background is None else 3), np.uint8)
        self.last_times = self._assembly.portrait.draw(
            pose.positions,
            pose.normals,
            pose.head,
            pose.torso,
            pose.frame,
            background,
            image,
            light=pose.light,
            creases=pose.creases,
            from_anywhere=pose.from_anywhere,
        )
        return image

    def _turned(self, head: NDArray[np.float64], torso: NDArray[np.float64], camera: Camera) -> bool:
        """Whether head or torso is turned so far from the camera that more than their front may be seen."""
        towards = unit(camera.position - self._middle)
        front = unit(self.camera.position - self._middle)
        least = min(float(towards @ head @ front), float(towards @ torso @ front))
        return least < math.cos(_FRONT_MARGIN_RAD)

    def _mouth_values(self, positions: NDArray[np.float32], opening_m: float) -> dict[str, object]:
        upper, lower = positions[self._head.lip_pairs[1]]
        right, left = positions[self._head.multi_pie[_INNER_CORNERS]]
        half_width_m = np.linalg.norm(left - right) / 2
        return {"lip_point": (upper + lower) / 2, "mouth_opening": [opening_m, half_width_m]}

    def _shadow_values(self) -> dict[str, object]:
        towards = unit(self._light.key)
        right = unit(np.cross([0.0, 1.0, 0.0], towards))
        up = np.cross(towards, right)
        scale = _SHADOW_TEXELS / _SHADOW_EXTENT_M
        middle = self._assembly.eye_centres.mean(0) + np.array([0, -0.06, -0.07])
        matrix = np.zeros((3, 4))
        for row, axis in ((0, right), (1, up)):
            matrix[row, :3] = axis * scale
            matrix[row, 3] = _SHADOW_TEXELS / 2 - scale * float(axis @ middle)
        matrix[2, :3] = towards
        return {
            "shadow_matrix": matrix,
            "shadow_radius": _PENUMBRA_M * scale,
            "shadow_softness": _SHADOW_SOFTNESS_M,
        }
