"""The reader of lips: contours, gap and closure from a crop of the mouth, learned from drawn people alone.

The pictures come from `python tools/build_lip_pictures.py`, those to test on with `--first 9000`; the training itself
is `python tools/train_lips.py`.
"""

from avatron.training.lips.recipe import LipRecipe
from avatron.training.lips.stage import LipStageConfig
from avatron.training.loop import LoopConfig
from avatron.training.stage import Schedule

RECIPE = LipRecipe(
    name="lips",
    licence="Apache-2.0",
    provenance=(
        {
            "name": "pictures of random people drawn by this package",
            "source": "tools/build_lip_pictures.py, from the avatars ava, zuri, kenji and henry and the head model",
            "licence": "Apache-2.0 AND CC0-1.0 AND MIT",
            "use": "all weights: 6060 pictures of 101 people; people numbered 9000 and above were held out",
        },
    ),
    stage=LipStageConfig(Schedule(2.5e-3, final_share=0.02, warm_up_steps=200)),
    loop=LoopConfig(steps=2100, report_every=50, evaluate_every=300, checkpoint_every_s=60.0),
)
