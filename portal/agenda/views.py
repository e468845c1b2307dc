"""Doors of the agenda: the picture of whoever leads it. What staff do stands in plan_views and its neighbors; the
agenda itself, with its seats, belongs to enrollments."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("agenda", __name__)
