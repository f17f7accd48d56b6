"""Addresses of signing in and of passwords; included by urls.py."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from . import signin

urlpatterns = [
    path("sign-in/", signin.SignIn.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("settings/password/", signin.ChangePassword.as_view(), name="password-change"),
    path("reset/", signin.Forgotten.as_view(), name="password-reset"),
    path("reset/sent/", signin.ForgottenSent.as_view(), name="password-reset-done"),
    path("reset/done/", signin.NewPasswordSet.as_view(), name="password-reset-complete"),
    path("reset/<uidb64>/<token>/", signin.NewPassword.as_view(), name="password-reset-confirm"),
]
