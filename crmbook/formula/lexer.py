"""Formula text to tokens, each with its position in the text.

openpyxl's tokenizer knows the lexical rules of Excel, but neither keeps positions nor says where a text is broken.
So the text is first scanned here for what can be broken lexically (quotation marks, brackets, full-width
punctuation, error literals); what passes is tokenized by openpyxl, and the positions are found by laying the tokens
end to end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from crmbook.formula.errors import FormulaSyntaxError, nearest
from crmbook.formula.values import CellError

if TYPE_CHECKING:
    from openpyxl.formula import tokenizer

_FULL_WIDTH = {
    **dict(zip("，（）＝＞＜＋－＊／＆％＾；：！［］｛｝＠＂", ',()=><+-*/&%^;:![]{}@"', strict=True)),
    **dict.fromkeys("“”„‟「」『』", '"'),
    **dict.fromkeys("、，", ","),
    "≥": ">=",
    "≤": "<=",
    "≠": "<>",
    "×": "*",
    "÷": "/",
    "−": "-",
    "–": "-",
}
_CLOSING = {"(": ")", "{": "}"}
_ERROR_TEXTS = tuple(error.value for error in CellError)
_ERROR_LIKE = re.compile(r"#[A-Za-z0-9/]*[!?]?")
_SPACE = re.compile(r"\s+")
_POSITION = re.compile(r"position (\d+)")


class Sort(StrEnum):
    """What a token is."""

    NUMBER = "number"
    TEXT = "text"
    BOOLEAN = "boolean"
    ERROR = "error"
    REFERENCE = "reference"
    CALL = "call"
    OPEN = "open"
    CLOSE = "close"
    ARRAY_OPEN = "array open"
    ARRAY_CLOSE = "array close"
    COMMA = "comma"
    SEMICOLON = "semicolon"
    PREFIX = "prefix"
    INFIX = "infix"
    POSTFIX = "postfix"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a formula and the 0-based character it starts at."""

    sort: Sort
    text: str
    offset: int


_SORTS = {
    ("OPERAND", "NUMBER"): Sort.NUMBER,
    ("OPERAND", "TEXT"): Sort.TEXT,
    ("OPERAND", "LOGICAL"): Sort.BOOLEAN,
    ("OPERAND", "ERROR"): Sort.ERROR,
    ("OPERAND", "RANGE"): Sort.REFERENCE,
    ("FUNC", "OPEN"): Sort.CALL,
    ("FUNC", "CLOSE"): Sort.CLOSE,
    ("PAREN", "OPEN"): Sort.OPEN,
    ("PAREN", "CLOSE"): Sort.CLOSE,
    ("ARRAY", "OPEN"): Sort.ARRAY_OPEN,
    ("ARRAY", "CLOSE"): Sort.ARRAY_CLOSE,
    ("SEP", "ARG"): Sort.COMMA,
    ("SEP", "ROW"): Sort.SEMICOLON,
    ("OPERATOR-PREFIX", ""): Sort.PREFIX,
    ("OPERATOR-INFIX", ""): Sort.INFIX,
    ("OPERATOR-POSTFIX", ""): Sort.POSTFIX,
}


def tokenize(text: str) -> list[Token]:
    """Return the tokens of a formula, white space left out, closed by one of sort `Sort.END`.

    Raises
    ------
    FormulaSyntaxError
        If the text does not start with ``=``, or is lexically broken.
    """
    if not text.startswith("="):
        raise FormulaSyntaxError(
            "formula.no-equals", 0, suggestion=f"={text.strip()}" if text.strip() else ""
        )
    if not text[1:].strip():
        raise FormulaSyntaxError("formula.empty", 0)
    _Scan(text).run()
    tokens, offset = [], 1
    for item in _items(text):
        space = _SPACE.match(text, offset)
        offset = space.end() if space else offset
        if item.type == "WHITE-SPACE":
            continue
        tokens.append(Token(_SORTS[item.type, item.subtype], text[offset : offset + len(item.value)], offset))
        offset += len(item.value)
    return [*tokens, Token(Sort.END, "", len(text))]


def _items(text: str) -> list[tokenizer.Token]:
    from openpyxl.formula.tokenizer import Tokenizer, TokenizerError  # slow to import

    # openpyxl takes only blanks and line feeds for white space
    plain = "".join(" " if character in "\t\r\n\u3000\xa0" else character for character in text)
    try:
        return list(Tokenizer(plain).items)
    except TokenizerError as error:
        found = _POSITION.search(str(error))
        offset = int(found[1]) if found else 0
        raise FormulaSyntaxError(
            "formula.unexpected-character", offset, character=text[offset : offset + 1]
        ) from error


class _Scan:
    """One walk over the text that stops at the first lexical break."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.open: list[int] = []

    def run(self) -> None:
        position = 1
        while position < len(self.text):
            position = self._step(position, self.text[position])
        if self.open:
            start = self.open[-1]
            raise FormulaSyntaxError(
                "formula.unclosed-parenthesis", start, suggestion=_CLOSING[self.text[start]]
            )

    def _step(self, position: int, character: str) -> int:
        match character:
            case '"':
                return self._skip_string(position)
            case "[":
                return self._skip_brackets(position)
            case "]":
                raise FormulaSyntaxError("formula.unexpected-bracket", position)
            case "(" | "{":
                self.open.append(position)
            case ")" | "}":
                self._close(position, character)
            case "#":
                return self._skip_error(position)
            case "'":
                return self._quote(position)
            case _ if character in _FULL_WIDTH:
                plain = _FULL_WIDTH[character]
                raise FormulaSyntaxError(
                    "formula.full-width", position, suggestion=plain, character=character
                )
            case "~" | "`" | "?" | "|" | "\\":
                raise FormulaSyntaxError("formula.unexpected-character", position, character=character)
        return position + 1

    def _skip_string(self, start: int) -> int:
        position = start + 1
        while (position := self.text.find('"', position)) >= 0:
            if self.text[position + 1 : position + 2] != '"':
                return position + 1
            position += 2
        raise FormulaSyntaxError("formula.unclosed-string", start, suggestion='"')

    def _skip_brackets(self, start: int) -> int:
        depth, position = 0, start
        while position < len(self.text):
            if self.text[position] == "'":
                position += 1
            else:
                depth += {"[": 1, "]": -1}.get(self.text[position], 0)
            position += 1
            if depth == 0:
                return position
        raise FormulaSyntaxError("formula.unclosed-bracket", start, suggestion="]")

    def _close(self, position: int, character: str) -> None:
        if not self.open or _CLOSING[self.text[self.open[-1]]] != character:
            raise FormulaSyntaxError("formula.unexpected-close", position, character=character)
        self.open.pop()

    def _skip_error(self, position: int) -> int:
        for literal in _ERROR_TEXTS:
            if self.text.startswith(literal, position):
                return position + len(literal)
        match = _ERROR_LIKE.match(self.text, position)
        word = match[0] if match else "#"
        raise FormulaSyntaxError(
            "formula.unknown-error-value", position, suggestion=nearest(word, _ERROR_TEXTS), word=word
        )

    def _quote(self, position: int) -> int:
        end = self.text.find("'", position + 1)
        if end >= 0 and self.text[end + 1 : end + 2] == "!":
            raise FormulaSyntaxError("formula.cell-reference", position, reference=self.text[position:])
        raise FormulaSyntaxError("formula.single-quote", position, suggestion='"')
