"""Content-Security-Policy on every answer, from the setting SECURE_CSP.

The setting has the form of Django 6.0, whose own middleware replaces this file at the next LTS.
A view that needs other rules (the media responder) sets the header itself, and that one stays.
"""

from django.conf import settings


class ContentSecurityPolicyMiddleware:
    header = "Content-Security-Policy"

    def __init__(self, get_response):
        self.get_response = get_response
        self.policy = "; ".join(f"{name} {' '.join(values)}" for name, values in settings.SECURE_CSP.items())

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault(self.header, self.policy)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()"
        )
        return response
