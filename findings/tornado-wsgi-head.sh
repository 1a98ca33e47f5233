#!/usr/bin/env bash
# Guess: a WSGI server answers HEAD by the status and the fields, and drops blocks that the application gives all the same:
# many applications leave that to the server.
# Seen: with tornado 6.6.1's WSGIContainer the client of such an application gets no answer at all, since writing raises
# HTTPOutputError; a monitor that asks by HEAD calls the site down. An application that returns nothing for HEAD, and names
# no length, is answered with "Content-Length: 0", where GET has 5.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check tornado==6.6.1
cat >"$work/serve.py" <<'SERVE'
import asyncio, sys
from tornado.httpserver import HTTPServer
from tornado.wsgi import WSGIContainer
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [] if environ["PATH_INFO"] == "/none" and environ["REQUEST_METHOD"] == "HEAD" else [b"hello"]
async def serve():
    HTTPServer(WSGIContainer(application)).listen(int(sys.argv[1]), "127.0.0.1")
    await asyncio.Event().wait()
asyncio.run(serve())
SERVE
port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$work/env/bin/python" "$work/serve.py" "$port" 2>/dev/null &
server=$!
seen=$("$work/env/bin/python" - "$port" <<'ASK'
import http.client, sys, time
def ask(method, path):
    for _ in range(100):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=10)
            connection.request(method, path)
            answer = connection.getresponse()
            return f"{answer.status} {answer.getheader('Content-Length')}"
        except http.client.RemoteDisconnected:
            return "no answer"
        except OSError:
            time.sleep(0.1)
print(f"GET {ask('GET', '/')}, HEAD {ask('HEAD', '/')}; with no blocks for HEAD: GET {ask('GET', '/none')}, HEAD {ask('HEAD', '/none')}")
ASK
)
echo "tornado 6.6.1: $seen"
[ "$seen" = "GET 200 5, HEAD no answer; with no blocks for HEAD: GET 200 5, HEAD 200 0" ]
