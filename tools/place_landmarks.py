"""Where on our head MediaPipe's network sees its landmarks: fitted on pictures of our own people in motion.

    python tools/place_landmarks.py --canonical DATA/landmarks/canonical_face_model.obj \\
        --out src/avatron/data/landmarks/places.npz

Each landmark becomes the point of the surface whose place in all pictures is nearest to where the network saw it: the
network's own bias is in it, and that of no single expression. A head that is built anew needs this again.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from avatron.avatar.store import load_avatar
from avatron.core.motion import EXPRESSION_INDEX, FaceMotion
from avatron.face.head import HeadModel
from avatron.face.parts import PART_INDEX
from avatron.face.shipped import shipped_head
from avatron.render.portrait import PortraitRenderer
from avatron.track.landmarks.crop import FaceCrop
from avatron.track.landmarks.landmarker import FaceLandmarker
from avatron.track.observations import LANDMARKS

Floats = NDArray[np.float64]

PEOPLE = ("ava", "henry", "zuri", "kenji")
SIZE_PX = 512
IRISES = range(468, 478)
IRIS_PARTNERS = (473, 476, 475, 474, 477, 468, 471, 470, 469, 472)
"""Of 468 .. 477 in a mirror: centre, then four points round it in the picture's order."""
SETTLING_LOOKS = 3
LARGEST_SQUARE = 0.02
"""Of the distance between the eyes, squared: beyond it a point is wrong, and how wrong does not matter."""
REACH_M, IRIS_REACH_M = 0.03, 0.02
"""How far from its old place a landmark is looked for."""
BEST_VERTICES = 12
STAY = 0.006
"""Price of a way from the old place against the square of the error, where pictures hardly tell places apart: a
centimetre is worth a hundredth of the distance between the eyes."""
EYES_M = 0.09
"""Between the outer corners of the eyes."""

_BOTH = {
    "mouthSmile": (0.2, 0.9),
    "mouthUpperUp": (0.1, 0.6),
    "mouthLowerDown": (0.1, 0.6),
    "mouthFrown": (0.2, 0.9),
    "eyeBlink": (0.2, 1.0),
    "eyeWide": (0.2, 1.0),
    "browOuterUp": (0.2, 1.0),
    "browDown": (0.2, 1.0),
}
_ONE = {"jawOpen": (0.1, 0.8), "mouthPucker": (0.2, 0.9), "mouthFunnel": (0.2, 0.8), "browInnerUp": (0.2, 1.0)}
_SHARE, _JAW_SHARE = 0.25, 0.7
"""Of the frames that hold an expression; the mouth is open in most, so that upper and lower lip are told apart."""


@dataclass(frozen=True, eq=False)
class Pictures:
    """What was drawn and what was seen, in distances between the eyes."""

    vertices: Floats
    """[N, V, 2]."""
    seen: Floats
    """[N, 478, 2]."""


def main() -> None:
    """The tool."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--canonical", type=Path, required=True, help="MediaPipe's canonical_face_model.obj")
    parser.add_argument("--frames", type=int, default=70, help="pictures of each person (default: 70)")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    head, landmarker = shipped_head(), FaceLandmarker.load()
    partner = mirror_partners(arguments.canonical)
    drawn = [person_pictures(head, landmarker, name, arguments.frames) for name in PEOPLE]
    pictures = Pictures(*(np.concatenate([getattr(one, name) for one in drawn]) for name in ("vertices", "seen")))
    pictures, symmetric = with_mirror_images(head, pictures, partner)
    triangle, weights = placed(head, pictures, symmetric)
    for name, places in (
        ("before", (head.landmark_triangle, head.landmark_barycentric)),
        ("after", (triangle, weights)),
    ):
        print(f"{name}: {mean_error(head, pictures, *places):.2%} of the distance between the eyes")
    np.savez_compressed(arguments.out, triangle=triangle.astype(np.int32), barycentric=weights.astype(np.float32))


def random_motion(frames: int, seed: int) -> FaceMotion:
    """Faces that turn, look about, open their mouths and make the large expressions, singly and together."""
    generator = np.random.default_rng(seed)
    rest = FaceMotion.at_rest(frames)
    expression = rest.expression.copy()

    def add(names: tuple[str, ...], low: float, high: float, share: float) -> None:
        weights = generator.uniform(low, high, frames) * (generator.random(frames) < share)
        for name in names:
            column = expression[:, EXPRESSION_INDEX[name]]
            np.maximum(column, weights, out=column)

    for name, (low, high) in _BOTH.items():
        add((f"{name}Left", f"{name}Right"), low, high, _SHARE)
    for name, (low, high) in _ONE.items():
        add((name,), low, high, _JAW_SHARE if name == "jawOpen" else _SHARE)
    turns = generator.normal(0, [0.12, 0.2, 0.08], (frames, 3)).clip(-0.45, 0.45).astype(np.float32)
    gaze = np.repeat(generator.normal(0, 0.12, (frames, 1, 2)), 2, axis=1).astype(np.float32)
    return replace(rest, expression=expression, head_rotation=turns, gaze=gaze)


def person_pictures(head: HeadModel, landmarker: FaceLandmarker, name: str, frames: int) -> Pictures:
    """Pictures of one of our people."""
    look = load_avatar(name).appearance()
    renderer = PortraitRenderer(head, look, size=(SIZE_PX, SIZE_PX), framing="head-and-shoulders")
    posed = head.posed(look.identity, look.displacement)
    motion = random_motion(frames, PEOPLE.index(name))
    rest = look.rest_weights()
    moved = replace(motion, expression=rest + (1 - rest) * motion.expression)
    vertices, seen = [], []
    for image, places in zip(renderer.frames(motion), posed.frames(moved), strict=True):
        pixels = renderer.camera.project(places)
        (face,) = landmarker.detect(image)[:1]
        crop = face.crop()
        for _ in range(SETTLING_LOOKS):
            landmarks = landmarker.look(image, crop).landmarks[:, :2].astype(np.float64)
            crop = FaceCrop.of_landmarks(landmarks)
        scale = np.linalg.norm(landmarks[33] - landmarks[263])
        vertices.append(pixels / scale)
        seen.append(landmarks / scale)
    return Pictures(np.stack(vertices), np.stack(seen))


def mirror_partners(canonical: Path) -> NDArray[np.int64]:
    """[478] the landmark that each is in a mirror."""
    rows = [line.split()[1:4] for line in canonical.read_text("utf-8").splitlines() if line.startswith("v ")]
    points = np.array(rows, float)
    _, partner = cKDTree(points).query(points * [-1, 1, 1])
    return np.concatenate([partner, IRIS_PARTNERS])


def with_mirror_images(
    head: HeadModel, pictures: Pictures, partner: NDArray[np.int64]
) -> tuple[Pictures, NDArray[np.bool_]]:
    """The pictures and their mirror images, and [V] which vertices have a partner in the mirror."""
    distance, other = cKDTree(head.neutral).query(head.neutral * [-1, 1, 1])
    mirrored = Pictures(pictures.vertices[:, other] * [-1, 1], pictures.seen[:, partner] * [-1, 1])
    both = Pictures(
        np.concatenate([pictures.vertices, mirrored.vertices]), np.concatenate([pictures.seen, mirrored.seen])
    )
    return both, distance < 1e-4


def placed(head: HeadModel, pictures: Pictures, symmetric: NDArray[np.bool_]) -> tuple[NDArray[np.int64], Floats]:
    """(triangle [478], barycentrics [478, 3])."""
    skin = head.part == PART_INDEX["skin"]
    eyes = np.isin(head.part, [PART_INDEX[name] for name in ("eye_left", "eye_right")])
    whole = symmetric[head.triangles].all(1)
    middles = head.neutral[head.triangles].mean(1)
    before = head.landmarks(head.neutral)
    triangle, weights = np.zeros(LANDMARKS, np.int64), np.zeros((LANDMARKS, 3))
    for landmark in range(LANDMARKS):
        surface, reach = (eyes, IRIS_REACH_M) if landmark in IRISES else (skin, REACH_M)
        near = np.linalg.norm(middles - before[landmark], axis=1) < reach
        numbers = np.flatnonzero(surface & whole & near)
        seen = pictures.seen[:, landmark]
        vertices = np.unique(head.triangles[numbers])
        squares = np.square(pictures.vertices[:, vertices] - seen[:, None]).sum(-1)
        best = vertices[np.argsort(np.minimum(squares, LARGEST_SQUARE).mean(0))[:BEST_VERTICES]]
        numbers = numbers[np.isin(head.triangles[numbers], best).any(1)]
        fits = [nearest_in(pictures.vertices[:, head.triangles[number]], seen) for number in numbers]
        places = np.einsum("nk,nkc->nc", [found for _, found in fits], head.neutral[head.triangles[numbers]])
        moved = np.linalg.norm(places - before[landmark], axis=1) / EYES_M
        costs = np.array([cost for cost, _ in fits]) + STAY * np.square(moved)
        chosen = int(np.argmin(costs))
        triangle[landmark], weights[landmark] = numbers[chosen], fits[chosen][1]
    return triangle, weights


def nearest_in(corners: Floats, seen: Floats) -> tuple[float, Floats]:
    """(mean square distance, barycentrics [3]) of a triangle's point, [N, 3, 2], that is nearest to `seen` [N, 2]."""
    sides = (corners[:, :2] - corners[:, 2:]).transpose(0, 2, 1).reshape(-1, 2)
    target = (seen - corners[:, 2]).reshape(-1)
    first, second = np.linalg.solve(sides.T @ sides + 1e-9 * np.eye(2), sides.T @ target + 1e-9 / 3)
    weights = np.clip([first, second, 1 - first - second], 0, None)
    weights /= weights.sum()
    squares = np.square(np.einsum("k,nkc->nc", weights, corners) - seen).sum(-1)
    return float(np.minimum(squares, LARGEST_SQUARE).mean()), weights


def mean_error(
    head: HeadModel, pictures: Pictures, triangle: NDArray[np.integer], weights: NDArray[np.floating]
) -> float:
    """How far landmarks are from where they were seen, in distances between the eyes."""
    corners = pictures.vertices[:, head.triangles[triangle]]
    return float(np.linalg.norm(np.einsum("lk,nlkc->nlc", weights, corners) - pictures.seen, axis=-1).mean())


if __name__ == "__main__":
    main()
