"""What measured times depend on."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

from avatron.native.cpu import instruction_set

__all__ = ["machine"]


def machine() -> dict[str, Any]:
    """Processor, instruction set of the kernels, cores, load, Python and system of this machine."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    return {
        "processor": model,
        "instruction_set": instruction_set(),
        "cores": os.cpu_count(),
        "load_average": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "system": platform.system(),
    }
