"""crmbook.ooxml."""
