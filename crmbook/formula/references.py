"""One operand of the sort "reference": structured reference or bare name.

Understood: ``[@field]``, ``[@[field]]``, ``table[@field]``, ``table[[#This Row],[field]]`` (the row's own
field); ``table[field]``, ``table[[field]]``, ``[field]`` (a whole column), ``table[[first]:[last]]`` (adjacent
columns); words, also dotted (``as_of``, ``list.value``). Inside brackets ``'`` escapes the next character.
Everything else that Excel would take (cells, sheets, headers, totals) is refused by name: a schema knows no cells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmbook.formula.errors import FormulaSyntaxError
from crmbook.formula.nodes import ColumnField, Name, Node, RowField

if TYPE_CHECKING:
    from crmbook.formula.lexer import Token

_CELL = re.compile(
    r"\$?[A-Za-z]{1,3}\$?\d{1,7}(:\$?[A-Za-z]{1,3}\$?\d{1,7})?|\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3}"
)
_WORD = re.compile(r"[^\W\d][\w.]*")
_NUMBER_LIKE = re.compile(r"[\d.]")
_THIS_ROW = "#this row"


@dataclass(frozen=True, slots=True)
class _Part:
    """One bracketed item of a structured reference, or what is between two (`separator`)."""

    text: str
    offset: int
    separator: bool = False


def parse_reference(token: Token) -> Node:
    """Return the node of a reference token.

    Raises
    ------
    FormulaSyntaxError
        If the reference is none of the forms above.
    """
    text = token.text
    if "!" in text:
        raise FormulaSyntaxError("formula.cell-reference", token.offset, reference=text)
    if text.startswith("@"):
        raise FormulaSyntaxError(
            "formula.at-sign", token.offset, suggestion=f"[{text}]" if _WORD.fullmatch(text[1:]) else ""
        )
    if "[" in text:
        return _structured(token)
    if _CELL.fullmatch(text):
        raise FormulaSyntaxError("formula.cell-reference", token.offset, reference=text)
    if _NUMBER_LIKE.match(text):
        raise FormulaSyntaxError("formula.malformed-number", token.offset, word=text)
    if ":" in text:
        raise FormulaSyntaxError("formula.range-operator", token.offset + text.index(":"))
    if not _WORD.fullmatch(text):
        raise FormulaSyntaxError("formula.unexpected-character", token.offset, character=text)
    return Name(token.offset, text)


def _structured(token: Token) -> Node:
    table, _, _ = token.text.partition("[")
    if table and not _WORD.fullmatch(table):
        raise FormulaSyntaxError("formula.unexpected-character", token.offset, character=table)
    start = len(table)
    end = _closing(token.text, start)
    if end != len(token.text) - 1:
        _refuse_rest(token, end + 1)
    body, offset = token.text[start + 1 : end], token.offset + start + 1
    if not body.strip():
        raise FormulaSyntaxError("formula.empty-brackets", token.offset + start)
    if body.startswith("@"):
        return _row_field(token, table, body[1:], offset + 1)
    if body.lstrip().startswith("["):
        return _items(token, table, body, offset)
    if body.startswith("#"):
        raise FormulaSyntaxError("formula.special-item", offset, item=body)
    return ColumnField(token.offset, table, _unescape(body), offset)


def _refuse_rest(token: Token, start: int) -> None:
    offset = token.offset + start
    if token.text[start] == ":":
        raise FormulaSyntaxError("formula.range-operator", offset)
    raise FormulaSyntaxError("formula.unexpected-character", offset, character=token.text[start:])


def _row_field(token: Token, table: str, body: str, offset: int) -> Node:
    if body.startswith("["):
        parts = _split(body, offset)
        if len(parts) > 1:
            raise FormulaSyntaxError("formula.row-span", offset)
        return RowField(token.offset, table, parts[0].text, parts[0].offset)
    if not body.strip():
        raise FormulaSyntaxError("formula.empty-brackets", offset - 1)
    return RowField(token.offset, table, _unescape(body), offset)


def _items(token: Token, table: str, body: str, offset: int) -> Node:
    parts = _split(body, offset)
    items = [part for part in parts if not part.separator]
    separators = [part.text for part in parts if part.separator]
    special = [part for part in items if part.text.startswith("#")]
    if special and special[0].text.lower() == _THIS_ROW and len(items) == 2 and separators == [","]:
        return RowField(token.offset, table, items[1].text, items[1].offset)
    if special:
        code = "formula.row-span" if special[0].text.lower() == _THIS_ROW else "formula.special-item"
        raise FormulaSyntaxError(code, special[0].offset, item=special[0].text)
    if len(items) == 1 and not separators:
        return ColumnField(token.offset, table, items[0].text, items[0].offset)
    if len(items) == 2 and separators == [":"]:
        return ColumnField(
            token.offset, table, items[0].text, items[0].offset, items[1].text, items[1].offset
        )
    raise FormulaSyntaxError("formula.malformed-reference", token.offset, reference=token.text)


def _split(body: str, offset: int) -> list[_Part]:
    """Split ``[a],[b]`` into its items and separators; `offset` is that of `body` in the formula."""
    parts: list[_Part] = []
    position = 0
    while position < len(body):
        if body[position] == "[":
            end = _closing(body, position)
            parts.append(_Part(_unescape(body[position + 1 : end]), offset + position + 1))
            position = end + 1
            continue
        if not body[position].isspace():
            parts.append(_Part(body[position], offset + position, separator=True))
        position += 1
    return parts


def _closing(text: str, start: int) -> int:
    """Return the index of the bracket that closes the one at `start` (the lexer has seen that it exists)."""
    depth, position = 0, start
    while True:
        if text[position] == "'":
            position += 1
        else:
            depth += {"[": 1, "]": -1}.get(text[position], 0)
        if depth == 0:
            return position
        position += 1


def _unescape(text: str) -> str:
    return re.sub(r"'(.)", r"\1", text.strip(), flags=re.DOTALL)
