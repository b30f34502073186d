"""What a key means stands once, below it in its model, and is read only for who asks."""

from __future__ import annotations

import pytest

from crmbook.schema.model import BandSpec, CellSpec, FieldSpec
from crmbook.schema.model.described import described_schema, descriptions


@pytest.mark.parametrize(
    ("model", "key", "text"),
    [
        (FieldSpec, "policy", "What happens when two copies changed the same cell"),
        (CellSpec, "kpi", "Shown large, as a key figure"),
    ],
)
def test_a_key_is_described_by_the_text_below_it(model, key, text):
    assert descriptions(model)[key] == text
    assert described_schema(model)["properties"][key]["description"] == descriptions(model)[key]


def test_a_key_with_another_name_in_python_is_described_under_its_own():
    assert described_schema(BandSpec)["properties"]["from"]["description"] == "Lower bound, included"


def test_no_start_reads_what_keys_mean():
    assert FieldSpec.model_fields["policy"].description is None
