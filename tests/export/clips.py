"""A clip of speech-like motion, its scene, and what our own head does in it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from avatron.avatar.avatar import Avatar
from avatron.core.motion import EXPRESSION_INDEX, EXPRESSION_NAMES, FaceMotion
from avatron.export.scene import Scene, SceneOptions, scene_files
from avatron.face.head import HeadModel, PosedHead

FRAMES = 20
FPS = Fraction(30000, 1001)


def spoken_motion(frames: int = FRAMES) -> FaceMotion:
    """A mouth that opens, rounds and closes, lids that blink, a head, neck, torso and eyes that turn and shift."""
    phase = np.linspace(0, 2 * np.pi, frames, dtype=np.float32)
    expression = np.zeros((frames, len(EXPRESSION_NAMES)), np.float32)
    jaw = 0.15 * (1 - np.cos(2 * phase))
    for name, curve in {
        "jawOpen": jaw,
        "mouthClose": jaw * (np.sin(phase) > 0.5),
        "mouthFunnel": 0.3 * np.clip(np.sin(phase), 0, 1),
        "mouthSmileLeft": 0.3 * np.clip(-np.sin(phase), 0, 1),
        "mouthSmileRight": 0.2 * np.clip(-np.sin(phase), 0, 1),
        "eyeBlinkLeft": np.clip(np.sin(3 * phase), 0, 1),
        "eyeBlinkRight": np.clip(np.sin(3 * phase), 0, 1),
        "browInnerUp": 0.2 * np.clip(np.cos(phase), 0, 1),
        "tongueL": 0.5 * np.clip(np.sin(2 * phase), 0, 1),
    }.items():
        expression[:, EXPRESSION_INDEX[name]] = curve

    def turn(*amplitudes: float) -> np.ndarray:
        return np.sin(phase)[:, None] * np.array(amplitudes, np.float32)

    return FaceMotion(
        expression,
        head_rotation=turn(0.1, 0.3, 0.05),
        neck_rotation=turn(0.03, 0.1, 0.0),
        torso_rotation=turn(0.01, 0.02, 0.01),
        head_translation=turn(0.002, 0.001, 0.0),
        torso_translation=turn(0.001, 0.003, 0.002),
        gaze=np.repeat(turn(0.2, 0.1)[:, None], 2, 1),
        fps=FPS,
    )


@dataclass(frozen=True)
class Clip:
    avatar: Avatar
    head: HeadModel
    motion: FaceMotion
    scene: Scene

    def posed(self) -> PosedHead:
        """The avatar's head, ready to be moved."""
        look = self.avatar.appearance()
        return self.head.posed(look.identity, look.displacement)

    def head_vertices(self) -> np.ndarray:
        """[T, V, 3] as our renderer draws them."""
        rest = self.avatar.appearance().rest_weights()
        posed = self.posed()
        expression = rest + (1 - rest) * self.motion.expression
        moved = FaceMotion(
            expression,
            *(getattr(self.motion, name) for name in ("head_rotation", "neck_rotation", "torso_rotation")),
            self.motion.head_translation,
            self.motion.torso_translation,
            self.motion.gaze,
            self.motion.fps,
        )
        return np.stack(list(posed.frames(moved)))

    def surface_vertices(self, *parts: str) -> np.ndarray:
        """The head model's vertices in the order of a surface made of `parts`, as far as they are drawn."""
        shown = np.ones(len(self.head.triangles), bool)
        shown[self.avatar.appearance().hidden_triangles] = False
        from avatron.face.parts import PART_INDEX

        return np.unique(self.head.triangles[shown & np.isin(self.head.part, [PART_INDEX[part] for part in parts])])

    def glb(self, **options: object) -> bytes:
        return scene_files(self.scene, Path("clip.glb"), SceneOptions(**options))["clip.glb"]  # type: ignore[arg-type]


SURFACES = {
    "Skin": ("skin", "bust"),
    "Mouth": ("mouth", "gums", "tongue"),
    "Teeth": ("teeth_upper", "teeth_lower"),
    "Lashes": ("lashes",),
}
"""The head mesh's surfaces, and the head model's parts that they are made of."""
