#!/usr/bin/env bash
# Guess: a reader of a MaxMind DB file finds each field in the type in which it was written, whatever else is in the file.
# Seen: mmdb_writer 0.2.7 stores one of all values that are equal to each other: after a 1 anywhere, each True in the file is
# the number 1; in the other order each 1 is a boolean; 2.0 may be 2, and [] may be {}. What wants a list or a boolean fails
# at some records, by what came before them.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check mmdb_writer==0.2.7 maxminddb==3.2.0 netaddr==1.3.0
seen=$("$work/env/bin/python" - "$work" <<'TRY'
import itertools, sys
import maxminddb
from mmdb_writer import MMDBWriter
from netaddr import IPSet

number = itertools.count()

def write(*records):
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True)
    for place, record in enumerate(records):
        writer.insert_network(IPSet([f"10.{place}.0.0/16"]), record)
    name = f"{sys.argv[1]}/{next(number)}.mmdb"
    writer.to_db_file(name)
    return maxminddb.open_database(name)

for records in (
    [{"proxy": True}],
    [{"hits": 1}, {"proxy": True}],
    [{"proxy": True}, {"hits": 1}],
    [{"hits": 2}, {"share": 2.0}],
    [{"names": {}}, {"tags": []}],
):
    reader = write(*records)
    print(*records, "->", *(reader.get(f"10.{place}.0.1") for place in range(len(records))))
TRY
)
echo "$seen"
[ "$seen" = "{'proxy': True} -> {'proxy': True}
{'hits': 1} {'proxy': True} -> {'hits': 1} {'proxy': 1}
{'proxy': True} {'hits': 1} -> {'proxy': True} {'hits': True}
{'hits': 2} {'share': 2.0} -> {'hits': 2} {'share': 2}
{'names': {}} {'tags': []} -> {'names': {}} {'tags': {}}" ]
