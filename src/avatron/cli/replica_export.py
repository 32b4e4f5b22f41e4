"""`avatron replica export`: a replica as files of other programs."""

from __future__ import annotations

import argparse
from pathlib import Path

from avatron.cli.report import print_json
from avatron.pipeline.export_replica import export_replica
from avatron.replica.store import load_replica

__all__ = ["run"]


def run(parsed: argparse.Namespace) -> int:
    """The verb."""
    replica = load_replica(parsed.name).allowed_for(parsed.use)
    paths = export_replica(replica, [Path(path) for path in parsed.output], overwrite=parsed.overwrite)
    if parsed.json:
        print_json(
            {"outputs": [str(path) for path in paths], "bytes": {str(path): path.stat().st_size for path in paths}}
        )
        return 0
    for path in paths:
        print(path)
    return 0
