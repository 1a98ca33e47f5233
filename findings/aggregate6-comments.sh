#!/usr/bin/env bash
# Guess: a tool that sums up a list of networks leaves comments out, and ends with an error if a line is none.
# Seen: aggregate6 1.0.15 reads each word by itself: of "# was 198.51.100.0/24 until May" the network is in the result, and
# the other words are errors. 10.0.0.1/8 is left out. All of it goes to standard error; the status is 0, so that a script
# takes the result for whole.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check aggregate6==1.0.15 setuptools==65.5.0
printf '192.0.2.0/25\n192.0.2.128/25 # both halves\n# was 198.51.100.0/24 until May\n10.0.0.1/8\n' >"$work/list"
status=0
seen=$("$work/env/bin/aggregate6" <"$work/list" 2>"$work/errors") || status=$?
echo "of four lines: ${seen//$'\n'/, }; status $status; not read: $(grep -o "'[^']*'" "$work/errors" | paste -sd' ')"
[ "$seen $status $(grep -c ERROR "$work/errors")" = "192.0.2.0/24
198.51.100.0/24 0 8" ]
