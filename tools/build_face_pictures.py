"""Draws faces with known landmarks: `python tools/build_face_pictures.py --out FOLDER --people 200`.

One NumPy file for each person; those that are there are kept, so that it goes on where it was stopped. A person takes
about a second and four megabytes.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from faces.pictures import FacePictureMaker


def main() -> None:
    """Reads the command line and draws."""
    parser = argparse.ArgumentParser(description="draw faces with known landmarks")
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    parser.add_argument("--people", type=int, default=200, help="how many people")
    parser.add_argument("--first", type=int, default=0, help="number of the first one; those from 9000 on are to test")
    parser.add_argument("--frames", type=int, default=60, help="pictures of each")
    parser.add_argument("--plain-paint", action="store_true", help="no brows and lips that are shifted over the bones")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    maker = FacePictureMaker(plain_paint=arguments.plain_paint)
    for number in range(arguments.first, arguments.first + arguments.people):
        path = arguments.out / f"{number:05d}.npz"
        if not path.exists():
            maker.draw(number, arguments.frames).write(path)
            print(f"person {number}: {arguments.frames} pictures", file=sys.stderr)


if __name__ == "__main__":
    main()
