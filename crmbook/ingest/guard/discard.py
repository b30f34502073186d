"""Taking back what a plan found, and nothing else that the workbook brought."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crmbook.merge import Aligned, blanks, blend, joined, tabled, unequal
from crmbook.schema import LISTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmbook.ingest.guard.plan import Finding, Plan
    from crmbook.merge import Items, Mask

    Tables = Mapping[str, pd.DataFrame]


def discard(plan: Plan, image: Tables, file: Tables) -> dict[str, pd.DataFrame]:
    """Return the file's frames with the plan's changes taken back: rows and values are those of the image again.

    New rows, and edits of other columns, stay. The frames handed in stay as they are.
    """
    tables = dict(file)
    for finding in plan.findings:
        name = finding.table
        if finding.code == "breaker.sheet-missing":
            tables[name] = image[name]
        elif name == LISTS or not finding.label:
            tables[name] = _with_rows(tables[name], _lost(finding, image[name]))
        elif finding.label in image[name].columns:
            tables[name] = _with_column(tables[name], image[name], finding)
    return tables


def _lost(finding: Finding, image: pd.DataFrame) -> pd.DataFrame:
    """Return the image's rows that the finding may speak of: all, or those of one dropdown list."""
    return image[image["list"] == finding.label] if finding.label else image


def _with_rows(frame: pd.DataFrame, image: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with the image's rows that it lacks below its own."""
    rows = image.index[~Aligned(frame, image.index).present]
    upper, lower = Aligned(frame, frame.index), Aligned(image, rows)
    columns = {
        label: joined(upper.cells(label), lower.cells(label, upper.cells(label))) for label in frame.columns
    }
    return tabled(columns, pd.Index([*frame.index, *rows], dtype=object))


def _with_column(frame: pd.DataFrame, image: pd.DataFrame, finding: Finding) -> pd.DataFrame:
    """Return a frame whose column holds the image's values again where the finding speaks of them."""
    before = Aligned(image, frame.index)
    old = before.cells(finding.label)
    if finding.label not in frame.columns:
        now: Items = blanks(len(frame), old)
    else:
        now = Aligned(frame, frame.index).cells(finding.label)
    where = before.present & _concerned(finding.code, old, now)
    cells = blend(where, old, now)
    return frame.assign(**{finding.label: pd.Series(cells, index=frame.index, dtype=cells.dtype)})


def _concerned(code: str, old: Items, now: Items) -> Mask:
    """Return which cells a finding of that code is about."""
    unlike = unequal(old, now)
    if code in {"breaker.column-blanked", "breaker.column-changed"}:
        return unlike & ~pd.isna(old)
    if code == "breaker.column-pasted":
        return unlike & pd.isna(old)
    return unlike
