from __future__ import annotations

import inspect

import pytest

from avatron import errors

CLASSES = [value for _, value in inspect.getmembers(errors, inspect.isclass) if value.__module__ == "avatron.errors"]


@pytest.mark.parametrize("error", CLASSES, ids=lambda error: error.__name__)
def test_every_error_stands_in_the_tree_of_the_docstring_and_under_the_root(error: type) -> None:
    assert issubclass(error, errors.AvatronError)
    assert error.__name__ in (errors.__doc__ or "")
    assert error.__name__ in errors.__all__


def test_a_wrong_request_exits_with_2_and_a_failure_with_1() -> None:
    for error in CLASSES:
        assert error.exit_code == (2 if issubclass(error, errors.UsageError) else 1)


def test_an_unknown_name_lists_the_known_ones_in_order() -> None:
    message = str(errors.UnknownNameError("voice", "bob", ["pm", "lj"]))
    assert message == "unknown voice `bob`; known: lj, pm"
