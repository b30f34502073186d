"""How fast and how lean crmbook is, always as a ratio to a named peer measured in the same run.

``python -m benchmarks`` runs every contest, prints a table and writes RESULTS.md; ``python -m benchmarks NAME``
runs one and only prints.
"""
