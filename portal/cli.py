"""The operator's commands, thin: each calls an operation and says what came of it."""

from __future__ import annotations

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from .accounts.operations import grant_permission
from .communities.operations import create_community
from .communities.queries import find_community
from .core import jobs as work
from .core.errors import RuleBroken
from .demo.commands import demo
from .districts.commands import districts
from .doctor import examine, notes

community = AppGroup("community", help="Communities on this portal.")
staff = AppGroup("staff", help="People who run a community.")
jobs = AppGroup("jobs", help="Work done outside of requests.")


def install(app: Flask) -> None:
    """Make the commands known."""
    for group in (community, demo, districts, staff, jobs):
        app.cli.add_command(group)
    app.cli.add_command(doctor)


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """Look at everything the portal needs; say what is wrong and how to mend it."""
    findings = examine()
    for finding in findings:
        click.echo(
            f"{finding.name:<14} {finding.wrong or 'fine'}" + (f"\n{'':<14} {finding.cure}" if finding.cure else "")
        )
    for note in notes():
        click.echo(f"{'note':<14} {note}")
    if any(finding.wrong for finding in findings):
        raise SystemExit(1)


@community.command("create")
@click.argument("slug")
@click.argument("name")
@click.option("--kind", type=click.Choice(["district_network", "teacher_network"]), default="district_network")
@click.option("--time-zone", default="America/New_York", help="IANA name, such as America/Chicago.")
def community_create(slug: str, name: str, kind: str, time_zone: str) -> None:
    """Open a community at /SLUG/."""
    try:
        made = create_community(slug=slug, name=name, kind=kind, time_zone=time_zone)
    except RuleBroken as refused:
        raise click.ClickException(refused.sentence) from refused
    click.echo(f"{made.name} is at /{made.slug}/. Next: flask --app wsgi staff add {made.slug} ADDRESS --as admin")


@staff.command("add")
@click.argument("slug")
@click.argument("email")
@click.option("--name", default="", help="How the portal calls them; the address otherwise.")
@click.option("--as", "kind", type=click.Choice(["admin", "staff", "reviewer"]), default="staff")
def staff_add(slug: str, email: str, name: str, kind: str) -> None:
    """Let EMAIL act for the community SLUG; they sign in with a mailed link."""
    found = find_community(slug)
    if found is None:
        raise click.ClickException(f"There is no community “{slug}”.")
    try:
        account = grant_permission(found, email=email, name=name, kind=kind)
    except RuleBroken as refused:
        raise click.ClickException(refused.sentence) from refused
    click.echo(f"{account.email} is now {kind} of {found.name}.")


@jobs.command("run")
def jobs_run() -> None:
    """Be the worker: send mail and do what is due, until stopped."""
    # The real app and not the proxy: the worker hands it to threads of its own.
    work.run(current_app._get_current_object())  # type: ignore[attr-defined]


@jobs.command("due")
def jobs_due() -> None:
    """Do once what is due, for cron."""
    work.sweep()
