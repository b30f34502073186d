"""Where the schemas and templates that come with crmbook lie.

In an installed wheel they are inside the package (``crmbook/schemas``), in a source checkout beside it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import crmbook

Kind = Literal["schemas", "templates", "examples"]


def shipped(kind: Kind) -> Path:
    """Return the folder of the shipped files of `kind`.

    Raises
    ------
    FileNotFoundError
        If the installation lacks the folder.
    """
    package = Path(crmbook.__file__).parent
    for folder in (package / kind, package.parent / kind):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(package / kind)
