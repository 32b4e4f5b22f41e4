"""A request to stop is heard once, and whatever it comes out as, the run ends as interrupted."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

import pytest

from avatron.cli import interrupts, run
from avatron.cli.interrupts import Interrupts
from avatron.cli.report import Progress

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals")


@pytest.fixture(autouse=True)
def _handlers_as_before() -> object:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    for number in before:
        # Whoever runs the tests in the background hands down that interrupts are ignored.
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def ask(number: int) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_request_is_raised_and_the_next_ones_are_not(number: int) -> None:
    with Interrupts() as heard:
        with pytest.raises(KeyboardInterrupt):
            ask(number)
        for again in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            ask(again)
    assert heard.came
    ask(number)


def test_whoever_asks_again_later_is_heard_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupts, "GRACE_S", 0.0)
    with Interrupts():
        for _ in range(3):
            with pytest.raises(KeyboardInterrupt):
                ask(signal.SIGINT)


def test_what_was_ignored_stays_ignored_and_handlers_come_back() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    before = signal.getsignal(signal.SIGINT)
    with Interrupts() as heard:
        ask(signal.SIGHUP)
    assert not heard.came
    assert signal.getsignal(signal.SIGINT) == before


def test_an_interrupt_that_a_library_turns_into_another_error_is_an_interrupt(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def verb(arguments: object) -> int:
        try:
            ask(signal.SIGINT)
        except KeyboardInterrupt:
            raise ImportError("initialization failed") from None
        return 0

    monkeypatch.setattr(run, "_run_verb", verb)
    assert run.run([]) == 130
    assert capsys.readouterr().err == "avatron: interrupted; nothing was left behind\n"


def test_an_interrupt_that_a_library_swallowed_stops_the_next_step() -> None:
    progress = Progress("speaking", quiet=True)
    with Interrupts():
        progress(0.1)
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            progress(0.2)
    progress(0.3)
