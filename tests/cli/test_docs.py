"""The pages and the command line agree: every command of a page is one, and every option is on its page."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from avatron.cli.parser import build_parser

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


def commands(page: Path) -> list[list[str]]:
    """The arguments of every `avatron ...` in the page's indented blocks."""
    found = []
    for line in page.read_text("utf-8").splitlines():
        if line.startswith("    ") and (match := re.search(r"(?:^ {4}|[|&] )avatron (.*)", line)):
            arguments = shlex.split(match[1], comments=True)
            ends = [index for index, argument in enumerate(arguments) if argument in ("|", "&&", ">")]
            found.append(arguments[: ends[0]] if ends else arguments)
    return [arguments for arguments in found if arguments[0] != "VERB"]


def test_the_pages_show_commands() -> None:
    assert sum(len(commands(page)) for page in PAGES) > 25


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_a_page_is_understood(page: Path) -> None:
    for arguments in commands(page):
        try:
            build_parser().parse_args(arguments)
        except SystemExit:
            pytest.fail(f"{page.name}: avatron {shlex.join(arguments)}")


def verbs(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every verb and sub-verb."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, verb in action.choices.items():
                yield name, verb
                yield from verbs(verb)


def test_every_verb_and_every_option_is_on_the_page_of_the_command_line() -> None:
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    found = dict(verbs(build_parser()))
    options = {option for verb in found.values() for action in verb._actions for option in action.option_strings}
    long = {option for option in options if option.startswith("--")} - {"--output", "--file"}
    assert [name for name in (*found, *sorted(long)) if name not in page] == []


def links(page: Path) -> list[str]:
    """The pages that a page links to."""
    return re.findall(r"\]\(([\w./-]+\.md)(?:#[\w-]*)?\)", page.read_text("utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    assert [link for link in links(page) if not (page.parent / link).exists()] == []
