"""The learned animator `avatron-fc`: fully connected layers on the same input: what time and context are worth."""

from dataclasses import replace
from pathlib import Path

from avatron.training.motion.networks.fully_connected import FullyConnectedConfig
from avatron.training.motion.recipe import MotionRecipe
from avatron.training.recipes import find_recipe

_AVATRON = find_recipe(Path(__file__).with_name("avatron.py"), MotionRecipe)

RECIPE = replace(
    _AVATRON,
    name="avatron-fc",
    description="From the text embedding to the mouth by fully connected layers, frame by frame.",
    network=FullyConnectedConfig(),
    stage=replace(_AVATRON.stage, adversarial_weight=0.0, feature_weight=0.0),
)
