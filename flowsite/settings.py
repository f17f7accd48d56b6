"""Settings of the site. Every value that may differ between sites comes from the environment (env.py)."""

import socket
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.fernet import Fernet

from . import env

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = env.folder("DATA_DIR", BASE_DIR / "var")

DEBUG = env.flag("DEBUG", False)
# DEBUG=off said aloud means production: secrets must be given. Unsaid, a fresh clone makes its own.
_production = env.is_set("DEBUG") and not DEBUG
SECRET_KEY = env.secret("SECRET_KEY", DATA_DIR / "secrets", must_be_given=_production)
TOKEN_KEYS = env.keys(
    "TOKEN_KEYS",
    env.secret(
        "TOKEN_KEYS",
        DATA_DIR / "secrets",
        must_be_given=_production,
        make=lambda: Fernet.generate_key().decode(),
    ),
)

PUBLIC_URL = env.base_url("PUBLIC_URL", "")
PORT = int(env.number("PORT", 8000, least=1, most=65535, whole=True))
_public = urlsplit(PUBLIC_URL)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ("127.0.0.1", "localhost", "[::1]", "testserver"))
if _public.hostname and _public.hostname not in ALLOWED_HOSTS:
    ALLOWED_HOSTS.append(_public.hostname)
CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"] if _public.netloc else []

# --- the vendor, the sandbox, pacing (architecture.md 3.5 and 6; flow-api.md 15) ---------------------
FLOW_API_URL = env.base_url("FLOW_API_URL", "https://api.useapi.net/v1/google-flow")
SANDBOX_URL = env.base_url("SANDBOX_URL", "http://127.0.0.1:8790/v1/google-flow")
MEDIA_HOSTS = env.words(
    "MEDIA_HOSTS",
    ("flow-content.google", "*.googleusercontent.com", "storage.googleapis.com", "www.gstatic.com"),
)
FLOW_SPEED = env.number("FLOW_SPEED", 1, least=0.01)
SUBMITS_AT_ONCE = int(env.number("SUBMITS_AT_ONCE", 1, least=1, whole=True))
SUBMIT_GAP = env.number("SUBMIT_GAP", 10)
RUNNING_CLIPS = int(env.number("RUNNING_CLIPS", 5, least=1, whole=True))
IMAGES_AT_ONCE = int(env.number("IMAGES_AT_ONCE", 3, least=1, whole=True))

# --- storage ------------------------------------------------------------------------------------------
MEDIA_STORE = env.text("MEDIA_STORE", str(DATA_DIR / "media"))
if "://" in MEDIA_STORE:
    raise env.Slip(
        "MEDIA_STORE must name a folder. Storage outside this machine is not part of this release."
    )
MEDIA_ROOT = Path(MEDIA_STORE)
DATABASES = {"default": env.database("DATABASE_URL", DATA_DIR / "flowsite.sqlite3")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.text("REDIS_URL")
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": MEDIA_ROOT},
    },
    "staticfiles": {"BACKEND": "flowsite.static.HashedStorage"},
}
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"

# --- django-q2: the doorbell and the muscle; rows are the truth (stack.md 2 and 12) ---------------------
Q_CLUSTER = {
    "name": "flowsite",
    "workers": int(env.number("WORKERS", 8, least=4, whole=True)),
    "timeout": 700,
    "retry": 900,
    "queue_limit": 8,
    "bulk": 1,
    "poll": 0.1,
    "ack_failures": True,
    "max_attempts": 1,
    "save_limit": -1,
    "catch_up": False,
    "recycle": 500,
    "label": "Background work",
    **({"redis": REDIS_URL} if REDIS_URL else {"orm": "default"}),
}

# The name of this cluster's heartbeat; `up` gives each cluster its own.
CLUSTER = env.text("FLOWSITE_CLUSTER", socket.gethostname()[:60])

# --- Django -------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "generations.apps.AdminSite",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_q",
    "generations.apps.Generations",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "flowsite.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "generations.web.errors.UnstorableIsBad",
]
ROOT_URLCONF = "flowsite.urls"
WSGI_APPLICATION = "flowsite.wsgi.application"
ASGI_APPLICATION = "flowsite.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "generations.web.context.shell",
            ],
            "libraries": {"flowsite": "generations.web.tags"},
            "builtins": ["generations.web.tags"],
        },
    }
]

AUTH_USER_MODEL = "generations.Person"
AUTHENTICATION_BACKENDS = ["generations.web.people.signin.NameOrEmail"]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "create"
LOGOUT_REDIRECT_URL = "sign-in"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _public.scheme == "https"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "generations.web.errors.form_went_stale"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if _public.scheme == "https":
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
# The form of Django 6, read by our own middleware until the next LTS (stack.md 1.2).
SECURE_CSP = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "blob:", "data:"],
    "media-src": ["'self'", "blob:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "flowsite.uploads.Bounded",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = env.time_zone("TIME_ZONE")
FORMAT_MODULE_PATH = "flowsite.formats"
APPEND_SLASH = True
globals().update(env.email("EMAIL_URL"))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"no_secrets": {"()": "flowsite.logs.NoSecrets"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["no_secrets"]}
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "django-q": {"handlers": [], "level": "WARNING", "propagate": True},
        # httpx writes full addresses at INFO, and media addresses are signed.
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
    },
}
