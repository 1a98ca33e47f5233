#!/usr/bin/env bash
# Guess: what takes its socket from systemd takes it from systemd-socket-activate too, the tool that systemd has to try that
# out, and from anything else that sets LISTEN_FDS and LISTEN_PID, as sd_listen_fds's manual has it: names are optional.
# Seen: twisted 26.10.0's endpoint systemd:domain=INET:index=0, and so daphne 4.2.3 by -e, has no socket unless LISTEN_FDNAMES
# is set too, which the tool of systemd 252 does with --fdname alone: they end with "IndexError: list index out of range",
# which says nothing of names. gunicorn 27.0.1 answers without.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check twisted==26.10.0 daphne==4.2.3 gunicorn==27.0.1
cd "$work"
chmod 755 .
apt-get download -qq systemd=252.39-1~deb12u2 libsystemd-shared=252.39-1~deb12u2 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
cat >app.py <<'APP'
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"answered"]


async def served(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"answered"})
APP
attempt() {
    # Start a server by the tool, ask once, and say what came, or the last line that it wrote.
    port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
    # shellcheck disable=SC2086
    root/usr/bin/systemd-socket-activate -l "127.0.0.1:$port" -E PYTHONPATH="$work" $1 $2 >log 2>&1 &
    server=$!
    timeout 5 bash -c "until grep -q Listening log; do sleep 0.1; done"
    answer=$(curl -s -m 10 "http://127.0.0.1:$port/" || tail -n 1 log)
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    echo "${2##*/}" "${1:-without names}: $answer"
}
seen=$(for names in "" --fdname=http; do
    attempt "$names" "$work/env/bin/twist web --wsgi app.application --listen systemd:domain=INET:index=0"
    attempt "$names" "$work/env/bin/daphne -e systemd:domain=INET:index=0 app:served"
    attempt "$names" "$work/env/bin/gunicorn app:application"
done)
echo "$seen"
[ "$seen" = "twist web --wsgi app.application --listen systemd:domain=INET:index=0 without names: IndexError: list index out of range
daphne -e systemd:domain=INET:index=0 app:served without names: IndexError: list index out of range
gunicorn app:application without names: answered
twist web --wsgi app.application --listen systemd:domain=INET:index=0 --fdname=http: answered
daphne -e systemd:domain=INET:index=0 app:served --fdname=http: answered
gunicorn app:application --fdname=http: answered" ]
