"""The mouth's posture for each phoneme: ARKit weights, and how strongly the phoneme insists on them.

From articulatory phonetics (Ladefoged and Johnson, A Course in Phonetics, ch. 3, 4, 9), scaled by what the shapes do
on the head: `jawOpen` 0.1 parts the lips by 3.3 mm, `mouthFunnel` 0.3 by 4 mm, `mouthPucker` 0.8 narrows the mouth by
7 mm and brings the lips 6 mm forward. Talking rarely needs `jawOpen` above 0.3.
"""

from __future__ import annotations

from dataclasses import dataclass

from avatron.errors import InvalidValueError
from avatron.motion.silences import is_pause

__all__ = ["Posture", "is_vowel", "posture_parts", "stress_of"]


@dataclass(frozen=True)
class Posture:
    """Target weights, 0 .. 1, and strengths: a strength near 0 leaves an articulator to the neighbours."""

    jaw: float = 0.0
    funnel: float = 0.0
    pucker: float = 0.0
    smile: float = 0.0
    stretch: float = 0.0
    lower: float = 0.0
    """Lower lip down, so that the lower teeth show."""
    upper: float = 0.0
    """Upper lip up, so that the upper teeth show."""
    tongue: str = ""
    """`L`, `TH`, `N` or `K`, or nothing for a tongue at rest."""
    jaw_strength: float = 1.0
    rounding_strength: float = 1.0
    spreading_strength: float = 1.0
    lips_strength: float = 1.0
    tongue_strength: float = 0.3

    def channel_targets(self) -> dict[str, float]:
        """Weight by channel; those that are not named are 0."""
        return {
            "jawOpen": self.jaw,
            "mouthFunnel": self.funnel,
            "mouthPucker": self.pucker,
            "mouthSmile": self.smile,
            "mouthStretch": self.stretch,
            "mouthLowerDown": self.lower,
            "mouthUpperUp": self.upper,
            **({f"tongue{self.tongue}": 1.0} if self.tongue else {}),
        }

    def strengths(self) -> dict[str, float]:
        """Strength by articulator."""
        return {
            "jaw": self.jaw_strength,
            "rounding": self.rounding_strength,
            "spreading": self.spreading_strength,
            "lips": self.lips_strength,
            "tongue": self.tongue_strength,
        }


def _vowel(
    jaw: float,
    *,
    lower: float = 0.0,
    upper: float = 0.0,
    funnel: float = 0.0,
    pucker: float = 0.0,
    smile: float = 0.0,
    stretch: float = 0.0,
) -> Posture:
    rounded = funnel + pucker > 0.3
    return Posture(
        jaw,
        funnel,
        pucker,
        smile,
        stretch,
        lower,
        upper,
        # A rounded vowel takes the lips far beyond its own time; an unrounded one lets its neighbours' rounding in.
        rounding_strength=1.6 if rounded else 0.6,
        spreading_strength=1.0 if not rounded else 0.8,
    )


_OPEN_BACK = _vowel(0.28, lower=0.16, upper=0.08)
_OPEN_CENTRAL = _vowel(0.27, lower=0.18, upper=0.10, stretch=0.06)
_NEAR_CLOSE_FRONT = _vowel(0.10, lower=0.16, upper=0.09, smile=0.10, stretch=0.14)
_MID_FRONT = _vowel(0.16, lower=0.20, upper=0.10, smile=0.08, stretch=0.16)
_MID_BACK = _vowel(0.17, lower=0.05, funnel=0.26, pucker=0.30)
_NEAR_CLOSE_BACK = _vowel(0.09, lower=0.05, funnel=0.20, pucker=0.45)

_VOWELS: dict[str, tuple[Posture, ...]] = {
    "ɑ": (_OPEN_BACK,),
    "æ": (_vowel(0.25, lower=0.22, upper=0.14, smile=0.08, stretch=0.16),),
    "ʌ": (_vowel(0.18, lower=0.15, upper=0.07),),
    "ə": (_vowel(0.11, lower=0.12, upper=0.05),),
    "ɔ": (_vowel(0.23, lower=0.08, funnel=0.26, pucker=0.16),),
    "aʊ": (_OPEN_CENTRAL, _NEAR_CLOSE_BACK),
    "aɪ": (_OPEN_CENTRAL, _NEAR_CLOSE_FRONT),
    "ɛ": (_MID_FRONT,),
    "ɝ": (_vowel(0.11, lower=0.08, upper=0.04, funnel=0.24, pucker=0.28),),
    "ɚ": (_vowel(0.09, lower=0.08, upper=0.04, funnel=0.18, pucker=0.22),),
    "eɪ": (_MID_FRONT, _NEAR_CLOSE_FRONT),
    "ɪ": (_NEAR_CLOSE_FRONT,),
    "i": (_vowel(0.07, lower=0.18, upper=0.10, smile=0.20, stretch=0.20),),
    "oʊ": (_MID_BACK, _vowel(0.09, lower=0.04, funnel=0.18, pucker=0.55)),
    "ɔɪ": (_vowel(0.21, lower=0.08, funnel=0.28, pucker=0.28), _NEAR_CLOSE_FRONT),
    "ʊ": (_NEAR_CLOSE_BACK,),
    "u": (_vowel(0.06, lower=0.03, funnel=0.14, pucker=0.80),),
}


def _of_tongue(
    tongue: str, *, jaw: float, lower: float, upper: float, jaw_strength: float = 0.55, tongue_strength: float = 1.0
) -> Posture:
    """A consonant of the tongue lets the lips do what the vowels around it ask for."""
    return Posture(
        jaw=jaw,
        lower=lower,
        upper=upper,
        tongue=tongue,
        jaw_strength=jaw_strength,
        rounding_strength=0.15,
        spreading_strength=0.2,
        lips_strength=0.35,
        tongue_strength=tongue_strength,
    )


def _of_lips(*, jaw: float, upper: float = 0.0) -> Posture:
    return Posture(
        jaw=jaw, upper=upper, jaw_strength=0.9, rounding_strength=0.15, spreading_strength=0.3, lips_strength=1.0
    )


_ALVEOLAR_STOP = _of_tongue("N", jaw=0.05, lower=0.12, upper=0.04, jaw_strength=0.7)
_SIBILANT = Posture(
    jaw=0.025,
    lower=0.17,
    upper=0.10,
    smile=0.06,
    stretch=0.12,
    jaw_strength=1.2,
    rounding_strength=0.35,
    spreading_strength=0.5,
    lips_strength=0.9,
    tongue_strength=0.6,
)
_POSTALVEOLAR = Posture(
    jaw=0.035,
    funnel=0.30,
    pucker=0.36,
    lower=0.06,
    upper=0.07,
    jaw_strength=1.2,
    rounding_strength=1.1,
    spreading_strength=0.6,
    lips_strength=0.8,
    tongue_strength=0.6,
)
_DENTAL = Posture(
    jaw=0.10,
    lower=0.22,
    upper=0.13,
    tongue="TH",
    jaw_strength=0.9,
    rounding_strength=0.2,
    spreading_strength=0.25,
    lips_strength=0.9,
    tongue_strength=1.2,
)
_BILABIAL = _of_lips(jaw=0.045)
_LABIODENTAL = _of_lips(jaw=0.05, upper=0.12)
_VELAR = _of_tongue("K", jaw=0.09, lower=0.10, upper=0.04)
_NASAL = _of_tongue("N", jaw=0.06, lower=0.10, upper=0.03)
_LATERAL = _of_tongue("L", jaw=0.10, lower=0.14, upper=0.05, tongue_strength=1.1)

_CONSONANTS: dict[str, tuple[Posture, ...]] = {
    "p": (_BILABIAL,),
    "b": (_BILABIAL,),
    "m": (_BILABIAL,),
    "f": (_LABIODENTAL,),
    "v": (_LABIODENTAL,),
    "θ": (_DENTAL,),
    "ð": (_DENTAL,),
    "t": (_ALVEOLAR_STOP,),
    "d": (_ALVEOLAR_STOP,),
    "n": (_NASAL,),
    "l": (_LATERAL,),
    "s": (_SIBILANT,),
    "z": (_SIBILANT,),
    "ʃ": (_POSTALVEOLAR,),
    "ʒ": (_POSTALVEOLAR,),
    "tʃ": (_POSTALVEOLAR,),
    "dʒ": (_POSTALVEOLAR,),
    "k": (_VELAR,),
    "ɡ": (_VELAR,),
    "ŋ": (_VELAR,),
    # H has no posture of its own: it is the next vowel, breathed.
    "h": (
        Posture(
            jaw=0.12,
            lower=0.10,
            upper=0.05,
            jaw_strength=0.15,
            rounding_strength=0.05,
            spreading_strength=0.1,
            lips_strength=0.15,
        ),
    ),
    "ɹ": (
        Posture(
            jaw=0.07,
            funnel=0.22,
            pucker=0.26,
            lower=0.05,
            jaw_strength=0.7,
            rounding_strength=0.9,
            spreading_strength=0.4,
            lips_strength=0.6,
        ),
    ),
    "w": (
        Posture(
            jaw=0.04,
            funnel=0.05,
            pucker=0.90,
            jaw_strength=1.0,
            rounding_strength=3.0,
            spreading_strength=1.2,
            lips_strength=1.5,
        ),
    ),
    "j": (
        Posture(
            jaw=0.06,
            lower=0.12,
            upper=0.06,
            smile=0.14,
            stretch=0.14,
            jaw_strength=0.7,
            rounding_strength=0.3,
            spreading_strength=0.7,
            lips_strength=0.6,
        ),
    ),
}

_REST = Posture(jaw_strength=0.7, rounding_strength=0.4, spreading_strength=0.5, lips_strength=0.7, tongue_strength=0.6)

_NEAREST = {
    "a": "æ",
    "e": "ɛ",
    "o": "ɔ",
    "ɒ": "ɔ",
    "ɜ": "ɝ",
    "ɐ": "ʌ",
    "ɨ": "ɪ",
    "ʉ": "u",
    "ɯ": "ɪ",
    "ɤ": "ʌ",
    "y": "u",
    "ʏ": "ʊ",
    "ø": "oʊ",
    "œ": "ɝ",
    "g": "ɡ",
    "r": "ɹ",
    "ɾ": "d",
    "ʁ": "h",
    "ʀ": "h",
    "x": "k",
    "ç": "j",
    "ɲ": "n",
    "ʎ": "l",
    "ɫ": "l",
    "β": "v",
    "ʋ": "v",
    "ɣ": "ɡ",
    "ts": "s",
    "dz": "z",
    "pf": "f",
    "ʔ": "h",
    "q": "k",
    "c": "k",
    "ɟ": "ɡ",
    "ɕ": "ʃ",
    "ʑ": "ʒ",
    "ʂ": "ʃ",
    "ʐ": "ʒ",
    "tɕ": "tʃ",
    "ɬ": "l",
}
"""Sounds of other languages whose look is that of one of ours."""


def _bare(symbol: str) -> str:
    return symbol.lstrip("ˈˌ").rstrip("ːˑ̩̃")


def is_vowel(symbol: str) -> bool:
    """Whether the symbol is a vowel, of any stress."""
    bare = _bare(symbol)
    return _NEAREST.get(bare, bare) in _VOWELS


def stress_of(symbol: str) -> int:
    """0 none, 1 primary, 2 secondary."""
    return {"ˈ": 1, "ˌ": 2}.get(symbol[:1], 0)


def posture_parts(symbol: str) -> tuple[Posture, ...]:
    """The postures that the mouth passes through: one, or two for a diphthong.

    Raises:
        InvalidValueError: a phoneme that the rules do not know.
    """
    if is_pause(symbol):
        return (_REST,)
    bare = _bare(symbol)
    bare = _NEAREST.get(bare, bare)
    parts = _VOWELS.get(bare) or _CONSONANTS.get(bare)
    if parts is None:
        raise InvalidValueError(
            f"the viseme animator knows no posture for the phoneme `{symbol}`; use IPA symbols, or another animator"
        )
    return parts
