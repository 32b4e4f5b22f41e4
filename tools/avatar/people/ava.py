"""Ava: a woman of about thirty, southern European."""

from avatar.recipe import AvatarRecipe

__all__ = ["AVA"]

AVA = AvatarRecipe(
    name="ava",
    description="a woman with brown hair in a low knot and a teal knitted top",
    default_voice="lj",
)
