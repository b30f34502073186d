"""One thing that people must know of: an open conflict, a held workbook, one that cannot be synced, a list to look at.

It is open as long as its cause lasts. Its facts are plain data in people's words (titles, names, values as the cells show
them), because a message may go out when the workbook has long been closed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

FAILURE: Final = "failure/"
"""What the key of a failure begins with; the file's path follows."""
PREVIEW: Final = "preview/"
"""What the key of a preview that waits for an answer begins with; its path follows."""
DAY: Final = "day/"
"""What the key of a day's reminders begins with; the book and the person in charge follow."""
Kind = Literal["conflict", "held", "preview", "day", "failure", "trial"]


@dataclass(frozen=True, slots=True)
class Notification:
    """One thing to report.

    Attributes
    ----------
    key
        What it is about: no two open ones have the same.
    mark
        Which of those: another mark under the same key is news.
    owner, holder
        Who looks after the customer, and whose workbook it is; empty where nobody knows.
    facts
        What a message says, as JSON data.
    """

    kind: Kind
    key: str
    mark: str
    owner: str = ""
    holder: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
