"""What the tracker may be told: one value a stage, each default in one place."""

from __future__ import annotations

from dataclasses import dataclass, field

from avatron.errors import InvalidValueError
from avatron.track.photometric.config import PhotometricConfig
from avatron.track.subject import LARGEST, Subject, check_subject

__all__ = [
    "BundleConfig",
    "EvidenceConfig",
    "ExpressionConfig",
    "EyelidsConfig",
    "GazeConfig",
    "LipsConfig",
    "SequenceConfig",
    "TrackConfig",
]


@dataclass(frozen=True)
class EvidenceConfig:
    """How far landmarks are believed."""

    points_read: bool = True
    """Whether a second network, which knows our head, reads the landmarks once more; False takes MediaPipe's."""
    spread_scale: float = 2.0
    """By how much more landmarks are taken to be off than they are one by one: neighbours are off together."""
    told_scale: float = 4.0
    """By how much more they are off than a network says that tells it of each; its errors go together still more."""
    floor_px: float = 0.35
    """What no landmark is more exact than, pixels; larger trusts small faces less."""
    cutoff: float = 3.0
    """Standard deviations at which a landmark begins to lose its say."""
    person_share: float = 0.015
    """How far people's landmarks lie beside every identity where they are read twice: a share of the distance between
    the irises."""
    person_outline_share: float = 0.05
    """The same of the outline of the face, which slides over the skin."""
    person_brows_share: float = 0.04
    """The same of brows, which grow where they like."""
    minimum_presence: float = 0.5
    """Frames whose face the network is less sure of are not used, 0 .. 1."""


@dataclass(frozen=True)
class ExpressionConfig:
    """What is expected of expressions before anything is seen."""

    spread: float = 0.5
    """Standard deviation of a weight about the guess; smaller holds on to the guess."""
    guess_share: float = 0.3
    """How much of the network's own blendshapes is taken as the guess, 0 .. 1; the rest is the neutral face."""
    sparsity: float = 1.0
    """Price of a weight of 1; larger leaves more weights at 0."""
    side_spread: float = 0.2
    """Standard deviation of the difference of a left and a right weight."""


@dataclass(frozen=True)
class LipsConfig:
    """How far what is read from the pixels of the lips is believed."""

    used: bool = True
    """False leaves the lips to the landmarks."""
    contour_spread: float = 6.0
    """By how much more than it says itself the network errs, for its points err together."""
    cutoff: float = 4.0
    """Standard deviations at which a point of the contour begins to lose its say."""
    slit_floor_mm: float = 2.0
    """What the slit between the lips is no more exact than."""
    closed_spread_mm: float = 0.1
    """How far lips are apart that are surely closed."""
    closure_power: float = 6.0
    """Larger leaves doubtful closures to the slit and the contour."""
    contact_spread_mm: float = 1.0
    """How far the lower lip is below the edge of the upper teeth in an F or V that is surely heard."""


@dataclass(frozen=True)
class EyelidsConfig:
    """How eyes shut."""

    aperture_share: float = 0.01
    """How exactly the distance between the lids is seen, as a share of the distance between the eyes."""
    iris_hidden: float = 0.3
    """What is seen of an iris behind lids that are less open than this is not believed; 1 is an eye at rest."""
    iris_shown: float = 0.8
    """Behind lids that are further open it is believed like everything else."""
    nearly_shut: float = 0.25
    """Eyes that are less open than this are taken to be shut, the surer the less."""
    shut_spread: float = 0.1
    """How exactly the weight of a blink is 1 then."""
    gaze_spread: float = 0.03
    """How far eyes turn behind their lids in a blink, radians."""
    gaze_drift: float = 0.012
    """By how much more for each frame to the nearest one in which they are seen."""


@dataclass(frozen=True)
class GazeConfig:
    """How the eyes go together; all radians."""

    vergence_spread: float = 0.05
    pitch_difference_spread: float = 0.02
    spread: float = 0.5


@dataclass(frozen=True)
class BundleConfig:
    """Camera and identity, from key frames."""

    key_frames: int = 16
    """More cost time and add little once poses and expressions are covered."""
    iterations: int = 8
    field_of_view_degrees: float = 40.0
    """Of the longer side of the picture: where the search of the focal length begins, and what it is drawn to."""
    focal_spread: float = 0.25
    """Standard deviation of the focal length's logarithm about that."""
    focal_px: float | None = None
    """The focal length in pixels where it is known; then it is not searched."""
    k1_spread: float = 0.02
    """Standard deviation of the radial distortion about 0; 0 keeps it 0."""
    identity_spread: float = 1.0
    """Standard deviation of the identity's coefficients, in theirs."""


@dataclass(frozen=True)
class SequenceConfig:
    """Pose, expression and gaze of every frame."""

    iterations: int = 6
    window_frames: int = 240
    """Frames that are solved together; memory grows with it."""
    overlap_frames: int = 24
    """By how much windows overlap each other on each side."""
    rotation_velocity: float = 1.5
    """Spread of the head's turning, radians a second."""
    rotation_acceleration: float = 12.0
    """Radians a second squared."""
    translation_velocity: float = 0.3
    """Metres a second."""
    translation_acceleration: float = 3.0
    expression_velocity: float = 6.0
    """Of weights, a second: smaller is smoother and later."""
    expression_acceleration: float = 120.0
    lips_speed: float = 2.0
    """By how much faster the weights of lips and jaw may be: plosives last one to three frames."""
    lids_speed: float = 3.0
    """The same of lids: a blink shuts in two frames."""
    gaze_velocity: float = 5.0
    """Radians a second: saccades are fast."""
    gaze_acceleration: float = 200.0


@dataclass(frozen=True)
class TrackConfig:
    """The whole tracker."""

    evidence: EvidenceConfig = field(default_factory=EvidenceConfig)
    expression: ExpressionConfig = field(default_factory=ExpressionConfig)
    lips: LipsConfig = field(default_factory=LipsConfig)
    eyelids: EyelidsConfig = field(default_factory=EyelidsConfig)
    gaze: GazeConfig = field(default_factory=GazeConfig)
    bundle: BundleConfig = field(default_factory=BundleConfig)
    sequence: SequenceConfig = field(default_factory=SequenceConfig)
    subject: Subject = LARGEST
    """Whose face it is, where there are several."""
    photometric: PhotometricConfig | None = None
    """Refinement by the pictures themselves; None leaves the fit as the landmarks have it."""
    learned_frames: int | None = None
    """So many frames from the first on say who is seen: identity, lens, the shape's detail, albedo and its light. The
    others are tracked, and have no say in any of that. None: all of them say it."""

    def __post_init__(self) -> None:
        check_subject(self.subject)
        if self.learned_frames is not None and self.learned_frames < 1:
            raise InvalidValueError(f"{self.learned_frames} frames to learn a person from; expected 1 or more")
