"""The brands room as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class BrandsConfig(AppConfig):
    name = "brands"
