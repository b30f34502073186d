"""Giving the room of deleted rows back on a server: all of it, the statistics too, or the reason why not."""

from __future__ import annotations

import psycopg

from crmbook.store import BookRecord, Store
from tests.postgres import dump

WORD = "unmistakable"


def begin(url: str) -> None:
    with Store.open(url) as store:
        store.add_book(BookRecord("b1", "shop", "zh", "f", example=WORD))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE")


def known(url: str) -> int:
    """Return how many columns whose statistics name the word."""
    with psycopg.connect(url) as connection:
        query = "SELECT count(*) FROM pg_stats WHERE schemaname = current_schema() AND most_common_vals::text LIKE %s"
        [found] = connection.execute(query, [f"%{WORD}%"]).fetchone() or [0]
        return int(found)


def test_statistics_name_no_value_that_is_gone(server):
    begin(server)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("INSERT INTO crmbook_meta VALUES ('a', %s), ('b', %s), ('c', %s)", [WORD] * 3)
        connection.execute("ANALYZE")
        connection.execute("DELETE FROM crmbook_meta WHERE value = %s", [WORD])
        connection.execute("UPDATE crmbook_book SET example = ''")
    assert known(server) > 0
    with Store.open(server) as store:
        assert store.forgetting.vacuum() == ""
    assert known(server) == 0
    assert WORD.encode() not in dump(server)


def test_who_does_not_own_the_tables_is_told_that_nothing_was_done(server):
    begin(server)
    role = f"guest_{server[-8:]}"
    with psycopg.connect(server, autocommit=True) as connection:
        [schema] = connection.execute("SELECT current_schema()").fetchone() or [""]
        connection.execute(f"CREATE ROLE {role} LOGIN")
        connection.execute(f"GRANT USAGE, CREATE ON SCHEMA {schema} TO {role}")
        connection.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO {role}")
    try:
        with Store.open(server.replace("crmbook@", f"{role}@")) as store:
            assert store.forgetting.vacuum()  # in words that differ from version to version
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP OWNED BY {role}")
            connection.execute(f"DROP ROLE {role}")
