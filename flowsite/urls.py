"""Addresses: the pages (generations/web/urls.py), Django's admin, and health for machines that watch."""

from django.contrib import admin
from django.urls import include, path

from generations.web.health import healthz, readyz

handler400 = "generations.web.errors.bad_request"
handler403 = "generations.web.errors.forbidden"
handler404 = "generations.web.errors.not_found"
handler500 = "generations.web.errors.server_error"

urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("admin/", admin.site.urls),
    path("", include("generations.web.urls")),
]
