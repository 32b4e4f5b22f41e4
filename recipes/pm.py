"""The voice `pm`: a man reading, made from `lj` by low-rank changes of its weights and 17 minutes of speech.

`lj` is not touched, and the text encoder is shared, so every animator hears the two voices alike. First comes
`prepare`, which aligns the recordings (`docs/training.md`); the run of `lj` has to lie beside this one.
"""

from avatron.training.acoustic_stage import AcousticStageConfig
from avatron.training.adapters import AdapterConfig
from avatron.training.loop import LoopConfig
from avatron.training.pitch_stage import PitchStageConfig
from avatron.training.prosody_stage import ProsodyStageConfig
from avatron.training.recipe import StageRecipe, VoiceRecipe
from avatron.training.stage import Schedule
from avatron.training.vocoder_stage import VocoderStageConfig

ACOUSTIC = AdapterConfig("lj/acoustic-adversarial", rank=28, frozen=("encoder",))
PROSODY = AdapterConfig("lj/prosody", rank=8)
PITCH = AdapterConfig("lj/pitch", rank=16)
VOCODER = AdapterConfig("lj/vocoder-final", rank=28)

RECIPE = VoiceRecipe(
    name="pm",
    description="A man reading, American English; made from lj with 17 minutes of another reader",
    languages=("en-us",),
    licence="Apache-2.0",
    provenance=(
        {
            "name": "pm, 141 clips (18 minutes) of a man reading LJSpeech texts, from the dc_tts repository",
            "source": "https://github.com/Kyubyong/dc_tts",
            "licence": "Apache-2.0",
            "use": "what is different from lj; clips sorted()[::20] were held out of every stage",
        },
        {
            "name": "LJSpeech, subset of 444 clips (48 minutes)",
            "source": "https://keithito.com/LJ-Speech-Dataset/",
            "licence": "public domain",
            "use": "the weights of lj, which it is made from",
        },
    ),
    stages=(
        StageRecipe(
            "vocoder",
            VocoderStageConfig(
                Schedule(1e-3, final_share=0.2, warm_up_steps=20, shape="linear"),
                spectral_weight=0.5,
                mel_weight=0.75,
                adversarial_weight=0.25,
                feature_weight=0.5,
                ramp_steps=20,
            ),
            LoopConfig(steps=400, evaluate_every=400),
            adapter=VOCODER,
            discriminator_from="lj/vocoder-final",
        ),
        StageRecipe(
            "acoustic",
            AcousticStageConfig(Schedule(2e-3, final_share=0.1, warm_up_steps=30), prosody_noise=0.05),
            LoopConfig(steps=700, evaluate_every=175),
            adapter=ACOUSTIC,
        ),
        StageRecipe(
            "acoustic-adversarial",
            AcousticStageConfig(
                Schedule(5e-4, final_share=0.15, warm_up_steps=20, shape="linear"),
                prosody_noise=0.1,
                adversarial_weight=0.15,
                feature_weight=0.5,
                ramp_steps=60,
                decay=0.995,
            ),
            LoopConfig(steps=400, evaluate_every=200),
            starts_from="acoustic",
            adapter=ACOUSTIC,
            discriminator_from="lj/acoustic-adversarial",
        ),
        StageRecipe(
            "prosody",
            ProsodyStageConfig(Schedule(2e-3, final_share=0.05, warm_up_steps=30), decay=0.99),
            LoopConfig(steps=400, report_every=50, evaluate_every=40),
            adapter=PROSODY,
            keep_best=True,
        ),
        StageRecipe(
            "pitch",
            PitchStageConfig(Schedule(2e-3, final_share=0.02, warm_up_steps=30)),
            LoopConfig(steps=500, report_every=100, evaluate_every=250),
            adapter=PITCH,
            mels_from="acoustic-adversarial",
        ),
        StageRecipe(
            "vocoder-final",
            VocoderStageConfig(
                Schedule(8e-4, final_share=0.1, warm_up_steps=20, shape="linear"),
                spectral_weight=0.2,
                mel_weight=0.5,
                adversarial_weight=0.5,
                feature_weight=1.0,
                ramp_steps=20,
                recorded_share=0.25,
            ),
            LoopConfig(steps=1400, evaluate_every=350),
            starts_from="vocoder",
            adapter=VOCODER,
            discriminator_from="vocoder",
            mels_from="acoustic-adversarial",
        ),
    ),
    acoustic_from="acoustic-adversarial",
    prosody_from="prosody",
    pitch_from="pitch",
    vocoder_from="vocoder-final",
    base_voice="lj",
)
