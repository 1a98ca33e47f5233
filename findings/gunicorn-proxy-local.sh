#!/usr/bin/env bash
# Guess: a PROXY protocol header without an address (version 1's UNKNOWN, version 2's LOCAL, as which HAProxy's health
# checks come) leaves the connection's own address in REMOTE_ADDR, as the protocol's text has it, section 2.
# Seen: gunicorn 27.0.1 calls the application for LOCAL with REMOTE_ADDR = None, which is no text as PEP 3333 demands,
# and REMOTE_PORT = "None"; its access log says "None" too. UNKNOWN is answered 400.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check gunicorn==27.0.1
cat >"$work/app.py" <<'APP'
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [repr((environ["REMOTE_ADDR"], environ["REMOTE_PORT"])).encode()]
APP
port=$("$work/env/bin/python" -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$work/env/bin/gunicorn" --chdir "$work" --bind "127.0.0.1:$port" --log-level critical --proxy-protocol auto app:application &
server=$!
seen=$("$work/env/bin/python" - "$port" <<'ASK'
import socket, struct, sys, time
signature = b"\r\n\r\n\0\r\nQUIT\n"
address = socket.inet_aton("203.0.113.9") + socket.inet_aton("127.0.0.1") + struct.pack("!HH", 4711, 80)
headers = {
    "PROXY": signature + b"\x21\x11" + struct.pack("!H", len(address)) + address,
    "LOCAL": signature + b"\x20\x00" + struct.pack("!H", 0),
    "UNKNOWN": b"PROXY UNKNOWN\r\n",
}
def ask(header):
    for _ in range(100):
        try:
            connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=10)
            break
        except OSError:
            time.sleep(0.1)
    with connection, connection.makefile("rb") as answer:
        connection.sendall(header + b"GET / HTTP/1.0\r\n\r\n")
        status = answer.readline().split()[1].decode()
        return status + " " + answer.read().decode().splitlines()[-1] if status == "200" else status
print("; ".join(f"{name}: {ask(header)}" for name, header in headers.items()))
ASK
)
echo "gunicorn 27.0.1: $seen"
[ "$seen" = "PROXY: 200 ('203.0.113.9', '4711'); LOCAL: 200 (None, 'None'); UNKNOWN: 400" ]
