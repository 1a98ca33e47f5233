require "json"
require "xmlrpc/client"

def convert(value)
  case value
  when Array then value.map { |each| convert(each) }
  when Hash
    return XMLRPC::Base64.new((0...value["base64"]).map { |n| (n * 7) % 256 }.pack("C*")) if value.key?("base64")
    value.transform_values { |each| convert(each) }
  else value
  end
end

JSON.parse(File.read(ARGV[0])).each do |name, arguments|
  body = XMLRPC::Create.new.methodCall(name, *convert(arguments))
  puts body.bytesize
  print body
end
