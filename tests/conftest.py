"""What all tests share."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["reference.replica_fixtures"]
"""A replica takes seconds to build: all tests share one."""

REQUIRE_TORCH = "AVATRON_REQUIRE_TORCH"
"""Set where torch is installed on purpose: a test that is skipped for want of it is then a failure."""

_TORCH = re.compile(r"(?<![\w./-])torch(?![\w/-])")
"""The package, and no folder of that name on the way to a file."""

_skipped_for_torch: list[str] = []


@pytest.fixture(scope="session", autouse=True)
def _own_signing_key(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Outputs of tests are signed with a key of their own; the user's is neither made nor used."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        patch.delenv("AVATRON_SIGNING_KEY", raising=False)
        yield


# A busy machine is no failure: properties are tested, not speed.
settings.register_profile("avatron", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("avatron")


def _note_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.skipped and _TORCH.search(str(report.longrepr)):
        _skipped_for_torch.append(report.nodeid)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _note_skip(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    _note_skip(report)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if os.environ.get(REQUIRE_TORCH) and _skipped_for_torch:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if os.environ.get(REQUIRE_TORCH) and _skipped_for_torch:
        terminalreporter.section("skipped for want of torch, which must be here")
        for name in _skipped_for_torch:
            terminalreporter.line(name)
