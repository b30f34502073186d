"""What reading a source raises; a finding in single cells is an `Issue` of its `Source` instead."""

from __future__ import annotations

from crmbook.base import CrmbookError


class SourceError(CrmbookError):
    """The file, or the sheet asked for, cannot be read as a list; nothing of it was taken."""
