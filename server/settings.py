"""Settings, read from the environment and `.env`; an invalid value stops the start."""

import os
import secrets
import tempfile
from contextlib import suppress
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from kombu import Queue

from server.environment import Environment, at_least_zero, known_names, mail_domain

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()
env.read_env(BASE_DIR / ".env")


def kept_secret(path: Path) -> str:
    """Return the secret key in this file; create it if it is missing, readable by its owner only."""
    if not path.exists():
        with tempfile.NamedTemporaryFile("w", dir=path.parent) as file:
            file.write(secrets.token_urlsafe(50))
            file.flush()
            with suppress(FileExistsError):  # another process was faster; use its key
                os.link(file.name, path)
    return path.read_text()


def close_to_others(path: Path) -> None:
    """Let nobody else read or write it. (Only passing through a folder may be allowed, for EVALUATOR_USER.)"""
    mode = path.stat().st_mode
    if mode & 0o066:
        with suppress(OSError):  # another user's, or on a volume that has no modes
            path.chmod(mode & 0o700)


# Folders
DATA_DIR = Path(env("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
GROUND_TRUTH_DIR = Path(env("GROUND_TRUTH_DIR", default=str(DATA_DIR / "ground_truth"))).resolve()
GROUND_TRUTH_DRAFTS_DIR = Path(env("GROUND_TRUTH_DRAFTS_DIR", default=str(DATA_DIR / "drafts"))).resolve()
ARCHIVES_DIR = DATA_DIR / "archives"
PUBLIC_DIR = DATA_DIR / "public"
WORK_DIR = DATA_DIR / "work"
STATISTICS_DIR = DATA_DIR / "statistics"
RESCORES_DIR = DATA_DIR / "rescores"  # pictures of ground truth, for organisers only
CASES_DIR = DATA_DIR / "cases"  # files of verification cases, for organisers only
PAPER_PACKS_DIR = DATA_DIR / "paper_packs"  # with addresses, for organisers only

DATA_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
close_to_others(DATA_DIR)

# Security and networks
DEBUG: bool = env.switch("DEBUG", default=False)
GENERATED_KEY_PATH: str = env("GENERATED_KEY_PATH", default=str(DATA_DIR / "secret_key"))
SECRET_KEY: str = env("SECRET_KEY", default="") or kept_secret(Path(GENERATED_KEY_PATH))
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
SITE_URL: str = env("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_URL])
BEHIND_TLS = SITE_URL.startswith("https://")
TRUSTED_PROXY: bool = env.switch("TRUSTED_PROXY", default=False)
ADMIN_PATH: str = env("ADMIN_PATH", default="admin/")
ADMIN_NETWORKS = env.each("ADMIN_NETWORKS", ip_network, default=[])

INSTALLED_APPS = [
    "server.audit",
    "server.accounts",
    "server.outbox",
    "server.alarms",
    "server.teams",
    "server.tracks",
    "server.submissions",
    "server.announcements",
    "leaderboard",
    "server.site",
    "server.rescores",
    "server.verification",
    "server.results",
    "server.phases",
    "server.decisions",
    "server.erasure",
    "server.desk",
    "server.api",
    "server.desk.admin_apps.OrganisersAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "server.head_middleware.HeadMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "server.cross_origin.CrossOriginMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "server.admin_networks.AdminNetworkMiddleware",
    "django.middleware.common.CommonMiddleware",
    "server.upload_middleware.UploadMiddleware",  # ahead of CSRF, which would read the whole body first
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "server.accounts.middleware.NoStoreMiddleware",
    "server.accounts.middleware.SessionMaxAgeMiddleware",
    "server.accounts.middleware.StaffTotpMiddleware",
    "server.tracks.middleware.UnknownScorerMiddleware",
    "server.tracks.middleware.PastSlugMiddleware",
]

ROOT_URLCONF = "server.urls"
WSGI_APPLICATION = "server.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [
            BASE_DIR / "server" / "templates",
            *sorted(BASE_DIR.glob("server/*/templates")),
            BASE_DIR / "leaderboard" / "templates",
        ],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["server.template_loader.PackingLoader", "django.template.loaders.app_directories.Loader"],
                )
            ],
            "builtins": ["server.contact", "server.announcements.banner", "server.results.winners_tag"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "server.site.context.navigation",
            ],
        },
    }
]

# Database, the single source of truth
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.url("DATABASE_URL", env.db_url_config, default=f"sqlite:///{DATA_DIR / 'lid.sqlite3'}")
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",  # writers wait, instead of failing half-way
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
    }
    database = Path(DATABASES["default"]["NAME"])
    if database.parent.is_dir() and not database.exists():
        database.touch(0o600)  # SQLite would create it readable by all; its journals get the same mode
    if database.exists():
        close_to_others(database)
    # worker processes cannot see a database in memory
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"]["OPTIONS"] = {
        "options": "-c statement_timeout=30000 -c idle_in_transaction_session_timeout=60000",
        "connect_timeout": 5,
        "tcp_user_timeout": 30_000,  # notice a lost server and open another connection
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The broker carries wake-up messages, which may be lost, duplicated or late. The default one is inside the worker.
CELERY_BROKER_URL: str = env("CELERY_BROKER_URL", default="memory://localhost/")
EMBEDDED = CELERY_BROKER_URL.startswith("memory")
CELERY_BROKER_TRANSPORT = "server.embedded_broker:Transport" if EMBEDDED else None
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {}
    if EMBEDDED
    else {
        "visibility_timeout": int(timedelta(hours=12).total_seconds()),
        "socket_timeout": 2,
        "socket_connect_timeout": 1,
        "socket_keepalive": True,
        "retry_on_timeout": False,
    }
)
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_POOL_LIMIT = 1
CELERY_WORKER_CONCURRENCY: int = env.whole("WORKER_CONCURRENCY", default=1)
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = not EMBEDDED  # nobody reaches a broker inside the worker
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False  # a printed e-mail is not a warning
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_PUBLISH_RETRY = False
# Two queues, served in turn, so that intervals are computed in time however many wake-up messages wait.
CELERY_TASK_QUEUES = [Queue("celery"), Queue("intervals")]
CELERY_TASK_ROUTES = {
    "leaderboard.tasks.*": {"queue": "intervals"},
    "server.rescores.tasks.*": {"queue": "intervals"},
    "server.results.tasks.*": {"queue": "intervals"},
}

# Scoring
LEASE = timedelta(seconds=env.number("LEASE_SECONDS", default=60))
SWEEP_SECONDS: float = env.number("SWEEP_SECONDS", default=3)
# Pauses after the first, second … failure of the server to score a submission; one failure more, and it gives up.
RETRY_PAUSES = [
    timedelta(seconds=s) for s in env.each("RETRY_SECONDS", at_least_zero, default=["10", "60", "300"])
]
FAILURES_ALLOWED = len(RETRY_PAUSES) + 1
INTERVALS_AFTER = timedelta(seconds=env.number("INTERVALS_AFTER_SECONDS", default=20, least=0))
INTERVALS_AT_LATEST = timedelta(seconds=env.number("INTERVALS_AT_LATEST_SECONDS", default=300, least=0))
EVALUATOR_JOBS: int = env.whole(
    "EVALUATOR_JOBS", default=0, least=0
)  # 0: the machine's cores / worker concurrency
EVALUATOR_MEMORY_MB: int = env.whole("EVALUATOR_MEMORY_MB", default=2048)
EVALUATOR_DISK_MB: int = env.whole("EVALUATOR_DISK_MB", default=256)
EVALUATOR_USER: str = env("EVALUATOR_USER", default="nobody")  # used if the worker runs as root
EVALUATOR_TIMEOUT = timedelta(seconds=env.number("EVALUATOR_TIMEOUT_SECONDS", default=7200))

# Uploads. Files are written to the volume where they stay, so that storing one is a rename, not a copy.
MAX_UPLOAD_BYTES: int = env.whole("MAX_UPLOAD_BYTES", default=2 * 1024**3)
MAX_CASE_FILE_BYTES: int = min(MAX_UPLOAD_BYTES, env.whole("MAX_CASE_FILE_BYTES", default=MAX_UPLOAD_BYTES))
# What uploads leave free on each volume, the larger of the two: on a full one PostgreSQL stops too.
DISK_RESERVE_MB: int = env.whole("DISK_RESERVE_MB", default=5 * 1024, least=0)
DISK_RESERVE_PERCENT: float = env.number("DISK_RESERVE_PERCENT", default=5, least=0)
MAX_FORM_BYTES = 256 * 1024  # also the largest body that is received before a thread takes the request
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_FORM_BYTES
DATA_UPLOAD_MAX_NUMBER_FILES = 2  # one is accepted; the handler detects a second one by its field
FILE_UPLOAD_HANDLERS = ["server.submissions.upload_limit.UploadLimit", "server.uploads.ArchiveUploadHandler"]
UPLOADS_AT_ONCE: int = env.whole("UPLOADS_AT_ONCE", default=2)  # per person and per team
UNFINISHED_UPLOADS = 4  # resumable ones of a person; the oldest is removed for one more
UPLOAD_LIFETIME = timedelta(hours=24)  # of a resumable upload that is not submitted
UPLOAD_THREADS = 64  # per web process; pages have gunicorn's own
CONNECTION_IDLE_SECONDS: float = env.number("CONNECTION_IDLE_SECONDS", default=30)

# Rules
TEAM_SIZE: int = env.whole("TEAM_SIZE", default=10)
CASE_FILES_KEPT_DAYS: int = env.whole(
    "CASE_FILES_KEPT_DAYS", default=30, least=0
)  # after a verification case is closed
UPLOAD_GRACE = timedelta(minutes=env.number("UPLOAD_GRACE_MINUTES", default=60, least=0))
PAPER_PACK_KEPT = timedelta(days=env.number("PAPER_PACK_DAYS", default=14))

# Accounts
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "server.accounts.backends.OrganiserBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "server.accounts.passwords.SimilarityValidator"},
    {"NAME": "server.accounts.passwords.LengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "server.accounts.passwords.CommonPasswordValidator"},
    {"NAME": "server.accounts.passwords.NumericValidator"},
]
ACCOUNT_ADAPTER = "server.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_FORMS = {
    "signup": "server.accounts.forms.SignUpForm",
    "add_email": "server.accounts.forms.AddAddressForm",
    "reset_password": "server.accounts.forms.ResetForm",
    "reset_password_from_key": "server.accounts.forms.NewPasswordForm",
    "change_password": "server.accounts.forms.ChangePasswordForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 1
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
PASSWORD_RESET_TIMEOUT = int(timedelta(hours=1).total_seconds())
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True  # for people locked out by somebody else's failed log-ins
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[LID challenge] "
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if BEHIND_TLS else "http"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "site:home"
ACCOUNT_LOGOUT_REDIRECT_URL = "site:home"

# Two-step log-in. A code is valid once and for 30 seconds: with a tolerance it could be used again.
STAFF_NEED_TOTP: bool = env.switch("STAFF_NEED_TOTP", default=BEHIND_TLS)
MFA_ADAPTER = "server.accounts.adapters.TotpAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "LID challenge"
MFA_TOTP_TOLERANCE = 0
MFA_ALLOW_UNVERIFIED_EMAIL = True  # or nobody with two-step log-in could change their address

# Sessions end this long after the log-in, whatever the activity.
STAFF_SESSION = timedelta(hours=8)
SESSION = timedelta(days=env.number("SESSION_DAYS", default=14))
SESSION_COOKIE_AGE = int(SESSION.total_seconds())
SESSION_COOKIE_NAME = "__Host-sessionid" if BEHIND_TLS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if BEHIND_TLS else "csrftoken"  # read by the upload page's script
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # avoids a third cookie

# Rate limits. `key` is the e-mail address entered, whether or not it has an account. An attacker who uses up a
# person's attempts cannot lock them out: a password reset link, valid for an hour, logs them in.
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "20/m/ip,5/5m/key",
    "signup": "20/10m/ip",
    "reset_password": "20/10m/ip,5/h/key",
    "reset_password_from_key": "20/m/ip",
    "confirm_email": "1/3m/key,20/d/key",
    "change_password": "5/m/user",
    "manage_email": "10/m/user,50/d/user",
    "reauthenticate": "10/m/user",
}
ALLAUTH_TRUSTED_PROXY_COUNT = int(TRUSTED_PROXY)  # or all clients would share the proxy's address

# Rate limits count in a cache that all processes share.
CACHES: dict[str, dict[str, Any]] = {
    "default": env.url("CACHE_URL", env.cache_url_config, default="dbcache://cache")
}
if CACHES["default"]["BACKEND"].endswith("DatabaseCache"):
    # By default a third is dropped beyond 300 rows: an attacker could reset the counts with many addresses.
    CACHES["default"].setdefault("OPTIONS", {})["MAX_ENTRIES"] = 100_000

# E-mail. The demo prints it; EMAIL_URL names a real server. Workers send the outbox, unless they have no network
# access and `send_emails --forever` runs elsewhere.
EMAIL_TIMEOUT = 10  # seconds, for each response of the mail server
MAIL_FROM_WORKER: bool = env.switch("MAIL_FROM_WORKER", default=True)
vars().update(env.url("EMAIL_URL", env.email_url_config, default="consolemail://"))
CONTACT_EMAIL: str = env("CONTACT_EMAIL", default="").strip()
DEFAULT_FROM_EMAIL: str = (
    env("DEFAULT_FROM_EMAIL", default="") or f"LID challenge <noreply@{mail_domain(SITE_URL)}>"
)

# Alarms: mailed to all organisers, once per cause and ALARM_REPEAT. "No worker" is one within two minutes: after
# ALARM_AFTER, a heartbeat and a look at most.
WATCH_SECONDS: float = env.number("WATCH_SECONDS", default=20, least=0)  # 0: web processes do not watch
HEARTBEAT_SECONDS: float = env.number("HEARTBEAT_SECONDS", default=20)
HEARTBEAT_PATH: str = env("HEARTBEAT_PATH", default="")  # touched as often, for a container's health check
ALARM_AFTER = timedelta(seconds=env.number("ALARM_AFTER_SECONDS", default=80))
ALARM_WAIT = timedelta(minutes=env.number("ALARM_WAIT_MINUTES", default=60))
ALARM_REPEAT = timedelta(minutes=env.number("ALARM_REPEAT_MINUTES", default=60))
PING_URL: str = env("PING_URL", default="")  # a dead-man's switch: asked for once a minute
ALARM_FREE_DISK_MB: int = env.whole("ALARM_FREE_DISK_MB", default=2 * MAX_UPLOAD_BYTES // 1024**2, least=0)
BACKUP_PATH: str = env("BACKUP_PATH", default="")  # a file or folder that changes with each backup
BACKUP_MAX_AGE = timedelta(hours=env.number("BACKUP_MAX_AGE_HOURS", default=26))

# Static files: hashed and compressed after `collectstatic` (as in the image), else served from the source.
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "server" / "static"]
COLLECTED = (STATIC_ROOT / "staticfiles.json").exists()
WHITENOISE_USE_FINDERS = not COLLECTED
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": PUBLIC_DIR},
    },
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# Headers
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_TLS else 0
SECURE_SSL_REDIRECT = BEHIND_TLS and TRUSTED_PROXY
if TRUSTED_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Only the domain's owner knows whether all its other hosts use TLS.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-gb"
USE_I18N = False
FORMAT_MODULE_PATH = "server.formats"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["server.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticatedOrReadOnly"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["server.api.parsers.JSONObjectParser"],
    "DEFAULT_PAGINATION_CLASS": "server.api.pagination.Pages",
    "DEFAULT_FILTER_BACKENDS": ["server.api.filters.FilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "server.api.schema.Schema",
    "URL_FORMAT_OVERRIDE": None,  # no ?format=
    "DEFAULT_METADATA_CLASS": None,  # the schema documents the API
    "DEFAULT_THROTTLE_CLASSES": ["server.api.throttles.AnonymousThrottle", "server.api.throttles.UserThrottle"],
    "DEFAULT_THROTTLE_RATES": {"visitor": "240/min", "person": "600/min", "submit": "60/hour"},
    "NUM_PROXIES": int(TRUSTED_PROXY),  # whose X-Forwarded-For is trusted
    "EXCEPTION_HANDLER": "server.api.exception_handler.problem_json",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "LID challenge server",
    "DESCRIPTION": (
        "Submit archives, follow their scoring, read leaderboards. What has a padlock needs a token of your "
        "account page: enter it under Authorize, and the padlocks close. The rest is public."
    ),
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "server.api.schema.with_errors",
    ],
    "ENUM_NAME_OVERRIDES": {
        "ArchiveCodeEnum": "server.api.submission_serializers.ARCHIVE_CODES",
        "CodeEnum": "server.api.serializers.CODES_OF_ERRORS",
        "StateEnum": "server.submissions.models.State",
        "CaseStateEnum": "server.verification.models.CaseState",
        "PackStateEnum": "server.results.models.PaperPack.State",
        "RescoreStateEnum": "server.rescores.models.Rescore.State",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
}

KNOWN_SETTINGS = known_names(env, BASE_DIR / ".env.example")
