#!/usr/bin/env bash
# Guess: a framework's test client asks for the path that it is given, so that a rule about odd paths can be tested by it.
# Seen: of //a/b the clients of Werkzeug 3.1.9, Flask 3.1.3 and Django 5.2.19 take "a" for a host, and ask for /b: a test of
# //wp-login.php asks for the front page, and passes or fails by that. The byte of /%ff arrives as U+FFFD's three bytes
# (Werkzeug, Flask, falcon 4.4.0) or as the text %FF (Django). WebTest 3.0.7 has both as a server does.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check webtest==3.0.7 werkzeug==3.1.9 flask==3.1.3 django==5.2.19 falcon==4.4.0
seen=$("$work/env/bin/python" -W ignore - <<'TRY'
import django, falcon.testing, flask, webtest, werkzeug.test
from django.conf import settings
from django.test import RequestFactory

settings.configure(ALLOWED_HOSTS=["*"])
django.setup()
path = None

def application(environ, start_response):
    global path
    path = environ["PATH_INFO"]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ok"]

site = flask.Flask("site")
site.wsgi_app = application

def ask_django(target):
    global path
    path = RequestFactory().get(target).environ["PATH_INFO"]

clients = {
    "webtest": lambda target: webtest.TestApp(application).get(target),
    "werkzeug": lambda target: werkzeug.test.Client(application).get(target),
    "flask": lambda target: site.test_client().get(target),
    "django": ask_django,
    "falcon": lambda target: falcon.testing.simulate_get(application, target),
}
for name, ask in clients.items():
    paths = []
    for target in ("//a/b", "//wp-login.php", "/%ff"):
        ask(target)
        paths.append(ascii(path))
    print(name, *paths)
TRY
)
echo "//a/b, //wp-login.php and /%ff by"
echo "$seen"
[ "$seen" = "webtest '//a/b' '//wp-login.php' '/\\xff'
werkzeug '/b' '' '/\\xef\\xbf\\xbd'
flask '/b' '' '/\\xef\\xbf\\xbd'
django '/b' '/' '/%FF'
falcon '//a/b' '//wp-login.php' '/\\xef\\xbf\\xbd'" ]
