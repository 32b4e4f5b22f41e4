"""How large the face is, and from which sides it is seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avatron.track.report.finding import Finding
from avatron.track.report.pose import HeadPose

__all__ = ["FramingConfig", "judge_angles", "judge_face_size"]


@dataclass(frozen=True)
class FramingConfig:
    """What the framing must offer."""

    good_eyes_px: float = 60.0
    """Distance of the eyes from which a pixel is a millimetre or less."""
    least_eyes_px: float = 14.0
    """Lips are two pixels high below it."""
    good_yaw_deg: float = 15.0
    """Range from side to side from which profile and cheeks are seen well enough for the depth of a face."""
    good_pitch_deg: float = 6.0
    side_on_deg: float = 45.0
    """Further, the far half of the face is hidden."""
    much_side_on: float = 0.2
    """Share of such pictures that costs accuracy."""


def judge_face_size(eyes_px: list[float], faces_px: list[float], config: FramingConfig) -> Finding:
    """Of the distances between the eyes and of the heights of the subject's face in each picture."""
    eyes, face = float(np.median(eyes_px)), float(np.median(faces_px))
    return Finding.graded(
        "face size",
        eyes,
        config.good_eyes_px,
        config.least_eyes_px,
        f"{face:.0f} pixels from forehead to chin, {eyes:.0f} between the eyes (a pixel is {63 / eyes:.2g} mm)",
        f"come nearer, zoom in or record larger pictures: at least {config.good_eyes_px:.0f} pixels between the eyes",
        eye_distance_px=eyes,
        face_height_px=face,
    )


def judge_angles(poses: list[HeadPose], config: FramingConfig) -> Finding:
    """Of how the head is turned in each picture."""
    yaw = np.array([pose.yaw_deg for pose in poses])
    pitch = np.array([pose.pitch_deg for pose in poses])
    roll = np.array([pose.roll_deg for pose in poses])
    ranges = {
        f"{name}_{end}_deg": float(np.percentile(angles, part))
        for name, angles in (("yaw", yaw), ("pitch", pitch), ("roll", roll))
        for end, part in (("low", 2), ("high", 98))
    }
    side_on = float((np.abs(yaw) > config.side_on_deg).mean())
    numbers = {**ranges, "side_on_share": side_on}
    says = (
        f"turned {ranges['yaw_low_deg']:+.0f} to {ranges['yaw_high_deg']:+.0f} degrees to the person's left, "
        f"{ranges['pitch_low_deg']:+.0f} to {ranges['pitch_high_deg']:+.0f} up"
    )
    if side_on > config.much_side_on:
        return Finding(
            "head angles",
            "usable",
            f"{says}; from the side in {side_on:.0%} of the pictures, where half of the face is hidden",
            "place the camera in front of the person, at the height of the eyes",
            numbers,
        )
    wide = ranges["yaw_high_deg"] - ranges["yaw_low_deg"] >= config.good_yaw_deg
    if not wide or ranges["pitch_high_deg"] - ranges["pitch_low_deg"] < config.good_pitch_deg:
        return Finding(
            "head angles",
            "usable",
            f"{says}: the head hardly turns, so that the depth of nose and jaw is a guess",
            "let the person turn the head once to the left, right, up and down, 20 degrees each",
            numbers,
        )
    return Finding("head angles", "good", says, "", numbers)
