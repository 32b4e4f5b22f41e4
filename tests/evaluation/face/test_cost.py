"""Operations are counted as by hand, parameters are those of the papers, and the baseline for timing does run."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from avatron.core.audio import Audio
from avatron.errors import InvalidValueError, UnreadableFileError
from avatron.evaluation.face.cost.operations import counted, operations_of_node, parameters_of
from avatron.evaluation.face.cost.pipeline import AT_ONCE, SPEECH_DRIVEN, CostPlan, measure_cost, run_plan
from avatron.evaluation.face.cost.speech_driven import SpeechDriven, attention_bytes
from avatron.evaluation.face.goals import goals_met
from avatron.evaluation.face.rows.animators import timed_sources
from avatron.evaluation.face.table import cost_rows, goal_rows
from avatron.io.sessions import open_session


def test_operations_of_the_usual_layers_are_those_of_arithmetic() -> None:
    # 4 outputs, 3 inputs, kernel 5, 10 frames: 4 * 10 results of 3 * 5 products.
    assert operations_of_node("Conv", [[1, 3, 14], [4, 3, 5]], [[1, 4, 10]]) == 2 * 4 * 10 * 3 * 5
    # In 3 groups each of the 6 results sees one input.
    assert operations_of_node("Conv", [[1, 3, 12], [6, 1, 3]], [[1, 6, 10]]) == 2 * 6 * 10 * 3
    assert operations_of_node("ConvTranspose", [[1, 4, 10], [4, 3, 5]], [[1, 3, 54]]) == 2 * 4 * 10 * 3 * 5
    assert operations_of_node("MatMul", [[2, 7, 5], [5, 3]], [[2, 7, 3]]) == 2 * 2 * 7 * 3 * 5
    assert operations_of_node("Gemm", [[7, 5], [3, 5]], [[7, 3]]) == 2 * 7 * 3 * 5
    # Two directions, four gates of 8 units that read 6 numbers and 8 of their own, 10 steps.
    assert operations_of_node("LSTM", [[10, 1, 6], [2, 32, 6], [2, 32, 8]], [[10, 2, 1, 8]]) == 2 * 10 * 2 * 32 * 14
    assert operations_of_node("Add", [[10], [10]], [[10]]) == 0


def test_a_graph_that_runs_is_counted_and_one_outside_of_the_block_is_not() -> None:
    pytest.importorskip("onnx")
    from avatron.evaluation.face.cost.graph import RandomGraph

    graph = RandomGraph()
    data = graph.to_bytes({"value": [1, "T", 6]}, [graph.linear("value", 6, 4)])
    assert graph.parameters == parameters_of(data) == 6 * 4 + 4
    value = np.ones((1, 9, 6), np.float32)
    outside = open_session(data)
    with counted() as found:
        inside = open_session(data)
        inside.run(None, {"value": value})
        outside.run(None, {"value": value})
    assert found.total == 2 * 9 * 6 * 4 and found.by_kind == {"MatMul": found.total}
    assert found.parameters == graph.parameters
    with counted() as nothing:
        pass
    assert nothing.total == 0


def test_a_speech_driven_pipeline_of_any_size_gives_thirty_frames_a_second() -> None:
    pytest.importorskip("onnx")
    from avatron.evaluation.face.cost.speech_driven import decoder_graph, encoder_graph

    encoder, parameters = encoder_graph(layers=1, width=48, channels=8)
    decoder, _ = decoder_graph(memory_width=48, mesh=9)
    assert parameters == parameters_of(encoder)
    noise = np.random.default_rng(0).normal(0, 0.1, 22050).astype(np.float32)
    (memory,) = open_session(encoder).run(None, {"audio": np.zeros((1, 160_000), np.float32)})
    assert abs(memory.shape[1] - 300) <= 1, "its layers run at the mesh's rate, as published"
    mesh = SpeechDriven(encoder, decoder).animate(Audio(noise, 22050))
    assert mesh.shape == (30, 9) and np.isfinite(mesh).all()
    assert np.ptp(mesh, axis=0).max() > 0, "it hears something"


def encoder_parameters(channels: int, width: int, layers: int, groups: int) -> int:
    """Of wav2vec 2.0, by hand: convolutions, projection, positions, layers with their norms."""
    inner = 4 * width
    convolutions = channels * 10 + channels * channels * (4 * 3 + 2 * 2) + 2 * channels
    projection = 2 * channels + channels * width + width
    positions = width * (width // groups) * 128 + 2 * width
    layer = 4 * (width * width + width) + 2 * (2 * width) + width * inner + inner + inner * width + width
    return convolutions + projection + positions + layers * layer


def test_the_encoder_for_timing_is_built_as_wav2vec2_base_is() -> None:
    """The release has 94,371,712 parameters: 1,664 more, which are the mask, and bias and length of the positions."""
    pytest.importorskip("onnx")
    from avatron.evaluation.face.cost.speech_driven import encoder_graph

    assert encoder_graph(layers=2, width=96, channels=8)[1] == encoder_parameters(8, 96, 2, groups=2)
    assert encoder_parameters(512, 768, 12, groups=16) == 94_371_712 - 1_664


def test_attention_to_an_hour_of_sound_at_once_fits_no_machine() -> None:
    assert attention_bytes(1) == 4 * 12 * 900
    assert attention_bytes(3600) > 2**39


@pytest.mark.parametrize("seconds", [0.0, 0.5, 3601.0, float("nan")])
def test_lengths_out_of_range_are_refused(seconds: float) -> None:
    with pytest.raises(InvalidValueError, match="outside 1"):
        CostPlan("viseme", seconds, "lj")


def test_unknown_animators_are_refused_before_any_work() -> None:
    with pytest.raises(UnreadableFileError, match="nobody"):
        measure_cost({"nobody": "nobody"}, [1.0], "lj")
    with pytest.raises(InvalidValueError, match="no length"):
        measure_cost({"viseme": "viseme"}, [], "lj")


def test_hours_of_speech_are_not_heard_and_the_ratio_is_taken_where_both_were_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def measured(plan: CostPlan) -> dict[str, object]:
        motion = 1.5 if plan.pipeline in (SPEECH_DRIVEN, AT_ONCE) else 0.001 * plan.seconds
        factors = {"motion_real_time_factor": motion, "pipeline_real_time_factor": motion + 0.5}
        return {"seconds": plan.seconds, "peak_mib": 100.0, **factors}

    pipeline = "avatron.evaluation.face.cost.pipeline"
    monkeypatch.setattr(f"{pipeline}.ProcessPoolExecutor", lambda workers, context: ThreadPoolExecutor(workers))
    monkeypatch.setattr(f"{pipeline}.run_plan", measured)
    monkeypatch.setattr(f"{pipeline}.write_real_size", lambda folder: None)
    monkeypatch.setattr(f"{pipeline}._size", lambda *_: {})
    found = measure_cost({"viseme": "viseme"}, [3600.0, 60.0, 1.0], "lj")
    assert [one["seconds"] for one in found["rows"]["viseme"]["lengths"]] == [1, 60, 3600]
    assert "more than 60 s" in found["rows"][SPEECH_DRIVEN]["lengths"][-1]["not_measured"]
    assert found["times_faster"]["viseme"] == {
        "seconds": 60.0,
        "pipeline_real_time_factor": pytest.approx(2 / 0.56, abs=0.01),
        "motion_real_time_factor": pytest.approx(25),
    }


def test_what_could_not_be_measured_says_why_in_the_table() -> None:
    length = {"seconds": 1.0, "motion_real_time_factor": 0.001, "pipeline_real_time_factor": 0.02, "peak_mib": 300.0}
    rows = cost_rows(
        {
            "rows": {
                "viseme": {"parameters": 0, "operations_per_s": 0, "lengths": [length]},
                "other": {"not_measured": "no onnx", "lengths": [{"seconds": 1.0, "not_measured": "needs 12 GiB"}]},
            }
        }
    )
    assert rows[1] == ("viseme", "0.00 M", "0.000", "0.0010  0.0200  300")
    assert rows[2] == ("other", "", "", "needs 12 GiB")


def test_a_pipeline_is_timed_stage_by_stage_and_as_long_as_it_was_asked_to_be(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    from avatron.evaluation.face.cost.speech_driven import decoder_graph, encoder_graph

    (tmp_path / "encoder.onnx").write_bytes(encoder_graph(layers=1, width=48, channels=8)[0])
    (tmp_path / "decoder.onnx").write_bytes(decoder_graph(memory_width=48, mesh=9)[0])
    for plan in (
        CostPlan("viseme", 1.0, "lj"),
        CostPlan(SPEECH_DRIVEN, 1.0, "lj", graphs=tmp_path),
        CostPlan(AT_ONCE, 1.0, "lj", at_once=True, graphs=tmp_path),
    ):
        found = run_plan(plan)
        assert found["speech_s"] >= 1
        stages = found["stage_seconds"]
        assert min(stages.values()) > 0, plan
        assert found["pipeline_real_time_factor"] == pytest.approx(sum(stages.values()) / found["speech_s"], rel=0.01)
        assert found["wall_s"] > 0.5 * sum(stages.values())
        assert found["peak_mib"] is None or found["peak_mib"] > 50


def test_goals_are_judged_by_their_own_direction_and_references_have_none() -> None:
    length = {"seconds": 1.0, "motion_real_time_factor": 0.004, "pipeline_real_time_factor": 0.02, "peak_mib": None}
    oracle = {"closure": {"mean": 0.97}, "silence_mm": {"mean": 0.4}, "lve_mm": {"mean": 1.0}}
    result = {
        "rows": [
            {"name": "truth", "reference": True, "conditions": {"oracle": oracle}},
            {"name": "mine", "reference": False, "conditions": {"oracle": oracle}},
        ],
        "cost": {
            "rows": {"mine": {"parameters": 2_000_000, "lengths": [length]}},
            "times_faster": {"mine": {"pipeline_real_time_factor": 25.0, "motion_real_time_factor": 90.0}},
        },
    }
    found = goals_met(result)
    assert list(found) == ["mine"]
    assert {key: one["met"] for key, one in found["mine"].items()} == {
        "closure": True,
        "silence_mm": False,
        "parameters": True,
        "motion_real_time_factor": False,
        "pipeline_real_time_factor": True,
        "times_faster": True,
    }
    assert goal_rows(found)[1][:3] == ("mine", "0.97 yes", "0.4 no")
    assert "lengths" not in goals_met({"rows": result["rows"]})["mine"]


def test_only_what_takes_time_is_timed() -> None:
    assert timed_sources(["viseme", "again=viseme,viseme"]) == {"viseme": "viseme", "again": "viseme"}
    assert timed_sources(["theirs=/nowhere"]) == {}
