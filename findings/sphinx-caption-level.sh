#!/usr/bin/env bash
# Guess: the captions of toctrees, which Sphinx marks up as headings for screen readers, have the level that WAI-ARIA 1.2
# requires of the role (aria-level), or are heading elements.
# Seen: with Sphinx 9.0.4 and furo 2025.12.19 they are <p class="caption" role="heading"> without a level, which axe-core
# counts among the serious findings (aria-required-attr), on every page that has the navigation.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check sphinx==9.0.4 furo==2025.12.19
mkdir "$work/docs"
printf 'project = "x"\nhtml_theme = "furo"\n' >"$work/docs/conf.py"
printf 'x\n=\n\n.. toctree::\n   :caption: Guides\n\n   a\n' >"$work/docs/index.rst"
printf 'a\n=\n' >"$work/docs/a.rst"
"$work/env/bin/python" -W ignore -m sphinx -q "$work/docs" "$work/site"
seen=$(grep -o '<[a-z0-9]* class="caption"[^>]*>' "$work/site/a.html" | sort -u)
echo "a caption by Sphinx 9.0.4 and furo 2025.12.19: $seen"
[ "$seen" = '<p class="caption" role="heading">' ]
