"""Tokens to nodes, by precedence climbing.

Excel's precedence, from loose to tight: comparison; ``&``; ``+ -``; ``* /``; ``^``; ``%``; sign. All operators
between two operands group to the left (also ``^``), and a sign binds tighter than ``^``: ``-2^2`` is 4.
"""

from __future__ import annotations

import math

from crmbook.formula.errors import FormulaSyntaxError
from crmbook.formula.lexer import Sort, Token, tokenize
from crmbook.formula.nodes import (
    PRECEDENCE,
    Array,
    Binary,
    Boolean,
    Call,
    ErrorLiteral,
    Missing,
    Node,
    Number,
    Percent,
    Text,
    Unary,
)
from crmbook.formula.references import parse_reference
from crmbook.formula.values import CellError

MAX_TEXT = 255
MAX_DEPTH = 64


def parse(text: str) -> Node:
    """Return the tree of a formula text such as ``=IF([@a]>0,"x",1%)``.

    Raises
    ------
    FormulaSyntaxError
        If the text is no formula of this language; ``offset`` says where.
    """
    parser = _Parser(tokenize(text))
    node = parser.expression(1)
    parser.finish()
    return node


class _Parser:
    """A cursor over the tokens of one formula."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.index = 0
        self.depth = 0

    @property
    def current(self) -> Token:
        return self.tokens[self.index]

    def advance(self) -> Token:
        token = self.current
        self.index += 1
        return token

    def finish(self) -> None:
        token = self.current
        if token.sort is Sort.END:
            return
        if token.sort is Sort.COMMA:
            raise FormulaSyntaxError("formula.stray-comma", token.offset)
        if token.sort is Sort.SEMICOLON:
            raise FormulaSyntaxError("formula.semicolon", token.offset, suggestion=",")
        raise FormulaSyntaxError("formula.missing-operator", token.offset, word=token.text)

    def expression(self, lowest: int) -> Node:
        left = self.prefixed()
        while self.current.sort is Sort.INFIX:
            operator = self.current
            precedence = PRECEDENCE.get(operator.text)
            if precedence is None:
                code = "formula.stray-comma" if operator.text == "," else "formula.range-operator"
                raise FormulaSyntaxError(code, operator.offset)
            if precedence < lowest:
                break
            self.advance()
            left = Binary(left.offset, operator.text, left, self.expression(precedence + 1))
        return left

    def prefixed(self) -> Node:
        token = self.current
        if token.sort is Sort.PREFIX:
            self.advance()
            return self.percents(Unary(token.offset, token.text, self.signed()))
        return self.percents(self.operand())

    def signed(self) -> Node:
        token = self.current
        if token.sort is Sort.PREFIX:
            self.advance()
            return Unary(token.offset, token.text, self.signed())
        return self.operand()

    def percents(self, node: Node) -> Node:
        while self.current.sort is Sort.POSTFIX:
            self.advance()
            node = Percent(node.offset, node)
        return node

    def operand(self) -> Node:
        token = self.advance()
        match token.sort:
            case Sort.NUMBER:
                return _number(token)
            case Sort.TEXT:
                return _text(token)
            case Sort.BOOLEAN:
                return Boolean(token.offset, token.text.upper() == "TRUE")
            case Sort.ERROR:
                return ErrorLiteral(token.offset, CellError(token.text.upper()))
            case Sort.REFERENCE:
                return parse_reference(token)
            case Sort.CALL:
                return self.call(token)
            case Sort.OPEN:
                return self.parenthesis(token)
            case Sort.ARRAY_OPEN:
                return self.array(token)
        raise FormulaSyntaxError("formula.missing-operand", token.offset, word=token.text)

    def deeper(self, token: Token) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise FormulaSyntaxError("formula.too-deep", token.offset, limit=MAX_DEPTH)

    def parenthesis(self, token: Token) -> Node:
        self.deeper(token)
        node = self.expression(1)
        self.close(")")
        self.depth -= 1
        return node

    def close(self, wanted: str) -> None:
        token = self.advance()
        if token.sort is Sort.SEMICOLON:
            raise FormulaSyntaxError("formula.semicolon", token.offset, suggestion=",")
        if token.sort is Sort.COMMA:
            raise FormulaSyntaxError("formula.stray-comma", token.offset)
        if token.text != wanted:
            raise FormulaSyntaxError("formula.missing-operator", token.offset, word=token.text)

    def call(self, token: Token) -> Node:
        self.deeper(token)
        arguments: list[Node] = []
        if self.current.sort is Sort.CLOSE:
            self.advance()
        else:
            arguments.append(self.argument())
            while self.current.sort is Sort.COMMA:
                self.advance()
                arguments.append(self.argument())
            self.close(")")
        self.depth -= 1
        return Call(token.offset, token.text[:-1].strip().upper(), tuple(arguments))

    def argument(self) -> Node:
        if self.current.sort in (Sort.COMMA, Sort.CLOSE):
            return Missing(self.current.offset)
        return self.expression(1)

    def array(self, token: Token) -> Node:
        rows: list[tuple[Node, ...]] = []
        row = [self.constant()]
        while self.current.sort in (Sort.COMMA, Sort.SEMICOLON):
            if self.advance().sort is Sort.SEMICOLON:
                rows.append(tuple(row))
                row = []
            row.append(self.constant())
        rows.append(tuple(row))
        self.close("}")
        if len({len(row) for row in rows}) > 1:
            raise FormulaSyntaxError("formula.ragged-array", token.offset)
        return Array(token.offset, tuple(rows))

    def constant(self) -> Node:
        token = self.current
        negative = token.sort is Sort.PREFIX or (token.sort is Sort.INFIX and token.text in "+-")
        if negative:
            self.advance()
            node = self.operand()
            if isinstance(node, Number):
                return Number(token.offset, -node.value if token.text == "-" else node.value)
        elif token.sort in (Sort.NUMBER, Sort.TEXT, Sort.BOOLEAN, Sort.ERROR):
            return self.operand()
        raise FormulaSyntaxError("formula.array-not-constant", token.offset, word=token.text)


def _number(token: Token) -> Node:
    try:
        value = float(token.text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or "_" in token.text or not token.text.isascii():
        raise FormulaSyntaxError("formula.malformed-number", token.offset, word=token.text)
    return Number(token.offset, value)


def _text(token: Token) -> Node:
    value = token.text[1:-1].replace('""', '"')
    if len(value) > MAX_TEXT:
        raise FormulaSyntaxError("formula.long-text", token.offset, limit=MAX_TEXT, length=len(value))
    return Text(token.offset, value)
