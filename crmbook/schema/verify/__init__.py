"""What must hold beyond the shape of the files: names that exist, titles an office program accepts, sane rules.

Each module looks at one kind of thing and yields problems; formulas are judged by `crmbook.schema.binding`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.schema.verify.fields import iter_field_problems
from crmbook.schema.verify.imports import iter_import_problems
from crmbook.schema.verify.lists import iter_list_problems, iter_rule_problems
from crmbook.schema.verify.pages import iter_page_problems
from crmbook.schema.verify.sheets import iter_sheet_problems
from crmbook.schema.verify.tables import iter_table_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.schema.draft import Draft
    from crmbook.schema.problem import Problem

__all__ = ["iter_draft_problems"]


def iter_draft_problems(draft: Draft) -> Iterator[Problem]:
    """Yield everything that is wrong with a draft, formulas aside."""
    yield from iter_list_problems(draft)
    yield from iter_rule_problems(draft)
    for name, table in draft.tables.items():
        yield from iter_table_problems(draft, name, table)
        yield from iter_field_problems(draft, name, table)
    yield from iter_page_problems(draft)
    yield from iter_sheet_problems(draft)
    yield from iter_import_problems(draft)
