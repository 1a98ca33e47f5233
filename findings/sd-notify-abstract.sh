#!/usr/bin/env bash
# Guess: a library that tells systemd that a service is ready takes each form of NOTIFY_SOCKET that sd_notify's manual has: a
# path, or "@" and a name in the abstract namespace.
# Seen: sd-notify 0.1.0 raises FileNotFoundError at "@name", so that the service ends where it should begin. sdnotify 0.3.2
# takes both.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check sd-notify==0.1.0 sdnotify==0.3.2
seen=$("$work/env/bin/python" - "$work" <<'TRY'
import os, socket, sys
import sd_notify, sdnotify
for name, address in (("a path", f"{sys.argv[1]}/socket"), ("abstract", f"@{sys.argv[1]}")):
    os.environ["NOTIFY_SOCKET"] = address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.settimeout(10)
        manager.bind(address.replace("@", "\0"))
        said = []
        for tell in (lambda: sdnotify.SystemdNotifier().notify("READY=1"), lambda: sd_notify.Notifier().ready()):
            try:
                tell()
                said.append(manager.recv(100).decode().strip())
            except OSError as error:
                said.append(type(error).__name__)
    print(f"{name}:", *said)
TRY
)
echo "sdnotify and sd-notify,"
echo "$seen"
[ "$seen" = "a path: READY=1 READY=1
abstract: READY=1 FileNotFoundError" ]
