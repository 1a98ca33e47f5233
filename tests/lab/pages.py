"""The stacks of docs/behind-a-proxy.md: taken from the page, changed as its tables say, and started."""

import contextlib
import re
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from tests.frontends import COMMANDS, ROOT, Listener, installed, script, serving
from tests.real.configuration import USER, Conf
from tests.real.fronts import FRONTS
from tests.real.guards import LISTED
from tests.real.modwsgi import plant
from tests.real.processes import account, folder_of

PAGE = ROOT / "docs" / "behind-a-proxy.md"
_SECTION = re.compile(r"^## (.*?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_ROW = re.compile(r"^\| ((?:without|with|asked at) `.*?`|`.*?` for `.*?`) \| (.*?) \|", re.MULTILINE)
_TEXT = re.compile(r"`(.*?)`")

_SERVER, _SOCKET = "127.0.0.1:8000", "/run/mysite/mysite.sock"
# What plays a CDN, and its network.
_CDN = Conf("""
server {
    listen 127.0.0.1:@cdn;
    location / {
        proxy_pass http://127.0.0.1:@front;
        proxy_bind 127.0.1.1;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header CF-Connecting-IP $remote_addr;
    }
}
""")
_CDNS_NETWORK = "127.0.1.0/24"


@dataclass(frozen=True)
class Recipe:
    """A stack: the page's blocks by their language, and where it is asked, if not at its front."""

    title: str
    blocks: Mapping[str, str]
    door: str = ""

    @property
    def front(self) -> str:
        """Give the language that its front is written in."""
        return "nginx" if "nginx" in self.blocks else "apache"

    @property
    def installed(self) -> bool:
        """Whether its server is; mod_wsgi needs none."""
        program = self.blocks.get("sh", "").partition(" ")[0]
        return not program or (installed(program) if program in COMMANDS else script(program) is not None)

    def changed(self, change: str) -> "Recipe":
        """Do what a table says: ask elsewhere, add a directive, leave out a text, write one for another."""
        first, *rest = _TEXT.findall(change)
        if change.startswith("asked at"):
            return replace(self, door=first)
        if change.startswith("with "):
            return self._with(self.front, self.blocks[self.front] + first)
        old, new = (rest[0], first) if rest else (first, "")
        language = next(language for language, text in self.blocks.items() if old in text)
        return self._with(language, self.blocks[language].replace(old, new))

    def _with(self, language: str, text: str) -> "Recipe":
        return replace(self, blocks={**self.blocks, language: text})


def recipes() -> Iterator[tuple[Recipe, list[tuple[str, str]]]]:
    """Give each stack of the page that has blocks, with the rows of its table: a change, and who is let in then."""
    page = PAGE.read_text("utf-8")
    beginning = dict(_BLOCK.findall(page.partition("\n## ")[0]))["python"]
    for title, section in _SECTION.findall(page):
        if blocks := dict(_BLOCK.findall(section)):
            blocks["python"] = beginning + blocks["python"]
            yield Recipe(title, blocks), _ROW.findall(section)


@dataclass(frozen=True)
class Here:
    """Where everything is on this machine that the page puts elsewhere."""

    root: Path
    front: Listener
    server: Listener
    cdn: Listener

    @property
    def site(self) -> Path:
        return self.root / "mysite"

    @property
    def socket(self) -> Listener:
        return Listener(path=f"{self.root}/mysite.sock")

    def translate(self, text: str) -> str:
        """Write this machine's places and addresses for the page's."""
        for there, here in {
            _SERVER: f"127.0.0.1:{self.server.port}",
            "--port 8000": f"--port {self.server.port}",
            _SOCKET: self.socket.path,
            "listen 80;": f"listen 127.0.0.1:{self.front.port};",
            "<VirtualHost *:80>": f"Listen 127.0.0.1:{self.front.port}\n<VirtualHost 127.0.0.1:{self.front.port}>",
            "/srv/mysite/venv": sys.prefix,
            "/srv/mysite": str(self.site),
            '"jetpack"': f'"{LISTED}"',
            '"cloudflare"': f'"{_CDNS_NETWORK}"',
            "173.245.48.0/20": _CDNS_NETWORK,
            "10.0.0.0/8": "127.0.0.0/8",
        }.items():
            text = text.replace(there, here)
        return text

    def hosts(self, recipe: Recipe) -> str:
        """Give the front's part of a recipe, with a CDN before nginx, which others leave alone."""
        own = self.translate(recipe.blocks[recipe.front])
        cdn = _CDN.substitute(cdn=self.cdn.port, front=self.front.port)
        return own + cdn if recipe.front == "nginx" else own

    def server_of(self, recipe: Recipe) -> Listener:
        return self.socket if _SOCKET in recipe.blocks["sh"] else self.server

    def doors(self, recipe: Recipe) -> list[Listener]:
        """Give where a recipe is asked: first where clients should, then where forgers may."""
        if recipe.door:
            return [self.socket if recipe.door == _SOCKET else self.server]
        return [self.cdn, self.front] if recipe.title.startswith("Cloudflare") else [self.front]


@contextlib.contextmanager
def cooked(recipe: Recipe, ports: Sequence[int]) -> Iterator[list[Listener]]:
    """Run a stack on three ports until the block ends, and give where it is asked."""
    with folder_of(account(USER)) as root, ExitStack() as processes:
        here = Here(root, *(Listener(port=port) for port in ports))
        here.site.mkdir()
        (here.site / "mysite.py").write_text(here.translate(recipe.blocks["python"]), "utf-8")
        if "sh" not in recipe.blocks:
            plant(here.site)
        else:
            command = _command(here.translate(recipe.blocks["sh"]))
            processes.enter_context(serving(command, here.server_of(recipe), here.site / "server.out"))
        processes.enter_context(FRONTS[recipe.front](root, here.hosts(recipe), here.front))
        yield here.doors(recipe)


def _command(line: str) -> tuple[str, ...]:
    program, *options = shlex.split(line)
    return script(program) or program, *options
