#!/usr/bin/env bash
# Guess: what a client sends in HTTP/2 as the pseudo-field :scheme has no place in HTTP/1.1, and is dropped on the way to a
# backend.
# Seen: Varnish 7.1.1 sends it to the backend as an ordinary field named "scheme", without the colon; there is none for the
# same request in HTTP/1.1. A WSGI or CGI application finds HTTP_SCHEME, which the client chose.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${varnish:-}" "${upstream:-}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
chmod 711 .
python3 -m venv env
env/bin/pip install -q --disable-pip-version-check h2==4.4.1
apt-get download -qq varnish=7.1.1-2+deb12u1 libvarnishapi3=7.1.1-2+deb12u1 libjemalloc2 libedit2 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
libraries=$(find root -name '*.so*' -not -path '*vmods*' -printf "$work/%h:")
cat >upstream.py <<'UPSTREAM'
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Scheme(BaseHTTPRequestHandler):
    def do_GET(self):
        body = str(self.headers["scheme"]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args): pass
HTTPServer(("127.0.0.1", int(sys.argv[1])), Scheme).serve_forever()
UPSTREAM
read -r port to < <(python3 -c 'import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(s.getsockname()[1] for s in held))')
python3 upstream.py "$to" &
upstream=$!
printf 'vcl 4.1;\nbackend a { .host = "127.0.0.1"; .port = "%s"; }\n' "$to" >a.vcl
LD_LIBRARY_PATH=$libraries root/usr/sbin/varnishd -F -j none -a "127.0.0.1:$port" -f "$work/a.vcl" -n "$work/run" \
    -p feature=+http2 -s malloc,16m >/dev/null 2>&1 &
varnish=$!
seen=$(env/bin/python - "$port" <<'ASK'
import http.client, socket, sys, time
from h2.connection import H2Connection
from h2.events import DataReceived, StreamEnded
port = int(sys.argv[1])
def first():
    for _ in range(600):  # the backend's code is compiled first
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", "/")
            return connection.getresponse().read().decode()
        except OSError:
            time.sleep(0.1)
def second():
    h2, body = H2Connection(), b""
    h2.initiate_connection()
    h2.send_headers(1, [(":method", "GET"), (":scheme", "http"), (":authority", "a"), (":path", "/")], end_stream=True)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        while True:
            connection.sendall(h2.data_to_send())
            for event in h2.receive_data(connection.recv(65536)):
                if isinstance(event, DataReceived):
                    body += event.data
                if isinstance(event, StreamEnded):
                    return body.decode()
print(f"HTTP/1.1: {first()}; HTTP/2: {second()}")
ASK
)
echo "The field scheme at a backend of Varnish 7.1.1: $seen"
[ "$seen" = "HTTP/1.1: None; HTTP/2: http" ]
