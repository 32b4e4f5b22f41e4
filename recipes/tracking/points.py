"""The reader of landmarks on our head, learned from drawn people alone.

The pictures come from `python tools/build_face_pictures.py --frames 40`: 400 people with `--plain-paint`, 281 more with
`--first 1000`, and 32 to test on with `--first 9000`, half of either kind. The training itself is
`python tools/train_points.py`.
"""

from avatron.training.loop import LoopConfig
from avatron.training.points.recipe import PointRecipe
from avatron.training.points.stage import PointStageConfig
from avatron.training.stage import Schedule

RECIPE = PointRecipe(
    name="points",
    licence="Apache-2.0",
    provenance=(
        {
            "name": "pictures of random people drawn by this package",
            "source": "tools/build_face_pictures.py, from the avatars ava, zuri, kenji and henry and the head model",
            "licence": "CC0-1.0 AND MIT",
            "use": "all weights; people numbered 9000 and above were held out",
        },
    ),
    stage=PointStageConfig(Schedule(2e-3, final_share=0.02, warm_up_steps=200)),
    loop=LoopConfig(steps=7000, report_every=50, evaluate_every=300, checkpoint_every_s=60.0),
)
