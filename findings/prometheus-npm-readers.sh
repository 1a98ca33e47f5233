#!/usr/bin/env bash
# Guess: a reader of Prometheus' text format gives each series by itself, a histogram with labels too, and takes NaN, which a
# summary has for a quantile without observations, for a value.
# Seen: parse-prometheus-text-format 1.1.1 makes one histogram, or summary, of all that have its name: it drops their labels,
# counts and sums, and keeps the last one's buckets; with a single series too. prom2javascript 0.2.0 has the series, but
# refuses the whole page for one NaN. Both were given what prom-client 15.1.3 writes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --silent --no-audit --no-fund --prefix "$work" prom-client@15.1.3 parse-prometheus-text-format@1.1.1 prom2javascript@0.2.0 >"$work/log"
cat >"$work/read.js" <<'READ'
const {Registry, Gauge, Histogram} = require("prom-client");
const parse = require("parse-prometheus-text-format");
const {getMetricsFromIterator} = require("prom2javascript");

async function page(paths) {
  const registry = new Registry();
  const seconds = new Histogram({name: "seconds", help: "h", labelNames: ["path"], buckets: [1], registers: [registry]});
  paths.forEach((path, index) => seconds.observe({path}, 2 * index));
  return registry.metrics();
}

async function nanPage() {
  const registry = new Registry();
  new Gauge({name: "ratio", help: "h", registers: [registry]}).set(NaN);
  return registry.metrics();
}

async function read(text) {
  console.log(" parse-prometheus-text-format:", JSON.stringify(parse(text)[0].metrics));
  const found = await getMetricsFromIterator(text.split("\n").values()).catch(error => error.message);
  console.log(" prom2javascript:", JSON.stringify(found.seconds?.data ?? found));
}

(async () => {
  for (const text of [await page(["/a", "/b"]), await page(["/a"]), await nanPage()]) {
    console.log(text.split("\n").filter(line => /^seconds_count|^ratio/.test(line)).join(", "));
    await read(text);
  }
})();
READ
seen=$(cd "$work" && node read.js)
echo "$seen"
[ "$seen" = 'seconds_count{path="/a"} 1, seconds_count{path="/b"} 1
 parse-prometheus-text-format: [{"buckets":{"1":"0","+Inf":"1"}}]
 prom2javascript: [{"labels":{"path":"/a"},"buckets":{"1":1,"+Inf":1},"count":1,"sum":0},{"labels":{"path":"/b"},"buckets":{"1":0,"+Inf":1},"count":1,"sum":2}]
seconds_count{path="/a"} 1
 parse-prometheus-text-format: [{"buckets":{"1":"1","+Inf":"1"}}]
 prom2javascript: [{"labels":{"path":"/a"},"buckets":{"1":1,"+Inf":1},"count":1,"sum":0}]
ratio Nan
 parse-prometheus-text-format: [{"value":"Nan"}]
 prom2javascript: "Unable to parse metric [ratio Nan]"' ]
