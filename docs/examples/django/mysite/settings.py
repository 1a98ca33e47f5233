ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
ROOT_URLCONF = "mysite.urls"
SECRET_KEY = "write another one"  # noqa: S105 - an example
USE_TZ = True
WSGI_APPLICATION = "mysite.wsgi.application"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"xmlrpc_guard": {"handlers": ["console"]}},
}
