"""The methods that WordPress has, and which of them each kind of client calls."""

from collections.abc import Mapping
from typing import NamedTuple

from xmlrpc_guard.methods import MULTICALL

SHORT_BODY = 1 << 20
"""The bytes that a call without a file needs at most: a post of a million characters."""
UPLOAD_BODY = 20 << 20
"""The bytes of an upload of 15 MB, which base64 makes a third longer."""

_GROUPS = {
    "wp": (
        "getUsersBlogs newPost editPost deletePost getPost getPosts newTerm editTerm deleteTerm getTerm getTerms "
        "getTaxonomy getTaxonomies getUser getUsers getProfile editProfile getPage getPages newPage deletePage "
        "editPage getPageList getAuthors getCategories getTags newCategory deleteCategory suggestCategories uploadFile "
        "deleteFile getCommentCount getPostStatusList getPageStatusList getPageTemplates getOptions setOptions "
        "getComment getComments deleteComment editComment newComment getCommentStatusList getMediaItem "
        "getMediaLibrary getPostFormats getPostType getPostTypes getRevisions restoreRevision"
    ),
    "blogger": "getUsersBlogs getUserInfo getPost getRecentPosts newPost editPost deletePost",
    "metaWeblog": ("newPost editPost getPost getRecentPosts getCategories newMediaObject deletePost getUsersBlogs"),
    "mt": (
        "getCategoryList getRecentPostTitles getPostCategories setPostCategories supportedMethods "
        "supportedTextFilters getTrackbackPings publishPost"
    ),
    "pingback": "ping extensions.getPingbacks",
    "demo": "sayHello addTwoNumbers",
    "system": "multicall listMethods getCapabilities",
}

METHODS: tuple[str, ...] = tuple(f"{group}.{name}" for group, names in _GROUPS.items() for name in names.split())
"""The methods of WordPress 6.1 without plugins: 77 that its server adds, and the three of the class below it."""

WITHOUT_PASSWORD: tuple[str, ...] = (
    *("pingback.ping", "pingback.extensions.getPingbacks", "demo.sayHello", "demo.addTwoNumbers"),
    *("mt.supportedMethods", "mt.supportedTextFilters", "mt.getTrackbackPings"),
    *("system.listMethods", "system.getCapabilities", MULTICALL),
)
"""Those that ask for no password. Each of the others tells a stranger whether a password is right."""


class Preset(NamedTuple):
    """What one kind of client calls."""

    entries: tuple[str, ...]
    """As in ``public_methods``: names, patterns, and ``!`` in front of what is taken away."""
    source: str
    """Where the names are from."""
    max_body: int = SHORT_BODY
    """The bytes of its longest call."""
    rsd: bool = False
    """Whether it first asks for the endpoint by ``GET ...?rsd``."""


_TRANSLATION = ("translationproxy.test_xmlrpc", "translationproxy.updated_job_status")
_EDITING = (
    *("wp.getUsersBlogs", "wp.getPost", "wp.getPosts", "wp.newPost", "wp.editPost", "wp.deletePost", "wp.getPage"),
    *("wp.getPages", "wp.getPageList", "wp.newPage", "wp.editPage", "wp.deletePage", "wp.getPageTemplates"),
    *("wp.getAuthors", "wp.getCategories", "wp.newCategory", "wp.suggestCategories", "wp.getTags", "wp.getTerm"),
    *("wp.getTerms", "wp.newTerm", "wp.getTaxonomies", "wp.getTaxonomy", "wp.getPostStatusList"),
    *("wp.getPageStatusList", "wp.getPostFormats", "wp.getPostType", "wp.getPostTypes", "wp.getOptions"),
    *("wp.getMediaItem", "wp.getMediaLibrary", "wp.uploadFile", "system.listMethods"),
)
_APPS = (
    *("wp.getUsersBlogs", "wp.getOptions", "wp.setOptions", "wp.getPost", "wp.getPosts", "wp.newPost", "wp.editPost"),
    *("wp.deletePost", "wp.getPostTypes", "wp.getPostFormats", "wp.getTerm", "wp.getTerms", "wp.newTerm"),
    *("wp.editTerm", "wp.deleteTerm", "wp.getMediaItem", "wp.getMediaLibrary", "wp.uploadFile", "wp.deleteFile"),
    *("wp.getComment", "wp.getComments", "wp.newComment", "wp.editComment", "wp.deleteComment", "wp.getUsers"),
    *("wp.getProfile", "metaWeblog.newPost", "metaWeblog.editPost", "system.listMethods"),
)

PRESETS: Mapping[str, Preset] = {
    "editors": Preset(
        ("blogger.*", "metaWeblog.*", "mt.*", *_EDITING),
        "the sources of Open Live Writer (its MetaWeblog and WordPress clients), and the three interfaces that "
        "WordPress' discovery document names beside its own",
        UPLOAD_BODY,
        rsd=True,
    ),
    "translation": Preset(_TRANSLATION, "the sources of WPML's plugin (its translation proxy)"),
    "apps-before-2026": Preset(
        _APPS, "the sources of the WordPress apps: WordPressKit for iOS, FluxC for Android", UPLOAD_BODY
    ),
    "pingback": Preset(("pingback.ping",), "the Pingback specification 1.0, which has this method alone"),
    "no-pingback": Preset(
        ("*", "!pingback.*"), "all methods but those that make the site fetch a page, and system.multicall", UPLOAD_BODY
    ),
}
"""The presets of ``public_methods``, by name."""
