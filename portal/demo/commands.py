"""The operator's commands for the demo world, whose files are read only when somebody asks for it."""

from __future__ import annotations

import json
from importlib import import_module

import click
from flask import current_app
from flask.cli import AppGroup

from portal.communities.queries import all_communities
from portal.core.errors import RuleBroken

demo = AppGroup("demo", help="The demo world.")


@demo.command("load")
@click.option("--if-empty", is_flag=True, help="Do nothing when the portal has communities already.")
def load(if_empty: bool) -> None:
    """Load two communities, an open round and a year of learning into an empty database."""
    if if_empty and (all_communities() or not current_app.config["DEMO_PASSWORD"]):
        return
    click.echo("Loading the demo world. This takes a few seconds.", err=True)
    try:
        import_module("portal.demo.operations").load_demo(current_app.config["DEMO_PASSWORD"])
    except RuleBroken as refused:
        raise click.ClickException(refused.sentence) from refused
    click.echo("The demo world is loaded.", err=True)


@demo.command("people")
def people() -> None:
    """Print one JSON line for each person of the demo world."""
    for line in import_module("portal.demo.queries").demo_people(current_app.config["DEMO_PASSWORD"]):
        click.echo(json.dumps(line, ensure_ascii=False))
