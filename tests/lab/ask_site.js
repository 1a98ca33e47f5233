// node ask_site.js SITE: reads questions, an array in JSON, and writes which pages the site's search finds for each.
const { readFileSync } = require("fs");
const { join } = require("path");
const { runInThisContext } = require("vm");

const site = process.argv[2];
const waiting = [];
Object.assign(globalThis, {
  window: globalThis,
  document: { addEventListener: (_, listener) => waiting.push(listener), documentElement: { dataset: {} } },
  addEventListener: () => {},
  _ready: () => {}, // which would begin to search for what the address has
  SPHINX_HIGHLIGHT_ENABLED: false,
});
const needsPage = /(doctools|documentation_options|sphinx_highlight|furo|reach)\.js/;
for (const [, source] of readFileSync(join(site, "search.html"), "utf8").matchAll(/<script src="([^"?]+)/g)) {
  if (!needsPage.test(source)) runInThisContext(readFileSync(join(site, source), "utf8"), source);
}
waiting.forEach((listener) => listener());
const ask = runInThisContext("(query) => Search._performSearch(...Search._parseQuery(query))");
const questions = JSON.parse(readFileSync(0, "utf8"));
const found = questions.map((question) => [question, ask(question).map(([page]) => page).reverse()]);
process.stdout.write(JSON.stringify(Object.fromEntries(found)));
