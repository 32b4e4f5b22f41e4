"""What photometric refinement may be told."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["AlbedoConfig", "EnergyConfig", "PhotometricConfig"]


@dataclass(frozen=True)
class AlbedoConfig:
    """The texture of the person, and the light on it."""

    texture_px: int = 512
    """Side of the atlas; the face takes about 320 px of 512."""
    key_frames: int = 40
    """Frames that albedo and light are estimated from."""
    rounds: int = 3
    """How often the key frames are refined and the albedo estimated again. The first albedo is blurred by the
    landmarks' errors, and every round sharpens it."""
    robust_scale: float = 0.08
    """Difference from the mean at which a frame begins to lose its say about a texel, 0 .. 1 a channel."""
    light_spread: float = 0.15
    """By how much a frame's light may differ from the clip's, relative; smaller is steadier."""


@dataclass(frozen=True)
class EnergyConfig:
    """What pulls at a frame."""

    noise: float = 0.05
    """Standard deviation of a colour that is explained, 0 .. 1."""
    shared_pixels: float = 8.0
    """Differences come in spots of so many pixels: what is not modelled is not noise from pixel to pixel."""
    landmark_mm: float = 0.8
    """Standard deviation of what the landmarks found, at the face, millimetres."""
    landmark_count: float = 40.0
    """How many points of that error are independent of each other."""
    lip_freedom: float = 0.6
    """The landmarks' say at the lips, where they are worst, relative to elsewhere."""
    shape_mm: float = 0.5
    """Standard deviation of what expressions do to the face beyond the landmarks', millimetres in space. Pictures show
    nothing of what happens along the view: this is what keeps weights that undo each other there from growing."""
    expression_spread: float = 0.35
    """Standard deviation of a weight about the landmarks'."""
    lip_gap_price: float = 20.0
    """Price of lips that part by the first millimetre: a dark line is more often lips that touch than a slit."""
    step: float = 0.2
    """Weights change by no more than this in one iteration."""


@dataclass(frozen=True)
class PhotometricConfig:
    """Refinement of pose and expression by the pictures."""

    crop_px: int = 208
    """Side of the square that a face is seen in, at most; smaller faces are seen as they are."""
    coarse_iterations: int = 2
    """At half that size."""
    fine_iterations: int = 2
    window_frames: int = 48
    """Frames that are solved together; memory grows with it."""
    overlap_frames: int = 6
    """By how much windows overlap on each side."""
    expression_acceleration: float = 15.0
    """Spread of the weights' change of speed, a second squared; lips and jaw may have thrice of that."""
    rotation_acceleration: float = 3.0
    """Radians a second squared."""
    translation_acceleration: float = 0.5
    """Metres a second squared."""
    held_out_stride: int = 10
    """Every so many frames one has no say in albedo and light: it judges them."""
    detail: bool = True
    """Look for what the shape has beyond the identity's modes; kept where frames that had no say gain by it."""
    wrinkles: bool = True
    """Look for what expressions do to the albedo; kept likewise."""
    albedo: AlbedoConfig = field(default_factory=AlbedoConfig)
    energy: EnergyConfig = field(default_factory=EnergyConfig)
