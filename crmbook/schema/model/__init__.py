"""What the YAML files may hold, as closed, immutable models with words in both languages.

These are the *specifications*, as written. `crmbook.schema.book` holds what the rest of crmbook works with:
one language, overrides applied, formulas bound.
"""

from crmbook.schema.model.base import Label, Model
from crmbook.schema.model.field import FieldSpec, HighlightSpec
from crmbook.schema.model.imports import ImportsFile, ImportsSpec, StatusSpec, TableImportSpec
from crmbook.schema.model.lists import (
    BandSpec,
    BandsSpec,
    ListsFile,
    ListSpec,
    ParameterSpec,
    RulesFile,
    ValueSpec,
)
from crmbook.schema.model.locale import LocaleFile, LocaleSpec
from crmbook.schema.model.pages import (
    AdviceSpec,
    BlockSpec,
    CellSpec,
    ChartSpec,
    OffersSpec,
    PagesFile,
    PageSpec,
    TextSpec,
)
from crmbook.schema.model.table import AdvanceSpec, CheckSpec, DoneSpec, ReminderSpec, TableSpec
from crmbook.schema.model.template import (
    AddedSheetSpec,
    RoleSheetSpec,
    RoleSpec,
    SheetSpec,
    TemplateSpec,
    ThemeSpec,
)

__all__ = [
    "AddedSheetSpec",
    "AdvanceSpec",
    "AdviceSpec",
    "BandSpec",
    "BandsSpec",
    "BlockSpec",
    "CellSpec",
    "ChartSpec",
    "CheckSpec",
    "DoneSpec",
    "FieldSpec",
    "HighlightSpec",
    "ImportsFile",
    "ImportsSpec",
    "Label",
    "ListSpec",
    "ListsFile",
    "LocaleFile",
    "LocaleSpec",
    "Model",
    "OffersSpec",
    "PageSpec",
    "PagesFile",
    "ParameterSpec",
    "ReminderSpec",
    "RoleSheetSpec",
    "RoleSpec",
    "RulesFile",
    "SheetSpec",
    "StatusSpec",
    "TableImportSpec",
    "TableSpec",
    "TemplateSpec",
    "TextSpec",
    "ThemeSpec",
    "ValueSpec",
]
