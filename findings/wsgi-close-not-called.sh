#!/usr/bin/env bash
# Guess: each server calls close() of what an application returned, whether it was sent whole or its iteration raised: PEP
# 3333 demands both, and files, database sessions and locks are given back there.
# Seen: asgiref 3.13.0's WsgiToAsgi never calls it. twisted 26.10.0 does not if the iteration raises. gunicorn 27.0.1 and
# a2wsgi 1.10.10 always do. Nothing is logged about it.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check asgiref==3.13.0 twisted==26.10.0 gunicorn==27.0.1 a2wsgi==1.10.10 uvicorn==0.54.0
cat >"$work/app.py" <<'APP'
from a2wsgi import WSGIMiddleware
from asgiref.wsgi import WsgiToAsgi


class Blocks:
    def __init__(self, path):
        self.path, self.left = path, [b"second", b"first"]
    def __iter__(self): return self
    def __next__(self):
        if not self.left:
            raise StopIteration
        if self.path == "/raises" and len(self.left) == 1:
            raise LookupError("after the first block")
        return self.left.pop()
    def close(self):
        with open("closed", "a") as closed:
            closed.write(self.path + "\n")


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return Blocks(environ["PATH_INFO"])


by_a2wsgi = WSGIMiddleware(application)
by_asgiref = WsgiToAsgi(application)
APP
cat >"$work/on_twisted.py" <<'ON'
import sys
from twisted.internet import reactor
from twisted.web import server, wsgi
import app
resource = wsgi.WSGIResource(reactor, reactor.getThreadPool(), app.application)
reactor.listenTCP(int(sys.argv[1]), server.Site(resource), interface="127.0.0.1")
reactor.run()
ON
cd "$work"
ask() {
    # Start a server, ask for both pages, and print for which of them close() was called.
    local port
    : >closed
    port=$(env/bin/python -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
    case $1 in
        gunicorn) env/bin/gunicorn --bind "127.0.0.1:$port" --log-level critical app:application & ;;
        twisted) env/bin/python on_twisted.py "$port" & ;;
        *) env/bin/uvicorn --port "$port" --log-level critical --lifespan off "app:by_$1" & ;;
    esac >/dev/null 2>&1
    server=$!
    env/bin/python - "$port" <<'ASK'
import http.client, sys, time
for path in ("/whole", "/raises"):
    for _ in range(100):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=10)
            connection.request("GET", path)
            connection.getresponse().read()
            break
        except http.client.IncompleteRead:
            break
        except OSError:
            time.sleep(0.1)
time.sleep(1)
ASK
    kill "$server"
    wait "$server" 2>/dev/null || true
    paste -sd' ' closed
}
seen=$(for name in gunicorn a2wsgi asgiref twisted; do echo "$name: $(ask "$name")"; done)
echo "$seen"
[ "$seen" = "gunicorn: /whole /raises
a2wsgi: /whole /raises
asgiref: 
twisted: /whole" ]
