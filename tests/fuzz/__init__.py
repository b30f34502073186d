"""Fuzzing of the package layer: whatever the bytes, only `OoxmlError` comes out, soon and within bounds."""
