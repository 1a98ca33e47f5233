#!/usr/bin/env bash
# Guess: what a TOML library writes, any TOML library reads back as the same values.
# Seen: toml 0.10.2 writes the character DEL as the text "x7f", and of tables within two arrays the names alone, both
# without an error; it raises IndexError at an escape character. rtoml 0.14.0 writes None as the text "null", where tomlkit
# 0.15.2 and tomli-w 1.2.0 raise an error. tomlkit and tomli-w give back what they were given.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check toml==0.10.2 rtoml==0.14.0 tomlkit==0.15.2 tomli-w==1.2.0 tomli==2.2.1
seen=$("$work/env/bin/python" - <<'TRY'
import rtoml, toml, tomli, tomli_w, tomlkit
for value in ("a\x7fb", "\x1b[0m", [[{"allow": "192.0.2.0/24"}]], None):
    read = []
    for library in (toml, rtoml, tomlkit, tomli_w):
        try:
            back = tomli.loads(library.dumps({"value": value})).get("value", "absent")
            read.append("same" if back == value else repr(back))
        except Exception as error:
            read.append(type(error).__name__)
    print(f"{value!r}:", *read)
TRY
)
echo "written by toml, rtoml, tomlkit and tomli-w, and read again:"
echo "$seen"
[ "$seen" = "'a\\x7fb': 'ax7fb' same same same
'\\x1b[0m': IndexError same same same
[[{'allow': '192.0.2.0/24'}]]: [[['allow']]] same same same
None: 'absent' 'null' ConvertError TypeError" ]
