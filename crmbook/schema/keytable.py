"""The tables of all keys of the schema language, made from its models: type, default, where ``null`` may be.

``python -m crmbook.schema.keytable`` renews them in the manuals, between two marks; a test holds the manuals to the models.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import AfterValidator
from pydantic_core import PydanticUndefined

from crmbook.schema.model import (
    ImportsFile,
    ListsFile,
    LocaleFile,
    Model,
    PagesFile,
    RulesFile,
    TableSpec,
    TemplateSpec,
)
from crmbook.schema.model.described import descriptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.base import Language

PAGES: Final[dict[Language, str]] = {"en": "docs/schema.md", "zh": "docs/schema.zh.md"}
"""The manual in each language, from the folder of the project."""
BEGIN, END = "<!-- keys: python -m crmbook.schema.keytable -->\n", "<!-- end of keys -->\n"
_LIMITS: Final = {"ge": "from", "gt": "above", "le": "to"}
_DAYS: Final = (date, datetime)
_MANY: Final = 4
"""Of so many plain types a value may be any: it has one word for them."""
_FILES: Final = (TableSpec, ListsFile, RulesFile, ImportsFile, LocaleFile, TemplateSpec, PagesFile)
_KINDS: Final = {
    "_machine_name": {"zh": "机器名", "en": "machine name"},
    "_identifier": {"zh": "机器名（可含连字符）", "en": "machine name, hyphens too"},
    "_formula_text": {"zh": "公式", "en": "formula"},
    "_words": {"zh": "文字", "en": "text"},
    "_pattern": {"zh": "正则表达式", "en": "regular expression"},
    "_region": {"zh": "国家或地区代码", "en": "country code"},
    "_zone": {"zh": "时区名", "en": "time zone"},
    "_currency": {"zh": "货币符号", "en": "currency sign"},
    "_colour": {"zh": "`'#RRGGBB'`", "en": "`'#RRGGBB'`"},
    "_number_format": {"zh": "数字格式", "en": "number format"},
    "_field_type": {"zh": "字段类型", "en": "field type"},
    "_rows_rule": {"zh": "行的来源", "en": "where rows come from"},
    "_field_of_a_table": {"zh": "`表.字段`", "en": "`table.field`"},
    "str": {"zh": "文字", "en": "text"},
    "bool": {"zh": "`true`/`false`", "en": "`true`/`false`"},
    "int": {"zh": "整数", "en": "integer"},
    "float": {"zh": "数", "en": "number"},
    "date": {"zh": "日期", "en": "date"},
    "datetime": {"zh": "时间", "en": "moment"},
    "Any": {"zh": "所改之物的写法", "en": "as what it changes"},
    "Label": {"zh": "`{zh, en}`", "en": "`{zh, en}`"},
    "NumberFormats": {"zh": "`{zh, en}`", "en": "`{zh, en}`"},
}
"""What a kind of value is called: of a validator, a type, a model that is only words."""
_SAID: Final[dict[str, dict[Language, str]]] = {
    "head": {
        "zh": "| 键 | 类型 | 默认 | 可写 `null` |\n|---|---|---|---|\n",
        "en": "| key | type | default | `null` | meaning |\n|---|---|---|---|---|\n",
    },
    "list": {"zh": "列表：{}", "en": "list of {}"},
    "mapping": {"zh": "{} → {}", "en": "mapping of {} to {}"},
    "or": {"zh": " 或 ", "en": " or "},
    "value": {"zh": "值", "en": "value"},
    "required": {"zh": "必填", "en": "required"},
    "nothing": {"zh": "–", "en": "–"},
    "anywhere": {"zh": "均可", "en": "anywhere"},
    "change": {"zh": "修改时", "en": "in a change"},
    "never": {"zh": "不可", "en": "never"},
    "from": {"zh": "{}（≥ {}）", "en": "{} from {}"},
    "above": {"zh": "{}（> {}）", "en": "{} above {}"},
    "to": {"zh": "{}（≤ {}）", "en": "{} up to {}"},
}


def render_keys(lang: Language) -> str:
    """Return the tables of all models, each under its name."""
    return "\n".join(f"#### {_name(model)}\n\n{_table(model, lang)}" for model in iter_models())


def iter_models() -> Iterator[type[Model]]:
    """Yield every model that a file may hold, each before those that are in it."""
    known: dict[type[Model], None] = {}
    waiting: list[type[Model]] = [*reversed(_FILES)]
    while waiting:
        model = waiting.pop()
        if model in known or model.__name__ in _KINDS:
            continue
        known[model] = None
        inner = [one for hint in _hints(model).values() for one in _models_in(hint)]
        waiting += [*reversed(inner)]
    yield from known


def null_in(model: type[Model], key: str) -> Literal["anywhere", "change", "never"]:
    """Return where ``null`` may stand for a key.

    ``anywhere`` says what leaving the key out says. ``change``: in a change of something shipped or extended, where it takes back what
    was there; in a definition a value is wanted. ``never``: nothing can go without the key.
    """
    field = model.model_fields[key]
    if field.is_required():
        return "never"
    return "anywhere" if type(None) in typing.get_args(_bare(_hints(model)[key])) else "change"


def renewed(text: str, lang: Language) -> str:
    """Return a manual with the tables as they are now.

    Raises
    ------
    ValueError
        If it has no place for them.
    """
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(BEGIN)
    return f"{head}{BEGIN}\n{render_keys(lang)}\n{END}{tail}"


def _table(model: type[Model], lang: Language) -> str:
    return _SAID["head"][lang] + "".join(_row(model, name, lang) for name in model.model_fields)


def _row(model: type[Model], name: str, lang: Language) -> str:
    field = model.model_fields[name]
    cells = [
        f"`{field.alias or name}`",
        _kind(_hints(model)[name], lang),
        _default(model, name, lang),
        _SAID[null_in(model, name)][lang],
    ]
    cells += [descriptions(model).get(name, "")] if lang == "en" else []
    return "".join(f"| {_escaped(cell)} " for cell in cells) + "|\n"


def _default(model: type[Model], name: str, lang: Language) -> str:
    field = model.model_fields[name]
    if field.is_required():
        return _SAID["required"][lang]
    value = field.default
    if value is PydanticUndefined or value is None or value == () or isinstance(value, Model):
        return _SAID["nothing"][lang]
    return f"`{str(value).lower()}`" if isinstance(value, bool) else f"`{value}`"


def _kind(hint: Any, lang: Language) -> str:
    """Return what a value may be, in words."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return _annotated(inner, lang)
    if origin is Literal:
        return ", ".join(f"`{one}`" for one in inner)
    if origin in {typing.Union, types.UnionType}:
        plain = {str, bool, int, float} & {*inner}
        rest = [one for one in inner if len(plain) < _MANY or one not in {*plain, *_DAYS}]
        kinds = dict.fromkeys(_kind(one, lang) for one in rest if one is not type(None))
        kinds = kinds if len(plain) < _MANY else {_SAID["value"][lang]: None} | kinds
        return _SAID["or"][lang].join(kinds)
    if origin is tuple:
        return _SAID["list"][lang].format(_kind(inner[0], lang))
    if origin is Mapping:
        return _SAID["mapping"][lang].format(*(_kind(one, lang) for one in inner))
    name = getattr(hint, "__name__", "Any")
    if name in _KINDS:
        return _KINDS[name][lang]
    return f"[{_name(hint)}](#{_name(hint).lower().replace(' ', '-')})"


def _annotated(parts: tuple[Any, ...], lang: Language) -> str:
    kind, *marks = parts
    checks = [one.func.__name__ for one in marks if isinstance(one, AfterValidator)]
    params = _KINDS[checks[0]][lang] if checks else _kind(kind, lang)
    for limit in [one for mark in marks for one in getattr(mark, "metadata", ())]:
        for name, said in _LIMITS.items():
            if hasattr(limit, name):
                params = _SAID[said][lang].format(params, getattr(limit, name))
    return params


def _hints(model: type[Model]) -> dict[str, Any]:
    return typing.get_type_hints(model, include_extras=True)


def _bare(hint: Any) -> Any:
    return typing.get_args(hint)[0] if typing.get_origin(hint) is typing.Annotated else hint


def _models_in(hint: Any) -> Iterator[type[Model]]:
    if isinstance(hint, type) and issubclass(hint, Model):
        yield hint
    for part in typing.get_args(hint):
        yield from _models_in(part)


def _name(model: type[Model]) -> str:
    """Return what a model is called: of ``AddedSheetSpec`` ``Added sheet``."""
    bare = model.__name__.removesuffix("Spec")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", bare).capitalize()


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> None:
    """Renew the manuals in the folder of the project."""
    for lang in PAGES:
        path = Path(PAGES[lang])
        if path.exists():
            path.write_text(renewed(path.read_text(encoding="utf-8"), lang), encoding="utf-8")


if __name__ == "__main__":
    main()
