"""Henry: a man in his sixties, northern European."""

from avatar.identity import IdentityRecipe
from avatar.recipe import AvatarRecipe

__all__ = ["HENRY"]

HENRY = AvatarRecipe(
    name="henry",
    description="a man with short grey hair and a navy sweater over a shirt",
    default_voice="pm",
    identity=IdentityRecipe(
        directions={"m_caucasian": 1.20},
        seed=3,
        jaw_width=0.0,
        neck_width=0.0,
    ),
)
