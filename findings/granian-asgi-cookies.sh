#!/usr/bin/env bash
# Guess: of a request over HTTP/2 whose cookies come in several fields, as browsers send them, an application sees one,
# joined by "; ": RFC 9113 section 8.2.3 demands it of what passes them on to a generic application.
# Seen: granian 2.8.9 leaves an ASGI application two fields. a2wsgi 1.10.10 and asgiref 3.13.0 join them by a comma, as any
# other, so that a WSGI application behind reads one cookie for two, and a login is lost. Under hypercorn 0.18.0 both
# are there. granian itself, as a WSGI server, joins them well.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check granian==2.8.9 hypercorn==0.18.0 a2wsgi==1.10.10 asgiref==3.13.0 h2==4.4.1
cat >"$work/app.py" <<'APP'
from http.cookies import SimpleCookie

from a2wsgi import WSGIMiddleware
from asgiref.wsgi import WsgiToAsgi


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    cookies = SimpleCookie(environ["HTTP_COOKIE"])
    return [" ".join(f"{name}={cookie.value}" for name, cookie in cookies.items()).encode()]


by_a2wsgi = WSGIMiddleware(application)
by_asgiref = WsgiToAsgi(application)
APP
cat >"$work/ask.py" <<'ASK'
import socket, sys, time
from h2.connection import H2Connection
from h2.events import DataReceived, StreamEnded
h2, body, ended = H2Connection(), b"", False
h2.initiate_connection()
head = [(":method", "GET"), (":scheme", "http"), (":authority", "a"), (":path", "/"), ("cookie", "a=1"), ("cookie", "b=2")]
h2.send_headers(1, head, end_stream=True)
for _ in range(100):
    try:
        connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=10)
        break
    except OSError:
        time.sleep(0.1)
while not ended:
    connection.sendall(h2.data_to_send())
    for event in h2.receive_data(connection.recv(65536)):
        body += event.data if isinstance(event, DataReceived) else b""
        ended = ended or isinstance(event, StreamEnded)
print(body.decode())
ASK
cd "$work"
ask() {
    # Start a server with an application of app.py, and print the cookies that it read.
    local port
    port=$(env/bin/python -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
    case $1 in
        hypercorn) env/bin/hypercorn --bind "127.0.0.1:$port" "app:$2" & ;;
        *) env/bin/granian --interface "${1#granian-}" --http 2 --port "$port" --no-log "app:$2" & ;;
    esac >/dev/null 2>&1
    server=$!
    env/bin/python ask.py "$port"
    kill "$server"
    wait "$server" 2>/dev/null || true
}
seen="granian: $(ask granian-wsgi application); granian and a2wsgi: $(ask granian-asgi by_a2wsgi)"
seen="$seen; granian and asgiref: $(ask granian-asgi by_asgiref); hypercorn and a2wsgi: $(ask hypercorn by_a2wsgi)"
echo "$seen"
[ "$seen" = "granian: a=1 b=2; granian and a2wsgi: a=1,b=2; granian and asgiref: a=1,b=2; hypercorn and a2wsgi: a=1 b=2" ]
