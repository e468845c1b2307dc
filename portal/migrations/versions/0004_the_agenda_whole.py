"""Agenda and enrollment whole: school days, questions, shares, teams, seat offers, changes, reminders, feeds.

Revision ID: 0004
Revises: 0003
Create Date: 2026-11-29 11:20:42.793570

"""

import sqlalchemy as sa
from alembic import op

# revision identifiers, used by Alembic.
revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

OLD = "'seated', 'waiting', 'given_up'"
NEW = "'pending', 'waiting', 'seated', 'given_up', 'refused'"


def upgrade():
    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("token_salt", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_calendar_feeds_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint("account_id", name=op.f("uq_calendar_feeds_account_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feeds_token_hash")),
    )
    op.create_table(
        "school_days",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("community_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('holiday', 'vacation', 'staff_day', 'closed', 'delayed', 'school_day')",
            name=op.f("ck_school_days_kind"),
        ),
        sa.CheckConstraint("to_date >= from_date", name=op.f("ck_school_days_order")),
        sa.ForeignKeyConstraint(["by_id"], ["accounts.id"], name=op.f("fk_school_days_by_id_accounts")),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_school_days_community_id_communities")
        ),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_school_days_district_id_districts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_days")),
    )
    with op.batch_alter_table("school_days", schema=None) as batch_op:
        batch_op.create_index("ix_school_days_dates", ["community_id", "from_date"], unique=False)
        batch_op.create_index(batch_op.f("ix_school_days_district_id"), ["district_id"], unique=False)

    op.create_table(
        "experience_cohorts",
        sa.Column("experience_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("cohort_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohorts.id"], name=op.f("fk_experience_cohorts_cohort_id_cohorts")),
        sa.ForeignKeyConstraint(
            ["experience_id"], ["experiences.id"], name=op.f("fk_experience_cohorts_experience_id_experiences")
        ),
        sa.PrimaryKeyConstraint("experience_id", "cohort_id", name=op.f("pk_experience_cohorts")),
    )
    op.create_table(
        "experience_invitees",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("experience_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["accounts.id"], name=op.f("fk_experience_invitees_by_id_accounts")),
        sa.ForeignKeyConstraint(
            ["experience_id"], ["experiences.id"], name=op.f("fk_experience_invitees_experience_id_experiences")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experience_invitees")),
        sa.UniqueConstraint("experience_id", "email", name=op.f("uq_experience_invitees_experience_id_email")),
    )
    with op.batch_alter_table("experience_invitees", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_experience_invitees_email"), ["email"], unique=False)

    op.create_table(
        "experience_questions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("experience_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("help", sa.String(length=300), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("is_required", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("erase_on", sa.Date(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind in ('dietary', 'access', 'text', 'choice', 'yes_no')", name=op.f("ck_experience_questions_kind")
        ),
        sa.ForeignKeyConstraint(
            ["experience_id"], ["experiences.id"], name=op.f("fk_experience_questions_experience_id_experiences")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experience_questions")),
    )
    with op.batch_alter_table("experience_questions", schema=None) as batch_op:
        batch_op.create_index("ix_experience_questions_experience", ["experience_id", "position"], unique=False)

    op.create_table(
        "enrollment_teams",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("community_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("experience_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("split_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["accounts.id"], name=op.f("fk_enrollment_teams_by_id_accounts")),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_enrollment_teams_community_id_communities")
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_enrollment_teams_district_id_districts")
        ),
        sa.ForeignKeyConstraint(
            ["experience_id"], ["experiences.id"], name=op.f("fk_enrollment_teams_experience_id_experiences")
        ),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_enrollment_teams_session_id_sessions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollment_teams")),
    )
    with op.batch_alter_table("enrollment_teams", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enrollment_teams_experience_id"), ["experience_id"], unique=False)

    op.create_table(
        "seat_holds",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("community_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("experience_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("remaining", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('district', 'role', 'lead')", name=op.f("ck_seat_holds_kind")),
        sa.CheckConstraint("seats >= 0 and remaining >= 0", name=op.f("ck_seat_holds_count")),
        sa.ForeignKeyConstraint(["by_id"], ["accounts.id"], name=op.f("fk_seat_holds_by_id_accounts")),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_seat_holds_community_id_communities")
        ),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_seat_holds_district_id_districts")),
        sa.ForeignKeyConstraint(
            ["experience_id"], ["experiences.id"], name=op.f("fk_seat_holds_experience_id_experiences")
        ),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_seat_holds_session_id_sessions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_holds")),
    )
    with op.batch_alter_table("seat_holds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_seat_holds_district_id"), ["district_id"], unique=False)
        batch_op.create_index("ix_seat_holds_due", ["released_at", "until"], unique=False)
        batch_op.create_index("ix_seat_holds_experience", ["experience_id", "released_at"], unique=False)

    op.create_table(
        "session_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("old_starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("old_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("old_mode", sa.String(length=10), nullable=False),
        sa.Column("old_place", sa.String(length=160), nullable=False),
        sa.Column("old_credit_minutes", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("kind in ('moved', 'online', 'cancelled')", name=op.f("ck_session_changes_kind")),
        sa.ForeignKeyConstraint(["by_id"], ["accounts.id"], name=op.f("fk_session_changes_by_id_accounts")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_session_changes_session_id_sessions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_changes")),
    )
    with op.batch_alter_table("session_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_changes_session_id"), ["session_id"], unique=False)

    op.create_table(
        "confirmations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("enrollment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("change_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(length=3), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token_salt", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.CheckConstraint("answer in ('yes', 'no')", name=op.f("ck_confirmations_answer")),
        sa.ForeignKeyConstraint(
            ["change_id"], ["session_changes.id"], name=op.f("fk_confirmations_change_id_session_changes")
        ),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollments.id"], name=op.f("fk_confirmations_enrollment_id_enrollments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confirmations")),
        sa.UniqueConstraint("enrollment_id", "change_id", name=op.f("uq_confirmations_enrollment_id_change_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_confirmations_token_hash")),
    )
    with op.batch_alter_table("confirmations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_confirmations_change_id"), ["change_id"], unique=False)

    op.create_table(
        "enrollment_answers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("enrollment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("question_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollments.id"], name=op.f("fk_enrollment_answers_enrollment_id_enrollments")
        ),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["experience_questions.id"],
            name=op.f("fk_enrollment_answers_question_id_experience_questions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollment_answers")),
        sa.UniqueConstraint(
            "enrollment_id", "question_id", name=op.f("uq_enrollment_answers_enrollment_id_question_id")
        ),
    )
    with op.batch_alter_table("enrollment_answers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enrollment_answers_question_id"), ["question_id"], unique=False)

    op.create_table(
        "excuses",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("enrollment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_day_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollments.id"], name=op.f("fk_excuses_enrollment_id_enrollments")
        ),
        sa.ForeignKeyConstraint(
            ["school_day_id"], ["school_days.id"], name=op.f("fk_excuses_school_day_id_school_days")
        ),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_excuses_session_id_sessions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_excuses")),
        sa.UniqueConstraint("enrollment_id", "session_id", name=op.f("uq_excuses_enrollment_id_session_id")),
    )
    with op.batch_alter_table("excuses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_excuses_school_day_id"), ["school_day_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_excuses_session_id"), ["session_id"], unique=False)

    op.create_table(
        "joinings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("enrollment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollments.id"], name=op.f("fk_joinings_enrollment_id_enrollments")
        ),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_joinings_session_id_sessions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joinings")),
        sa.UniqueConstraint("enrollment_id", "session_id", name=op.f("uq_joinings_enrollment_id_session_id")),
    )
    with op.batch_alter_table("joinings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_joinings_session_id"), ["session_id"], unique=False)

    op.create_table(
        "reminders",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("enrollment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollments.id"], name=op.f("fk_reminders_enrollment_id_enrollments")
        ),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_reminders_session_id_sessions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
        sa.UniqueConstraint(
            "enrollment_id",
            "session_id",
            "days",
            "sequence",
            name=op.f("uq_reminders_enrollment_id_session_id_days_sequence"),
        ),
    )
    with op.batch_alter_table("reminders", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reminders_session_id"), ["session_id"], unique=False)

    op.create_table(
        "seat_offers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("enrollment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status in ('open', 'accepted', 'declined', 'expired', 'taken_back')", name=op.f("ck_seat_offers_status")
        ),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollments.id"], name=op.f("fk_seat_offers_enrollment_id_enrollments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_offers")),
    )
    with op.batch_alter_table("seat_offers", schema=None) as batch_op:
        batch_op.create_index("ix_seat_offers_due", ["status", "until"], unique=False)
        batch_op.create_index(batch_op.f("ix_seat_offers_enrollment_id"), ["enrollment_id"], unique=False)
        batch_op.create_index(
            "uq_seat_offers_open",
            ["enrollment_id"],
            unique=True,
            sqlite_where=sa.text("status = 'open'"),
            postgresql_where=sa.text("status = 'open'"),
        )

    with op.batch_alter_table("enrollments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("waits_for", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("hold_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
        batch_op.add_column(sa.Column("team_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
        batch_op.add_column(
            sa.Column("asked_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(sa.Column("extra_reason", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("sequence", sa.Integer(), server_default="0", nullable=False))
        batch_op.create_index("ix_enrollments_district", ["district_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_enrollments_hold_id"), ["hold_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_enrollments_team_id"), ["team_id"], unique=False)
        batch_op.create_index(
            "ix_enrollments_waiting",
            ["experience_id", "waits_for", "queue_number"],
            unique=False,
            sqlite_where=sa.text("waits_for is not null"),
            postgresql_where=sa.text("waits_for is not null"),
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_enrollments_team_id_enrollment_teams"), "enrollment_teams", ["team_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_enrollments_asked_by_id_accounts"), "accounts", ["asked_by_id"], ["id"]
        )
        batch_op.create_foreign_key(batch_op.f("fk_enrollments_hold_id_seat_holds"), "seat_holds", ["hold_id"], ["id"])
        batch_op.drop_constraint(batch_op.f("ck_enrollments_state"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_enrollments_state"), f"state in ({NEW})")
        batch_op.create_check_constraint(
            batch_op.f("ck_enrollments_line"), "state in ('waiting', 'seated') or waits_for is null"
        )

    with op.batch_alter_table("experiences", schema=None) as batch_op:
        batch_op.add_column(sa.Column("description", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("online_capacity", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("reach", sa.String(length=10), server_default="members", nullable=False))
        batch_op.add_column(sa.Column("needs_approval", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("fallback_capacity", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("fallback_minutes", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("decide_by", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("join_minutes", sa.Integer(), server_default="15", nullable=False))
        batch_op.add_column(sa.Column("reminder_days", sa.JSON(), server_default="[7, 1]", nullable=False))
        batch_op.add_column(sa.Column("offer_within_hours", sa.Integer(), server_default="48", nullable=False))
        batch_op.add_column(sa.Column("offer_hold_hours", sa.Integer(), server_default="12", nullable=False))
        batch_op.add_column(sa.Column("cutoff_hours", sa.Integer(), server_default="2", nullable=False))
        batch_op.add_column(sa.Column("cancel_reason", sa.Text(), server_default="", nullable=False))
        batch_op.create_check_constraint(
            batch_op.f("ck_experiences_reach"), "reach in ('members', 'cohorts', 'invited', 'anyone')"
        )

    with op.batch_alter_table("faculty", schema=None) as batch_op:
        batch_op.add_column(sa.Column("bio", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("time_zone", sa.String(length=40), server_default="", nullable=False))
        batch_op.add_column(sa.Column("picture_key", sa.String(length=80), server_default="", nullable=False))
        batch_op.add_column(
            sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_foreign_key(batch_op.f("fk_faculty_account_id_accounts"), "accounts", ["account_id"], ["id"])

    with op.batch_alter_table("pools", schema=None) as batch_op:
        batch_op.add_column(sa.Column("held", sa.Integer(), server_default="0", nullable=False))

    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("place", sa.String(length=160), server_default="", nullable=False))
        batch_op.add_column(sa.Column("join_url", sa.String(length=500), server_default="", nullable=False))
        batch_op.add_column(sa.Column("time_zone", sa.String(length=40), server_default="", nullable=False))
        batch_op.add_column(sa.Column("sequence", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True))

    # Whoever waited before there was a line for each mode waits for the mode that they asked for.
    op.execute("update enrollments set waits_for = mode where state = 'waiting'")
    # An empty list of roles meant that people come by invitation.
    op.execute("update experiences set reach = 'invited', audience = null where cast(audience as text) = '[]'")


def downgrade():
    op.execute("update experiences set audience = '[]' where reach = 'invited'")
    op.execute("update enrollments set state = 'given_up' where state in ('pending', 'refused')")
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_column("cancelled_at")
        batch_op.drop_column("sequence")
        batch_op.drop_column("time_zone")
        batch_op.drop_column("join_url")
        batch_op.drop_column("place")

    with op.batch_alter_table("pools", schema=None) as batch_op:
        batch_op.drop_column("held")

    with op.batch_alter_table("faculty", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_faculty_account_id_accounts"), type_="foreignkey")
        batch_op.drop_column("account_id")
        batch_op.drop_column("picture_key")
        batch_op.drop_column("time_zone")
        batch_op.drop_column("bio")

    with op.batch_alter_table("experiences", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_experiences_reach"), type_="check")
        batch_op.drop_column("cancel_reason")
        batch_op.drop_column("cutoff_hours")
        batch_op.drop_column("offer_hold_hours")
        batch_op.drop_column("offer_within_hours")
        batch_op.drop_column("reminder_days")
        batch_op.drop_column("join_minutes")
        batch_op.drop_column("decide_by")
        batch_op.drop_column("fallback_minutes")
        batch_op.drop_column("fallback_capacity")
        batch_op.drop_column("needs_approval")
        batch_op.drop_column("reach")
        batch_op.drop_column("online_capacity")
        batch_op.drop_column("description")

    with op.batch_alter_table("enrollments", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_enrollments_line"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_enrollments_state"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_enrollments_state"), f"state in ({OLD})")
        batch_op.drop_constraint(batch_op.f("fk_enrollments_hold_id_seat_holds"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_enrollments_asked_by_id_accounts"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_enrollments_team_id_enrollment_teams"), type_="foreignkey")
        batch_op.drop_index(
            "ix_enrollments_waiting",
            sqlite_where=sa.text("waits_for is not null"),
            postgresql_where=sa.text("waits_for is not null"),
        )
        batch_op.drop_index(batch_op.f("ix_enrollments_team_id"))
        batch_op.drop_index(batch_op.f("ix_enrollments_hold_id"))
        batch_op.drop_index("ix_enrollments_district")
        batch_op.drop_column("sequence")
        batch_op.drop_column("extra_reason")
        batch_op.drop_column("asked_by_id")
        batch_op.drop_column("team_id")
        batch_op.drop_column("hold_id")
        batch_op.drop_column("waits_for")

    with op.batch_alter_table("seat_offers", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_seat_offers_open", sqlite_where=sa.text("status = 'open'"), postgresql_where=sa.text("status = 'open'")
        )
        batch_op.drop_index(batch_op.f("ix_seat_offers_enrollment_id"))
        batch_op.drop_index("ix_seat_offers_due")

    op.drop_table("seat_offers")
    with op.batch_alter_table("reminders", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reminders_session_id"))

    op.drop_table("reminders")
    with op.batch_alter_table("joinings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_joinings_session_id"))

    op.drop_table("joinings")
    with op.batch_alter_table("excuses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_excuses_session_id"))
        batch_op.drop_index(batch_op.f("ix_excuses_school_day_id"))

    op.drop_table("excuses")
    with op.batch_alter_table("enrollment_answers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enrollment_answers_question_id"))

    op.drop_table("enrollment_answers")
    with op.batch_alter_table("confirmations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_confirmations_change_id"))

    op.drop_table("confirmations")
    with op.batch_alter_table("session_changes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_session_changes_session_id"))

    op.drop_table("session_changes")
    with op.batch_alter_table("seat_holds", schema=None) as batch_op:
        batch_op.drop_index("ix_seat_holds_experience")
        batch_op.drop_index("ix_seat_holds_due")
        batch_op.drop_index(batch_op.f("ix_seat_holds_district_id"))

    op.drop_table("seat_holds")
    with op.batch_alter_table("enrollment_teams", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enrollment_teams_experience_id"))

    op.drop_table("enrollment_teams")
    with op.batch_alter_table("experience_questions", schema=None) as batch_op:
        batch_op.drop_index("ix_experience_questions_experience")

    op.drop_table("experience_questions")
    with op.batch_alter_table("experience_invitees", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_experience_invitees_email"))

    op.drop_table("experience_invitees")
    op.drop_table("experience_cohorts")
    with op.batch_alter_table("school_days", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_school_days_district_id"))
        batch_op.drop_index("ix_school_days_dates")

    op.drop_table("school_days")
    op.drop_table("calendar_feeds")
