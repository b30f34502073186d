"""Numbers that sync gives beside the key (of a receipt, a contract): a row keeps its own, whatever is saved or cut off."""

from __future__ import annotations

import pytest

from crmbook.sync import push
from tests.sync.shop import CutOff
from tests.sync.test_schema_changes import Changing

RECEIPT = "  receipt: {title: {zh: 收据号, en: Receipt}, type: id, start: 1, format: '000', unique: true}\n"
GIVEN = {"1001": "001", "1002": "002", "1003": "003"}


@pytest.fixture
def changing(tmp_path) -> Changing:
    """The shop, whose visits have receipts."""
    changing = Changing(tmp_path)
    path = changing.workspace / "schemas/visits.yaml"
    path.write_text(path.read_text(encoding="utf-8") + RECEIPT, encoding="utf-8")
    changing.sync()
    return changing


def receipts(changing: Changing) -> dict[str, str]:
    rows = changing.shop.cells("visits").values()
    return {row["visit_id"]: row["receipt"] for row in rows if "receipt" in row}


def test_rule_32_a_row_saved_again_without_a_lock_keeps_its_number(changing):
    main = changing.shop.main
    main.add("visits", client_id="001", amount=5)
    saved = main.data
    changing.sync()
    assert receipts(changing) == GIVEN | {"1004": "004"}
    main.path.write_bytes(saved)
    main.type("visits", 2, amount=7)
    changing.sync()
    assert receipts(changing) == GIVEN | {"1004": "004"}
    main.add("visits", client_id="002", amount=6)
    changing.sync()
    assert receipts(changing) == GIVEN | {"1004": "004", "1005": "005"}


def test_rule_15_a_row_keeps_its_number_when_a_run_ends_before_the_file_has_it(changing, monkeypatch):
    def cut(*_words, **_options):
        raise CutOff

    changing.shop.main.add("visits", client_id="001", amount=5)
    with monkeypatch.context() as patch:
        patch.setattr(push, "write_atomically", cut)
        with pytest.raises(CutOff):
            changing.sync()
    assert receipts(changing) == GIVEN | {"1004": "004"}
    changing.sync()
    assert receipts(changing) == GIVEN | {"1004": "004"}
