"""crmbook.check."""
