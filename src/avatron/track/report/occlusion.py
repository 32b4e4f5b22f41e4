"""What lies over the face: something that comes and goes, something that stays, and glasses.

There is no network for this in the package, so three plain observations stand in for one: a place of the face that
suddenly looks unlike itself (or lips that lose their red), a place that never has the colour of skin, and the frame of
glasses across the bridge of the nose. Hands on a cheek of their own colour are mostly missed; the documentation has the
numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from avatron.track.report.face_points import AROUND_LIPS, OUTER_LIPS, SKIN, FaceColours, luma
from avatron.track.report.finding import Finding
from avatron.track.report.pose import mean_landmarks

__all__ = ["OcclusionConfig", "bridge_edges", "covered_places", "foreign_places", "judge_occlusion", "lip_redness"]

_NEIGHBOURS = 9
_PALE = 0.03


@dataclass(frozen=True)
class OcclusionConfig:
    """What counts as covered."""

    colour_change: float = 0.22
    """By which a place must differ from its own median over the clip, natural log of a channel, its light taken out."""
    contrast_change: float = 0.12
    """By which the texture of a place must grow, standard deviation of luma in parts of its mean."""
    clustered: float = 0.6
    """Share of a place's neighbours that must be covered with it."""
    least_places: float = 0.02
    """Share of the skin's landmarks from which a picture counts as covered."""
    skin_distance: float = 0.28
    """Of chroma (log ratios of channels) from the face's own: further, and it is no skin."""
    least_foreign: float = 0.08
    """Share of the skin's landmarks that always have another colour."""
    largest_foreign: float = 0.35
    much_covered: float = 0.04
    """Share of pictures in which something covers the face."""
    mostly_covered: float = 0.4
    lip_redness_left: float = 0.35
    """Part of the lips' usual redness below which something of the colour of skin lies over them: a hand."""
    glasses_edge: float = 0.1
    """Relative step of luma across the bridge of the nose, from which glasses are likely: 0.01 to 0.04 on bare noses,
    0.18 with a thin frame of metal."""


@lru_cache(maxsize=1)
def _neighbours() -> NDArray[np.int64]:
    """[L, 9] the nearest places of skin to each, itself included."""
    points = mean_landmarks()[list(SKIN)]
    apart = np.linalg.norm(points[:, None] - points, axis=2)
    return np.argsort(apart, axis=1)[:, :_NEIGHBOURS]


def _log(colours: NDArray[np.float32], places: tuple[int, ...] = SKIN) -> NDArray[np.float32]:
    """[..., L, 3] log colours of some places; missing ones as they are typical."""
    logs = np.log(colours[..., list(places), :] + 8.0)
    known = np.isfinite(logs).all(-1)
    if not known.all():
        # A face that is partly outside of the picture.
        flat, seen = logs.reshape(-1, *logs.shape[-2:]), known.reshape(-1, known.shape[-1])
        for face, is_seen in zip(flat, seen, strict=True):
            face[~is_seen] = np.median(face[is_seen], axis=0) if is_seen.any() else 0.0
    return np.asarray(logs, np.float32)


def covered_places(faces: list[FaceColours], config: OcclusionConfig) -> NDArray[np.bool_]:
    """[T, L] which of the skin's L places look unlike themselves, among neighbours that do too.

    `faces` [T] are those of one person in one light. A picture's own brightness is taken out first. Another colour
    counts, and so does another texture: between fingers there are edges where a cheek has none.
    """
    logs = _log(np.stack([face.mean for face in faces]))
    logs = logs - np.median(logs, axis=1, keepdims=True)
    change = np.abs(logs - np.median(logs, axis=0)).max(axis=2)
    texture = np.nan_to_num(np.stack([face.contrast[list(SKIN)] for face in faces]))
    rougher = texture - np.median(texture, axis=0)
    # Light and turns of the head move shades about: what a place does all the time is not a cover.
    unlike = change > config.colour_change + 3 * np.median(change, axis=0)
    unlike |= rougher > config.contrast_change + 3 * np.median(np.abs(rougher), axis=0)
    return np.asarray(unlike & (unlike[:, _neighbours()].mean(axis=2) >= config.clustered))


def lip_redness(colours: NDArray[np.float32]) -> float:
    """By how much the lips are redder than the skin around them, log ratio of red over green, of colours [478, 3]."""
    lips, around = (_log(colours, places) for places in (OUTER_LIPS, AROUND_LIPS))
    return float(np.median(lips[:, 0] - lips[:, 1]) - np.median(around[:, 0] - around[:, 1]))


def foreign_places(colours: NDArray[np.float32], config: OcclusionConfig) -> NDArray[np.bool_]:
    """[L] which of the skin's places never have the face's own chroma, among neighbours that do not either."""
    logs = np.median(_log(colours), axis=0)
    chroma = np.stack([logs[:, 0] - logs[:, 1], logs[:, 2] - logs[:, 1]], axis=1)
    far = np.linalg.norm(chroma - np.median(chroma, axis=0), axis=1) > config.skin_distance
    return np.asarray(far & (far[_neighbours()].mean(axis=1) >= config.clustered))


def bridge_edges(picture: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> float:
    """The strongest step of luma down the bridge of the nose between the eyes, part of its mean; NaN if outside.

    The bridge of a bare nose is smooth; that of glasses crosses it (Jiang et al. 2000, "Towards detection of glasses
    in facial images").
    """
    top, bottom = landmarks[168, :2], landmarks[197, :2]
    across = landmarks[362, :2] - landmarks[133, :2]
    height, width = picture.shape[:2]
    along = np.linspace(-0.35, 1.0, 40)[:, None, None]
    beside = np.linspace(-0.12, 0.12, 9)[None, :, None]
    points = (top + along * (bottom - top) + beside * across).round().astype(int)
    if (points < 0).any() or (points >= [width, height]).any():
        return float("nan")
    profile = luma(picture[points[..., 1], points[..., 0]]).mean(axis=1)
    # Against what is a tenth of the profile higher and lower: a dark or bright line, not a shade.
    line = np.abs(profile[4:-4] - (profile[:-8] + profile[8:]) / 2)
    return float(line.max() / max(float(profile.mean()), 8.0))


def judge_occlusion(
    covered: NDArray[np.bool_],
    redness: NDArray[np.float64],
    foreign: NDArray[np.bool_],
    edges: list[float],
    config: OcclusionConfig,
) -> Finding:
    """Of the places covered [T, L] and the redness of the lips [T] in each picture, the places that are never skin [L],
    and the edges across the bridge of the nose."""
    share = covered.mean(axis=1)
    usual = float(np.median(redness))
    # Pale lips tell nothing by their colour.
    pale = usual < _PALE
    lips_hidden = (redness < config.lip_redness_left * usual) & ~pale
    hidden = float(((share >= config.least_places) | lips_hidden).mean())
    strange = float(foreign.mean())
    known = np.array([edge for edge in edges if np.isfinite(edge)])
    edge = float(np.median(known)) if len(known) else 0.0
    glasses = edge >= config.glasses_edge
    numbers = {
        "covered_pictures_share": hidden,
        "hidden_lips_share": float(lips_hidden.mean()),
        "largest_cover": float(share.max(initial=0)),
        "never_skin_share": strange,
        "bridge_edge": edge,
        "glasses": glasses,
    }
    faults, advice = [], []
    if hidden >= config.much_covered:
        faults.append(f"something passes over the face in {hidden:.0%} of the pictures")
        advice.append("keep hands, cups and microphones away from the face")
    if strange >= config.least_foreign:
        faults.append(f"{strange:.0%} of the face never has the colour of skin: a microphone, a mask, hair or paint")
        advice.append("leave the whole face free, from the brows to the chin")
    if glasses:
        faults.append("glasses: eyes and lids are tracked less well behind them")
        advice.append("take the glasses off if the person can do without")
    if not faults:
        return Finding("occlusion", "good", "nothing over the face was found", "", numbers)
    hopeless = hidden > config.mostly_covered or strange > config.largest_foreign
    return Finding("occlusion", "refuse" if hopeless else "usable", "; ".join(faults), "; ".join(advice), numbers)
