"""Watch a folder: sync what people save, refresh the rest in batches and by the clock, tell who must know."""

from crmbook.watch.needs import Need, exit_code, list_needs
from crmbook.watch.overview import Condition, Overview, Seen, look_over
from crmbook.watch.service import install
from crmbook.watch.setup import Setup
from crmbook.watch.times import Times, parse_at, parse_every
from crmbook.watch.watcher import Watcher

__all__ = [
    "Condition",
    "Need",
    "Overview",
    "Seen",
    "Setup",
    "Times",
    "Watcher",
    "exit_code",
    "install",
    "list_needs",
    "look_over",
    "parse_at",
    "parse_every",
]
