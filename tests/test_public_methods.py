"""Which methods anyone may call: names, patterns, presets, and what takes away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmlrpc_guard import ConfigurationError
from xmlrpc_guard.public_methods import PublicMethods
from xmlrpc_guard.wordpress import METHODS, PRESETS, WITHOUT_PASSWORD

MIB = 1 << 20


@pytest.mark.parametrize(
    ("entries", "public", "private"),
    [
        pytest.param([], "", "demo.sayHello wp.getPosts system.multicall", id="no entry is no method"),
        pytest.param(["wp.getPosts"], "wp.getPosts", "wp.getPost wp.getPostsX", id="a name is that method"),
        pytest.param(["wp.getPosts"], "", "wp.getposts WP.getPosts", id="a name has its letters' case"),
        pytest.param(["wp.get*"], "wp.getPosts wp.get", "wp.newPost xwp.getPosts", id="a star is any characters"),
        pytest.param(["wp.getPost?"], "wp.getPosts", "wp.getPost", id="a question mark is one character"),
        pytest.param(
            ["mt.[gp]*"], "mt.getCategoryList mt.publishPost", "mt.setPostCategories", id="brackets are a set"
        ),
        pytest.param(["wp.[!g]*"], "wp.newPost", "wp.getPosts", id="an exclamation mark in brackets is all others"),
        pytest.param(["wp.*", "!wp.delete*"], "wp.newPost", "wp.deletePost", id="a later entry takes away"),
        pytest.param(["!wp.delete*", "wp.*"], "wp.newPost wp.deletePost", "", id="a later entry gives back"),
        pytest.param(["wp.*", "!wp.*", "wp.getPosts"], "wp.getPosts", "wp.newPost", id="of three the last one decides"),
        pytest.param(["!wp.getPosts"], "", "wp.getPosts wp.newPost", id="what is taken away alone opens nothing"),
        pytest.param(["plugin.*"], "plugin.x", "wp.x", id="a plugin's methods"),
        pytest.param(["*"], "wp.getPosts pingback.ping", "system.multicall", id="a star does not name multicall"),
        pytest.param(
            ["system.*"], "system.listMethods", "system.multicall", id="its own group does not name multicall"
        ),
        pytest.param(
            ["system.multi[c]all"], "", "system.multicall", id="a pattern of one name does not name multicall"
        ),
        pytest.param(["system.multicall"], "system.multicall", "system.listMethods", id="multicall in full"),
        pytest.param(["system.multicall", "!system.*"], "", "system.multicall", id="a pattern takes multicall away"),
        pytest.param(["pingback"], "pingback.ping", "pingback.extensions.getPingbacks wp.getPosts", id="pingback"),
        pytest.param(
            ["no-pingback"],
            "wp.getPosts demo.sayHello plugin.x",
            "pingback.ping pingback.x system.multicall",
            id="no-pingback is all but pingback and multicall",
        ),
        pytest.param(["no-pingback", "pingback.ping"], "pingback.ping", "pingback.x", id="a name after a preset"),
        pytest.param(
            ["editors", "!wp.deletePost"],
            "metaWeblog.newMediaObject wp.newPost",
            "wp.deletePost pingback.ping system.multicall",
            id="editors less one method",
        ),
        pytest.param(["translation"], "translationproxy.updated_job_status", "wp.getPosts", id="translation"),
        pytest.param(["wp.*", "!apps-before-2026"], "wp.getRevisions", "wp.newPost", id="a preset that is taken away"),
    ],
)
def test_what_the_entries_cover(entries: list[str], public: str, private: str) -> None:
    methods = PublicMethods(entries)
    assert [name for name in public.split() if not methods.covers(name)] == []
    assert [name for name in private.split() if methods.covers(name)] == []


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        pytest.param("wp.*", "public_methods: 'wp.*' is one string where a list belongs; write ['wp.*']", id="a text"),
        pytest.param([7], "public_methods: 7 is not text; write a method's name, as 'wp.getPosts'", id="a number"),
        pytest.param(
            ["editor"],
            "public_methods: 'editor' is not a preset; write 'editors'",
            id="a misspelt preset is offered it",
        ),
        pytest.param(
            ["!editor"], "public_methods: '!editor' is not a preset; write 'editors'", id="after its mark, too"
        ),
        pytest.param(
            ["!no-pingback"],
            "public_methods: '!no-pingback' takes away a preset that takes away; write what is to be called",
            id="a preset that takes away is not taken away",
        ),
        *(
            pytest.param(
                [text],
                f"public_methods: {text!a} is neither a method's name nor a pattern; write one, as 'wp.*'",
                id=f"no method has the name {text!a}",
            )
            for text in ("", "!", "!!wp.getPosts", "wp get", "wp.[a", "wp.\u0393", "a,b")
        ),
    ],
)
def test_an_entry_that_cannot_be_used_raises(entries: list[str], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        PublicMethods(entries)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("entries", "doubts"),
    [
        pytest.param(["demo.*", "!translation"], [], id="a preset is taken away that names a plugin's methods"),
        pytest.param(
            ["demo.*", "!demo.add"],
            [
                (
                    "public_methods: '!demo.add' names no method of WordPress; write 'demo.addTwoNumbers', if it is "
                    "not a plugin's"
                ),
            ],
            id="a part of a name is taken away",
        ),
        pytest.param(
            ["!editors", "editors"],
            ["public_methods: what '!editors' takes away, a later entry adds again; write it last"],
            id="a preset is taken away, and added again",
        ),
        pytest.param(["wp.getPosts", "wp.*", "!wp.delete*", "editors", "!pingback"], [], id="WordPress' methods"),
        pytest.param(["translation"], [], id="a preset of a plugin's methods"),
        pytest.param(
            ["wp.getposts"],
            [
                (
                    "public_methods: 'wp.getposts' names no method of WordPress; write 'wp.getPosts', if it is not "
                    "a plugin's"
                )
            ],
            id="a name in other letters",
        ),
        pytest.param(
            ["!wpp.*", "shop.order"],
            [
                "public_methods: '!wpp.*' names no method of WordPress; it must be a plugin's",
                "public_methods: 'shop.order' names no method of WordPress; it must be a plugin's",
            ],
            id="a pattern and a name unlike all",
        ),
        pytest.param(
            ["!wp.deletePost", "!pingback"],
            ["public_methods: each entry takes away, so that no call is public; write first what is"],
            id="nothing but what is taken away",
        ),
        pytest.param(
            ["!wp.delete*", "wp.*"],
            ["public_methods: what '!wp.delete*' takes away, a later entry adds again; write it last"],
            id="a method that is given back by mistake",
        ),
        pytest.param(
            ["shop.*", "!shop.order", "shop.o*"],
            [
                "public_methods: 'shop.*' names no method of WordPress; it must be a plugin's",
                "public_methods: '!shop.order' names no method of WordPress; it must be a plugin's",
                "public_methods: 'shop.o*' names no method of WordPress; it must be a plugin's",
                "public_methods: what '!shop.order' takes away, a later entry adds again; write it last",
            ],
            id="a plugin's method that is given back",
        ),
        pytest.param(["wp.*", "!wp.*", "wp.getPosts"], [], id="one of several methods that is given back"),
        pytest.param(["!pingback", "no-pingback"], [], id="what a preset does not give back"),
        pytest.param(["!system.multicall", "*"], [], id="what a pattern does not give back"),
        pytest.param(
            ["system.multical?"],
            ["public_methods: 'system.multical?' names no method of WordPress; it must be a plugin's"],
            id="a pattern that would name multicall alone",
        ),
    ],
)
def test_an_entry_that_cannot_have_been_meant_so_is_a_doubt(entries: list[str], doubts: list[str]) -> None:
    assert list(PublicMethods(entries).doubts) == doubts


def test_the_longest_call_and_the_discovery_are_what_the_presets_need() -> None:
    kinds: tuple[list[str], ...] = (
        [],
        ["wp.uploadFile"],
        ["pingback"],
        ["pingback", "editors"],
        ["no-pingback"],
        ["!editors"],
    )
    assert [PublicMethods(entries).max_body // MIB for entries in kinds] == [1, 1, 1, 20, 20, 1]
    assert [PublicMethods(entries).rsd for entries in kinds] == [False, False, False, True, False, False]


def test_wordpress_has_eighty_methods_of_which_seventy_ask_for_a_password() -> None:
    assert len(METHODS) == len({*METHODS}) == 80
    assert len({*METHODS} - {*WITHOUT_PASSWORD}) == 70


@pytest.mark.parametrize("name", sorted(PRESETS.keys() - {"translation"}))
def test_a_preset_names_methods_of_wordpress(name: str) -> None:
    named = [entry for entry in PRESETS[name].entries if "*" not in entry]
    assert [entry for entry in named if entry not in METHODS] == []
    assert any(map(PublicMethods([name]).covers, METHODS))


def test_it_is_what_was_written() -> None:
    methods = PublicMethods(["wp.*", "!wp.delete*"])
    assert [*methods] == ["wp.*", "!wp.delete*"]
    assert (bool(methods), bool(PublicMethods())) == (True, False)
    assert methods == PublicMethods(methods) != PublicMethods(["wp.*"])
    assert repr(methods) == "PublicMethods(['wp.*', '!wp.delete*'])"


@given(st.lists(st.sampled_from(["*", "s*", "system.*", "[a-z]*", "no-pingback", "editors", "wp.*", "?" * 16])))
def test_no_list_of_patterns_and_presets_opens_multicall(entries: list[str]) -> None:
    assert not PublicMethods(entries).covers("system.multicall")


def test_a_name_that_is_a_little_like_a_presets_is_a_plugins() -> None:
    assert PublicMethods(["edit"]).covers("edit")
