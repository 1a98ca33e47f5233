#!/usr/bin/env bash
# Guess: a reverse proxy that appends its client's address to X-Forwarded-For appends nothing, or "unix:" as nginx does, for
# a client that connects by the proxy's own unix socket and so has no address.
# Seen: h2o 2.2.5 and nghttpx 1.52 append the word "localhost". What takes it for a name looks up 127.0.0.1; what wants
# an address finds a list that ends in none.
set -euo pipefail
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq h2o=2.2.5+dfsg2-7 libyaml-0-2 nghttp2-proxy=1.52.0-1+deb12u3 libnghttp2-14=1.52.0-1+deb12u3 \
    libc-ares2 libev4 libjemalloc2 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
LD_LIBRARY_PATH=$(find root -name '*.so*' -printf "$work/%h:")
cat >upstream.py <<'UPSTREAM'
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Echo(BaseHTTPRequestHandler):
    def do_GET(self):
        body = str(self.headers["X-Forwarded-For"]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args): pass
HTTPServer(("127.0.0.1", int(sys.argv[1])), Echo).serve_forever()
UPSTREAM
to=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
python3 upstream.py "$to" &
cat >h2o.conf <<CONF
user: $(id -un)
listen: {type: unix, port: $work/h2o.sock}
hosts: {default: {paths: {/: {proxy.reverse.url: "http://127.0.0.1:$to/"}}}}
CONF
LD_LIBRARY_PATH=$LD_LIBRARY_PATH root/usr/bin/h2o -m worker -c h2o.conf >/dev/null 2>&1 &
LD_LIBRARY_PATH=$LD_LIBRARY_PATH root/usr/sbin/nghttpx --conf=/dev/null --workers=1 --log-level=ERROR \
    "--frontend=unix:$work/nghttpx.sock;no-tls" "--backend=127.0.0.1,$to" --add-x-forwarded-for >/dev/null 2>&1 &
seen=$(python3 - "$work" <<'ASK'
import socket, sys, time
REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.9\r\nConnection: close\r\n\r\n"
def ask(name):
    for _ in range(100):
        try:
            with socket.socket(socket.AF_UNIX) as connection, connection.makefile("rb") as answer:
                connection.connect(f"{sys.argv[1]}/{name}.sock")
                connection.sendall(REQUEST)
                text = answer.read().decode()
                if " 200 " in text:  # it is 502 until the upstream is there
                    return text.rpartition("\n")[2]
        except OSError:
            pass
        time.sleep(0.1)
print(f"h2o 2.2.5: {ask('h2o')}; nghttpx 1.52: {ask('nghttpx')}")
ASK
)
echo "$seen"
[ "$seen" = "h2o 2.2.5: 203.0.113.9, localhost; nghttpx 1.52: 203.0.113.9, localhost" ]
