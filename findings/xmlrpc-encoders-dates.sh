#!/usr/bin/env bash
# Guess: XML-RPC encoders write one moment alike, in UTC, and what they write is read by Python's xmlrpc.client.
# Seen: on a machine in New York xmlrpc 1.3.2 and homematic-xmlrpc 2.0.0 write the clock on the wall, and no zone: a post is
# five hours early for a site that takes it as UTC. @foxglove/xmlrpc 1.3.0 and davexmlrpc 0.4.26 write UTC with dashes,
# milliseconds and a Z, where xmlrpc.client raises ValueError if it is asked for datetime, and gives the text if not.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --silent --no-audit --no-fund --prefix "$work" xmlrpc@1.3.2 homematic-xmlrpc@2.0.0 @foxglove/xmlrpc@1.3.0 davexmlrpc@0.4.26 >"$work/log"
write() {
    # Let a function of a package write a call with the moment 0, and say what it wrote and what Python reads.
    (cd "$work" && TZ=America/New_York node -e "process.stdout.write($1('a.b', [new Date(0)]$2))") >"$work/body"
    python3 - "$work/body" <<'READ'
import re, sys, xmlrpc.client
body = open(sys.argv[1]).read()
try:
    read = xmlrpc.client.loads(body, use_builtin_types=True)[0][0]
except ValueError:
    read = "ValueError"
print(re.search("<dateTime.iso8601>(.*?)</", body)[1], "is read as", read)
READ
}
seen=$(write "require('xmlrpc/lib/serializer').serializeMethodCall" ""
    write "require('homematic-xmlrpc/lib/serializer').serializeMethodCall" ""
    write "require('@foxglove/xmlrpc').serializeMethodCall" ""
    write "require('davexmlrpc').buildCall" ", 'xml'")
echo "$seen"
[ "$seen" = "19691231T19:00:00 is read as 1969-12-31 19:00:00
19691231T19:00:00 is read as 1969-12-31 19:00:00
1970-01-01T00:00:00.000Z is read as ValueError
1970-01-01T00:00:00.000Z is read as ValueError" ]
