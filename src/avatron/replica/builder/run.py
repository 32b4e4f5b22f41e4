"""The stages of a build in order; those that are finished already are left alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from avatron.core.progress import StagedProgress
from avatron.io.atomic import output_errors
from avatron.replica.builder.stage import BuildSource, Stage, StageRun
from avatron.replica.builder.work import BuildFolder, FinishedStage

__all__ = ["run_stages"]

_STEPS = 1000
_NOTED_EVERY_S = 2.0


def run_stages(
    stages: Sequence[Stage],
    source: BuildSource,
    folder: BuildFolder,
    *,
    on_progress: Callable[[float], None] | None = None,
    on_note: Callable[[str], None] | None = None,
) -> dict[str, FinishedStage]:
    """What each stage has left, by its name.

    Raises:
        OutputError: the disk is full, or the folder cannot be written to; what is finished stays.
        AvatronError: what the stages raise.
    """
    progress = StagedProgress({stage.name: stage.cost_ms for stage in stages}, on_progress)
    finished: dict[str, FinishedStage] = {}
    for stage in stages:
        key = folder.key(stage, source, finished)
        known = folder.finished(stage, key)
        if known is None:
            known = _run(stage, key, source, folder, finished, progress, on_note or (lambda _: None))
        finished[stage.name] = known
        progress(stage.name, _STEPS, _STEPS)
    return finished


def _run(
    stage: Stage,
    key: str,
    source: BuildSource,
    folder: BuildFolder,
    finished: dict[str, FinishedStage],
    progress: StagedProgress,
    on_note: Callable[[str], None],
) -> FinishedStage:
    place, unfinished, spent_s = folder.open(stage, key)
    begun = noted = time.monotonic()

    def hear(share: float) -> None:
        nonlocal noted
        now = time.monotonic()
        if now - noted > _NOTED_EVERY_S:
            noted = now
            folder.note_spent(stage, key, spent_s + now - begun)
        progress(stage.name, round(_STEPS * share), _STEPS)

    hear(0.0)
    with output_errors(folder.path):
        stage.run(
            StageRun(
                source,
                {name: finished[name].path for name in stage.needs},
                place,
                unfinished,
                hear,
                on_note,
            )
        )
    return folder.finish(stage, key, spent_s + time.monotonic() - begun)
