"""Bringing the demo world to life, through the same operations that people use."""

from __future__ import annotations

from portal.communities.queries import all_communities
from portal.core import clock
from portal.core.db import transaction
from portal.core.errors import RuleBroken

from .desk import fill_desk
from .filling import fill_year
from .learning import load_agenda, load_convenings
from .letter_round import load_round
from .moves import move_an_educator
from .people import load_people
from .places import load_communities, load_districts
from .school_year import load_school_years
from .seats import fill_lines
from .second_round import load_second_round
from .stories import write_letters
from .world import read_world


def load_demo(password: str) -> None:
    """Load the whole demo world, or nothing: communities, districts, people, an open round with letters and a desk, a
    year, and a round that has closed and is being read.

    Everyone in it signs in with `password`. Raises RuleBroken when the portal has communities already, or no password.
    """
    if not password:
        raise RuleBroken("There is no demo password. Demo people must not exist in production.")
    world = read_world(clock.now().date())
    # One transaction around all of it: a demo that broke halfway would refuse to be loaded again.
    with transaction():
        if all_communities():
            raise RuleBroken(
                "The portal has communities already. The demo world is loaded into an empty database only."
            )
        communities = load_communities(world)
        districts = load_districts(world, communities["eclc"])
        people = load_people(world.data["people"], communities, districts, password)
        round = load_round(world, communities["eclc"], people)
        write_letters(round, districts, people)
        fill_desk(round, districts, people)
        load_agenda(world, communities["eclc"], people)
        load_convenings(world, communities["ecet2"])
        fill_year(world, communities["eclc"], password)
        fill_lines(communities["eclc"], districts, people)
        load_school_years(world, communities["eclc"], districts, people["coordinator.hub"])
        move_an_educator(communities["eclc"], districts, people)
        load_second_round(world, communities, people, password)
