"""What answers mean: who is left out and why, what is found where it was put in, and which files are refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from avatron.errors import InputError, InvalidValueError, NewerFormatError, UnknownNameError, UnreadableFileError
from avatron.evaluation.listening.answers import read_answers
from avatron.evaluation.listening.key import EARLY_SOUND, ListeningKey, Stimulus
from avatron.evaluation.listening.score import ScoreOptions, holm, score_test
from avatron.evaluation.listening.table import pair_rows, system_rows

SYSTEMS = ("recorded", "new", "old", EARLY_SOUND)
SENTENCES = tuple(f"s{number}" for number in range(6))


@pytest.fixture
def key() -> ListeningKey:
    stimuli = [Stimulus(f"{system[0]}-{name}", system, name, None) for name in SENTENCES for system in SYSTEMS]
    stimuli += [Stimulus("check-0", None, None, 2), Stimulus("check-1", None, None, 5)]
    plan = tuple(range(len(stimuli)))
    return ListeningKey("abc", "mos", "A test", SYSTEMS, SENTENCES, "recorded", tuple(stimuli), (plan,), (0, 2, 1), 0)


def document(key: ListeningKey, listener: int, **changes: Any) -> dict[str, Any]:
    """Answers of somebody who listens; `new` is half a point better than `old`."""
    generator = np.random.default_rng(listener)
    true = {"recorded": 4.6, "new": 4.1, "old": 3.5, EARLY_SOUND: 1.6}
    answers = []
    for stimulus in key.stimuli:
        rating = stimulus.expected or int(np.clip(np.round(generator.normal(true[stimulus.system or ""], 0.6)), 1, 5))
        answers.append({"film": stimulus.id, "rating": rating})
    return {
        "format": "avatron-listening-answers", "format_version": 1, "test": key.test, "session": f"session {listener}",
        "listener": listener, "answers": answers, "headphones": [0, 2, 1], "listens_with": "headphones", "comment": "",
        **changes,
    }  # fmt: skip


def write(folder: Path, *documents: dict[str, Any]) -> list[Path]:
    paths = [folder / f"{number:02}.json" for number in range(len(documents))]
    for path, one in zip(paths, documents, strict=True):
        path.write_text(json.dumps(one))
    return paths


def rated(one: dict[str, Any], film: str, rating: int) -> dict[str, Any]:
    rows = [{**row, "rating": rating} if row["film"].startswith(film) else row for row in one["answers"]]
    return {**one, "answers": rows}


def test_means_intervals_and_tests_are_those_of_listeners(key: ListeningKey, tmp_path: Path) -> None:
    write(tmp_path, *(document(key, listener) for listener in range(12)))
    answers = read_answers([tmp_path], key)
    result = score_test(key, answers)
    assert result["listeners"] == 12 and not result["left_out"] and result["passed_headphone_test"] == 12
    systems = {system["system"]: system for system in result["systems"]}
    own = {
        system: [np.mean([one.ratings[f"{system[0]}-{name}"] for name in SENTENCES]) for one in answers]
        for system in SYSTEMS
    }
    for system, values in own.items():
        found = systems[system]
        assert found["mean"] == pytest.approx(np.mean(values))
        assert found["t_interval"] == pytest.approx(stats.t.interval(0.95, 11, np.mean(values), stats.sem(values)))
        low, high = found["bootstrap_interval"]
        assert low < found["mean"] < high
        assert sum(found["counts"].values()) == found["ratings"] == 72
    pairs = {(pair["first"], pair["second"]): pair for pair in result["pairs"]}
    # The low anchor is compared with nobody.
    assert set(pairs) == {("recorded", "new"), ("recorded", "old"), ("new", "old")}
    pair = pairs["new", "old"]
    assert pair["difference"] == pytest.approx(np.mean(own["new"]) - np.mean(own["old"]))
    assert pair["p_value"] < 0.01 and pair["exact"] and pair["rank_biserial"] > 0.8
    assert pair["p_value"] <= pair["p_value_holm"] <= 3 * pair["p_value"]
    json.dumps(result, allow_nan=False)


def test_tables_name_every_system_best_first_and_every_pair(key: ListeningKey, tmp_path: Path) -> None:
    answers = read_answers(write(tmp_path, *(document(key, listener) for listener in range(5))), key)
    result = score_test(key, answers)
    assert [row[0] for row in system_rows(result)[1:]] == ["recorded (reference)", "new", "old", EARLY_SOUND]
    assert {row[0] for row in pair_rows(result)[1:]} == {"recorded - new", "recorded - old", "new - old"}
    one = score_test(key, answers, ScoreOptions(against="old"))
    assert [(pair["first"], pair["second"]) for pair in one["pairs"]] == [("old", "recorded"), ("old", "new")]
    with pytest.raises(UnknownNameError, match="new"):
        score_test(key, answers, ScoreOptions(against="nobody"))


def test_equal_systems_are_not_told_apart(key: ListeningKey, tmp_path: Path) -> None:
    same = [rated(rated(document(key, listener), "n-", 4), "o-", 4) for listener in range(8)]
    result = score_test(key, read_answers(write(tmp_path, *same), key), ScoreOptions(against="new"))
    pair = next(pair for pair in result["pairs"] if pair["second"] == "old")
    assert (pair["difference"], pair["p_value"], pair["equal"]) == (0.0, 1.0, 8)


def test_who_fails_a_check_is_left_out_and_told(key: ListeningKey, tmp_path: Path) -> None:
    wrong = rated(document(key, 1), "check-0", 4)
    answers = read_answers(write(tmp_path, document(key, 0), wrong, document(key, 2)), key)
    result = score_test(key, answers)
    assert result["listeners"] == 2
    assert [one["path"] for one in result["left_out"]] == [str(tmp_path / "01.json")]
    assert "failed 1 of 2 checks (4 where 2 was asked for)" in result["left_out"][0]["reason"]
    assert score_test(key, answers, ScoreOptions(missed_checks=1))["listeners"] == 3
    assert score_test(key, answers, ScoreOptions(keep_all=True))["listeners"] == 3


def test_who_prefers_early_sound_to_the_reference_is_left_out(key: ListeningKey, tmp_path: Path) -> None:
    turned = rated(rated(document(key, 0), "e-", 5), "r-", 2)
    answers = read_answers(write(tmp_path, turned, document(key, 1)), key)
    assert "early sound (5.00) above the reference (2.00)" in score_test(key, answers)["left_out"][0]["reason"]


def test_two_ratings_of_the_anchor_leave_nobody_out(key: ListeningKey, tmp_path: Path) -> None:
    few = replace(key, plans=(tuple(place for place, s in enumerate(key.stimuli) if s.sentence in ("s0", "s1", None)),))
    turned = rated(rated(document(few, 0), "e-", 5), "r-", 2)
    seen = {few.stimuli[place].id for place in few.plans[0]}
    turned["answers"] = [row for row in turned["answers"] if row["film"] in seen]
    assert score_test(few, read_answers(write(tmp_path, turned), few))["listeners"] == 1


def test_who_stopped_is_left_out_whatever_is_asked(key: ListeningKey, tmp_path: Path) -> None:
    stopped = document(key, 0)
    stopped["answers"] = stopped["answers"][:7]
    answers = read_answers(write(tmp_path, stopped, document(key, 1)), key)
    result = score_test(key, answers, ScoreOptions(keep_all=True))
    assert result["left_out"][0]["reason"] == "they stopped after 7 of 26 films"


def test_headphones_can_be_required(key: ListeningKey, tmp_path: Path) -> None:
    files = write(tmp_path, document(key, 0, headphones=[0, 1, 1]), document(key, 1), document(key, 2, headphones=[]))
    result = score_test(key, read_answers(files, key), ScoreOptions(headphones=True))
    assert result["listeners"] == 1 and len(result["left_out"]) == 2


def test_nobody_left_is_an_error_with_a_reason(key: ListeningKey, tmp_path: Path) -> None:
    answers = read_answers(write(tmp_path, rated(document(key, 0), "check", 3)), key)
    with pytest.raises(InvalidValueError, match=r"nobody is left of 1 listeners.*failed 2 of 2 checks"):
        score_test(key, answers)
    with pytest.raises(InvalidValueError, match="0 or more"):
        score_test(key, answers, ScoreOptions(missed_checks=-1))


def test_a_single_listener_has_means_without_intervals(key: ListeningKey, tmp_path: Path) -> None:
    result = score_test(key, read_answers(write(tmp_path, document(key, 0)), key))
    assert all(system["t_interval"] is None for system in result["systems"])
    assert "one listener" in system_rows(result)[1]


def test_answers_of_another_test_are_refused(key: ListeningKey, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"00\.json.*`xyz`, expected `abc`"):
        read_answers(write(tmp_path, document(key, 0, test="xyz")), key)


def test_the_same_listener_twice_is_refused(key: ListeningKey, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"01\.json.*00\.json.*one listener"):
        read_answers(write(tmp_path, document(key, 0), document(key, 0)), key)


@pytest.mark.parametrize(
    "changes",
    [
        {"session": ""},
        {"session": 7},
        {"listener": "four"},
        {"listener": -1},
        {"listener": True},
        {"answers": None},
        {"answers": [3]},
        {"answers": [{"film": "nothing", "rating": 3}]},
        {"answers": [{"film": "r-s0", "rating": 6}]},
        {"answers": [{"film": "r-s0", "rating": "5"}]},
        {"answers": [{"film": "r-s0", "rating": 4.0}]},
        {"answers": [{"film": "r-s0", "rating": 3}, {"film": "r-s0", "rating": 4}]},
        {"headphones": "yes"},
    ],
    ids=str,
)
def test_damaged_answers_are_refused_by_name(key: ListeningKey, tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(UnreadableFileError, match=r"00\.json` are damaged"):
        read_answers(write(tmp_path, document(key, 0) | changes), key)


def test_files_that_are_no_answers_are_refused(key: ListeningKey, tmp_path: Path) -> None:
    whole = json.dumps(document(key, 0))
    for text, message in ((whole[: len(whole) // 2], "damaged"), ("[]", "no answers"), ("\x00\xff", "damaged")):
        (tmp_path / "a.json").write_bytes(text.encode("latin-1"))
        with pytest.raises(UnreadableFileError, match=message):
            read_answers([tmp_path / "a.json"], key)
    with pytest.raises(NewerFormatError, match="format version 2"):
        read_answers(write(tmp_path, document(key, 0, format_version=2)), key)
    with pytest.raises(UnreadableFileError, match="no such file"):
        read_answers([tmp_path / "missing.json"], key)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnreadableFileError, match="no json file"):
        read_answers([tmp_path / "empty"], key)


def test_corrected_p_values_never_fall_and_never_pass_one() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []
