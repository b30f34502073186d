"""From one schema to the next: what changed, and everything that was filled in under the old one carried over.

`describe_schema` keeps a schema as data, `plan` compares it with a newer book, `migrate_state` carries the store's
frames over, `migrate_workbook` a filled workbook: in place, people's own columns and formats kept.
"""

from crmbook.migrate.describe import describe_schema, find_schema
from crmbook.migrate.plan import Kind, Migration, SchemaChange, plan
from crmbook.migrate.roles import shown_schema
from crmbook.migrate.state import add_rows, migrate_state
from crmbook.migrate.upgrade import (
    changed_tables,
    plan_upgrade,
    put_back,
    restore_workbook,
    upgrade_image,
    upgrade_state,
    upgrade_workbook,
)
from crmbook.migrate.workbook import apply_migration, migrate_workbook

__all__ = [
    "Kind",
    "Migration",
    "SchemaChange",
    "add_rows",
    "apply_migration",
    "changed_tables",
    "describe_schema",
    "find_schema",
    "migrate_state",
    "migrate_workbook",
    "plan",
    "plan_upgrade",
    "put_back",
    "restore_workbook",
    "shown_schema",
    "upgrade_image",
    "upgrade_state",
    "upgrade_workbook",
]
