"""The dropdown choices of the preview workbook: from meaning to words in the book's language, and back."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final, get_args

from crmbook.base import describe
from crmbook.exchange.intake.model import Decision
from crmbook.exchange.mapping.model import Policy, Split, ValueAction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmbook.exchange.mapping.model import ColumnRule, ValueRule
    from crmbook.schema import Book

    Target = tuple[str, str]

NOT_TAKEN: Final[tuple[str, str]] = ("", "")
_SPECIAL: Final[tuple[ValueAction, ...]] = ("add", "blank", "keep")


class Words:
    """The words of one preview.

    Parameters
    ----------
    tables
        The tables that the list feeds, the main one first.
    """

    def __init__(self, book: Book, tables: Sequence[str]) -> None:
        self._book = book
        self._tables = tables

    def say(self, code: str, **params: object) -> str:
        """Return the words of a message of the preview."""
        return describe(f"preview.{code}", self._book.lang, params)

    @cached_property
    def targets(self) -> Mapping[str, Target]:
        """What a column may become: words → (table, field); an own column has no field, one not taken no table."""
        found: dict[str, Target] = {}
        for name in self._tables:
            table = self._book.tables[name]
            typed = [field for field in table.fields.values() if field.typed]
            for title, field in [*((one.title, one.name) for one in typed), (self.say("own"), "")]:
                label = (
                    title if name == self._tables[0] else self.say("in-table", table=table.title, field=title)
                )
                found.setdefault(label, (name, field))
        return {self.say("not-taken"): NOT_TAKEN, **found}

    def target(self, rule: ColumnRule) -> str:
        """Return the words for what a column becomes."""
        wanted = (rule.table, rule.field)
        return next(
            (words for words, target in self.targets.items() if target == wanted), self.say("not-taken")
        )

    @cached_property
    def splits(self) -> Mapping[str, Split]:
        """How cells may be taken apart."""
        return {self.say(f"split-{split or 'none'}"): split for split in get_args(Split)}

    @cached_property
    def policies(self) -> Mapping[str, Policy]:
        """What may become of a cell that is filled already."""
        return {self.say(f"policy-{policy}"): policy for policy in get_args(Policy)}

    @cached_property
    def decisions(self) -> Mapping[str, Decision]:
        """What a person may say of a row."""
        return {self.say(f"action-{decision}"): decision for decision in get_args(Decision)}

    @cached_property
    def specials(self) -> Mapping[str, ValueAction]:
        """What else may become of a text than an entry."""
        return {self.say(action): action for action in _SPECIAL}

    def value(self, rule: ValueRule) -> str:
        """Return the words for what a text becomes."""
        return rule.entry if rule.action == "use" else self.say(rule.action)

    def field(self, rule: ValueRule) -> str:
        """Return the words for the field of a value rule."""
        title = self._book.tables[rule.table].fields[rule.field].title
        table = self._book.tables[rule.table].title
        return title if rule.table == self._tables[0] else self.say("in-table", table=table, field=title)
