"""Kenji: a man in his middle forties, Japanese."""

from avatar.identity import IdentityRecipe
from avatar.recipe import AvatarRecipe

__all__ = ["KENJI"]

KENJI = AvatarRecipe(
    name="kenji",
    description="a man with short black hair, a charcoal blazer and a white shirt",
    default_voice="pm",
    identity=IdentityRecipe(
        directions={"m_asian": 1.10, "m_caucasian": 0.10},
        seed=11,
        jaw_width=0.02,
        neck_width=0.0,
    ),
)
