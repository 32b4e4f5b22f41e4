"""One profile per emotion: which muscles act, how far speech lets them, and how head, lids and eyes keep time with it.

Action units are those of Ekman and Friesen (Facial Action Coding System, 1978) and their prototypes of emotions
(Ekman, Friesen and Hager, Facial Action Coding System: investigator's guide, 2002, table 10-1), written in ARKit's
names. A prototype is what a photograph shows at its peak. Somebody who talks
shows less of it, and less in the lower face, which is busy (Wegrzyn et al., Mapping the emotional face, 2017: the eyes
carry sadness and fear, the mouth happiness). Which shapes act is from there; their weights were set by eye on the
shipped heads, whose brows and mouth corners move mildly: an emotion must be named at 512 px and not be a grimace.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

__all__ = ["PROFILES", "EmotionProfile"]


def _weights(**weights: float) -> Mapping[str, float]:
    return MappingProxyType(weights)


@dataclass(frozen=True)
class EmotionProfile:
    """What changes at full intensity; at a lower one, as much of it as the intensity says."""

    brows: Mapping[str, float] = field(default_factory=_weights)
    """Weights of brow shapes; a name without a side is both sides."""
    eyes: Mapping[str, float] = field(default_factory=_weights)
    """Weights of lids and cheeks."""
    mouth: Mapping[str, float] = field(default_factory=_weights)
    """Weights of mouth, chin, nose and jaw, where the sounds leave them free."""
    opening: float = 1.0
    """Factor on how far the jaw and the lips open."""
    spreading: float = 1.0
    """Factor on how far the lips spread for vowels."""
    rounding: float = 1.0
    """Factor on how far they round."""
    attack: float = 0.0
    """How much earlier and faster large openings are reached, as a share of their size; negative: more slowly."""
    onset_s: float = 0.5
    """Time in which the expression comes."""
    decay_s: float = 0.8
    """Time in which it goes."""
    accent: float = 0.15
    """How much the expression grows on the strongest accents."""
    pause: float = 0.0
    """How much it grows in pauses; negative: relaxes."""
    breath: float = 0.14
    """How far it comes and goes by itself."""
    head_range: float = 1.0
    """Factor on the size of head motion."""
    head_tempo: float = 1.0
    """Factor on the fast part of head motion."""
    posture_degrees: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Pitch (positive: down), yaw and roll that the head leans towards; to which side is up to the seed."""
    gaze_pitch_degrees: float = 0.0
    """Where the eyes rest; positive: above the camera."""
    glances: float = 1.0
    """Factor on how often the eyes leave the camera."""
    blinks: float = 1.0
    """Factor on the blink rate."""
    brow_accents: float = 1.0
    """Factor on how much the brows rise with accents."""

    @property
    def posture(self) -> tuple[float, float, float]:
        """`posture_degrees` in radians."""
        pitch, yaw, roll = np.radians(self.posture_degrees)
        return float(pitch), float(yaw), float(roll)


PROFILES: dict[str, EmotionProfile] = {
    "neutral": EmotionProfile(),
    # AU 6+12: the felt smile of Duchenne has cheeks and lower lids in it (Ekman, Davidson and Friesen, The Duchenne
    # smile, 1990). It comes in about half a second and goes more slowly (Schmidt, Cohn and Tian, Signal characteristics
    # of spontaneous facial expressions, 2003). Speech with a smile has spread lips and a shorter tract (Tartter, Happy
    # talk, 1980; Shor 1978), and the smile is largest where nothing is said.
    "happy": EmotionProfile(
        brows=_weights(browInnerUp=0.10, browOuterUp=0.12),
        eyes=_weights(cheekSquint=0.55, eyeSquint=0.30),
        mouth=_weights(mouthSmile=0.74, mouthDimple=0.14, mouthUpperUp=0.18),
        opening=1.08,
        spreading=1.20,
        rounding=0.85,
        attack=0.04,
        onset_s=0.5,
        decay_s=0.9,
        accent=0.16,
        pause=0.10,
        head_range=1.25,
        head_tempo=1.25,
        posture_degrees=(-1.0, 0.0, 2.0),
        glances=0.8,
        blinks=1.1,
        brow_accents=1.25,
    ),
    # AU 1+4+15, often 17; lids hang and the eyes look down (Ekman and Friesen, Unmasking the face, 1975, chapter 9).
    # Averted gaze belongs to sadness, direct gaze to anger and joy (Adams and Kleck 2005). Movements are small and
    # slow (Pollick et al., Perceiving affect from arm movement, 2001; Livingstone, Thompson and Russo, Facial
    # expressions and emotional singing, 2009).
    "sad": EmotionProfile(
        brows=_weights(browInnerUp=0.90, browDown=0.30),
        eyes=_weights(eyeBlink=0.18, eyeSquint=0.12, cheekSquint=0.08),
        mouth=_weights(mouthFrown=0.95, mouthShrugLower=0.30),
        opening=0.80,
        spreading=0.80,
        rounding=0.90,
        attack=-0.05,
        onset_s=0.9,
        decay_s=1.3,
        accent=0.10,
        pause=0.08,
        breath=0.16,
        head_range=0.65,
        head_tempo=0.45,
        posture_degrees=(4.0, 0.0, 2.0),
        gaze_pitch_degrees=-2.5,
        glances=2.2,
        blinks=0.9,
        brow_accents=0.5,
    ),
    # AU 4+7+23 (5 is left out: wide lids look afraid here), and 24 where the mouth is shut; the nose and the upper lip
    # (9, 10) a little. The brows come down on accents instead of up; speech opens wide and moves fast (Lee, Yildirim,
    # Kazemzadeh and Narayanan, An articulatory study of emotional speech production, 2005: of four emotions, anger
    # moved furthest and fastest).
    "angry": EmotionProfile(
        brows=_weights(browDown=1.0),
        eyes=_weights(eyeSquint=0.72, cheekSquint=0.12),
        mouth=_weights(mouthFrown=0.80, mouthPress=0.45, noseSneer=0.45, mouthUpperUp=0.10, mouthLowerDown=0.22),
        opening=1.15,
        spreading=1.10,
        rounding=1.0,
        attack=0.10,
        onset_s=0.35,
        decay_s=1.0,
        accent=0.20,
        pause=-0.04,
        breath=0.10,
        head_range=1.10,
        head_tempo=1.6,
        posture_degrees=(4.5, 0.0, 0.5),
        glances=0.3,
        blinks=0.8,
        brow_accents=0.1,
    ),
    # AU 1+2+5+26. It is the fastest to come and the shortest; what stays through a sentence is the brows (Ekman and
    # Friesen 1975, chapter 4). The jaw drop of the prototype goes into the openings of speech: in pauses lips are shut.
    "surprised": EmotionProfile(
        brows=_weights(browInnerUp=0.90, browOuterUp=0.85),
        eyes=_weights(eyeWide=0.75),
        mouth=_weights(mouthFunnel=0.06, mouthLowerDown=0.05),
        opening=1.20,
        spreading=0.95,
        rounding=1.10,
        attack=0.08,
        onset_s=0.25,
        decay_s=0.7,
        accent=0.22,
        pause=-0.10,
        breath=0.16,
        head_range=1.15,
        head_tempo=1.35,
        posture_degrees=(-3.0, 0.0, 1.0),
        glances=0.4,
        blinks=0.75,
        brow_accents=1.3,
    ),
    # No prototype of its own: low arousal, mildly pleasant (Russell, A circumplex model of affect, 1980). Loose brows,
    # lids a little lower, a hint of AU 12, slow and small motion.
    "calm": EmotionProfile(
        brows=_weights(browOuterUp=0.03),
        eyes=_weights(eyeBlink=0.13, cheekSquint=0.10),
        mouth=_weights(mouthSmile=0.20, mouthDimple=0.06),
        opening=0.92,
        spreading=1.0,
        rounding=0.95,
        attack=-0.04,
        onset_s=0.9,
        decay_s=1.2,
        accent=0.06,
        pause=0.06,
        head_range=0.65,
        head_tempo=0.4,
        posture_degrees=(0.0, 0.0, 1.5),
        glances=0.7,
        blinks=0.8,
        brow_accents=0.5,
    ),
}
"""The profiles, by the names of `avatron.core.emotion.EMOTIONS`."""
