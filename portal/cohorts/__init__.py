"""Cohorts: places and offers, the memberships that come of them, and the district's team."""
