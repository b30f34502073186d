"""How somebody at LibreOffice carries wishes out. Runs in LibreOffice's Python, after ``hands``, see `people.AtOffice`.

Needs ``WISHES`` (a list of wishes for each save), ``TITLE``, ``LETTERS`` (field → column), ``FIRST`` (row), ``PAUSE``.
"""
# ruff: noqa: F821 - the head of the script and the driver give these names

import time

LAST = 200


def rows():
    """Return the row of each client, and the first row in which nothing stands."""
    names = hands.area(TITLE, f"{LETTERS['name']}{FIRST}:{LETTERS['name']}{LAST}").getDataArray()
    found = {str(name): FIRST + number for number, (name,) in enumerate(names) if name != ""}
    return found, max(found.values()) + 1


def carry_out(wish):
    """Do what can be done; return it with what stood there before, or nothing."""
    found, free = rows()
    if wish["kind"] == "client":
        hands.type(TITLE, f"{LETTERS['name']}{free}", wish["name"])
        hands.type(TITLE, f"{LETTERS['owner']}{free}", wish["new"])
        return [wish]
    if wish["name"] not in found:
        return []
    ref = f"{LETTERS[wish['label']]}{found[wish['name']]}"
    saw = hands.text(TITLE, ref) or None
    if saw == wish["new"]:
        return []
    if wish["kind"] == "note":
        hands.put(TITLE, ref, f"{saw or ''}\n{wish['new']}".strip())
    elif wish["new"] is None:
        hands.clear(TITLE, ref)
    else:
        hands.type(TITLE, ref, wish["new"])
    return [{**wish, "saw": saw}]


result = []
for wishes in WISHES:
    done = [one for wish in wishes for one in carry_out(wish)]
    save()
    result.append(done)
    time.sleep(PAUSE)
