"""Zuri: a woman of about forty, West African."""

from avatar.identity import IdentityRecipe
from avatar.recipe import AvatarRecipe

__all__ = ["ZURI"]

ZURI = AvatarRecipe(
    name="zuri",
    description="a woman with short coily hair and a terracotta blouse",
    default_voice="lj",
    identity=IdentityRecipe(
        directions={"f_african": 1.10, "f_caucasian": 0.10},
        seed=7,
        jaw_width=-0.04,
        neck_width=-0.12,
    ),
)
