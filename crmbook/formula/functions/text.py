"""Text: cutting, finding, replacing, joining, and numbers in a format."""

from __future__ import annotations

import numpy as np

from crmbook.formula.coerce import as_booleans, as_numbers, as_texts
from crmbook.formula.distinct import distinct
from crmbook.formula.functions.registry import excel
from crmbook.formula.joiner import LONGEST, Joiner
from crmbook.formula.number_format import format_number, format_text
from crmbook.formula.rowwise import by_row
from crmbook.formula.values import CellError
from crmbook.formula.vector import (
    Area,
    Tag,
    Vector,
    align,
    error_codes,
    fail_where,
    of_booleans,
    of_items,
    of_numbers,
    of_texts,
    overlay,
)
from crmbook.formula.wildcards import pattern

_ONE = of_numbers([1.0])


@excel("LEN", "text")
def len_(text: Vector) -> Vector:
    """Return the number of characters.

    >>> =LEN("客户ID")
    4
    >>> =LEN(12.5)
    4
    """
    texts = as_texts(text)
    return overlay(of_numbers([float(len(word)) for word in texts.words()]), error_codes(texts))


@excel("LEFT", "text num_chars?")
def left(text: Vector, count: Vector | None = None) -> Vector:
    """Return the first characters, one unless stated otherwise; ``#VALUE!`` for a negative number.

    >>> =LEFT("spreadsheet", 6)
    "spread"
    >>> =LEFT("abc")
    "a"
    >>> =LEFT("abc", -1)
    #VALUE!
    """
    return by_row(
        lambda word, size: word[:size] if size >= 0 else CellError.VALUE, *_text_and_count(text, count)
    )


@excel("RIGHT", "text num_chars?")
def right(text: Vector, count: Vector | None = None) -> Vector:
    """Return the last characters, one unless stated otherwise; ``#VALUE!`` for a negative number.

    >>> =RIGHT("13800138000", 4)
    "8000"
    """
    return by_row(_last, *_text_and_count(text, count))


def _last(word: str, size: int) -> object:
    if size < 0:
        return CellError.VALUE
    return word[max(len(word) - size, 0) :]


def _text_and_count(text: Vector, count: Vector | None) -> tuple[Vector, Vector]:
    return as_texts(text), as_numbers(_ONE if count is None else count)


@excel("MID", "text start_num num_chars")
def mid(text: Vector, start: Vector, count: Vector) -> Vector:
    """Return characters from the middle, counted from 1.

    >>> =MID("abcdef", 2, 3)
    "bcd"
    >>> =MID("abc", 0, 1)
    #VALUE!
    """
    return by_row(_middle, as_texts(text), as_numbers(start), as_numbers(count))


def _middle(word: str, start: int, size: int) -> object:
    return CellError.VALUE if start < 1 or size < 0 else word[start - 1 : start - 1 + size]


@excel("FIND", "find_text within_text start_num?")
def find(wanted: Vector, within: Vector, start: Vector | None = None) -> Vector:
    """Return the position of a text in another, with regard to case; ``#VALUE!`` if it is not there.

    >>> =FIND("a", "Banana")
    2
    >>> =FIND("b", "Banana")
    #VALUE!
    >>> =FIND("a", "Banana", 3)
    4
    """
    return by_row(_find, as_texts(wanted), as_texts(within), as_numbers(_ONE if start is None else start))


def _find(wanted: str, within: str, start: int) -> object:
    if start < 1 or start > len(within) + 1:
        return CellError.VALUE
    position = within.find(wanted, start - 1)
    return CellError.VALUE if position < 0 else position + 1


@excel("SEARCH", "find_text within_text start_num?")
def search(wanted: Vector, within: Vector, start: Vector | None = None) -> Vector:
    """Return the position of a text in another, regardless of case and with wildcards; ``#VALUE!`` if it is not there.

    >>> =SEARCH("b", "Banana")
    1
    >>> =SEARCH("n?n", "Banana")
    3
    >>> =SEARCH("~?", "why?")
    4
    """
    return by_row(_search, as_texts(wanted), as_texts(within), as_numbers(_ONE if start is None else start))


def _search(wanted: str, within: str, start: int) -> object:
    if start < 1 or start > len(within) + 1:
        return CellError.VALUE
    position = pattern(wanted).find(within, start - 1)
    return CellError.VALUE if position < 0 else position + 1


@excel("SUBSTITUTE", "text old_text new_text instance_num?")
def substitute(text: Vector, old: Vector, new: Vector, instance: Vector | None = None) -> Vector:
    """Put a new text in place of an old one, everywhere or at one occurrence; with regard to case.

    >>> =SUBSTITUTE("2023-01-05", "-", "/")
    "2023/01/05"
    >>> =SUBSTITUTE("a-b-c", "-", "+", 2)
    "a-b+c"
    """
    words = (as_texts(text), as_texts(old), as_texts(new))
    if instance is None:
        return by_row(lambda word, before, after: word.replace(before, after) if before else word, *words)
    return by_row(_replace_one, *words, as_numbers(instance))


def _replace_one(word: str, before: str, after: str, instance: int) -> object:
    if instance < 1:
        return CellError.VALUE
    position = -1
    for _ in range(instance if before else 0):
        position = word.find(before, position + 1 if position < 0 else position + len(before))
        if position < 0:
            return word
    return word[:position] + after + word[position + len(before) :] if before else word


@excel("TRIM", "text")
def trim(text: Vector) -> Vector:
    """Take blanks away at both ends, and leave one of several within.

    >>> =TRIM("  a   b ")
    "a b"
    """
    return by_row(lambda word: " ".join(part for part in word.split(" ") if part), as_texts(text))


@excel("UPPER", "text")
def upper(text: Vector) -> Vector:
    """Return the text in capitals.

    >>> =UPPER("vip")
    "VIP"
    """
    return by_row(str.upper, as_texts(text))


@excel("LOWER", "text")
def lower(text: Vector) -> Vector:
    """Return the text in small letters.

    >>> =LOWER("VIP")
    "vip"
    """
    return by_row(str.lower, as_texts(text))


@excel("PROPER", "text")
def proper(text: Vector) -> Vector:
    """Return the text with a capital at the beginning of each word, all other letters small.

    >>> =PROPER("john o'brien LTD")
    "John O'Brien Ltd"
    >>> =PROPER("2nd floor")
    "2Nd Floor"
    """
    return by_row(_proper, as_texts(text))


def _proper(word: str) -> str:
    before = f" {word}"
    return "".join(
        sign.lower() if last.isalpha() else sign.upper() for last, sign in zip(before, word, strict=False)
    )


@excel("REPLACE", "old_text start_num num_chars new_text")
def replace(text: Vector, start: Vector, count: Vector, new: Vector) -> Vector:
    """Put a new text in place of so many characters, counted from 1.

    >>> =REPLACE("13800138000", 4, 4, "****")
    "138****8000"
    >>> =REPLACE("abc", 0, 1, "x")
    #VALUE!
    """
    return by_row(_replace_part, as_texts(text), as_numbers(start), as_numbers(count), as_texts(new))


def _replace_part(word: str, start: int, size: int, new: str) -> object:
    if start < 1 or size < 0:
        return CellError.VALUE
    return word[: start - 1] + new + word[start - 1 + size :]


@excel("CHAR", "number")
def char(number: Vector) -> Vector:
    """Return the character of a code from 1 to 255; others are ``#VALUE!``. 10 breaks the line.

    Above 127 programs go by the code page of their system; here it is that of Western Europe (Windows-1252).

    >>> =CHAR(65)
    "A"
    >>> =CHAR(0)
    #VALUE!
    """
    return by_row(_char, as_numbers(number))


def _char(code: int) -> object:
    return bytes([code]).decode("cp1252", "replace") if 1 <= code <= 255 else CellError.VALUE


@excel("CODE", "text")
def code(text: Vector) -> Vector:
    """Return the code of the first character; ``#VALUE!`` for an empty text.

    Above 127 programs go by the code page of their system; here it is that of Western Europe (Windows-1252), and 63 for what
    it lacks, such as Chinese.

    >>> =CODE("Apple")
    65
    >>> =CODE("")
    #VALUE!
    """
    return by_row(
        lambda word: word[:1].encode("cp1252", "replace")[0] if word else CellError.VALUE, as_texts(text)
    )


@excel("EXACT", "text1 text2")
def exact(first: Vector, second: Vector) -> Vector:
    """Return whether two texts are the same, with regard to case.

    >>> =EXACT("a", "A")
    FALSE
    """
    one, other = as_texts(first), as_texts(second)
    return overlay(of_booleans(one.words() == other.words()), error_codes(one, other))


@excel("REPT", "text number_times")
def rept(text: Vector, times: Vector) -> Vector:
    """Return a text several times over; ``#VALUE!`` for a negative number or a result above 32,767 characters.

    >>> =REPT("★", 3)
    "★★★"
    """
    return by_row(_repeat, as_texts(text), as_numbers(times))


def _repeat(word: str, times: int) -> object:
    return CellError.VALUE if times < 0 or len(word) * times > LONGEST else word * times


@excel("VALUE", "text")
def value(text: Vector) -> Vector:
    """Return the number written in a text; ``#VALUE!`` if there is none, also for a logical value.

    >>> =VALUE("1,234.5")
    1234.5
    >>> =VALUE("12%")
    0.12
    >>> =VALUE("abc")
    #VALUE!
    """
    numbers = as_numbers(text)
    result = fail_where(of_numbers(numbers.numbers), text.tags == Tag.BOOLEAN, CellError.VALUE)
    return overlay(result, error_codes(numbers))


@excel("CONCAT", "text1*", repeat=1, future=True)
def concat(*texts: Vector | Area) -> Vector:
    """Return all texts one after the other, those of ranges too.

    >>> =CONCAT("a", 1, TRUE)
    "a1TRUE"
    >>> =CONCAT(fruit[name])
    "applepearApple"
    """
    return textjoin(of_texts([""]), of_booleans([False]), *texts)


@excel("CONCATENATE", "text1", repeat=1)
def concatenate(*texts: Vector) -> Vector:
    """Return all texts one after the other, as the operator ``&``.

    >>> =CONCATENATE("a", 1)
    "a1"
    """
    return concat(*texts)


@excel("TEXTJOIN", "delimiter ignore_empty text1*", repeat=1, future=True)
def textjoin(delimiter: Vector, ignore_empty: Vector, *texts: Vector | Area) -> Vector:
    """Return texts with a delimiter between them; empty ones are left out if asked.

    >>> =TEXTJOIN("、", TRUE, "a", "", "b")
    "a、b"
    >>> =TEXTJOIN("-", FALSE, "a", "", "b")
    "a--b"
    """
    mark, skip = as_texts(delimiter), as_booleans(ignore_empty)
    joiner = Joiner(mark, skip)
    for text in texts:
        cells = as_texts(text.flat() if isinstance(text, Area) else text)
        joiner.add_range(cells) if isinstance(text, Area) else joiner.add(cells)
    return joiner.result()


@excel("TEXT", "value format_text")
def text_(number: Vector, format_code: Vector) -> Vector:
    """Return a number in a format, as text.

    Digits ``0 # ?``, thousands, percent, exponents, dates and times (``yyyy-mm-dd``, ``mmm``, ``aaaa``,
    ``h:mm AM/PM``, ``[h]:mm``), literal text, up to four sections with conditions. A text that is no number is
    returned as it is.

    >>> =TEXT(1234.567, "#,##0.00")
    "1,234.57"
    >>> =TEXT(0.285, "0.0%")
    "28.5%"
    >>> =TEXT(44957, "yyyy年m月")
    "2023年1月"
    >>> =TEXT(-5, "0.0;(0.0)")
    "(5.0)"
    """
    values, codes = align(number, as_texts(format_code))
    first, second = distinct(values), distinct(codes)
    asked = first.codes * max(len(second.items), 1) + second.codes
    unique, inverse = np.unique(asked, return_inverse=True)
    items = [
        _format(first.items[key // len(second.items)], second.items[key % len(second.items)])
        for key in unique.tolist()
    ]
    return overlay(of_items(items).take(inverse.ravel()), error_codes(values, codes))


def _format(item: object, code: object) -> object:
    if isinstance(item, CellError) or isinstance(code, CellError):
        return None
    if isinstance(item, bool):
        return "TRUE" if item else "FALSE"
    if isinstance(item, str):
        number = as_numbers(of_texts([item])).item(0)
        if not isinstance(number, float):
            return format_text(item, str(code))
        item = number
    try:
        return format_number(float(str(item or 0)), str(code))
    except ValueError:
        return CellError.VALUE
