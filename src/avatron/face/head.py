"""The head model: identity, expression and pose to vertices.

A linear model of shape with blend shapes and linear skinning, in the manner of FLAME (Li et al. 2017), reduced from
ICT-FaceKit (Li et al. 2020) by `tools/build_head.py`: skin, eyes, lashes, teeth, gums, tongue, the mouth's inside and a
bust. Skin follows the blend shapes; teeth and gums follow the jaw, eyeballs the gaze, both rigidly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.core.motion import EXPRESSION_INDEX, EXPRESSION_NAMES, FaceMotion
from avatron.errors import DamagedModelError
from avatron.face.balance import BLINKS, TONGUE, Combinations, balanced, lip_seal
from avatron.face.lids import EyeLids, closing_share
from avatron.face.lidseam import LidSeam, LidTissue
from avatron.face.lip_sides import lip_rims
from avatron.face.lips import Lips, LipTissue
from avatron.face.mover import HeadMover
from avatron.face.parts import PART_INDEX, PARTS
from avatron.face.rig import JOINTS, joint_motions
from avatron.face.tongue import Tongue
from avatron.io.folders import load_folder
from avatron.io.npz import read_npz
from avatron.native.mesh import Blendshapes, skin

__all__ = ["FaceModel", "HeadModel", "PosedHead"]

Floats = NDArray[np.float32]

_SIDES = ("left", "right")
_HEAD, _JAW = JOINTS.index("head"), JOINTS.index("jaw")
_BEFORE_EYES = ("skin", "lashes", "eye_occlusion", "tearline")
_LID_REACH = 1.6
"""Radii of the eyeball within which no skin may enter it."""
_DATA = Path(__file__).resolve().parent.parent / "data"
_FOLDER, _LANDMARKS = _DATA / "head", _DATA / "landmarks" / "places.npz"


class FaceModel(Protocol):
    """Whatever turns face motion into a mesh."""

    def vertices(self, motion: FaceMotion, identity: NDArray[Any] | None = None) -> Floats:
        """[T, V, 3] metres, for identity coefficients [S] (None: the mean head)."""
        ...


@dataclass(frozen=True, eq=False)
class HeadModel:
    """Our head. Head frame: right-handed, +Y up, +Z out of the face, +X to the person's left; metres."""

    neutral: Floats
    """[V, 3] the mean head at rest, lips closed, eyes open."""
    triangles: NDArray[np.int32]
    """[K, 3] counter-clockwise seen from outside."""
    part: NDArray[np.uint8]
    """[K] index of `PARTS`."""
    uv: Floats
    """[V, 2] in the atlas, v up; lashes, eye occlusion and tear line fill a unit square of their own."""
    weld: NDArray[np.int32]
    """[V] the first vertex at the same place: seams of the texture must not show in normals."""
    shapes: Blendshapes
    """The 56 expressions as sparse deltas on `neutral`."""
    combinations: Combinations
    """What is added where two expressions meet."""
    joints: Floats
    """[J, 3] places of `JOINTS`."""
    joint_identity: Floats
    """[S, J, 3] how they move with the identity."""
    joint_weights: Floats
    """[V, J], rows sum to 1."""
    jaw_rotation: Floats
    """[E, 3] axis-angle of the jaw for weight 1 of each expression."""
    jaw_translation: Floats
    """[E, 3]."""
    regions: Mapping[str, Floats]
    """Name to weights [V] in 0 .. 1: lips_upper, lips_lower, lids, brows, nose, cheeks, jaw, upper_face, forehead,
    scalp, ears, neck."""
    contours: Mapping[str, NDArray[np.int32]]
    """Name to vertices in order. Loops: lips_outer, lips_inner, from the right corner over the upper lip and back.
    Rims of the lids, from the outer corner to the inner: lid_upper_left, lid_lower_left and the same of the right."""
    lip_pairs: NDArray[np.int32]
    """[3, 2] upper and lower vertex of the inner lips, right, middle, left: their distance is the lip gap."""
    landmark_triangle: NDArray[np.int32]
    """[478] triangle of each MediaPipe landmark."""
    landmark_barycentric: Floats
    """[478, 3]."""
    multi_pie: NDArray[np.int32]
    """[68] vertices of the Multi-PIE landmarks."""
    _identity: NDArray[np.int8]
    _identity_scale: Floats
    _expression_deltas: tuple[NDArray[np.int64], NDArray[np.int32], Floats]
    """(starts [E + C + 1], vertices [N], deltas [N, 3]) of `shapes`, and after them of `combinations`."""

    @staticmethod
    def load(path: str | Path | None = None) -> HeadModel:
        """The head model of the package, or of a folder.

        The package's own has its landmarks where MediaPipe's network sees them in pictures of our people in motion
        (`tools/place_landmarks.py`): one picture of a closed mouth cannot tell upper from lower lip.

        Raises:
            UnreadableFileError: no such folder.
            DamagedModelError: it fails its checks.
            NewerFormatError: written by a newer avatron.
        """
        folder = load_folder(_FOLDER if path is None else path, "head")
        for key, known in (("expressions", EXPRESSION_NAMES), ("parts", PARTS), ("joints", JOINTS)):
            if tuple(folder.config.get(key, ())) != known:
                raise DamagedModelError(f"the head `{folder.path}` has other {key} than this avatron; build it again")
        tensors = folder.tensors("head.safetensors")
        try:
            model = _from_tensors(tensors, tuple(folder.config["regions"]), tuple(folder.config["contours"]))
            if path is not None:
                return model
            places = read_npz(_LANDMARKS, "landmarks on the head", ("triangle", "barycentric"))
            return replace(model, landmark_triangle=places["triangle"], landmark_barycentric=places["barycentric"])
        except (KeyError, ValueError, IndexError) as error:
            raise DamagedModelError(f"the head `{folder.path}` is not whole: {error}; get it again") from error

    @property
    def identity_modes(self) -> int:
        """S."""
        return len(self._identity_scale)

    @cached_property
    def identity(self) -> Floats:
        """[S, V, 3] metres per standard deviation, ordered by how much they matter."""
        return np.asarray(self._identity * self._identity_scale[:, None, None], np.float32)

    @cached_property
    def vertex_part(self) -> NDArray[np.uint8]:
        """[V] the part of each vertex."""
        of = np.zeros(len(self.neutral), np.uint8)
        of[self.triangles.reshape(-1)] = np.repeat(self.part, 3)
        return of

    def triangles_of(self, *parts: str) -> NDArray[np.int32]:
        """[K', 3] the triangles of some of `PARTS`."""
        return self.triangles[np.isin(self.part, [PART_INDEX[name] for name in parts])]

    def person(self, identity: NDArray[Any] | None = None) -> Floats:
        """[V, 3] the head of identity coefficients [S] at rest; missing coefficients are 0.

        Raises:
            ShapeError: more than S coefficients, or not a list of numbers.
        """
        coefficients = self._coefficients(identity)
        scaled = coefficients * self._identity_scale
        used = np.flatnonzero(scaled)
        if not len(used):
            return self.neutral
        moved = np.tensordot(scaled[used], self._identity[used].astype(np.float32), 1)
        return np.asarray(self.neutral + moved, np.float32)

    def posed(self, identity: NDArray[Any] | None = None, displacement: NDArray[Any] | None = None) -> PosedHead:
        """The head of a person, ready to be moved frame by frame: with lids that fit the person's eyes, and lips
        that are closed.

        `displacement` [V, 3] (metres) is what is the person's own beyond the identity's modes.

        Raises:
            ShapeError: a displacement of another shape than the head's vertices.
        """
        coefficients = self._coefficients(identity)
        joints = self.joints + np.tensordot(coefficients, self.joint_identity, 1)
        rest = self.person(identity).copy()
        if displacement is not None:
            rest += checked_array("displacement", displacement, self.neutral.shape, np.float32)
        lids = tuple(self._eye_lids(rest, joints, side) for side in _SIDES)
        for lid in lids:
            lid.lift(rest)
        self._lip_tissue.close(rest)
        return PosedHead(
            self,
            rest,
            joints.astype(np.float64),
            self._closing_shapes(rest),
            lids,
            tuple(LidSeam.of(tissue, rest) for tissue in self._lid_tissue),
            self._lips(rest),
            self._tongue(rest),
        )

    def vertices(self, motion: FaceMotion, identity: NDArray[Any] | None = None) -> Floats:
        """[T, V, 3] metres: the whole motion at once, for identity coefficients [S]."""
        head = self.posed(identity)
        result = np.empty((len(motion), *self.neutral.shape), np.float32)
        for frame, places in enumerate(head.frames(motion)):
            result[frame] = places
        return result

    def landmarks(self, vertices: NDArray[Any]) -> NDArray[Any]:
        """[..., 478, 3] MediaPipe's landmarks on `vertices` [..., V, 3]."""
        corners = vertices[..., self.triangles[self.landmark_triangle], :]
        return np.asarray(np.einsum("lk,...lkc->...lc", self.landmark_barycentric, corners))

    def lip_gap_mm(self, vertices: NDArray[Any]) -> NDArray[Any]:
        """[..., 3] how far the inner lips are apart, millimetres, right, middle, left; negative where they press."""
        upper, lower = vertices[..., self.lip_pairs[:, 0], :], vertices[..., self.lip_pairs[:, 1], :]
        return np.asarray((upper[..., 1] - lower[..., 1]) * 1000)

    def _eye_lids(self, person: Floats, joints: Floats, side: str) -> EyeLids:
        joint = JOINTS.index(f"eye_{side}")
        ball = self._ball[side]
        radius = [
            float(np.linalg.norm(head[ball] - places[joint], axis=1).mean())
            for head, places in ((self.neutral, self.joints), (person, joints))
        ]
        lid = self._lid_vertices[side]
        mean = (self.neutral[lid], self.joints[joint], radius[0])
        return EyeLids.of(lid, mean, (joints[joint], radius[1]))

    @cached_property
    def _ball(self) -> dict[str, NDArray[np.int64]]:
        return {side: np.flatnonzero(self.vertex_part == PART_INDEX[f"eye_{side}"]) for side in _SIDES}

    @cached_property
    def _lid_vertices(self) -> dict[str, NDArray[np.int64]]:
        """What lies around each ball: lids and the skin beside, lashes, the lids' shade and the tear line."""
        around = np.isin(self.vertex_part, [PART_INDEX[name] for name in _BEFORE_EYES])
        found = {}
        for side in _SIDES:
            centre = self.joints[JOINTS.index(f"eye_{side}")]
            distance = np.linalg.norm(self.neutral - centre, axis=1)
            radius = distance[self._ball[side]].mean()
            found[side] = np.flatnonzero(around & (distance < _LID_REACH * radius))
        return found

    def _lips(self, rest: Floats) -> Lips:
        upper, lower = (rest[self.triangles_of(part)] for part in ("teeth_upper", "teeth_lower"))
        return Lips.of(self._lip_tissue, rest, (upper, lower))

    def _tongue(self, rest: Floats) -> Tongue:
        upper, lower = (rest[np.unique(self.triangles_of(part))] for part in ("teeth_upper", "teeth_lower"))
        tongue = np.flatnonzero(self.vertex_part == PART_INDEX["tongue"])
        return Tongue.of(tongue, lip_rims(self.contours["lips_inner"], self.neutral), rest, upper, lower)

    @cached_property
    def _lid_tissue(self) -> tuple[LidTissue, ...]:
        lashes = self.vertex_part == PART_INDEX["lashes"]
        return tuple(
            LidTissue.of(self.neutral, self.contours, side, self._lid_vertices[side], lashes[self._lid_vertices[side]])
            for side in _SIDES
        )

    @cached_property
    def _lip_tissue(self) -> LipTissue:
        flesh = self.triangles_of("skin", "mouth")
        upper, lower = (self.neutral[self.triangles_of(part)] for part in ("teeth_upper", "teeth_lower"))
        return LipTissue.of(self.neutral, flesh, self.weld, self.contours["lips_inner"], (upper, lower))

    def _closing_shapes(self, rest: Floats) -> Blendshapes:
        """The expressions, with blinks that close the eyes of the person at `rest` [V, 3], and the combinations."""
        starts, vertices, deltas = self._expression_deltas
        fitted = deltas.copy()
        for side in _SIDES:
            blink = slice(*starts[EXPRESSION_INDEX[_blink(side)] :][:2].tolist())
            dense = np.zeros_like(rest)
            dense[vertices[blink]] = deltas[blink]
            moved = vertices[blink].astype(np.int64)
            fitted[blink] *= closing_share(rest, dense, self.contours, side, moved)[:, None]
        return Blendshapes(self.neutral, starts, vertices, fitted)

    def _coefficients(self, identity: NDArray[Any] | None) -> Floats:
        if identity is None:
            return np.zeros(self.identity_modes, np.float32)
        given = checked_array("identity", np.asarray(identity)[: self.identity_modes + 1], (None,), np.float32)
        padded = np.zeros(max(self.identity_modes, len(given)), np.float32)
        padded[: len(given)] = given
        return checked_array("identity", padded, (self.identity_modes,), np.float32)


@dataclass(frozen=True, eq=False)
class PosedHead:
    """One person's head, ready to be moved."""

    model: HeadModel
    rest: Floats
    """[V, 3] the person at rest."""
    joints: NDArray[np.float64]
    """[J, 3] the person's joints."""
    shapes: Blendshapes
    """The expressions, with blinks that close this person's eyes, and after them the combinations."""
    lids: tuple[EyeLids, ...]
    """What keeps lids out of the eyeballs, left and right."""
    lid_seams: tuple[LidSeam, ...]
    """What makes them meet."""
    lips: Lips
    """What keeps lips off the teeth and off each other."""
    tongue: Tongue
    """What keeps the tongue out of both."""

    def joint_motions(self, motion: FaceMotion) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(rotations [T, J, 3, 3], translations [T, J, 3]) of the joints, for `moved`."""
        # Summed without BLAS, whose rounding depends on how many frames there are.
        jaw_rotation = np.einsum("te,ea->ta", motion.expression, self.model.jaw_rotation)
        jaw_translation = np.einsum("te,ea->ta", motion.expression, self.model.jaw_translation)
        return joint_motions(
            self.joints,
            head_rotation=motion.head_rotation,
            neck_rotation=motion.neck_rotation,
            torso_rotation=motion.torso_rotation,
            head_translation=motion.head_translation,
            torso_translation=motion.torso_translation,
            gaze=motion.gaze,
            jaw_rotation=jaw_rotation,
            jaw_translation=jaw_translation,
        )

    def moved(self, expression: NDArray[Any], rotations: NDArray[Any], translations: NDArray[Any]) -> Floats:
        """[V, 3] metres: one frame, from its expression [E] and its joints' motions [J, 3, 3] and [J, 3]."""
        return self._mover.moved(expression, rotations, translations)

    @cached_property
    def _mover(self) -> HeadMover:
        return HeadMover(self)

    def moved_slowly(self, expression: NDArray[Any], rotations: NDArray[Any], translations: NDArray[Any]) -> Floats:
        """`moved` in NumPy: the order of the steps, and what the kernel is tested against."""
        shaped = self.shapes.vertices(self.model.combinations.weights(balanced(expression)), self.rest)
        for seam, blink in zip(self.lid_seams, BLINKS, strict=True):
            seam.close(shaped, float(expression[blink]))
        for lid in self.lids:
            lid.lift(shaped)
        # The jaw as the skull sees it: skin follows the shapes, and only teeth are carried by the jaw's joint.
        back = rotations[_HEAD].T
        jaw = back @ rotations[_JAW], back @ (translations[_JAW] - translations[_HEAD])
        self.lips.part(shaped, *jaw, lip_seal(expression))
        if np.any(expression[TONGUE] > 0):
            self.tongue.pass_through(shaped, *jaw)
        return skin(shaped, self.model.joint_weights, rotations.astype(np.float32), translations.astype(np.float32))

    def frames(self, motion: FaceMotion) -> Iterator[Floats]:
        """[V, 3] metres of each frame of a motion."""
        for expression, rotations, translations in zip(motion.expression, *self.joint_motions(motion), strict=True):
            yield self.moved(expression, rotations, translations)


def _blink(side: str) -> str:
    return f"eyeBlink{side.capitalize()}"


def _from_tensors(
    tensors: dict[str, NDArray[Any]], region_names: tuple[str, ...], contour_names: tuple[str, ...]
) -> HeadModel:
    count = len(tensors["vertices"])
    starts, moved, deltas = _sparse(tensors, "expression")
    shapes = Blendshapes(tensors["vertices"], starts, moved, deltas)
    combinations = _combinations(tensors)
    everything = (starts, moved, deltas)
    if len(combinations.full):
        more = _sparse(tensors, "combination")
        everything = (
            np.concatenate([starts, starts[-1] + more[0][1:]]),
            np.concatenate([moved, more[1]]),
            np.concatenate([deltas, more[2]]),
        )
    return HeadModel(
        neutral=checked_array("vertices", tensors["vertices"], (None, 3), np.float32),
        triangles=checked_array("triangles", tensors["triangles"], (None, 3), np.int32),
        part=checked_array("part", tensors["part"], (len(tensors["triangles"]),), np.uint8),
        uv=checked_array("uv", tensors["uv"], (count, 2), np.float32),
        weld=checked_array("weld", tensors["weld"], (count,), np.int32),
        shapes=shapes,
        combinations=combinations,
        joints=checked_array("joints", tensors["joints"], (len(JOINTS), 3), np.float32),
        joint_identity=checked_array("joint_identity", tensors["joint_identity"], (None, len(JOINTS), 3), np.float32),
        joint_weights=_joint_weights(tensors),
        jaw_rotation=checked_array("jaw_rotation", tensors["jaw_rotation"], (len(EXPRESSION_NAMES), 3), np.float32),
        jaw_translation=checked_array(
            "jaw_translation", tensors["jaw_translation"], (len(EXPRESSION_NAMES), 3), np.float32
        ),
        regions=MappingProxyType(
            {
                name: (weights / np.float32(255)).astype(np.float32)
                for name, weights in zip(region_names, tensors["regions"], strict=True)
            }
        ),
        contours=MappingProxyType(
            {name: checked_array(name, tensors[f"contour_{name}"], (None,), np.int32) for name in contour_names}
        ),
        lip_pairs=checked_array("lip_pairs", tensors["lip_pairs"], (None, 2), np.int32),
        landmark_triangle=checked_array("landmark_triangle", tensors["landmark_triangle"], (478,), np.int32),
        landmark_barycentric=checked_array(
            "landmark_barycentric", tensors["landmark_barycentric"], (478, 3), np.float32
        ),
        multi_pie=checked_array("multi_pie", tensors["multi_pie"], (68,), np.int32),
        _identity=checked_array("identity", tensors["identity"], (None, count, 3), np.int8),
        _identity_scale=checked_array("identity_scale", tensors["identity_scale"], (None,), np.float32),
        _expression_deltas=everything,
    )


def _combinations(tensors: dict[str, NDArray[Any]]) -> Combinations:
    """What two expressions share; heads that were built before there was any have none."""
    if "combination_of" not in tensors:
        return Combinations(np.zeros((0, 2), np.int32), np.ones((0, 2), np.float32))
    pairs = checked_array("combination_of", tensors["combination_of"], (None, 2), np.int32)
    full = checked_array("combination_full", tensors["combination_full"], (len(pairs), 2), np.float32)
    if len(pairs) and not 0 <= pairs.min() <= pairs.max() < len(EXPRESSION_NAMES):
        raise IndexError("`combination_of` names an expression that is not there")
    return Combinations(pairs, full)


def _sparse(tensors: dict[str, NDArray[Any]], name: str) -> tuple[NDArray[np.int64], NDArray[np.int32], Floats]:
    """(starts, vertices, deltas in metres) of the shapes stored under `name`."""
    starts, moved = tensors[f"{name}_start"].astype(np.int64), tensors[f"{name}_vertex"].astype(np.int32)
    scales = np.repeat(tensors[f"{name}_scale"], np.diff(starts))
    return starts, moved, (tensors[f"{name}_delta"] * scales[:, None]).astype(np.float32)


def _joint_weights(tensors: dict[str, NDArray[Any]]) -> Floats:
    """[V, J] from the shares that are stored: neck over torso, head over neck, jaw and eyes over head."""
    neck, head, jaw = (tensors[name].astype(np.float32) / 255 for name in ("neck_weight", "head_weight", "jaw_weight"))
    eye = tensors["eye"]
    weights = np.zeros((len(eye), len(JOINTS)), np.float32)
    weights[:, JOINTS.index("torso")] = 1 - neck
    weights[:, JOINTS.index("neck")] = neck * (1 - head)
    weights[:, JOINTS.index("head")] = neck * head * (1 - jaw)
    weights[:, JOINTS.index("jaw")] = neck * head * jaw
    for number, joint in ((1, "eye_left"), (2, "eye_right")):
        weights[eye == number] = 0
        weights[eye == number, JOINTS.index(joint)] = 1
    return weights
