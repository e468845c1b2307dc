"""What a district does with its invitation: it is interested, which starts its letter, or it does not join now."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from portal.accounts.models import Account, SignInLink
from portal.accounts.operations import find_or_open_account, send_link
from portal.accounts.rules import normal_address
from portal.accounts.throttle import TOO_MANY_MAILS, check_often, is_too_often
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db, lock, number_of, transaction
from portal.core.errors import RuleBroken
from portal.core.outbox import post
from portal.core.text import one_line
from portal.districts.models import District
from portal.districts.operations import grant_lead
from portal.districts.queries import leads_of
from portal.rounds import operations as rounds
from portal.rounds.models import Invitation, Round
from portal.rounds.queries import extensions_of
from portal.rounds.rules import may_press
from portal.rounds.showing import find_handover

from .models import Letter
from .operations import start_letter
from .queries import letter_of
from .team_queries import writing_addresses
from .team_rules import has_room

TOO_MANY_ANSWERS = "This letter was answered many times within an hour. Wait an hour, then say what holds."
PASSED_ON = "This letter was passed on, so nothing was changed. Load the page again: it says who has the letter now."
DOUBLE_PRESS = timedelta(minutes=1)  # within it a second press mails no second link: the first would stop working


def answer_interested(invitation: Invitation, *, name: str, email: str, token: str = "") -> Letter:
    """Say that the district is interested: the writer leads it from now on, its letter starts, a link to it is mailed.

    The same again gives the same letter. Until something is written, colleagues can answer too, up to the round's limit
    of writers. `token` is the link that was used. Raises RuleBroken when the round takes no answers, the address is
    none, others write already, or the letter was just passed on.
    """
    address, writer = normal_address(email), one_line(name)
    _count(invitation)
    with transaction():
        # The round first, as whoever invites a co-editor does: the limit of writers is one, whichever way they come.
        lock(invitation.round)
        lock(invitation)
        _check_link(token)
        account = find_or_open_account(email=address, name=writer)
        _check_writer(invitation, address)
        # The answer, the account, the lead and the letter stand or fall together: a district is never interested
        # without a letter.
        is_new = rounds.answer_interested(invitation, name=writer or address, by=account)
        grant_lead(account, invitation.community_id, invitation.district, account)
        letter = start_letter(invitation.round, invitation.district, account)
        if is_new and address != invitation.to_email:
            _tell_addressee(invitation, account.name)
        mail_link(account, letter)
    return letter


def answer_not_this_year(invitation: Invitation, *, reason: str = "", token: str = "") -> None:
    """Say that the district does not join this year. A letter that is still empty stays, for a change of mind.

    Raises RuleBroken when the round takes no answers, the district has begun to write, or the letter was just passed
    on.
    """
    _count(invitation)
    with transaction():
        letter = letter_of(lock(invitation).round_id, invitation.district_id)
        _check_link(token)
        if letter is not None and not is_untouched(letter):
            ask = whom_to_ask(invitation.community_id, invitation.district_id)
            raise RuleBroken(f"{invitation.district.label} has begun its letter, so this answer stays. {ask}")
        if rounds.answer_not_this_year(invitation, reason=reason):
            _tell_addressee(invitation, "")


def send_new_link(invitation: Invitation) -> None:
    """Mail a new sign-in link to everyone who acts for the district: the way back for who lost the first one.

    Raises RuleBroken when the district has not said that it is interested.
    """
    letter = letter_of(invitation.round_id, invitation.district_id)
    if invitation.answer != "interested" or letter is None:
        raise RuleBroken("There is no letter to go to yet. Say first that you are interested.")
    with transaction():
        leads = leads_of(invitation.community_id, invitation.district_id)
        for account in sorted(leads, key=number_of):  # in one order: they may act for other districts too
            mail_link(account, letter)


def send_news(invitation: Invitation) -> None:
    """Mail whoever has the letter what still makes sense now that it takes no answer any more.

    Raises RuleBroken while it does, TooManyTries after ten mails to the address within an hour.
    """
    times = extensions_of(invitation.round_id, invitation.district_id)
    if may_press(invitation.round, times, clock.now()):
        raise RuleBroken("This letter can still be answered, on this page. Load it again.")
    check_often("mail", invitation.to_email, TOO_MANY_MAILS)
    with transaction():
        # One mail for a double press, another one for somebody who asks again because the first was lost.
        once = f"invitation-over:{invitation.id}:{clock.now():%Y%m%d%H%M}"
        post(
            "invitation_over", to=invitation.to_email, community_id=invitation.community_id, once=once,
            invitation_id=invitation.id,
        )  # fmt: skip


def writer_refusal(round: Round, district: District, address: str) -> str:
    """Why whoever has `address` cannot begin to write for the district by themselves; empty when they can."""
    leads = leads_of(round.community_id, district.id)
    if address in {lead.email for lead in leads}:
        return ""
    letter, ask = letter_of(round.id, district.id), whom_to_ask(round.community_id, district.id)
    if leads and letter is not None and not is_untouched(letter):
        return f"{district.label} has begun its letter. {ask}"
    if not has_room(writing_addresses(round.id, round.community_id, district.id), address, round):
        return f"{district.label} has as many writers as there can be. {ask}"
    return ""


def whom_to_ask(community_id: int, district_id: int) -> str:
    """The sentence that names who can help on: the first who acts for the district, else the staff."""
    leads = leads_of(community_id, district_id)
    person = f"{leads[0].name}, who acts for the district," if leads else "the community’s staff"
    return f"Ask {person} about the next step."


def mail_link(account: Account, letter: Letter) -> None:
    """Mail a sign-in link that leads to the letter, unless one has just gone out, or five within an hour.

    Belongs inside a transaction.
    """
    # A new link makes the older one stop working: the second press of a double press would kill the link that is on its
    # way. The person's row comes first, then the count of their mails: whoever takes both takes them in this order.
    lock(account)
    just_now = clock.now() - DOUBLE_PRESS
    fresh = select(SignInLink.id).where(SignInLink.account_id == account.id, SignInLink.used_at.is_(None))
    if account.disabled_at is not None or db.session.scalar(fresh.where(SignInLink.asked_at > just_now).limit(1)):
        return
    if not is_too_often("link", account.email):
        place = db.session.get_one(Community, letter.community_id).slug
        about = f"the interest letter of {letter.district.label}"
        send_link(account, next_url=f"/{place}/letters/{letter.id}", about=about)


def is_untouched(letter: Letter) -> bool:
    """Whether nothing has been written in the letter yet."""
    named = [row for row in letter.roster if row.name or row.email]
    return letter.status == "draft" and not (letter.answers or named or letter.endorsements)


def _check_link(token: str) -> None:
    # Asked under the lock: between the look at the page and the press a colleague's name may have been given in another
    # window, and then the letter is no longer this one's to answer.
    if token and find_handover(token):
        raise RuleBroken(PASSED_ON)


def _count(invitation: Invitation) -> None:
    check_often("answer", str(invitation.id), TOO_MANY_ANSWERS)


def _check_writer(invitation: Invitation, address: str) -> None:
    sentence = writer_refusal(invitation.round, invitation.district, address)
    if sentence:
        raise RuleBroken(sentence)


def _tell_addressee(invitation: Invitation, name: str) -> None:
    post(
        "invitation_answered", to=invitation.to_email, community_id=invitation.community_id,
        once=f"invitation-answered:{invitation.id}:{clock.now():%Y%m%d%H%M%S%f}",
        invitation_id=invitation.id, name=name, handed=len(invitation.handovers),
    )  # fmt: skip
