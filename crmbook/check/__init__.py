"""Snapshot → canonical values and issues: structure, values, keys, references, rules.

`check_cells` judges what was typed; `check_rules` judges rows by the schema's rules once computed fields are at
hand. Findings are returned as issues, never raised.
"""

from crmbook.check.checked import Checked
from crmbook.check.domains import Domains
from crmbook.check.known import Former, Known, no_former
from crmbook.check.part import Part
from crmbook.check.references import Directory
from crmbook.check.repeated import once_each
from crmbook.check.workbook import check_cells, check_rules, resolve_pending, sorted_issues

__all__ = [
    "Checked",
    "Directory",
    "Domains",
    "Former",
    "Known",
    "Part",
    "check_cells",
    "check_rules",
    "no_former",
    "once_each",
    "resolve_pending",
    "sorted_issues",
]
