from __future__ import annotations

from django.apps import AppConfig


class SampleAppConfig(AppConfig):
    name = "tests.background.sampleapp"
    label = "sampleapp"
