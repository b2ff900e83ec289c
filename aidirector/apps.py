"""The project as an app, so that its commands and system checks are found."""

from __future__ import annotations

from django.apps import AppConfig


class AIDirectorConfig(AppConfig):
    name = "aidirector"
    verbose_name = "AI Director"

    def ready(self) -> None:
        from aidirector import checks  # noqa: F401 - importing registers them
