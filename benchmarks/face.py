"""Keep a result of `avatron bench face` in the repository, without its values clip by clip.

avatron bench face --data grid --folder CLIPS --labels benchmarks/labels/grid_closures.json -o face.json
python benchmarks/face.py face.json
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from record import RESULTS


def _short(value: Any) -> Any:
    if isinstance(value, list):
        return [_short(one) for one in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("result", type=Path, help="JSON of `avatron bench face -o`")
    arguments = parser.parse_args()
    result = json.loads(arguments.result.read_text(encoding="utf-8"))
    result.pop("clips", None)
    for row in result["rows"]:
        # Folders by their names: where they lay is nobody's business.
        row["about"] = ", ".join(part.rpartition("/")[2] for part in row["about"].split(", "))
        for measures in row["conditions"].values():
            for key, one in measures.items():
                # Unit, direction and source stand under `measures`.
                measures[key] = {
                    name: _short(one[name]) for name in ("count", "mean", "low", "high", "seeds") if name in one
                }
    path = RESULTS / f"face-{result['data']}.json"
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({"written": str(path)}))


if __name__ == "__main__":
    main()
