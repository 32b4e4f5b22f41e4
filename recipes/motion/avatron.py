"""The learned animator `avatron`: text embedding to the mouth, trained against judges of movement.

The clips come from `python tools/build_motion_data.py`; the training itself is `python tools/train_motion.py`.
"""

from avatron.training.loop import LoopConfig
from avatron.training.motion.networks.avatron import AvatronConfig
from avatron.training.motion.recipe import MotionRecipe
from avatron.training.motion.stage import MotionStageConfig
from avatron.training.stage import Schedule

RECIPE = MotionRecipe(
    name="avatron",
    description="From the text embedding to the mouth: conformer, LSTM over time, judges of movement.",
    licence="CC-BY-4.0",
    provenance=(
        {
            "name": "GRID audio-visual corpus, speaker s1",
            "source": "Cooke et al. 2006, https://doi.org/10.1121/1.2229005",
            "licence": "CC-BY-4.0",
            "use": "all weights: motion tracked in 450 films of 3 s by this package, a fixed tenth of them held out",
        },
        {
            "name": "LJSpeech, read by the rules of the animator `viseme`",
            "source": "https://keithito.com/LJ-Speech-Dataset/",
            "licence": "public domain",
            "use": "all weights: a third of the windows, for sounds that GRID lacks, most in its speaker's manner",
        },
    ),
    network=AvatronConfig(),
    stage=MotionStageConfig(
        Schedule(1.5e-3, final_share=0.02),
        adversarial_weight=0.1,
        feature_weight=0.5,
    ),
    loop=LoopConfig(steps=1200, report_every=50, evaluate_every=100, checkpoint_every_s=120.0),
)
