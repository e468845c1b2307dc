"""Whom one can be in the demo world: one person per role, in the order in which the story is told."""

from __future__ import annotations

from sqlalchemy import select

from portal.accounts.models import Account
from portal.accounts.queries import DemoPerson
from portal.core.db import db

FACES = {
    "superintendent.demo-hill@example.org": (
        "lead of an invited district",
        "Answers the Letter of Invitation, writes and submits the interest letter",
    ),
    "teacher-ml.demo-hill@example.org": (
        "co-editor of a letter",
        "Writes in the same letter from another window, comments, and marks sections as done",
    ),
    "coordinator.hub@example.org": ("staff", "Runs the rounds and the agenda, gives letters to readers, decides"),
    "superintendent.fable-point@example.org": (
        "lead of a district that waits for the decision",
        "Sees where the letter stands, then accepts the place and fills the team",
    ),
    "reviewer-a.hub@example.org": ("reviewer", "Reads four letters of the closed round beside the rubric"),
    "director.hub@example.org": ("admin", "Does all that staff do, and names the staff"),
    "superintendent.beverly@example.org": (
        "lead of a member district",
        "Sees the home of a district that has belonged for years, and takes seats",
    ),
    "teacher-general.beverly@example.org": ("educator", "Finds gatherings, takes seats and gives them up"),
    "director.ecet2@example.org": ("admin of the teacher network", "Sees only the other community"),
}


def demo_faces() -> list[DemoPerson]:
    """The people whom the sign-in page of a demo offers; whoever is not loaded is left out."""
    chosen = select(Account.email, Account.name).where(Account.is_demo, Account.email.in_(FACES)).order_by(Account.id)
    names = {row.email: row.name for row in db.session.execute(chosen)}
    return [DemoPerson(names[email], email, role, can) for email, (role, can) in FACES.items() if email in names]
