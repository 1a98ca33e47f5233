#!/usr/bin/env bash
# Guess: an XML-RPC client posts to the URL that it was given, with its query: Jetpack's calls go to xmlrpc.php?for=jetpack,
# and other endpoints take a key there.
# Seen: of four npm packages xmlrpc 1.3.2 and homematic-xmlrpc 2.0.0 leave the query out, without an error, while
# @foxglove/xmlrpc 1.3.0, which descends from the same code, and davexmlrpc 0.4.26 send it, as Python's client does.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --silent --no-audit --no-fund --prefix "$work" xmlrpc@1.3.2 homematic-xmlrpc@2.0.0 @foxglove/xmlrpc@1.3.0 davexmlrpc@0.4.26 >"$work/log"
cat >"$work/ask.js" <<'ASK'
const {createServer} = require("http");
const answer = "<?xml version='1.0'?><methodResponse><params><param><value>ok</value></param></params></methodResponse>";
let target;
const server = createServer((request, response) => {
  target = request.url;
  request.resume().on("end", () => response.setHeader("Content-Type", "text/xml").end(answer));
});
const wait = call => new Promise((good, bad) => call((error, value) => error ? bad(error) : good(value)));
server.listen(0, "127.0.0.1", async () => {
  const url = `http://127.0.0.1:${server.address().port}/xmlrpc.php?for=jetpack`;
  const {XmlRpcClient} = require("@foxglove/xmlrpc");
  const clients = {
    "xmlrpc": () => wait(done => require("xmlrpc").createClient(url).methodCall("demo.sayHello", [], done)),
    "homematic-xmlrpc": () => wait(done => require("homematic-xmlrpc").createClient(url).methodCall("demo.sayHello", [], done)),
    "@foxglove/xmlrpc": () => new XmlRpcClient(url).methodCall("demo.sayHello", []),
    "davexmlrpc": () => wait(done => require("davexmlrpc").client(url, "demo.sayHello", [], "xml", done)),
  };
  for (const [name, call] of Object.entries(clients)) {
    await call();
    console.log(name, target);
  }
  process.exit();
});
ASK
seen=$(cd "$work" && node ask.js)
echo "$seen"
[ "$seen" = "xmlrpc /xmlrpc.php
homematic-xmlrpc /xmlrpc.php
@foxglove/xmlrpc /xmlrpc.php?for=jetpack
davexmlrpc /xmlrpc.php?for=jetpack" ]
