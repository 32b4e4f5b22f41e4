"""What lies over the face: something that comes and goes, something that stays, and glasses.

There is no network for this in the package, so three plain observations stand in for one: a place of the face that
suddenly looks unlike itself, a place that never has the colour of skin, and the frame of glasses across the bridge of
the nose. Hands of the same light as the cheek behind them are the hardest; the numbers of what is missed are in the
documentation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from avatron.track.report.face_points import SKIN, luma
from avatron.track.report.finding import Finding
from avatron.track.report.pose import mean_landmarks

__all__ = ["OcclusionConfig", "bridge_edges", "covered_places", "foreign_places", "judge_occlusion"]

_NEIGHBOURS = 9


@dataclass(frozen=True)
class OcclusionConfig:
    """What counts as covered."""

    colour_change: float = 0.22
    """By which a place must differ from its own median over the clip, natural log of a channel, its light taken out."""
    clustered: float = 0.7
    """Share of a place's neighbours that must be covered with it."""
    least_places: float = 0.05
    """Share of the skin's landmarks from which a picture counts as covered."""
    skin_distance: float = 0.28
    """Of chroma (log ratios of channels) from the face's own: further, and it is no skin."""
    least_foreign: float = 0.08
    """Share of the skin's landmarks that always have another colour."""
    largest_foreign: float = 0.35
    much_covered: float = 0.02
    """Share of pictures in which something covers the face."""
    mostly_covered: float = 0.4
    glasses_edge: float = 0.16
    """Relative step of luma across the bridge of the nose, from which glasses are likely."""


@lru_cache(maxsize=1)
def _neighbours() -> NDArray[np.int64]:
    """[L, 9] the nearest places of skin to each, itself included."""
    points = mean_landmarks()[list(SKIN)]
    apart = np.linalg.norm(points[:, None] - points, axis=2)
    return np.argsort(apart, axis=1)[:, :_NEIGHBOURS]


def _log(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    """[..., L, 3] log colours of the skin's places; missing ones as they are typical."""
    logs = np.log(colours[..., list(SKIN), :] + 8.0)
    usual = np.nanmedian(logs, axis=-2, keepdims=True)
    return np.asarray(np.where(np.isfinite(logs), logs, usual))


def covered_places(colours: NDArray[np.float32], config: OcclusionConfig) -> NDArray[np.bool_]:
    """[T, L] which of the skin's L places look unlike themselves, among neighbours that do too.

    `colours` [T, 478, 3] are those of one person in one light. A picture's own brightness is taken out first.
    """
    logs = _log(colours)
    logs = logs - np.median(logs, axis=1, keepdims=True)
    change = np.abs(logs - np.median(logs, axis=0)).max(axis=2)
    # Light and turns of the head move shades about: what a place does all the time is not a cover.
    usual = np.median(change, axis=0)
    unlike = change > config.colour_change + 3 * usual
    return np.asarray(unlike & (unlike[:, _neighbours()].mean(axis=2) >= config.clustered))


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
    covered: NDArray[np.bool_], foreign: NDArray[np.bool_], edges: list[float], config: OcclusionConfig
) -> Finding:
    """Of the places covered in each picture [T, L], those that are never skin [L], and the edges across the bridge."""
    share = covered.mean(axis=1)
    hidden = float((share >= config.least_places).mean())
    strange = float(foreign.mean())
    known = np.array([edge for edge in edges if np.isfinite(edge)])
    edge = float(np.median(known)) if len(known) else 0.0
    glasses = edge >= config.glasses_edge
    numbers = {
        "covered_pictures_share": hidden,
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
