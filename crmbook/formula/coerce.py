"""Elements of one type read as another, as Excel's operators and functions do it.

A text counts as the number written in it, else ``#VALUE!``; a logical value as 1 or 0; a blank as 0, ``""`` or
FALSE. Errors stay what they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmbook.formula.values import ALL_DIGITS, CellError, number_text, text_number
from crmbook.formula.vector import Tag, Vector, empty_texts, factorize, text_array

if TYPE_CHECKING:
    from crmbook.formula.vector import Mask, Numbers, Texts


def as_numbers(vector: Vector) -> Vector:
    """Return the vector with numbers and errors only."""
    if vector.only(Tag.NUMBER):
        return vector
    tags = np.where(vector.tags == Tag.ERROR, Tag.ERROR, Tag.NUMBER).astype(np.int8)
    text = vector.tags == Tag.TEXT
    if not text.any():
        return Vector(tags, vector.numbers, None, vector.cell)
    numbers = vector.numbers.copy()
    values = parse_numbers(vector.words()[text])
    bad = np.isnan(values)
    numbers[text] = np.where(bad, CellError.VALUE.number, values)
    tags[text] = np.where(bad, Tag.ERROR, Tag.NUMBER)
    return Vector(tags, numbers, None, vector.cell)


def parse_numbers(texts: Texts) -> Numbers:
    """(n,) the number written in each text, NaN where there is none; every spelling is read once."""
    codes, spellings = factorize(texts)
    values = np.array([text_number(spelling) for spelling in spellings], dtype=np.float64)
    result: Numbers = values[codes]
    return result


def as_texts(vector: Vector) -> Vector:
    """Return the vector with texts and errors only."""
    if vector.only(Tag.TEXT):
        return vector
    error = vector.tags == Tag.ERROR
    tags = np.where(error, Tag.ERROR, Tag.TEXT).astype(np.int8)
    texts = empty_texts(vector.size) if vector.texts is None else vector.texts.copy()
    number, boolean = vector.tags == Tag.NUMBER, vector.tags == Tag.BOOLEAN
    if number.any():
        codes, unique = factorize(vector.numbers[number])
        texts[number] = text_array(_spelled(unique))[codes]
    if boolean.any():
        texts[boolean] = np.where(vector.numbers[boolean] != 0, "TRUE", "FALSE").astype(object)
    return Vector(tags, np.where(error, vector.numbers, 0.0), texts, vector.cell)


def _spelled(numbers: Numbers) -> list[str]:
    """Return numbers as `number_text` writes them."""
    if (np.abs(numbers) < ALL_DIGITS).all() and (numbers == np.rint(numbers)).all():
        return list(map(str, numbers.astype(np.int64).tolist()))
    return [number_text(number) for number in numbers.tolist()]


def as_booleans(vector: Vector) -> Vector:
    """Return the vector with logical values and errors only; of texts only TRUE and FALSE count."""
    tags = np.where(vector.tags == Tag.ERROR, Tag.ERROR, Tag.BOOLEAN).astype(np.int8)
    numbers = np.where(vector.tags == Tag.ERROR, vector.numbers, vector.numbers != 0)
    text = vector.tags == Tag.TEXT
    if text.any():
        words = [word.upper() for word in vector.words()[text]]
        bad = np.array([word not in {"TRUE", "FALSE"} for word in words])
        numbers[text] = np.where(bad, CellError.VALUE.number, [word == "TRUE" for word in words])
        tags[text] = np.where(bad, Tag.ERROR, Tag.BOOLEAN)
    return Vector(tags, numbers, None, vector.cell)


def truth(vector: Vector) -> Mask:
    """(n,) where a vector made by `as_booleans` holds TRUE."""
    result: Mask = (vector.tags == Tag.BOOLEAN) & (vector.numbers != 0)
    return result
