"""A Flask and a Django application, wrapped as their users would wrap them."""

import flask
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

from xmlrpc_guard import Policy, XMLRPCGuard

POLICY = Policy(allow=["jetpack"], trusted_proxies=["127.0.0.1"])

flask_site = flask.Flask("site")


@flask_site.route("/<path:page>", methods=["GET", "POST"])
def show(page: str) -> str:
    return f"flask has {page}"


flask_site.wsgi_app = XMLRPCGuard(flask_site.wsgi_app, POLICY)  # type: ignore[method-assign]


def view(_request: HttpRequest, page: str) -> HttpResponse:
    return HttpResponse(f"django has {page}")


urlpatterns = [path("<path:page>", view)]
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], MIDDLEWARE=[], SECRET_KEY="for tests only")
django_site = XMLRPCGuard(get_wsgi_application(), POLICY)
