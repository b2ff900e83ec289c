"""The training room as a Django app; the catalogue of bases follows every migration."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def bring_catalogue_up_to_date(sender: Any, **options: Any) -> None:
    from training.services.bases import sync_catalogue

    sync_catalogue()


class TrainingConfig(AppConfig):
    name = "training"

    def ready(self) -> None:
        post_migrate.connect(bring_catalogue_up_to_date, sender=self)
