from __future__ import annotations

from django.db import models

from background.models import BackgroundJob


class SampleJob(BackgroundJob):
    """A job that does what `behaviour` says: see jobs.py."""

    behaviour = models.CharField(max_length=20, default="complete")
    note = models.CharField(max_length=100, blank=True)

    class Meta:
        verbose_name = "sample job"

    def __str__(self) -> str:
        return f"{self.behaviour} {self.pk}"
