"""The buttons and selects of the panels for admins, and of the line."""

from __future__ import annotations

from typing import Final

from bot.views.audit_pages import AuditButton
from bot.views.line_panel import LineButton, RefreshButton
from bot.views.place_items import PlaceChoice, PlacePicker
from bot.views.setup_items import Choice, PageTab

ADMIN_PANELS: Final = (
    RefreshButton,
    LineButton,
    AuditButton,
    PageTab,
    Choice,
    PlacePicker,
    PlaceChoice,
)
