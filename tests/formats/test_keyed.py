"""Lists below a key, as Traefik and Kubernetes have them in YAML, TOML and labels."""

from typing import Any

import pytest

from tests.formats.reading import entries, found_format, left, refusal

YAML = """\
http:
  middlewares:
    office: # not ::2
      ipAllowList:
        sourceRange:
          - "192.0.2.0/24"
          - 10.1.2.3/8 # its hosts
          - '::1'
        ipStrategy:
          depth: 1
"""
LISTS: list[Any] = [
    pytest.param(YAML, ["192.0.2.0/24", "10.0.0.0/8", "::1/128"], id="Traefik's YAML"),
    pytest.param(
        YAML.replace("          - ", "        - "), ["192.0.2.0/24", "10.0.0.0/8", "::1/128"], id="items under it"
    ),
    pytest.param("spec:\r\n  sourceRange: [192.0.2.7,\r\n    '::1' ]\r\n", ["192.0.2.7/32", "::1/128"], id="brackets"),
    pytest.param(
        '[http.middlewares.office.ipWhiteList]\n  sourceRange = ["192.0.2.0/24",\n    "::1"] # home\n',
        ["192.0.2.0/24", "::1/128"],
        id="Traefik's TOML",
    ),
    pytest.param(
        'labels:\n  - "traefik.http.middlewares.office.ipallowlist.sourcerange=192.0.2.0/24, ::1"\n',
        ["192.0.2.0/24", "::1/128"],
        id="a container's label",
    ),
    pytest.param(
        'annotations:\n  nginx.ingress.kubernetes.io/whitelist-source-range: "192.0.2.0/24,::1"\n',
        ["192.0.2.0/24", "::1/128"],
        id="an ingress' annotation",
    ),
    pytest.param("spec:\n  loadBalancerSourceRanges:\n  - 192.0.2.0/24\n", ["192.0.2.0/24"], id="a service"),
    pytest.param(
        "ingress:\n- from:\n  - ipBlock:\n      cidr: 192.0.2.0/24\n", ["192.0.2.0/24"], id="a network policy"
    ),
    pytest.param("forwardedHeaders:\n  trustedIPs: 192.0.2.7\n", ["192.0.2.7/32"], id="one address without a dash"),
]


@pytest.mark.parametrize(("text", "expected"), LISTS)
def test_the_items_of_a_list(text: str, expected: list[str]) -> None:
    assert found_format(text) == "address lists of Traefik and Kubernetes"
    assert entries(text) == expected


REFUSED: list[Any] = [
    pytest.param(
        "- ipBlock:\n    cidr: 10.0.0.0/8\n    except:\n    - 10.1.0.0/16\n",
        3,
        "'ipBlock.except: ' is an exception; a list file has none",
        id="except",
    ),
    pytest.param("sourceRange:\n- ::1\n- *office\n", 3, "'*office' is not an address", id="an alias"),
    pytest.param(
        "sourceRange:\n- ::1\n- {{ .Values.office }}\n", 3, "'{{ .Values.office }}' is not an", id="a template"
    ),
    pytest.param("sourceRange: ['::1',\n '::2'\n", 3, "ends within brackets; fetch or write it again", id="cut off"),
    *(
        pytest.param(
            f"a:\n  x.io/whitelist-source-range: 10.0.0.0/8\n  x.io/{name}: 10.0.0.1\n",
            3,
            f"'a.x.io/{name}: 10.0.0.1' is an exception",
            id=f"an annotation {name}",
        )
        for name in ("denylist-source-range", "blacklist-source-range")
    ),
]


@pytest.mark.parametrize(("text", "line", "problem"), REFUSED)
def test_what_a_list_file_cannot_say(text: str, line: int, problem: str) -> None:
    found, why = refusal(text)
    assert (found, why[: len(problem)]) == (line, problem)


def test_one_of_several_lists_is_named_by_its_path() -> None:
    text = f"{YAML}    home:\n      ipAllowList:\n        sourceRange:\n          - ::2\ncidr: 10.0.0.1\n"
    office, home = (f"http.middlewares.{name}.ipAllowList.sourceRange" for name in ("office", "home"))
    assert refusal(text)[1].startswith(f"holds several lists: '{office}' (line 6), '{home}' (line 14); name the one")
    assert entries(text, home) == ["::2/128"]
    assert left(text, home) == {"other lines": [1, 2, 3, 4, 9, 10, 11, 12, 15]}
    assert left("sourceRange:\n- ::1\n---\ntext\n") == {"other lines": [3, 4]}


def test_the_servers_that_a_policy_lets_be_reached_are_not_clients() -> None:
    text = "ingress:\n- from:\n  - ipBlock:\n      cidr: ::1/128\negress:\n- to:\n  - ipBlock:\n      cidr: ::2/128\n"
    assert entries(text) == ["::1/128"]
