"""What a book does without because of what it leaves out; `crmbook.schema.pruning` finds it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Pruned:
    """Something that a book does without, or has less of, because of what it leaves out.

    Attributes
    ----------
    code
        Which message says what became of it: ``pruned.table``, ``pruned.field``, ``pruned.typed`` (it is typed now),
        ``pruned.cell``, ``pruned.chart``, ``pruned.role``, ``pruned.rule``, ``pruned.reduced``; and of a table with the
        name of a shipped one, ``pruned.alone`` or ``pruned.merged``.
    name
        What it is, by machine names: ``followups[avg_days]``, ``card_likes``, ``customers: birthday``.
    missing
        What it refers to, by machine names: ``feedback[handled_on]``, ``tasks``.
    """

    code: str
    name: str
    missing: tuple[str, ...] = field(default=())
