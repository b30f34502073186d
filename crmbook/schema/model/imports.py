"""Words that lists from elsewhere use (``schemas/imports.yaml``): their headers, their values, their words for nothing.

They count when a list is imported, and only then: a column that a team added to its own workbook keeps its name
whatever other programs call theirs, and the words do not belong to what shapes a workbook.
"""

from collections.abc import Mapping

from pydantic import Field

from crmbook.schema.model.base import MachineName, Model


class StatusSpec(Model):
    """What the status of a row says about taking it."""

    headers: tuple[str, ...]
    """Headers of the column that holds the status"""
    without: tuple[str, ...] = ()
    """Statuses of rows that are left out: an order that was closed or not paid"""
    negative: tuple[str, ...] = ()
    """Statuses of rows whose amounts are negative: a refund"""
    closed: tuple[str, ...] = ()
    """Statuses of those left out that an order in the book may still come to: closed, cancelled"""
    undone: tuple[str, ...] = ()
    """Those of them that an order itself bears: paid and paid back, it comes to nothing where it is there once"""


class TableImportSpec(Model):
    """How lists from elsewhere call a table and its fields."""

    titles: tuple[str, ...] = ()
    """Words in the title of a sheet or the name of a file"""
    headers: Mapping[MachineName, tuple[str, ...]] = Field(default_factory=dict)
    """Headers by field, beside its title and aliases; the likelier first"""
    external: tuple[str, ...] = ()
    """Headers of what identifies a row in the program that a list comes from"""
    further: MachineName | None = None
    """Field that takes remarks from another column"""
    address: MachineName | None = None
    """Field with the whole address"""
    given: tuple[str, ...] = ()
    """Headers of given names, where a list has them apart"""
    family: tuple[str, ...] = ()
    """Headers of family names, where a list has them apart"""
    beside: tuple[MachineName, ...] = ()
    """Fields that lists of other tables carry besides: the buyer in a list of orders"""
    people: tuple[MachineName, ...] = ()
    """Fields with people's names, in which blanks mean nothing"""
    status: StatusSpec | None = None
    """What the status of a row says about taking it"""


class ImportsSpec(Model):
    """The words of all tables and lists."""

    nothing: tuple[str, ...] = ()
    """Words that say a cell is blank"""
    surnames: str = ""
    """Signs with which Chinese names begin, for lists without headers"""
    salutations: tuple[str, ...] = ()
    """Words behind a person's name that say how it is addressed; which gender they say is under the lists"""
    posts: tuple[str, ...] = ()
    """Words behind a person's name that say what the person is in a company"""
    prefixes: tuple[str, ...] = ()
    """Words before a header that change nothing"""
    row_numbers: tuple[str, ...] = ()
    """Headers of columns that only count the rows"""
    tables: Mapping[MachineName, TableImportSpec] = Field(default_factory=dict)
    """By table"""
    lists: Mapping[MachineName, Mapping[MachineName, tuple[str, ...]]] = Field(default_factory=dict)
    """Other words for the values of lists"""


class ImportsFile(Model):
    """The file of all import words."""

    imports: ImportsSpec
    """Words that lists from elsewhere use"""
