"""The learned animator `avatron-nogan`: as `avatron`, without judges of movement: what they are worth."""

from dataclasses import replace
from pathlib import Path

from avatron.training.motion.recipe import MotionRecipe
from avatron.training.recipes import find_recipe

_AVATRON = find_recipe(Path(__file__).with_name("avatron.py"), MotionRecipe)

RECIPE = replace(
    _AVATRON,
    name="avatron-nogan",
    description="As `avatron`, trained without judges of movement.",
    stage=replace(_AVATRON.stage, adversarial_weight=0.0, feature_weight=0.0),
)
