"""Measure how the landmark networks answer to our head, and write the table of `track/fit/landmark_response.py`.

    python tools/learn_landmark_response.py --landmarks DATA/landmarks/face_landmarker.task \\
        --out src/avatron/data/landmarks/response.npz
    python tools/learn_landmark_response.py --landmarks DATA/landmarks/face_landmarker.task --read-again \\
        --out src/avatron/data/landmarks/response_again.npz

Draws people of the package's avatars with random identities, expressions, gazes, poses and cameras, lets the networks
see them, and fits what they see beside our landmarks: per landmark a ridge regression of offsets in the head frame on
58 numbers (a constant, six of the view, the fitted weights, the looks). Spreads are of avatars left out.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.avatar.store import load_avatar
from avatron.core.camera import Camera
from avatron.core.motion import ARKIT_NAMES, EXPRESSION_INDEX, EXPRESSION_NAMES, FaceMotion
from avatron.face.rig import JOINTS
from avatron.face.shipped import shipped_head
from avatron.render.portrait import PortraitRenderer
from avatron.track.fit.landmark_response import VIEWS, view_features
from avatron.track.fit.parameters import FITTED, LOOKS, fitted_from_weights, look_weights
from avatron.track.fit.start import EYE_DISTANCE_M
from avatron.track.landmarks.follower import FaceFollower
from avatron.track.landmarks.landmarker import FaceLandmarker
from avatron.track.points.crop import crop_face, face_frames
from avatron.track.points.reader import PointReader

Floats = NDArray[np.float64]

AVATARS = ("ava", "zuri", "kenji", "henry")
SIZE_PX = 384
FEATURES = 1 + VIEWS + len(FITTED) + 2 * len(LOOKS)
RIDGE, CONSTANT_RIDGE, DEPTH_RIDGE = 3.0, 0.3, 6.0
"""Precisions in units of one sharp observation; what lies along the view is hardly seen, and is drawn to 0."""
NOT_LEARNED = 1e6
"""Precision of what is left at 0 where landmarks are read again."""
WIDTH = ("mouthPucker", "mouthFunnel", "mouthSmile", "mouthStretch", "mouthDimple")
"""Expressions that the second network's answer is corrected for: what changes the mouth's width. To correct for the
others makes films of strangers no better, and speaking lips noisier."""
OUTLIER = 0.3
"""Landmarks further off than this share of the irises' distance are not learned from."""
BLINKS = [EXPRESSION_INDEX["eyeBlinkLeft"], EXPRESSION_INDEX["eyeBlinkRight"]]


@dataclass
class Drawn:
    """What was drawn of one avatar and seen, N pictures."""

    person: list[int]
    features: list[Floats]
    """[FEATURES] each."""
    by_offset: list[Floats]
    """[L, 2, 3] shares of the irises' distance for a metre."""
    away: list[Floats]
    """[L, 2] shares of the irises' distance."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--landmarks", required=True, help="face_landmarker.task")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--identities", type=int, default=12)
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--read-again", action="store_true", help="measure the second network, `track/points`")
    arguments = parser.parse_args()
    networks = FaceLandmarker.load(arguments.landmarks)
    reader = PointReader.load() if arguments.read_again else None
    ridge = precisions(width_alone=arguments.read_again)
    sums, drawn = [], []
    for number, name in enumerate(AVATARS):
        seen = draw(name, networks, reader, arguments.identities, arguments.frames, np.random.default_rng(number))
        drawn.append(seen)
        sums.append(normal_sums(seen))
        print(f"{name}: {len(seen.away)} pictures", file=sys.stderr)
    frame, person, count, people = 0.0, 0.0, 0, 0
    for left_out, seen in enumerate(drawn):
        rest = [one for number, one in enumerate(sums) if number != left_out]
        table = solved(sum(one[0] for one in rest), sum(one[1] for one in rest), ridge)
        residual = np.stack(seen.away) - np.einsum(
            "nlia,lak,nk->nli", np.stack(seen.by_offset), table, np.stack(seen.features), optimize=True
        )
        for who in np.unique(seen.person):
            own = residual[np.array(seen.person) == who]
            middle = np.median(own, axis=0)
            person = person + np.square(middle).mean(-1)
            frame = frame + np.square(np.clip(own - middle, -OUTLIER / 2, OUTLIER / 2)).mean(-1).sum(0)
            people, count = people + 1, count + len(own)
    table = solved(sum(one[0] for one in sums), sum(one[1] for one in sums), ridge)
    write(arguments.out, table, np.sqrt(np.asarray(frame) / count), np.sqrt(np.asarray(person) / people))
    return 0


def draw(
    name: str,
    networks: FaceLandmarker,
    reader: PointReader | None,
    identities: int,
    frames: int,
    random: np.random.Generator,
) -> Drawn:
    """Pictures of one avatar's skin and hair on random heads, as the networks see them."""
    head, look = shipped_head(), load_avatar(name).appearance()
    drawn = Drawn([], [], [], [])
    for who in range(identities):
        identity = look.identity if who == 0 else random.normal(0, 0.9, head.identity_modes).astype(np.float32)
        displacement = look.displacement if who == 0 or random.random() < 0.5 else None
        person = replace(look, identity=identity, displacement=displacement, rest_expression={})
        backdrop = tuple(int(value) for value in random.integers(20, 220, 3))
        renderer = PortraitRenderer(head, person, size=(SIZE_PX, SIZE_PX), background=backdrop)
        posed = head.posed(person.identity, person.displacement)
        for _ in range(frames):
            motion = random_motion(random)
            turns, shifts = posed.joint_motions(motion)
            landmarks = head.landmarks(posed.moved(motion.expression[0], turns[0], shifts[0]))
            camera = random_camera(landmarks, random)
            picture = next(renderer.frames(motion, camera))
            follower = FaceFollower(networks)
            follower.see(picture)
            # The second look has the crop that a film would have.
            seen = follower.see(picture)
            if not seen.valid:
                continue
            marks = seen.landmarks[:, :2]
            if reader is not None:
                frame = face_frames(seen.landmarks[None])
                marks = reader.read(crop_face(picture, frame[0])[None], frame, seen.landmarks[None])[0][0]
            skull = JOINTS.index("head")
            rotation = camera.rotation @ turns[0, skull]
            translation = camera.rotation @ (shifts[0, skull] - camera.position)
            share = translation[2] / (camera.focal_px * EYE_DISTANCE_M)
            drawn.person.append(who)
            drawn.features.append(features(motion, rotation, translation))
            drawn.by_offset.append(projection_slope(camera, landmarks) @ rotation * share)
            drawn.away.append((marks - camera.project(landmarks)) * share)
    return drawn


def random_motion(random: np.random.Generator) -> FaceMotion:
    """One frame: a few expressions, both sides mostly alike, a jaw, now and then a blink; gaze and pose."""
    weights = np.zeros(len(EXPRESSION_NAMES), np.float32)
    names = [name for name in ARKIT_NAMES if name in FITTED and not name.endswith("Right") and name != "mouthClose"]
    for name in random.choice(names, random.integers(0, 6), replace=False):
        weight = random.beta(1.1, 2.6)
        weights[EXPRESSION_INDEX[name]] = weight
        other = f"{name[:-4]}Right"
        if name.endswith("Left") and name not in ("jawLeft", "mouthLeft") and random.random() < 0.8:
            weights[EXPRESSION_INDEX[other]] = np.clip(weight + random.normal(0, 0.05), 0, 1)
    if random.random() < 0.7:
        jaw = random.beta(1.1, 4)
        weights[EXPRESSION_INDEX["jawOpen"]] = jaw
        weights[EXPRESSION_INDEX["mouthClose"]] = jaw * random.random() if random.random() < 0.35 else 0.0
    if random.random() < 0.15:
        weights[BLINKS] = random.uniform(0.3, 1)
    gaze = np.tile(random.normal(0, [0.2, 0.12]), (2, 1))
    gaze[0, 0] -= random.uniform(0, 0.06)
    looks = look_weights(gaze)
    for eye, side in enumerate(("Left", "Right")):
        for number, name in enumerate(LOOKS):
            weights[EXPRESSION_INDEX[f"{name}{side}"]] = looks[eye, number]
    turn = random.normal(0, np.radians([10, 16, 7]))
    still = np.zeros((1, 3), np.float32)
    rest = FaceMotion.at_rest(1)
    expression, gaze_once = weights[None], gaze[None].astype(np.float32)
    return FaceMotion(expression, turn[None].astype(np.float32), still, still, still, still, gaze_once, rest.fps)


def random_camera(landmarks: Floats, random: np.random.Generator) -> Camera:
    """A camera before the face, from a wide angle at arm's length to a long lens."""
    distance_m = float(np.exp(random.uniform(np.log(0.35), np.log(2.5))))
    span_m = random.uniform(0.22, 0.4)
    target = (landmarks.min(0) + landmarks.max(0)) / 2 + np.append(random.uniform(-0.02, 0.02, 2), 0.0)
    place = target + np.array([0.0, 0.0, distance_m])
    return Camera.looking_at(target, place, SIZE_PX, SIZE_PX, SIZE_PX / span_m * distance_m)


def projection_slope(camera: Camera, points: Floats) -> Floats:
    """[L, 2, 3] pixels for a metre in camera space."""
    local = camera.to_camera(points)
    slope = np.zeros((len(points), 2, 3))
    slope[:, 0, 0] = slope[:, 1, 1] = camera.focal_px / local[:, 2]
    slope[:, :, 2] = -camera.focal_px * local[:, :2] / np.square(local[:, 2:])
    return slope


def features(motion: FaceMotion, rotation: Floats, translation: Floats) -> Floats:
    """[FEATURES] what the offsets depend on."""
    view = view_features(rotation[None], translation[None])[0]
    open_share = 1 - motion.expression[0, BLINKS]
    looks = look_weights(motion.gaze[0]) * open_share[:, None]
    return np.concatenate([[1.0], view, fitted_from_weights(motion.expression[0]), looks.reshape(-1)])


def normal_sums(drawn: Drawn) -> tuple[Floats, Floats]:
    """([L, 3, 3, F, F], [L, 3, F]) of the regression of each landmark."""
    numbers = np.stack(drawn.features).astype(np.float32)
    away = np.stack(drawn.away).astype(np.float32)
    slope = np.stack(drawn.by_offset).astype(np.float32) * (np.abs(away).max(-1) < OUTLIER)[..., None, None]
    count = slope.shape[1]
    squares = np.einsum("nlia,nlib->nlab", slope, slope).reshape(len(numbers), -1)
    pairs = (numbers[:, :, None] * numbers[:, None]).reshape(len(numbers), -1)
    curvature = (squares.T @ pairs).reshape(count, 3, 3, FEATURES, FEATURES)
    right = np.einsum("nlia,nli->nla", slope, away).reshape(len(numbers), -1).T @ numbers
    return curvature.astype(np.float64), right.reshape(count, 3, FEATURES).astype(np.float64)


def precisions(*, width_alone: bool) -> Floats:
    """[F] of the offsets' table, in units of one sharp observation."""
    ridge = np.full(FEATURES, RIDGE)
    ridge[0] = CONSTANT_RIDGE
    if width_alone:
        ridge[1 + VIEWS :] = [RIDGE if name.startswith(WIDTH) else NOT_LEARNED for name in (*FITTED, *LOOKS, *LOOKS)]
    return ridge


def solved(curvature: Any, right: Any, ridge: Floats) -> Floats:
    """[L, 3, F] metres."""
    precision = np.kron([1.0, 1.0, DEPTH_RIDGE], ridge) / EYE_DISTANCE_M**2
    size = 3 * FEATURES
    matrix = np.swapaxes(curvature, 2, 3).reshape(-1, size, size) + np.diag(precision)
    table = np.asarray(np.linalg.solve(matrix, right.reshape(-1, size, 1))).reshape(-1, 3, FEATURES)
    return np.where(ridge < NOT_LEARNED, table, 0.0)


def write(path: Path, table: Floats, frame_spread: Floats, person_spread: Floats) -> None:
    """The table in bytes, with a scale for each of the numbers that offsets depend on."""
    blocks = np.split(np.moveaxis(table, -1, 0), np.cumsum([1, VIEWS, len(FITTED)]))
    kept, scales = {}, []
    order = {"constant": blocks[0], "expression": blocks[2], "look": blocks[3], "view": blocks[1]}
    for name, block in order.items():
        scale = np.abs(block).max((1, 2)) / 127 + 1e-12
        kept[name] = np.round(block / scale[:, None, None]).astype(np.int8)
        scales.append(scale)
    np.savez_compressed(
        path,
        scale=np.concatenate(scales).astype(np.float32),
        frame_spread=frame_spread.astype(np.float16),
        person_spread=person_spread.astype(np.float16),
        allow_pickle=False,
        **kept,
    )


if __name__ == "__main__":
    raise SystemExit(main())
