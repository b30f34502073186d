"""The look of a workbook: a handful of colours with fixed meanings, named once.

A person learns the colours from the legend on 使用说明: header colours show who fills a column, cell colours
show what deserves attention.
"""

from __future__ import annotations

from typing import Any, Final

FONT: Final = "Microsoft YaHei"

INK: Final = "#1F2937"
PAPER: Final = "#FFFFFF"
LINE: Final = "#E5E7EB"
ACCENT: Final = "#0F4C5C"
ACCENT_SOFT: Final = "#E6F0F2"
LINK: Final = "#0F6B80"
REQUIRED: Final = "#F59E0B"
COMPUTED: Final = "#64748B"
COMPUTED_FILL: Final = "#F3F4F6"
COMPUTED_INK: Final = "#475569"

STAGE_COLOURS: Final = {1: "#2563EB", 2: "#0891B2", 3: "#059669", 4: "#65A30D", 5: "#D97706", 6: "#DC2626"}
TABLE_TAB: Final = "#94A3B8"

# What a `highlight:` of the schema may ask for.
HIGHLIGHTS: Final[dict[str, dict[str, Any]]] = {
    "good": {"bg_color": "#DCFCE7", "font_color": "#166534"},
    "warn": {"bg_color": "#FEF3C7", "font_color": "#92400E"},
    "bad": {"bg_color": "#FEE2E2", "font_color": "#991B1B"},
    "info": {"bg_color": "#DBEAFE", "font_color": "#1E40AF"},
    "muted": {"bg_color": "#F3F4F6", "font_color": "#6B7280"},
    "link": {"font_color": LINK, "underline": 1},
    "percent": {"num_format": "0.0%"},
}
MARK: Final = {"bg_color": "#FCA5A5", "font_color": "#7F1D1D"}
MISSING: Final = {"bg_color": "#FFF3C4"}
MANUAL: Final = {"italic": True, "font_color": "#7C2D12"}

BAR_COLOUR: Final = "#93C5D0"
LOSS: Final = "#DC2626"
CHART_COLOURS: Final = ("#0F4C5C", "#F59E0B", "#2A9D8F", "#E76F51", "#64748B", "#7C9CBF")
INPUT_FILL: Final = "#FFFBEB"
INPUT_INK: Final = "#1D4ED8"
ADVICE_FILL: Final = "#F8FAFC"
