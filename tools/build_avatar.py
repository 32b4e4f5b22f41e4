"""Builds a preset avatar from raw parts: `python tools/build_avatar.py NAME --data DATA --out FOLDER`.

DATA holds `head/ict_facekit.npz` and `avatar_parts/`; the head model must have been built before. The same data gives
the same folder, byte for byte, on one machine and one set of library versions. Takes about two minutes on two cores.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from avatar.build import build_avatar, rebuild_garments, rebuild_hair
from avatar.people import PEOPLE


def main() -> None:
    """Reads the command line and builds."""
    parser = argparse.ArgumentParser(description="build a preset avatar from raw parts")
    parser.add_argument("name", choices=sorted(PEOPLE), help="whom to build")
    parser.add_argument("--data", type=Path, required=True, help="folder with head/ and avatar_parts/")
    parser.add_argument("--out", type=Path, required=True, help="folder to write; replaced if it is there")
    parser.add_argument("--only", choices=["hair", "garments"], help="make only this anew in OUT: seconds")
    arguments = parser.parse_args()
    if arguments.only == "hair":
        rebuild_hair(arguments.out, PEOPLE[arguments.name])
    elif arguments.only == "garments":
        rebuild_garments(arguments.out, PEOPLE[arguments.name])
    else:
        build_avatar(arguments.data, arguments.out, PEOPLE[arguments.name])


if __name__ == "__main__":
    main()
