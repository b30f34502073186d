"""crmbook.cli."""
