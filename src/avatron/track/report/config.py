"""Every threshold of the report, one value for each measure."""

from __future__ import annotations

from dataclasses import dataclass, field

from avatron.track.report.cuts import CutConfig
from avatron.track.report.drawing import DrawingConfig
from avatron.track.report.exposure import ExposureConfig
from avatron.track.report.faces import FinderConfig
from avatron.track.report.film import FilmConfig
from avatron.track.report.framing import FramingConfig
from avatron.track.report.lip_sync import LipSyncConfig
from avatron.track.report.motion import MotionConfig
from avatron.track.report.occlusion import OcclusionConfig
from avatron.track.report.sampling import SamplingConfig
from avatron.track.report.sharpness import SharpnessConfig
from avatron.track.report.sound import SoundConfig
from avatron.track.report.subject import SubjectConfig

__all__ = ["ReportConfig"]


@dataclass(frozen=True)
class ReportConfig:
    """What is looked at, and what is good enough."""

    sampling: SamplingConfig = field(default_factory=SamplingConfig)
    finder: FinderConfig = field(default_factory=FinderConfig)
    film: FilmConfig = field(default_factory=FilmConfig)
    cuts: CutConfig = field(default_factory=CutConfig)
    motion: MotionConfig = field(default_factory=MotionConfig)
    subject: SubjectConfig = field(default_factory=SubjectConfig)
    drawing: DrawingConfig = field(default_factory=DrawingConfig)
    framing: FramingConfig = field(default_factory=FramingConfig)
    sharpness: SharpnessConfig = field(default_factory=SharpnessConfig)
    exposure: ExposureConfig = field(default_factory=ExposureConfig)
    occlusion: OcclusionConfig = field(default_factory=OcclusionConfig)
    sound: SoundConfig = field(default_factory=SoundConfig)
    lip_sync: LipSyncConfig = field(default_factory=LipSyncConfig)
