"""The baseline `faceformer`: sound in, each frame from the frames before it."""

from dataclasses import replace
from pathlib import Path

from avatron.training.motion.networks.faceformer import FaceFormerConfig
from avatron.training.motion.recipe import MotionRecipe
from avatron.training.recipes import find_recipe
from avatron.training.stage import Schedule

_AVATRON = find_recipe(Path(__file__).with_name("avatron.py"), MotionRecipe)

RECIPE = replace(
    _AVATRON,
    name="faceformer",
    description="From sound to the mouth, one frame after another, in the manner of FaceFormer.",
    network=FaceFormerConfig(),
    stage=replace(
        _AVATRON.stage, schedule=Schedule(1e-3, final_share=0.02), adversarial_weight=0.0, feature_weight=0.0
    ),
    loop=replace(_AVATRON.loop, steps=800),
)
