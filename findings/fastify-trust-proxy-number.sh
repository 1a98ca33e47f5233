#!/usr/bin/env bash
# Guess: trustProxy: 1 is for one proxy in front, in Fastify 5 as since 2018 and as Express' "trust proxy": 1: request.ip is the
# client that the proxy names.
# Seen: since 5.12.1 a number means that no proxy is trusted, and 5.12.8 starts without a word about it: after an update
# within a version, each client has the proxy's address, in logs and in limits, and request.protocol is http. 5.12.0 names the
# client. A list, as "127.0.0.1", is read alike by both.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --silent --no-audit --no-fund --prefix "$work" fastify@5.12.8 before@npm:fastify@5.12.0 express@5.3.0 >"$work/log"
cat >"$work/ask.js" <<'ASK'
const http = require("http");
const headers = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https", Connection: "close"};
const ask = server => new Promise((done, failed) => {
    http.get({host: "127.0.0.1", port: server.address().port, headers}, answer => {
        answer.setEncoding("utf8").on("data", text => { server.close(); done(text); });
    }).on("error", failed);
});
const fastify = async (name, trustProxy) => {
    const site = require(name)({trustProxy});
    site.get("/", request => `${request.ip} ${request.protocol}`);
    await site.listen({host: "127.0.0.1", port: 0});
    return ask(site.server);
};
const express = trust => new Promise(done => {
    const site = require("express")();
    site.set("trust proxy", trust);
    site.get("/", (request, response) => { response.send(`${request.ip} ${request.protocol}`); });
    const server = site.listen(0, "127.0.0.1", () => done(ask(server)));
});
(async () => {
    for (const trust of [1, "127.0.0.1"]) {
        console.log(`${trust}: fastify 5.12.0 ${await fastify("before", trust)}, 5.12.8 ${await fastify("fastify", trust)}, express ${await express(trust)}`);
    }
})();
ASK
seen=$(cd "$work" && node ask.js 2>&1)
echo "$seen"
[ "$seen" = "1: fastify 5.12.0 192.0.2.7 https, 5.12.8 127.0.0.1 http, express 192.0.2.7 https
127.0.0.1: fastify 5.12.0 192.0.2.7 https, 5.12.8 192.0.2.7 https, express 192.0.2.7 https" ]
