"""What a benchmark ran on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version

_PEERS = ("daff", "numpy", "openpyxl", "pandas", "python-calamine", "rustpy-xlsxwriter", "xlsxwriter")


def machine() -> str:
    """Return what the figures were taken on."""
    cores = len(os.sched_getaffinity(0))
    return (
        f"Machine: {cores} cores, {platform.machine()}, {platform.system()}; "
        f"{platform.python_implementation()} {platform.python_version()}; {', '.join(_versions())}. "
        f"Load average over the last quarter of an hour, ours included: {os.getloadavg()[2]:.1f}."
    )


def _versions() -> list[str]:
    found = []
    for name in _PEERS:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} missing")
    return found
