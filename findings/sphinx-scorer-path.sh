#!/usr/bin/env bash
# Guess: html_search_scorer names a file relative to the configuration directory, as Sphinx' manual says of it.
# Seen: Sphinx 9.0.4 opens it relative to the directory in which it was started. `sphinx-build docs site` from the
# project's root ends with FileNotFoundError; started within docs, the same configuration builds.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check sphinx==9.0.4
mkdir "$work/docs"
printf 'project = "x"\nhtml_search_scorer = "scorer.js"\n' >"$work/docs/conf.py"
printf 'var Scorer = {};\n' >"$work/docs/scorer.js"
printf 'x\n=\n' >"$work/docs/index.rst"
build() {
    # Build from a directory, and say how that ended.
    (cd "$1" && TMPDIR=$work "$work/env/bin/python" -W ignore -m sphinx -q "$work/docs" "$work/site-$2") >"$work/log" 2>&1 &&
        echo built || grep -o 'FileNotFoundError' "$work/log" | head -n 1
}
seen="$(build "$work" root), $(build "$work/docs" docs)"
echo "from the root and from the configuration directory, Sphinx 9.0.4: $seen"
[ "$seen" = "FileNotFoundError, built" ]
