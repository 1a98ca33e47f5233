#!/usr/bin/env bash
# Guess: as in configparser, a key of a section is nearer than one of [DEFAULT]; and what the caller gives by
# global_conf= (pserve: NAME=VALUE on the command line) counts wherever it is read.
# Seen: with PasteDeploy 3.1.0 a filter's own key is dropped, without a word, where [DEFAULT] has one of that name. A value
# that the caller gives arrives in the factory's global settings, but %(NAME)s in the section is [DEFAULT]'s: the two
# differ in one call.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q PasteDeploy==3.1.0 'setuptools<81' >/dev/null

cat >shown.py <<'PYTHON'
def filter_factory(global_conf, **local_conf):
    globally = {name: global_conf[name] for name in ("colour", "mode") if name in global_conf}
    print("global", globally, "own", local_conf)
    return lambda app: app


def app_factory(global_conf, **local_conf):
    return lambda environ, start_response: []
PYTHON

site() {
    cat <<INI
$1
[app:main]
paste.app_factory = shown:app_factory
filter-with = shown
[filter:shown]
paste.filter_factory = shown:filter_factory
colour = green
now = %(mode)s
INI
}
site "" >without.ini
site $'[DEFAULT]\ncolour = red\nmode = slow' >with.ini

load() {
    PYTHONPATH=. venv/bin/python -W ignore -c '
import sys
from paste.deploy import loadapp
loadapp(f"config:{sys.argv[1]}", relative_to=".", global_conf={"mode": "fast"})' "$1"
}
without=$(load without.ini)
with=$(load with.ini)
echo "without [DEFAULT]: $without"
echo "with [DEFAULT]:    $with"
[ "$without" = "global {'mode': 'fast'} own {'colour': 'green', 'now': 'fast'}" ]
[ "$with" = "global {'colour': 'red', 'mode': 'fast'} own {'now': 'slow'}" ]
