"""Maps of lists: kept by shape, on both kinds of store."""

from __future__ import annotations

from dataclasses import replace

from crmbook.store import MapRecord, Store

MAP = MapRecord("s1", "订单 \ud800.csv", {"map": "table: customers\n", "seen": {"状态": ["关闭"]}}, "王芳")


def test_a_map_is_kept_replaced_and_forgotten(store, place):
    with store.lease("b") as lease:
        store.maps.keep(lease, "b", MAP)
        store.maps.keep(lease, "b", replace(MAP, shape="s2", name="会员.csv"))
        store.maps.keep(lease, "b", replace(MAP, who="李强"))
    store.close()
    with Store.open(place) as again:
        first, second = again.maps.of("b")
        assert replace(second, at="") == replace(MAP, who="李强")
        assert (first.name, bool(first.at), again.maps.find("b", "s3")) == ("会员.csv", True, None)
        with again.lease("b") as lease:
            again.maps.drop(lease, "b", ["s1"])
        assert [one.shape for one in again.maps.of("b")] == ["s2"]
        assert again.revisions("b") == []
