#!/usr/bin/env bash
# Guess: aiohttp-xmlrpc carries values as xmlrpc.client does: bytes as base64, a text with its blanks, a whole number as one.
# Seen: aiohttp-xmlrpc 1.5.0 writes bytes as a text, or raises UnicodeDecodeError where they are none, so that no picture
# can be uploaded by it; it takes the blanks off both ends of each text that it reads, and cuts one at a comment in it;
# it writes numbers from 2**31 on as double; and at <i8>, which xmlrpc.client reads, it raises TypeError.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check aiohttp-xmlrpc==1.5.0 aiohttp==3.14.5 lxml==6.1.3
seen=$("$work/env/bin/python" - <<'TRY'
import xmlrpc.client
from aiohttp_xmlrpc.common import py2xml, xml2py
from lxml import etree

def attempt(function, value):
    try:
        return function(value)
    except Exception as error:
        return type(error).__name__

def written(value):
    return attempt(lambda value: etree.tostring(py2xml(value)).decode(), value)

def read(text):
    ours = attempt(lambda text: xml2py(etree.fromstring(text)), text)
    theirs = attempt(lambda text: xmlrpc.client.loads(f"<params><param>{text}</param></params>")[0][0], text)
    return f"{ours!r}, by xmlrpc.client {theirs!r}"

for value in (b"GIF", b"\xff\xd8", 2**31):
    print(repr(value), "is written as", written(value))
for text in ("<string> a </string>", "<string>a<!-- b -->c</string>", "<i8>5</i8>"):
    print(text, "is read as", read(f"<value>{text}</value>"))
TRY
)
echo "$seen"
[ "$seen" = "b'GIF' is written as <string>GIF</string>
b'\\xff\\xd8' is written as UnicodeDecodeError
2147483648 is written as <double>2147483648</double>
<string> a </string> is read as 'a', by xmlrpc.client ' a '
<string>a<!-- b -->c</string> is read as 'a', by xmlrpc.client 'ac'
<i8>5</i8> is read as 'TypeError', by xmlrpc.client 5" ]
