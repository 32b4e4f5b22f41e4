"""Everything that was decided about one avatar, as one value."""

from __future__ import annotations

from dataclasses import dataclass, field

from avatar.brows import BrowRecipe
from avatar.eyes import IrisRecipe, LashRecipe, ScleraRecipe
from avatar.garment.outfit import OutfitRecipe
from avatar.hair.painted import Stubble
from avatar.hair.style import HairStyle
from avatar.hair.styles.long_side_parted import long_side_parted
from avatar.identity import IdentityRecipe
from avatar.mouth_paint import MouthRecipe
from avatar.skin import SkinRecipe
from avatar.skin_bake import Makeup
from avatar.skin_detail import SkinDetailRecipe
from avatar.skin_lines import LineRecipe
from avatar.skin_zones import ZoneRecipe

__all__ = ["AvatarRecipe"]


@dataclass(frozen=True)
class AvatarRecipe:
    """Everything that was decided about one avatar; what is not said is as for `ava`."""

    name: str
    """Of the folder, and what people type."""
    description: str
    """Who is seen, in one line."""
    default_voice: str
    identity: IdentityRecipe = field(default_factory=IdentityRecipe)
    skin: SkinRecipe = field(default_factory=SkinRecipe)
    zones: ZoneRecipe = field(default_factory=ZoneRecipe)
    detail: SkinDetailRecipe = field(default_factory=SkinDetailRecipe)
    gloss: float = 0.46
    """Roughness of the skin's broad lobe."""
    lines: LineRecipe = field(default_factory=LineRecipe)
    brows: BrowRecipe = field(default_factory=BrowRecipe)
    makeup: Makeup = field(default_factory=Makeup)
    mouth: MouthRecipe = field(default_factory=MouthRecipe)
    iris: IrisRecipe = field(default_factory=IrisRecipe)
    sclera: ScleraRecipe = field(default_factory=ScleraRecipe)
    lashes: LashRecipe = field(default_factory=LashRecipe)
    hair: HairStyle = field(default_factory=long_side_parted)
    stubble: Stubble | None = None
    outfit: OutfitRecipe = field(default_factory=OutfitRecipe)
    rest_expression: dict[str, float] = field(
        default_factory=lambda: {
            "mouthSmileLeft": 0.20,
            "mouthSmileRight": 0.20,
            "eyeBlinkLeft": 0.06,
            "eyeBlinkRight": 0.06,
            "browInnerUp": 0.06,
            "cheekSquintLeft": 0.05,
            "cheekSquintRight": 0.05,
        }
    )
    """Never a bare neutral face: a trace of a smile and relaxed lids."""
    framing: str = "head-and-shoulders"
    atlas_size: int = 1536
    seed: int = 5
