"""The same demo world that the guards of the house look at."""

from tests.house.conftest import demo, demo_url

__all__ = ["demo", "demo_url"]
