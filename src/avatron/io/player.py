"""Sound on the default device, through whatever program the machine has for it: nothing is installed for that."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from avatron.errors import MissingComponentError, OutputError

__all__ = ["PLAYERS", "Player"]

_LONGEST_S = 600
"""A program that is still not done by then hangs."""


def _powershell(path: str) -> list[str]:
    # Within single quotes of PowerShell, only a single quote is special.
    quoted = path.replace("'", "''")
    return ["-NoProfile", "-Command", f"(New-Object System.Media.SoundPlayer '{quoted}').PlaySync()"]


PLAYERS: dict[str, Callable[[str], list[str]]] = {
    "ffplay": lambda path: ["-nodisp", "-autoexit", "-loglevel", "error", path],
    "paplay": lambda path: [path],
    "pw-play": lambda path: [path],
    "aplay": lambda path: ["-q", path],
    "afplay": lambda path: [path],
    "powershell": _powershell,
}
"""Programs that play a wav file and end with it, in the order in which they are tried, and their arguments."""


class Player:
    """The programs of `PLAYERS` that are here; the first that plays is the one that is used from then on."""

    def __init__(self, instead: str) -> None:
        """Look for them; `instead` says in errors what to do without sound.

        Raises:
            MissingComponentError: there is none.
        """
        self._instead = instead
        self._found = {name: place for name in PLAYERS if (place := shutil.which(name)) is not None}
        if not self._found:
            raise MissingComponentError(
                f"no program that plays sound is here; looked for {', '.join(PLAYERS)}: "
                f"install one of them, or {instead}"
            )

    def play(self, path: Path) -> str:
        """Play a wav file to its end; gives the name of the program. An interrupt ends the program, too.

        Raises:
            OutputError: none of them can play, for want of a sound device, say.
        """
        said: dict[str, str] = {}
        for name, place in self._found.items():
            try:
                done = subprocess.run(
                    [place, *PLAYERS[name](str(path.resolve()))],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    timeout=_LONGEST_S,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                said[name] = f"not done after {_LONGEST_S} s"
                continue
            except OSError as error:
                said[name] = error.strerror or str(error)
                continue
            if done.returncode == 0:
                self._found = {name: place}
                return name
            lines = done.stderr.decode("utf-8", "replace").split("\n")
            said[name] = next((line.strip()[:120] for line in lines if line.strip()), f"exit code {done.returncode}")
        reasons = "; ".join(f"`{name}`: {reason}" for name, reason in said.items())
        raise OutputError(f"cannot play sound ({reasons}); check the sound device, or {self._instead}")
