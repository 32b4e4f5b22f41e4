"""Time and memory from text to speech and motion, sentence by sentence, each pipeline in a process of its own."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from avatron.core.speech import PhonemeSequence
from avatron.errors import InvalidValueError, MissingComponentError
from avatron.evaluation.face.cost.operations import counted
from avatron.evaluation.face.cost.speech_driven import SpeechDriven, attention_bytes, write_real_size
from avatron.evaluation.voice.texts import new_sentences
from avatron.motion.animators import ANIMATORS, load_animator, split_subject
from avatron.motion.protocol import Animator
from avatron.motion.style import MotionStyle
from avatron.pipeline.embedding import SpeechReader
from avatron.text.frontends import frontend_for
from avatron.text.script import parse_script
from avatron.voice.style import VoiceStyle
from avatron.voice.voices import load_voice

__all__ = ["AT_ONCE", "SPEECH_DRIVEN", "CostPlan", "measure_cost", "peak_mib", "run_plan"]

SPEECH_DRIVEN = "speech-driven (wav2vec2-base)"
"""The row of the pipeline that hears its own voice."""
AT_ONCE = "speech-driven, all sound at once"
"""The same as it is published."""
_HEARS = (SPEECH_DRIVEN, AT_ONCE)
_MOST_BYTES = 4 * 2**30
"""Sound whose attention alone takes more is not read at once."""
_MOST_HEARD_S = 60.0
"""The pipelines that hear are not run on more: their work is proportional to the length, and hours would take hours."""


@dataclass(frozen=True)
class CostPlan:
    """What is run in one process.

    Raises:
        InvalidValueError: a length outside 1 .. 3600 s.
    """

    pipeline: str
    """Name or folder of an animator, or one of the speech-driven rows."""
    seconds: float
    """About how long the script is."""
    voice: str
    at_once: bool = False
    """All sound goes through the encoder at once, as published, and not sentence by sentence."""
    graphs: Path | None = None
    """Folder of the speech-driven networks; None where they could not be built."""

    def __post_init__(self) -> None:
        if not 1 <= self.seconds <= 3600:
            raise InvalidValueError(f"a length of {self.seconds:g} s is outside 1 .. 3600")


def measure_cost(animators: Mapping[str, str], lengths_s: Sequence[float], voice: str) -> dict[str, Any]:
    """Each pipeline at each length: seconds of work by stage, real-time factors, and the process's peak memory.

    `animators` are names or folders by the name of their row.

    `rows` hold, by pipeline, `parameters` and `operations_per_s` of the motion alone and `lengths`; `times_faster` is
    the speech-driven pipeline's work over each animator's at the longest length that both were measured at. One thread
    each, one after the other, in fresh processes; work is processor time, which other jobs change
    little. What is not measured says why under `not_measured`.

    Raises:
        InvalidValueError: a length outside 1 .. 3600 s, or none.
        UnknownNameError: no voice of that name.
        AvatronError: an animator that cannot be loaded, as it says itself.
    """
    if not lengths_s:
        raise InvalidValueError("no length to measure cost at; give one at least")
    for source in animators.values():
        _animator(source)
    rows: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="avatron-speech-driven-") as folder:
        graphs, reason = Path(folder), None
        try:
            write_real_size(graphs)
        except MissingComponentError as error:
            reason = str(error)
        for name, source in {**animators, SPEECH_DRIVEN: SPEECH_DRIVEN, AT_ONCE: AT_ONCE}.items():
            if reason is not None and source in _HEARS:
                rows[name] = {"lengths": [{"seconds": one, "not_measured": reason} for one in sorted(lengths_s)]}
                continue
            plans = [CostPlan(source, one, voice, source == AT_ONCE, graphs) for one in sorted(lengths_s)]
            rows[name] = {"lengths": [_in_a_process(plan) for plan in plans]}
            if source != AT_ONCE:
                rows[name] |= _size(source, voice, graphs)
    return {
        "voice": voice,
        "threads": 1,
        "clock": "processor time",
        "rows": rows,
        "times_faster": {
            name: compared
            for name in animators
            if (compared := _times_faster(rows[name]["lengths"], rows[SPEECH_DRIVEN]["lengths"])) is not None
        },
    }


def _times_faster(ours: Sequence[Mapping[str, Any]], theirs: Sequence[Mapping[str, Any]]) -> dict[str, float] | None:
    """`theirs` over `ours` at the longest length that both have; None where there is none."""
    pairs = [pair for pair in zip(ours, theirs, strict=True) if not any("not_measured" in one for one in pair)]
    if not pairs:
        return None
    mine, other = pairs[-1]
    return {"seconds": mine["seconds"]} | {
        part: round(other[part] / max(mine[part], 1e-9), 2)
        for part in ("pipeline_real_time_factor", "motion_real_time_factor")
    }


def _animator(source: str) -> Animator:
    return load_animator(source if split_subject(source)[0] in ANIMATORS.names() else Path(source))


def _in_a_process(plan: CostPlan) -> dict[str, Any]:
    if plan.pipeline in _HEARS and plan.seconds > _MOST_HEARD_S:
        return {"seconds": plan.seconds, "not_measured": f"more than {_MOST_HEARD_S:g} s of speech would take minutes"}
    needed = attention_bytes(plan.seconds)
    if plan.at_once and needed > _MOST_BYTES:
        reason = f"one layer's attention would take {needed / 2**30:.0f} GiB"
        return {"seconds": plan.seconds, "not_measured": reason}
    # A pool tells of a process that is killed for its memory, where a bare one would just be gone.
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        try:
            return pool.submit(run_plan, plan).result()
        except BrokenProcessPool:
            return {"seconds": plan.seconds, "not_measured": "its process was killed, as for too much memory"}


def run_plan(plan: CostPlan) -> dict[str, Any]:
    """Speak and animate the script once in this process, everything warm: seconds of work by stage, factors, memory.

    Factors are processor time a second of speech; `wall_s` is what a clock on the wall said.

    Raises:
        AvatronError: a voice or an animator that cannot be loaded, as it says itself.
    """
    voice = load_voice(plan.voice)
    frontend = frontend_for(voice.languages[0], voice.languages)
    hears = SpeechDriven.written(plan.graphs) if plan.graphs and plan.pipeline in _HEARS else None
    animator = None if hears is not None else SpeechReader(_animator(plan.pipeline))
    style, motion_style = VoiceStyle(), MotionStyle()
    speech = voice.speak(_phonemes(frontend, voice, "Warm up."), style)
    if animator is not None:
        animator.animate(speech, motion_style)
    elif hears is not None:
        hears.animate(speech.audio)
    spent = {"text": 0.0, "voice": 0.0, "motion": 0.0}
    begun = time.perf_counter()
    spoken_s, sentences, number, kept = 0.0, new_sentences(), 0, []
    while spoken_s < plan.seconds:
        marks = [time.process_time()]
        phonemes = _phonemes(frontend, voice, sentences[number % len(sentences)])
        marks.append(time.process_time())
        speech = voice.speak(phonemes, style)
        marks.append(time.process_time())
        if animator is not None:
            animator.animate(speech, motion_style)
        elif plan.at_once:
            kept.append(speech.audio)
        elif hears is not None:
            hears.animate(speech.audio)
        marks.append(time.process_time())
        for place, stage in enumerate(spent):
            spent[stage] += marks[place + 1] - marks[place]
        spoken_s += speech.audio.duration_s
        number += 1
    if plan.at_once and hears is not None:
        start = time.process_time()
        hears.animate(type(kept[0]).joined(kept))
        spent["motion"] += time.process_time() - start
    return {
        "seconds": plan.seconds,
        "speech_s": round(spoken_s, 2),
        "wall_s": round(time.perf_counter() - begun, 2),
        "stage_seconds": {stage: round(seconds, 4) for stage, seconds in spent.items()},
        "motion_real_time_factor": round(spent["motion"] / spoken_s, 6),
        "pipeline_real_time_factor": round(sum(spent.values()) / spoken_s, 6),
        "peak_mib": peak_mib(),
    }


def _phonemes(frontend: Any, voice: Any, text: str) -> PhonemeSequence:
    sentence = next(parse_script(text, voice.languages[0]))
    result: PhonemeSequence = frontend.phonemize(sentence.marked, sentence.language)
    return result


def peak_mib() -> float | None:
    """Most memory that this process has held, MiB; None where the system does not say."""
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    # `ru_maxrss` may be the parent's: it outlives exec.
    line = next((line for line in status.read_text().splitlines() if line.startswith("VmHWM")), None)
    return None if line is None else round(int(line.split()[1]) / 1024, 1)


def _size(pipeline: str, voice: str, graphs: Path) -> dict[str, Any]:
    """Parameters of the networks that move, and their operations a second of speech."""
    spoken = load_voice(voice)
    frontend = frontend_for(spoken.languages[0], spoken.languages)
    speech = spoken.speak(_phonemes(frontend, spoken, new_sentences()[0]), VoiceStyle())
    with counted() as found:
        if pipeline == SPEECH_DRIVEN:
            SpeechDriven.written(graphs).animate(speech.audio)
        else:
            SpeechReader(_animator(pipeline)).animate(speech, MotionStyle())
    return {"parameters": found.parameters, "operations_per_s": round(found.total / speech.audio.duration_s)}
