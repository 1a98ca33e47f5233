#!/usr/bin/env bash
# Guess: a receiver of the PROXY protocol takes version 1's UNKNOWN with whatever stands behind it, as the protocol's text
# (which comes with HAProxy) has it: it "must ignore anything presented before the CRLF".
# Seen: HAProxy 2.6.12 takes "PROXY UNKNOWN" and then names the balancer itself; but with addresses behind UNKNOWN, as that
# text shows the longest line, it closes the connection without an answer. nginx, Traefik and nghttpx take both.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${haproxy:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq haproxy=2.6.12-1+deb12u4 liblua5.3-0 libopentracing1 libopentracing-c-wrapper0 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
libraries=$(find root -name '*.so*' -printf "$work/%h:")
port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >haproxy.cfg <<CONF
defaults
    mode http
    timeout client 5s
frontend web
    bind 127.0.0.1:$port accept-proxy
    http-request return status 200 content-type text/plain lf-string "%[src]"
CONF
LD_LIBRARY_PATH=$libraries root/usr/sbin/haproxy -db -f haproxy.cfg &
haproxy=$!
seen=$(python3 - "$port" <<'ASK'
import socket, sys, time
def ask(line):
    for _ in range(100):
        try:
            connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=10)
            break
        except OSError:
            time.sleep(0.1)
    with connection, connection.makefile("rb") as answer:
        connection.sendall(line + b"\r\nGET / HTTP/1.0\r\n\r\n")
        try:
            return answer.read().decode().rpartition("\n")[2] or "closed"
        except ConnectionError:
            return "closed"
lines = [b"PROXY TCP6 2001:db8::9 2001:db8::1 4711 80", b"PROXY UNKNOWN", b"PROXY UNKNOWN 2001:db8::9 2001:db8::1 4711 80"]
print("; ".join(map(ask, lines)))
ASK
)
echo "HAProxy 2.6.12, TCP6; UNKNOWN; UNKNOWN with addresses: $seen"
[ "$seen" = "2001:db8::9; 127.0.0.1; closed" ]
