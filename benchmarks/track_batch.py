"""The summary of a batch of tracks as a result: `avatron track --batch CLIPS -o TRACKS`, then this.

python benchmarks/track_batch.py TRACKS --name track_grid
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from record import write_result


def main() -> None:
    """Write `results/NAME.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tracks", type=Path, help="folder of the batch")
    parser.add_argument("--name", default="track_batch", help="of the result")
    given = parser.parse_args()
    summary = json.loads((given.tracks / "summary.json").read_text("utf-8"))
    # The machine and the time are those of the batch; the commit is this one's.
    print(write_result(given.name, summary))


if __name__ == "__main__":
    main()
