"""Every address of the site."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from aidirector.admin.workers import workers_page

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/workers/", admin.site.admin_view(workers_page), name="workers"),
    path("admin/", admin.site.urls),
]
