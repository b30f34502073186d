"""The files with which a workspace of one's own begins: small, right, and known to the editor.

Each YAML file begins with the line by which editors with a YAML language server find its JSON Schema, which lies beside.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from crmbook.base import describe, make_folder, refuse_existing, write_atomically
from crmbook.schema.jsonschema import json_schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crmbook.base import Language
    from crmbook.schema.jsonschema import FileKind

_SCHEMAS: Final = "json-schema"
"""The folder in which the JSON Schemas lie."""
_FILES: Final = {
    "schemas/customers.yaml": """\
table: customers
fields:
  wechat:
    title: {zh: 微信号, en: WeChat}
    type: text
    personal: true
    after: email
""",
    "schemas/visits.yaml": """\
table: visits
title: {zh: 上门拜访, en: Visits}
help: {zh: 每次上门一行, en: One row for each visit}
key: visit_id
fields:
  visit_id: {title: {zh: 拜访ID, en: Visit ID}, type: id, format: 'yyyy-000'}
  customer_id: {title: {zh: 客户ID, en: Customer ID}, type: ref, to: customers, required: true}
  date: {title: {zh: 拜访日期, en: Date}, type: date, required: true, default: '=as_of'}
  purpose: {title: {zh: 目的, en: Purpose}, type: enum, list: purpose}
  visits: {title: {zh: 累计拜访, en: Visits so far}, type: integer,
           formula: '=COUNTIFS(visits[customer_id],[@customer_id],visits[date],"<="&[@date])'}
lists:
  purpose:
    title: {zh: 拜访目的, en: Purpose of a visit}
    values:
      first: {zh: 初访, en: First visit}
      offer: {zh: 报价, en: Offer}
      care: {zh: 回访, en: Care}
""",
    "templates/mine.yaml": """\
template: mine
title: {zh: 我的客户簿, en: My customers}
extends: standard
theme: {accent: '#1F4E79'}
""",
}
"""What is in the files, by their names."""


def write_skeleton(folder: Path, lang: Language) -> tuple[Path, ...]:
    """Write a workspace to begin with; return its files.

    Raises
    ------
    CrmbookError
        ``file.exists`` if one of them is there already, and nothing is written; as the writing of files does.
    """
    texts = {folder / name: text for name, text in _iter_texts(lang)}
    for path in texts:
        refuse_existing(path)
    for path, text in texts.items():
        make_folder(path.parent)
        write_atomically(path, text.encode("utf-8"))
    return tuple(texts)


def _iter_texts(lang: Language) -> Iterator[tuple[str, str]]:
    for name, body in _FILES.items():
        kind = name.partition("/")[0]
        remark = describe(f"schema.skeleton-{name.rpartition('/')[2].removesuffix('.yaml')}", lang, {})
        yield name, f"# yaml-language-server: $schema=../{_SCHEMAS}/{kind}.json\n# {remark}\n{body}"
    folders: tuple[FileKind, ...] = ("schemas", "templates")
    for kind in folders:
        yield f"{_SCHEMAS}/{kind}.json", json.dumps(json_schema(kind), ensure_ascii=False, indent=1) + "\n"
