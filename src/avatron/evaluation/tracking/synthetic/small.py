"""Small films with a truth that need no data: the package's own people, their faces dented at random.

They are easier than the films of `plans.py`, since head and motion are the tracker's own, and are there to test the
bench itself and to see at once that a change broke something.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatron.avatar.store import load_avatar
from avatron.core.camera import Camera
from avatron.core.motion import EXPRESSION_INDEX, EXPRESSION_NAMES, FaceMotion
from avatron.evaluation.tracking.predicted import face_surface
from avatron.evaluation.tracking.synthetic.film import encode_film
from avatron.evaluation.tracking.synthetic.performance import PerformancePlan, perform
from avatron.evaluation.tracking.synthetic.topology import arkit_weights, vertex_areas
from avatron.evaluation.tracking.truth import Truth, TruthFilm, write_truth
from avatron.face.head import HeadModel
from avatron.face.rig import JOINTS
from avatron.face.shipped import shipped_head
from avatron.render.portrait import PortraitRenderer

__all__ = ["acted_motion", "build_small_films", "dents", "truth_of_motion"]

_FPS = 25
_SIZE_PX = 256
_FOCAL_PX, _DISTANCE_M = 480.0, 0.75
_BUMPS, _BUMP_M, _BUMP_WIDTH_M = 40, 0.002, 0.022
_BITS_PER_S = 400_000
_SIDED = tuple(
    f"{stem}_{side}"
    for stem in (
        *("browDown", "browInnerUp", "browOuterUp", "cheekPuff", "cheekSquint", "eyeBlink", "eyeLookDown", "eyeLookIn"),
        *("eyeLookOut", "eyeLookUp", "eyeSquint", "eyeWide", "mouthDimple", "mouthFrown", "mouthLowerDown"),
        *("mouthPress", "mouthSmile", "mouthStretch", "mouthUpperUp", "noseSneer"),
    )
    for side in "LR"
)
_WHOLE = (
    *("jawForward", "jawLeft", "jawOpen", "jawRight", "mouthClose", "mouthFunnel", "mouthLeft", "mouthPucker"),
    *("mouthRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper"),
)


def build_small_films(folder: Path, people: Sequence[str] = ("ava", "henry"), frames: int = 24) -> list[TruthFilm]:
    """A film of each of the package's `people` in `folder`, 256 x 256 px, with its truth beside it.

    Raises:
        UnknownNameError: no avatar of that name.
    """
    films = []
    for seed, name in enumerate(people):
        place = folder / f"small-{name}"
        place.mkdir(parents=True, exist_ok=True)
        look = load_avatar(name).appearance()
        model = shipped_head()
        own = dents(model, seed)
        if look.displacement is not None:
            own = own + look.displacement
        look = replace(look, displacement=own)
        motion = acted_motion(seed, frames)
        renderer = PortraitRenderer(model, look, size=(_SIZE_PX, _SIZE_PX))
        position = np.array([0.0, 0.0, _DISTANCE_M])
        camera = Camera.looking_at(np.zeros(3), position, _SIZE_PX, _SIZE_PX, _FOCAL_PX)
        encode_film(place / "film.mp4", renderer.frames(motion, camera), Fraction(_FPS), _BITS_PER_S)
        # The renderer draws a relaxed face where the motion has none.
        rest = look.rest_weights()
        motion = replace(motion, expression=rest + (1 - rest) * motion.expression)
        write_truth(place / "truth.npz", truth_of_motion(model, look.identity, own, motion, camera))
        films.append(TruthFilm(place.name, place / "film.mp4", place / "truth.npz", ("small",)))
    return films


def dents(model: HeadModel, seed: int) -> NDArray[np.float32]:
    """[V, 3] metres: bumps and hollows of up to two millimetres all over the face, smooth over two centimetres."""
    generator = np.random.default_rng([seed, 5])
    front = np.flatnonzero(model.neutral[:, 2] > 0.03)
    middles = model.neutral[generator.choice(front, _BUMPS)]
    heights = generator.standard_normal((_BUMPS, 3)) * _BUMP_M * 0.5
    squared = ((model.neutral[:, None] - middles[None]) ** 2).sum(-1)
    return np.asarray(np.exp(-0.5 * squared / _BUMP_WIDTH_M**2) @ heights, np.float32)


def acted_motion(seed: int, frames: int) -> FaceMotion:
    """A performance of `frames` frames on our own head."""
    names = (*_SIDED, *_WHOLE)
    acted = perform(PerformancePlan(900 + seed, turn_deg=15.0), names, frames / _FPS, float(_FPS))
    weights, found = arkit_weights(acted.weights, names)
    expression = np.zeros((frames, len(EXPRESSION_NAMES)), np.float32)
    expression[:, [EXPRESSION_INDEX[name] for name in found]] = weights
    # On our head equal weights of both close the lips.
    close, jaw = EXPRESSION_INDEX["mouthClose"], EXPRESSION_INDEX["jawOpen"]
    expression[:, close] = acted.seal * expression[:, jaw]
    still = np.zeros((frames, 3), np.float32)
    return FaceMotion(
        expression=expression,
        head_rotation=(0.5 * acted.head_rotation).astype(np.float32),
        neck_rotation=(0.5 * acted.head_rotation).astype(np.float32),
        torso_rotation=still,
        head_translation=still,
        torso_translation=acted.torso_translation.astype(np.float32),
        gaze=acted.gaze.astype(np.float32),
        fps=Fraction(_FPS),
    )


def truth_of_motion(
    model: HeadModel, identity: NDArray[np.float32], own: NDArray[np.float32], motion: FaceMotion, camera: Camera
) -> Truth:
    """What is true of a person of ours, with displacement `own` [V, 3], who moves before a still camera."""
    person = model.posed(identity, own)
    surface = face_surface(model)
    chosen = surface.vertices[(model.neutral[surface.vertices, 2] > 0.02) & (model.neutral[surface.vertices, 1] > -0.1)]
    row_of = {int(vertex): row for row, vertex in enumerate(chosen)}
    regions = {name: weights[chosen] > 0.5 for name, weights in model.regions.items()}
    head = JOINTS.index("head")
    rotations, translations = person.joint_motions(motion)
    points, landmarks, gaps = [], [], []
    for frame, places in enumerate(person.frames(motion)):
        points.append(camera.to_camera(places[chosen]).astype(np.float32))
        landmarks.append(camera.project(model.landmarks(places)))
        upright = (places - translations[frame, head]) @ rotations[frame, head]
        gaps.append(float(model.lip_gap_mm(upright).max()))
    area = vertex_areas(person.rest, model.triangles_of("skin"))
    return Truth(
        points=np.array(points),
        rest=person.rest[chosen],
        area=area[chosen],
        regions={
            "face": np.ones(len(chosen), np.bool_),
            "lips": regions["lips_upper"] | regions["lips_lower"],
            "eyelids": regions["lids"],
            "jaw": regions["jaw"],
        },
        multi_pie=np.array([row_of.get(int(vertex), -1) for vertex in model.multi_pie]),
        landmarks_px=np.array(landmarks, np.float32),
        head_rotation=camera.rotation @ rotations[:, head],
        head_translation=(translations[:, head] - camera.position) @ camera.rotation.T,
        expression=motion.expression,
        expression_names=EXPRESSION_NAMES,
        gaze=motion.gaze,
        lip_gap_mm=np.array(gaps, np.float32),
        focal_px=camera.focal_px,
        centre_px=camera.centre_px,
        radial_distortion=0.0,
        fps=float(motion.fps),
        size_px=(camera.width, camera.height),
    )
