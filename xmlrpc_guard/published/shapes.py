"""The JSON shapes of services whose lists are not kept here, and of those that are: what a list file may be."""

from xmlrpc_guard.published.aws import IP_RANGES
from xmlrpc_guard.published.cloudflare import API
from xmlrpc_guard.published.cloudfront import TOOLS
from xmlrpc_guard.published.fastly import PUBLIC_IP_LIST
from xmlrpc_guard.published.listing import Shape
from xmlrpc_guard.published.sucuri import WARNING_LIST

GOOGLE = Shape("Google's JSON", ("prefixes[].ipv4Prefix|ipv6Prefix",))
"""Also of other crawlers and services: Bing, OpenAI, DuckDuckGo, Perplexity, Apple's, Common Crawl's."""
AZURE = Shape("Azure's service tags", ("values[].properties.addressPrefixes",), service_key="name")
ORACLE = Shape("Oracle's JSON", ("regions[].cidrs[].cidr",))
ATLASSIAN = Shape("Atlassian's JSON", ("items[].cidr",), repeats=("items[].network", "items[].mask"))
SPAMHAUS = Shape("Spamhaus' DROP in JSON", ("[].cidr",))
"""A JSON object a line, the last of which describes the list."""

# In the order in which they are tried: of two that have a field in common, the one with more fields comes first.
OBJECTS = (API, PUBLIC_IP_LIST, TOOLS, IP_RANGES, GOOGLE, AZURE, ORACLE, ATLASSIAN, WARNING_LIST, SPAMHAUS)
"""The shapes of JSON documents of objects that a list file may have."""
