const fs = require("fs");
const [library, path] = process.argv.slice(2);

function convert(value) {
  if (Array.isArray(value)) return value.map(convert);
  if (value && typeof value === "object") {
    if ("base64" in value) {
      const bytes = Uint8Array.from({ length: value.base64 }, (_, n) => (n * 7) % 256);
      return library === "@foxglove/xmlrpc" ? bytes : Buffer.from(bytes);
    }
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, convert(each)]));
  }
  return value;
}

function encode(name, args) {
  if (library === "davexmlrpc") return require("davexmlrpc").buildCall(name, args, "xml");
  if (library === "@foxglove/xmlrpc") {
    return require("@foxglove/xmlrpc").serializeMethodCall(name, args);
  }
  return require(`${library}/lib/serializer`).serializeMethodCall(name, args);
}

for (const [name, args] of JSON.parse(fs.readFileSync(path))) {
  let body;
  try {
    body = Buffer.from(encode(name, convert(args)));
  } catch (error) {
    console.error(`${library} does not write ${name}: ${error.message}`);
    continue;
  }
  process.stdout.write(Buffer.concat([Buffer.from(`${body.length}\n`), body]));
}
