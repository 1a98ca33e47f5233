#!/usr/bin/env bash
# Guess: a client that tests a WSGI application without a server makes the environ that a server makes of such a request: the
# peer's address, a path of bytes written as Latin-1, two lines of a field joined by a comma.
# Seen: only httpx 0.28.1 and wsgi_intercept 1.13.1 give REMOTE_ADDR. httpx gives the path as the text that its bytes mean,
# so that what decodes it, as PEP 3333 demands, raises an error. webtest 3.0.7, httpx and wsgi_intercept keep the last line
# of two; wsgi_intercept's SERVER_PROTOCOL ends in a line end, and its SERVER_PORT is a number.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check webtest==3.0.7 werkzeug==3.1.9 httpx==0.28.1 wsgi_intercept==1.13.1 falcon==4.4.0 \
    requests-wsgi-adapter==0.4.1 requests==2.34.2
seen=$("$work/env/bin/python" -W ignore - <<'TRY'
import http.client, wsgi_intercept
import falcon.testing, httpx, requests, webtest, werkzeug.test, wsgiadapter
from wsgi_intercept import http_client_intercept

KEYS = ("REMOTE_ADDR", "PATH_INFO", "HTTP_X_A", "SERVER_PROTOCOL", "SERVER_PORT")
PATH, TWO = "/caf%C3%A9", [("X-A", "1"), ("X-A", "2")]

def application(environ, start_response):
    print(name, *(ascii(environ.get(key)) for key in KEYS))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ok"]

name = "webtest"
webtest.TestApp(application).get(PATH, headers=TWO)
name = "werkzeug"
werkzeug.test.Client(application).get(PATH, headers=TWO)
name = "falcon"
falcon.testing.simulate_get(application, PATH, headers=TWO)
name = "requests-wsgi-adapter"
with requests.Session() as client:
    client.mount("http://a.example", wsgiadapter.WSGIAdapter(application))
    client.get("http://a.example" + PATH)
name = "httpx"
with httpx.Client(transport=httpx.WSGITransport(application)) as client:
    client.get("http://a.example" + PATH, headers=TWO)
name = "wsgi_intercept"
http_client_intercept.install()
wsgi_intercept.add_wsgi_intercept("a.example", 80, lambda: application)
connection = http.client.HTTPConnection("a.example", 80)
connection.putrequest("GET", PATH)
for field in TWO:
    connection.putheader(*field)
connection.endheaders()
connection.getresponse().read()
TRY
)
echo "client, REMOTE_ADDR, PATH_INFO, two lines, SERVER_PROTOCOL, SERVER_PORT:"
echo "$seen"
[ "$seen" = "webtest None '/caf\\xc3\\xa9' '2' 'HTTP/1.0' '80'
werkzeug None '/caf\\xc3\\xa9' '1, 2' 'HTTP/1.1' '80'
falcon None '/caf\\xc3\\xa9' '1,2' 'HTTP/1.1' '80'
requests-wsgi-adapter None '/caf\\xc3\\xa9' None 'HTTP/1.1' '80'
httpx '127.0.0.1' '/caf\\xe9' '2' 'HTTP/1.1' '80'
wsgi_intercept '127.0.0.1' '/caf\\xc3\\xa9' '2' 'HTTP/1.1\\r\\n' 80" ]
