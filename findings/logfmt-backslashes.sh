#!/usr/bin/env bash
# Guess: readers of logfmt give back what a formatter of log records writes as logfmt, with \n for the line ends of a
# traceback, and with the backslash of a path.
# Seen: of what structlog 26.1.0 and logfmter 0.0.12 write, npm's logfmt 1.4.0 and @jclem/logfmt2 2.4.3 drop a backslash and
# keep the letter after it: the lines of a traceback are joined by an n, and C:\new is C:new. PyPI's logfmt 0.4 gives True
# for a quoted text with a backslash in it, without an error.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check structlog==26.1.0 logfmter==0.0.12 logfmt==0.4
npm install --silent --no-audit --no-fund --prefix "$work" logfmt@1.4.0 @jclem/logfmt2@2.4.3 >"$work/log"
cat >"$work/write.py" <<'WRITE'
import logging
import logfmter, structlog
renderer, formatter = structlog.processors.LogfmtRenderer(), logfmter.Logfmter(keys=[])
for text in ("one\ntwo", r"C:\new", r"C:\new dir"):
    print(renderer(None, "", {"text": text}))
    print(formatter.format(logging.makeLogRecord({"msg": {"text": text}})))
WRITE
cat >"$work/read.py" <<'READ'
import sys
import logfmt
for record in logfmt.parse(sys.stdin):
    print(record["text"])
READ
cat >"$work/read.js" <<'READ'
const lines = require("fs").readFileSync(0, "utf8").trimEnd().split("\n");
const read = {logfmt: require("logfmt").parse, "@jclem/logfmt2": require("@jclem/logfmt2").decode}[process.argv[2]];
lines.forEach(line => console.log(read(line).text));
READ
cd "$work"
env/bin/python write.py >written
seen=$(paste -d '|' written <(node read.js logfmt <written) <(node read.js @jclem/logfmt2 <written) <(env/bin/python read.py <written))
echo "$seen"
[ "$seen" = 'text=one\ntwo|onentwo|onentwo|one\ntwo
text="one\ntwo"|onentwo|onentwo|True
text=C:\new|C:new|C:new|C:\new
text=C:\new|C:new|C:new|C:\new
text="C:\\new dir"|C:\new dir|C:\new dir|True
text="C:\\new dir"|C:\new dir|C:\new dir|True' ]
