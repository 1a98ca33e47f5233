#!/usr/bin/env bash
# Guess: wsgiref.validate, the checker of the standard library, has nothing to say against the environ that a WSGI server
# of some age makes of a plain request.
# Seen: it refuses hypercorn 0.18.0's for any request, since SERVER_PORT is a number there, and those of twisted 26.10.0 and
# rocket3 20260526.0 for a POST, which hold HTTP_CONTENT_TYPE beside CONTENT_TYPE: what sends all HTTP_ keys on, as
# proxies do, sends the field twice. waitress 3.0.2 and tornado 6.6.1 pass.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check hypercorn==0.18.0 twisted==26.10.0 rocket3==20260526.0 waitress==3.0.2 tornado==6.6.1
cat >"$work/app.py" <<'APP'
from wsgiref.validate import validator


@validator
def valid(environ, start_response):
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]


def application(environ, start_response):
    try:
        return valid(environ, start_response)
    except AssertionError as error:
        said = [key for key in ("SERVER_PORT", "HTTP_CONTENT_TYPE") if key in str(error)] or [str(error)]
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [said[0].encode()]
APP
cat >"$work/on.py" <<'ON'
import asyncio, sys
import app
name, port = sys.argv[1], int(sys.argv[2])
if name == "twisted":
    from twisted.internet import reactor
    from twisted.web import server, wsgi
    resource = wsgi.WSGIResource(reactor, reactor.getThreadPool(), app.application)
    reactor.listenTCP(port, server.Site(resource), interface="127.0.0.1")
    reactor.run()
elif name == "tornado":
    from tornado import httpserver, wsgi
    async def serve():
        httpserver.HTTPServer(wsgi.WSGIContainer(app.application)).listen(port, "127.0.0.1")
        await asyncio.Event().wait()
    asyncio.run(serve())
else:
    from rocket3 import Rocket3
    Rocket3(("127.0.0.1", port), "wsgi", {"wsgi_app": app.application}).start()
ON
cd "$work"
ask() {
    # Start a server, and print what the validator says of a GET and of a POST.
    local port
    port=$(env/bin/python -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
    case $1 in
        hypercorn) env/bin/hypercorn --bind "127.0.0.1:$port" wsgi:app:application & ;;
        waitress) env/bin/waitress-serve --listen="127.0.0.1:$port" app:application & ;;
        *) env/bin/python on.py "$1" "$port" & ;;
    esac >/dev/null 2>&1
    server=$!
    env/bin/python - "$port" <<'ASK'
import sys, time, urllib.request
def ask(body):
    for _ in range(100):
        try:
            request = urllib.request.Request(f"http://127.0.0.1:{sys.argv[1]}/", body, {"Content-Type": "text/xml"} if body else {})
            return urllib.request.urlopen(request, timeout=10).read().decode()
        except OSError:
            time.sleep(0.1)
print(ask(None), ask(b"<a/>"))
ASK
    kill "$server"
    wait "$server" 2>/dev/null || true
}
seen=$(for name in waitress tornado hypercorn twisted rocket3; do echo "$name: $(ask "$name")"; done)
echo "$seen"
[ "$seen" = "waitress: ok ok
tornado: ok ok
hypercorn: SERVER_PORT SERVER_PORT
twisted: ok HTTP_CONTENT_TYPE
rocket3: ok HTTP_CONTENT_TYPE" ]
