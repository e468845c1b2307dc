"""The gate: who may come through which door. Signed-in is the rule; a public door says so in its own line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast

from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user, login_user, logout_user

from .audit import audit, door
from .web import page_behind

View = TypeVar("View", bound=Callable[..., Any])


class Community(Protocol):
    """What the gate needs to know of a community."""

    id: Any
    slug: Any


class Actor(Protocol):
    """Whoever is at the door: a signed-in person or nobody."""

    account_id: int | None
    name: str
    email: str

    @property
    def is_signed_in(self) -> bool: ...

    def has_permission(self, community_id: int, *kinds: str) -> bool: ...


class Nobody:
    """A visitor: may read what is public, nothing else."""

    account_id: int | None = None
    name = ""
    email = ""
    is_signed_in = is_authenticated = is_active = False
    is_anonymous = True

    def has_permission(self, community_id: int, *kinds: str) -> bool:
        return False

    def get_id(self) -> None:
        return None


login = LoginManager()
login.anonymous_user = Nobody
login.session_protection = None  # the sign-in is a row that can be ended; addresses of schools change all day

RULES: dict[str, Callable[[Actor, int | None], bool]] = {
    "public": lambda actor, community_id: True,
    "kept": lambda actor, community_id: True,
    "signed_in": lambda actor, community_id: actor.is_signed_in,
    "reviewer": lambda actor, community_id: _permits(actor, community_id, "reviewer", "staff", "admin"),
    "staff": lambda actor, community_id: _permits(actor, community_id, "staff", "admin"),
    "admin": lambda actor, community_id: _permits(actor, community_id, "admin"),
}


def public(view: View) -> View:
    """A door for everyone."""
    return _marked(view, "public")


def kept(view: View) -> View:
    """A door for everyone whose page is kept for visitors: no form and no private word on it."""
    return _marked(view, "kept")


def reviewer(view: View) -> View:
    """A door for those who read letters: reviewers and staff."""
    return _marked(view, "reviewer")


def staff(view: View) -> View:
    """A door for the community's staff."""
    return _marked(view, "staff")


def admin(view: View) -> View:
    """A door for the community's admins."""
    return _marked(view, "admin")


def gate_of(app: Flask, endpoint: str) -> str:
    """Which gate guards `endpoint`."""
    if endpoint == "static" or endpoint.endswith(".static"):
        return "public"
    return str(getattr(app.view_functions[endpoint], "gate", "signed_in"))


def me() -> Any:
    """Whoever asks: the real actor, never a proxy, and Nobody for a visitor."""
    if "actor" not in g:
        g.actor = current_user._get_current_object()
    return g.actor


def community() -> Any:
    """The community named in the address."""
    return g.community


def enter(token: str) -> None:
    """Let the person of the sign-in `token` in with a fresh cookie: nothing from before is carried over."""
    # What a session gathered before the sign-in may have been put there by somebody else (session fixation).
    session.clear()
    g.actor = login._user_callback(token) or abort(401)
    login_user(g.actor)


def leave() -> None:
    """Forget who asks; the row of the sign-in is ended by its operation."""
    logout_user()
    session.clear()
    g.actor = Nobody()


def forget_everyone() -> None:
    """Answer as to a visitor of no community: for the page that says that the database cannot be asked."""
    g.actor = g._login_user = Nobody()
    g.pop("community", None)


def install(app: Flask, find_community: Callable[[str], Community | None], find_actor: Callable[[str], Any]) -> None:
    """Put the gate before every door. The two finders come from the features that know."""
    login.init_app(app)
    login.user_loader(find_actor)
    app.extensions["find_community"] = find_community
    app.before_request(_guard)
    app.url_value_preprocessor(_take_slug)
    app.url_defaults(_give_slug)


def _guard() -> ResponseReturnValue | None:
    if request.endpoint is None:
        return None
    if "community_slug" in g:
        g.community = current_app.extensions["find_community"](g.community_slug) or abort(404)
    name = gate_of(current_app, request.endpoint)
    if RULES[name](me(), _community_id()):
        return None
    return _refuse(name)


def _refuse(name: str) -> ResponseReturnValue:
    if me().is_signed_in:
        audit("refused", note=door())
        abort(403)
    back = request.full_path if request.method == "GET" else page_behind()
    # A form that was sent after the sign-in had ended cannot be sent again by a link: lead back to its page, not to the
    # address that it was sent to.
    target = url_for("accounts.sign_in", next=back.rstrip("?"))
    if "HX-Request" in request.headers:
        return "", 401, {"HX-Redirect": target}
    return redirect(target, 303)


def _permits(actor: Actor, community_id: int | None, *kinds: str) -> bool:
    return community_id is not None and actor.has_permission(community_id, *kinds)


def _community_id() -> int | None:
    found = g.get("community")
    return cast("int", found.id) if found is not None else None


# The slug is taken out of the URL's values before the view is called: no view has an argument for it, and url_for puts
# it back by itself.
def _take_slug(endpoint: str | None, values: dict[str, Any] | None) -> None:
    if values and "community" in values:
        g.community_slug = values.pop("community")


def _give_slug(endpoint: str, values: dict[str, Any]) -> None:
    if "community" in values or "community_slug" not in g:
        return
    if current_app.url_map.is_endpoint_expecting(endpoint, "community"):
        values["community"] = g.community_slug


def _marked(view: View, gate: str) -> View:
    view.gate = gate  # type: ignore[attr-defined]
    return view
