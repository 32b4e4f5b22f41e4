"""The 478 landmarks of MediaPipe's face mesh on our head: found by its own network in pictures of ours.

Where the network's point lies on the outline or in the mouth, its place comes from the canonical face mesh, warped onto
the points that are sure. Left and right are made mirror images of each other at the end.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator
from scipy.spatial import cKDTree

from avatron.face.parts import PART_INDEX
from head.picture import draw
from head.pieces import Joined

__all__ = ["embed_landmarks"]

Floats = NDArray[np.float64]

NETWORK = "face_landmarks_detector.tflite"
CROP = 256
COUNT, IRISES = 478, range(468, 478)
LEAST_FACING = 0.34
"""Cosine to the viewer (70 degrees) below which a point is on the outline and not to be trusted."""
CROP_MARGIN = 1.5
"""How much larger than the face MediaPipe's crop is."""


def embed_landmarks(mesh: Joined, task: Path, canonical: Path) -> tuple[NDArray[np.int64], Floats, int]:
    """(triangle [478], barycentrics [478, 3], how many the network itself placed).

    `task` is MediaPipe's `face_landmarker.task`, `canonical` its `canonical_face_model.obj`.
    """
    network = _Network(task)
    skin = mesh.triangles[np.isin(mesh.part, [PART_INDEX[name] for name in ("skin", "eye_left", "eye_right", "mouth")])]
    part = mesh.part[np.isin(mesh.part, [PART_INDEX[name] for name in ("skin", "eye_left", "eye_right", "mouth")])]
    found, sure = _lift(mesh, skin, part, network)
    reference = _read_vertices(canonical)
    points = found.copy()
    good = sure[: len(reference)]
    warp = RBFInterpolator(reference[good], found[: len(reference)][good], kernel="thin_plate_spline", smoothing=1e-3)
    warped = warp(reference)
    points[: len(reference)][~good] = warped[~good]
    points = _mirrored(points, reference)
    outer = mesh.triangles[mesh.part == PART_INDEX["skin"]]
    eyes = mesh.triangles[np.isin(mesh.part, [PART_INDEX["eye_left"], PART_INDEX["eye_right"]])]
    numbers = {tuple(triangle): index for index, triangle in enumerate(mesh.triangles.tolist())}
    triangle, weights = np.zeros(COUNT, np.int64), np.zeros((COUNT, 3))
    for surface, of in ((outer, [i for i in range(COUNT) if i not in IRISES]), (eyes, list(IRISES))):
        nearest, barycentric = _nearest(mesh.rest, surface, points[of])
        triangle[of] = [numbers[tuple(row)] for row in surface[nearest].tolist()]
        weights[of] = barycentric
    return triangle, weights, int(sure.sum())


def _lift(
    mesh: Joined, triangles: NDArray[np.int64], part: NDArray[np.int64], network: _Network
) -> tuple[Floats, NDArray[np.bool_]]:
    """(places [478, 3], whether each can be trusted) by drawing, detecting, and looking up what is under each point."""
    colour = np.tile([0.80, 0.60, 0.50], (len(mesh.rest), 1))
    lips = np.linalg.norm((mesh.rest - [0, -0.034, 0.108]) / [0.026, 0.011, 0.03], axis=1) < 1
    colour[lips] = [0.65, 0.30, 0.28]
    for side in (1, 2):
        ball = mesh.eye == side
        centre = mesh.rest[ball].mean(0)
        colour[ball] = [0.92, 0.92, 0.92]
        iris = ball & (np.hypot(*(mesh.rest[:, :2] - centre[:2]).T) < 0.0060)
        colour[iris] = [0.10, 0.07, 0.05]
    brows = np.minimum(
        *(
            np.linalg.norm((mesh.rest - [side * 0.033, 0.0575, 0.105]) / [0.022, 0.004, 0.03], axis=1)
            for side in (1, -1)
        )
    )
    colour[brows < 1] = [0.25, 0.17, 0.12]
    centre, scale = np.array([0.0, 0.005]), 0.5 * CROP / 0.105
    for _ in range(3):
        picture = draw(mesh.rest, triangles, colour, centre, scale, CROP)
        pixels = network.landmarks(picture.image)
        box = np.array([pixels.min(0), pixels.max(0)])
        middle = box.mean(0)
        centre = centre + np.array([middle[0] - CROP / 2, CROP / 2 - middle[1]]) / scale
        scale *= CROP / CROP_MARGIN / float((box[1] - box[0]).max())
    picture = draw(mesh.rest, triangles, colour, centre, scale, CROP)
    pixels = network.landmarks(picture.image)
    column, row = np.clip(pixels.astype(int), 0, CROP - 1).T
    hit = picture.triangle[row, column]
    places = np.einsum("nk,nkc->nc", picture.barycentric[row, column], mesh.rest[triangles[np.maximum(hit, 0)]])
    # The picture is coarse: what is right across it comes from the network, the depth from the surface.
    places[:, 0] = centre[0] + (pixels[:, 0] - CROP / 2) / scale
    places[:, 1] = centre[1] - (pixels[:, 1] - CROP / 2) / scale
    allowed = np.isin(part[np.maximum(hit, 0)], [PART_INDEX["skin"]])
    allowed[list(IRISES)] = True
    sure = (hit >= 0) & (picture.facing[row, column] > LEAST_FACING) & allowed
    return places, sure


def _mirrored(points: Floats, reference: Floats) -> Floats:
    """Points made symmetric: each is averaged with the mirror image of its partner."""
    flip = np.array([-1.0, 1.0, 1.0])
    _, partner = cKDTree(reference).query(reference * flip)
    result = points.copy()
    result[: len(reference)] = 0.5 * (points[: len(reference)] + points[partner] * flip)
    # Irises: right 468-472, left 473-477; centre, then four points round it, in the picture's order.
    pairs = [(468, 473), (469, 476), (470, 475), (471, 474), (472, 477)]
    for right, left in pairs:
        result[right] = 0.5 * (points[right] + points[left] * flip)
        result[left] = result[right] * flip
    return result


def _nearest(vertices: Floats, triangles: NDArray[np.int64], points: Floats) -> tuple[NDArray[np.int64], Floats]:
    """(triangle [N], barycentrics [N, 3]) of the nearest surface points among each point's 24 nearest triangles."""
    corners = vertices[triangles]
    _, candidates = cKDTree(corners.mean(1)).query(points, k=24)
    best, weights = np.zeros(len(points), np.int64), np.zeros((len(points), 3))
    for number, point in enumerate(points):
        a, b, c = corners[candidates[number]].transpose(1, 0, 2)
        normal = np.cross(b - a, c - a)
        square = (normal**2).sum(1)
        u = (np.cross(c - b, point - b) * normal).sum(1) / square
        v = (np.cross(a - c, point - c) * normal).sum(1) / square
        weight = np.clip(np.stack([u, v, 1 - u - v], -1), 0, None)
        weight /= weight.sum(1, keepdims=True)
        place = weight[:, :1] * a + weight[:, 1:2] * b + weight[:, 2:] * c
        closest = int(np.argmin(((place - point) ** 2).sum(1)))
        best[number], weights[number] = candidates[number][closest], weight[closest]
    return best, weights


def _read_vertices(path: Path) -> Floats:
    rows = [line.split()[1:4] for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("v ")]
    return np.array(rows, float)


class _Network:
    """MediaPipe's landmark network under LiteRT."""

    def __init__(self, task: Path) -> None:
        from ai_edge_litert.interpreter import Interpreter

        with zipfile.ZipFile(task) as archive:
            name = next(name for name in archive.namelist() if name.endswith(NETWORK))
            self._network = Interpreter(model_content=archive.read(name))
        self._network.allocate_tensors()
        self._input = self._network.get_input_details()[0]["index"]
        outputs = self._network.get_output_details()
        self._output = max(outputs, key=lambda output: int(np.prod(output["shape"])))["index"]

    def landmarks(self, image: NDArray[np.float32]) -> Floats:
        """[478, 2] pixels in a picture [256, 256, 3]."""
        self._network.set_tensor(self._input, image[None].astype(np.float32))
        self._network.invoke()
        return np.asarray(self._network.get_tensor(self._output).reshape(COUNT, 3)[:, :2], np.float64)
