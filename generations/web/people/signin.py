"""Signing in by name or e-mail, and passwords. Guessing gets slower, and the wait is told in a sentence."""

import ipaddress
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm, PasswordResetForm
from django.core.exceptions import ValidationError
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django_htmx.http import HttpResponseClientRedirect

from ...flow.people.welcome import can_mail, is_first_password, mail_password_link
from ...models import Person, SignInTries

open_to_all = method_decorator(login_not_required, name="dispatch")


class NameOrEmail(ModelBackend):
    """The name, or an e-mail address that only one person has, in any case. A name wins over an address."""

    def authenticate(self, request, username=None, password=None, **kwargs):
        if username and "@" in username and not Person.objects.filter(username=username).exists():
            names = Person.objects.filter(email__iexact=username.strip(), is_active=True)
            names = list(names.values_list("username", flat=True)[:2])
            if len(names) == 1:
                username = names[0]
        return super().authenticate(request, username=username, password=password, **kwargs)


def neighbourhood(request) -> str:
    """The /24 or /48 that a request comes from.

    Behind a proxy (PUBLIC_URL is set) the last address in X-Forwarded-For is the one our own proxy wrote;
    those before it are anybody's claim.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if settings.PUBLIC_URL:
        address = request.META.get("HTTP_X_FORWARDED_FOR", address).rpartition(",")[2].strip()
    try:
        size = 24 if ipaddress.ip_address(address).version == 4 else 48
        return str(ipaddress.ip_network(f"{address}/{size}", strict=False))
    except ValueError:
        return ""


def in_words(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{max(1, round(seconds))} s"


class SignInForm(AuthenticationForm):
    keep = forms.BooleanField(label="Keep me signed in", required=False)
    error_messages = {
        "invalid_login": "Name or password is wrong. Capital letters count.",
        "inactive": "This person can no longer sign in. Ask the administrator.",
        "throttled": "Too many wrong passwords. Wait %(wait)s, then try again.",
    }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "Name or e-mail"

    def clean(self):
        name, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if not name or not password:
            return self.cleaned_data
        key = SignInTries.key_of(name, neighbourhood(self.request))
        if wait := SignInTries.wait(key):
            raise self._too_many(wait)
        try:
            cleaned = super().clean()
        except ValidationError:
            SignInTries.failed(key)
            if wait := SignInTries.wait(key):
                raise self._too_many(wait) from None
            raise
        SignInTries.forget(key)
        return cleaned

    def _too_many(self, wait: float) -> ValidationError:
        sentence = self.error_messages["throttled"]
        return ValidationError(sentence, code="throttled", params={"wait": in_words(wait)})


@open_to_all
class SignIn(auth.LoginView):
    template_name = "registration/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def dispatch(self, request, *args, **kwargs):
        if request.htmx:  # a click whose session has ended: the whole page comes here, and goes back
            here = urlencode({"next": request.htmx.current_url_abs_path or "/"})
            return HttpResponseClientRedirect(f"{reverse('sign-in')}?{here}")
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form):
        answer = super().form_valid(form)
        self.request.session.set_expiry(settings.SESSION_COOKIE_AGE if form.cleaned_data["keep"] else 0)
        if is_first_password(self.request.user):
            sentence = "You signed in with the printed password. Choose your own in Settings, Password."
            messages.warning(self.request, sentence)
        return answer

    def form_invalid(self, form):
        answer = super().form_invalid(form)
        answer.status_code = 429 if form.has_error("__all__", "throttled") else 422
        return answer


class ChangePassword(auth.PasswordChangeView):
    """Signs other devices out; this one stays."""

    template_name = "registration/password_change_form.html"
    success_url = reverse_lazy("password-change")

    def form_valid(self, form):
        messages.success(self.request, "Password changed. Your other devices were signed out.")
        return super().form_valid(form)

    def form_invalid(self, form):
        answer = super().form_invalid(form)
        answer.status_code = 422
        return answer


class ForgottenForm(PasswordResetForm):
    """Mails a link to everybody with this address; says the same whether there is anybody or not."""

    def save(self, *args, request=None, **kwargs):
        email = self.cleaned_data["email"]
        key = SignInTries.key_of(f"forgotten {email}", neighbourhood(request))
        if SignInTries.wait(key):
            return
        SignInTries.failed(key)
        for person in self.get_users(email):
            mail_password_link(person, request.build_absolute_uri("/"))


@open_to_all
class Forgotten(auth.PasswordResetView):
    """The template is told `can_mail`: without a mail server only the administrator can make a link."""

    template_name = "registration/password_reset_form.html"
    form_class = ForgottenForm
    success_url = reverse_lazy("password-reset-done")

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs, can_mail=can_mail())


@open_to_all
class ForgottenSent(auth.PasswordResetDoneView):
    template_name = "registration/password_reset_done.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs, can_mail=can_mail())


@open_to_all
class NewPassword(auth.PasswordResetConfirmView):
    template_name = "registration/password_reset_confirm.html"
    success_url = reverse_lazy("password-reset-complete")

    def form_invalid(self, form):
        answer = super().form_invalid(form)
        answer.status_code = 422
        return answer


@open_to_all
class NewPasswordSet(auth.PasswordResetCompleteView):
    template_name = "registration/password_reset_complete.html"
