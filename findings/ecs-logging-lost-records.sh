#!/usr/bin/env bash
# Guess: a formatter of log records writes each record, whatever the names in extra= are; of two fields of one name one wins.
# Seen: ecs-logging 2.3.0 raises TypeError where an extra is a text and another name has it before a dot, as "client" and
# "client.port", or "log" and the log.logger that it adds itself. logging prints the traceback to standard error, and the
# record is gone: an exception logged with extra={"error": "..."} is in no file. Addresses are written as Python's repr.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check ecs-logging==2.3.0
seen=$("$work/env/bin/python" - 2>"$work/errors" <<'TRY'
import ipaddress, json, logging, sys
import ecs_logging
handler = logging.StreamHandler(sys.stdout)
handler.setFormatter(ecs_logging.StdlibFormatter())
logger = logging.getLogger("site")
logger.addHandler(handler)
logger.warning("first", extra={"client": "192.0.2.7"})
logger.warning("second", extra={"client": "192.0.2.7", "client.port": 4711})
logger.warning("third", extra={"log": "access"})
try:
    raise LookupError
except LookupError:
    logger.exception("fourth", extra={"error": "no such post"})
logger.warning("fifth", extra={"client": ipaddress.ip_address("192.0.2.7")})
TRY
)
seen=$(python3 -c 'import json, sys
for line in sys.stdin:
    record = json.loads(line)
    print(record["message"], record["client"])' <<<"$seen")
echo "of five records: ${seen//$'\n'/, }; $(grep -c '^--- Logging error ---' "$work/errors") errors on standard error"
[ "$seen $(grep -c '^--- Logging error ---' "$work/errors")" = "first 192.0.2.7
fifth IPv4Address('192.0.2.7') 3" ]
