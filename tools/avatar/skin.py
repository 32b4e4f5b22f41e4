"""The skin's colour, blended from several parts in the ICT face chart: nobody's skin in particular.

Three bands of the logarithm of the albedo come from different people, some of them mirrored; the finest band (pores,
freckles, lip creases) is dropped and made anew by `skin_detail`. What the scans differ by is split into melanin, blood
and shade, each scaled on its own, and laid round a median colour that need not be any scan's: so skins that no part has
are made.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from avatar.images import blur
from avatar.pigments import pigment_factor, separate_pigments
from avatar.sources import Parts

__all__ = ["SkinRecipe", "blend_skin"]

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class SkinRecipe:
    """Whose tone, patches and texture are mixed; a name that ends in `~` is mirrored left to right."""

    tone: dict[str, float] = field(default_factory=lambda: {"woman_a": 0.6, "woman_c": 0.4})
    """Shares of the lowest band (wider than `tone_width`): overall colour and lighting left in the scans."""

    patches: dict[str, float] = field(
        default_factory=lambda: {"woman_a": 0.30, "woman_b~": 0.20, "woman_c~": 0.20, "man_a~": 0.10}
    )
    """Shares of the middle band: redness of nose, cheeks and lids. Shares may add up to less than one."""

    texture: dict[str, float] = field(
        default_factory=lambda: {"woman_a~": 0.28, "woman_c": 0.26, "woman_b": 0.16, "man_a~": 0.14}
    )
    """Shares of the finer band: lip borders, nostrils, lids."""

    tone_width: float = 0.040
    """Blur that separates tone from patches, as a share of the sheet."""

    patch_width: float = 0.008
    """Blur that separates patches from texture."""

    texture_width: float = 0.0014
    """Finer detail than this is dropped."""

    even_tone: float = 0.55
    """How much of the tone's own variation is taken out, 0..1: the scans' lighting."""

    median_albedo: tuple[float, float, float] = (0.560, 0.330, 0.225)
    """Linear albedo that the middle of the face is scaled to."""

    melanin_contrast: float = 1.0
    """Scale of the parts' differences in melanin."""

    blood_contrast: float = 1.0
    """The same for blood."""

    shade_contrast: float = 0.6
    """The same for what is neither: mostly light that was scanned in with the skin."""


def blend_skin(parts: Parts, recipe: SkinRecipe, size: int = 1024) -> Floats:
    """The linear albedo [size, size, 3] of one avatar in the ICT face chart."""
    names = sorted({name.rstrip("~") for band in (recipe.tone, recipe.patches, recipe.texture) for name in band})
    logs = {name: np.log(np.maximum(parts.skin(name, size), 0.004)) for name in names}
    logs = {name: value - np.median(value[_middle(size)], axis=(0, 1)) for name, value in logs.items()}
    widths = (recipe.tone_width * size, recipe.patch_width * size, recipe.texture_width * size)
    mixed = np.zeros((size, size, 3), np.float32)
    for band, (shares, coarse, fine) in enumerate(
        ((recipe.tone, 0.0, widths[0]), (recipe.patches, widths[0], widths[1]), (recipe.texture, widths[1], widths[2]))
    ):
        for name, share in shares.items():
            value = logs[name.rstrip("~")]
            value = value[:, ::-1] if name.endswith("~") else value
            detail = blur(value, fine) - (blur(value, coarse) if coarse else 0.0)
            mixed += share * detail * ((1 - recipe.even_tone) if band == 0 else _away_from_scalp(size))
    found = separate_pigments(mixed)
    factor = pigment_factor(recipe.melanin_contrast * found.melanin, recipe.blood_contrast * found.blood)
    factor = factor * np.exp(recipe.shade_contrast * found.shade)[..., None]
    factor /= np.median(factor[_middle(size)], axis=(0, 1))
    albedo = np.clip(factor * np.asarray(recipe.median_albedo), 0.004, 0.95)
    return albedo.astype(np.float32)


def _middle(size: int) -> tuple[slice, slice]:
    """The cheeks and the nose, where the sheets are compared."""
    return slice(int(0.30 * size), int(0.60 * size)), slice(int(0.25 * size), int(0.75 * size))


def _away_from_scalp(size: int) -> Floats:
    """[N, N, 1]: 0 where the scans show shaved hair, 1 on the face."""
    v, u = np.mgrid[0:size, 0:size].astype(np.float32) / size
    top = np.clip((v - 0.045) / 0.09, 0, 1)
    side = np.clip((0.47 - np.abs(u - 0.5)) / 0.10, 0, 1)
    side = np.where(v > 0.3, 1.0, side)
    return np.asarray((top * side)[..., None] * 0.85 + 0.15, np.float32)
