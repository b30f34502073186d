"""crmbook.schema."""
