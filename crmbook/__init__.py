"""crmbook: customer-management workbooks, generated from schemas and kept right by sync."""

__version__ = "0.1.0"
