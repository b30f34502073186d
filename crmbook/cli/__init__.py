"""The command line: one thin file per command — parse, call, render, exit.

Exit codes: 0 done and clean · 1 done, with problems to look at · 2 could not run, nothing changed ·
3 held for confirmation · 4 busy, try again.
"""

from crmbook.cli.app import app, main

__all__ = ["app", "main"]
