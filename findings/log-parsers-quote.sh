#!/usr/bin/env bash
# Guess: parsers of Apache's combined format read a user agent with a quote in it, which Apache writes as \", and say so
# if a line is none.
# Seen: apachelogs 0.6.1, lars 1.0 and pygrok 1.0.0 read all of it. apache-log-parser 1.7.0 and clfparser 0.3 end the agent
# at the quote, so that counts by agent run several into one. For a quote in the request clfparser gives empty texts for
# every field, the address included, without an error.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check apachelogs==0.6.1 apache-log-parser==1.7.0 clfparser==0.3 pygrok==1.0.0 lars==1.0 \
    setuptools==65.5.0
seen=$("$work/env/bin/python" -W ignore - <<'TRY'
import apache_log_parser, apachelogs
from clfparser import CLFParser
from lars.apache import COMBINED, ApacheSource
from pygrok import Grok

LINE = r'203.0.113.7 - - [29/Nov/2026:11:00:00 +0000] "GET /%s HTTP/1.1" 200 2 "-" "%s"'
agent, request = LINE % ("a", r"Feed \"one\" 1.0"), LINE % (r"a\"b", "Feed")

def by_lars(line):
    with ApacheSource([line + "\n"], COMBINED) as rows:
        return next(iter(rows))

combined = apache_log_parser.make_parser(apachelogs.COMBINED)
grok = Grok("%{COMBINEDAPACHELOG}")
print("apachelogs:", apachelogs.parse(apachelogs.COMBINED, agent).headers_in["User-Agent"])
print("lars:", by_lars(agent).req_User_agent)
print("pygrok:", grok.match(agent)["agent"])
print("apache-log-parser:", combined(agent)["request_header_user_agent"])
print("clfparser:", CLFParser.logDict(agent)["Useragent"])
print("a quote in the request:", apachelogs.parse(apachelogs.COMBINED, request).remote_host, repr(CLFParser.logDict(request)["h"]))
TRY
)
echo "$seen"
[ "$seen" = 'apachelogs: Feed "one" 1.0
lars: Feed "one" 1.0
pygrok: "Feed \"one\" 1.0"
apache-log-parser: Feed \
clfparser: "Feed \"
a quote in the request: 203.0.113.7 '"''" ]
