"""Rows of a book as files that other programs read: what goes out, masked where asked, in one of six formats.

::

    head, computed → choose (tables, rows, fields) → Outgoing, masked → one writer for each format → bytes → files

Nothing is written before all of it is made, so that a mistake leaves no half of an export behind.
"""
