"""A person at LibreOffice, then a sync: what was meant is taken in, everything else is kept."""
