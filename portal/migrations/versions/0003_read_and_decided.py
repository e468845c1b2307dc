"""Reading, deciding, offers, membership: readers, scores, meetings, releases, checks, join links.

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-29 07:54:12.318110

"""

import sqlalchemy as sa
from alembic import op

# revision identifiers, used by Alembic.
revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OLD = "'open', 'accepted', 'turned_down', 'deferred', 'expired'"
NEW = f"{OLD}, 'taken_back'"


def upgrade():
    op.create_table(
        "lead_hand_overs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("community_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("from_account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("keeps_lead", sa.Boolean(), nullable=False),
        sa.Column("to_name", sa.String(length=120), nullable=False),
        sa.Column("to_email", sa.String(length=254), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token_salt", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_lead_hand_overs_community_id_communities")
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_lead_hand_overs_district_id_districts")
        ),
        sa.ForeignKeyConstraint(
            ["from_account_id"], ["accounts.id"], name=op.f("fk_lead_hand_overs_from_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_hand_overs")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_lead_hand_overs_token_hash")),
    )
    with op.batch_alter_table("lead_hand_overs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lead_hand_overs_district_id"), ["district_id"], unique=False)

    op.create_table(
        "conflicts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("source in ('declared', 'staff')", name=op.f("ck_conflicts_source")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_conflicts_account_id_accounts")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_conflicts_district_id_districts")),
        sa.ForeignKeyConstraint(["lifted_by_id"], ["accounts.id"], name=op.f("fk_conflicts_lifted_by_id_accounts")),
        sa.ForeignKeyConstraint(["noted_by_id"], ["accounts.id"], name=op.f("fk_conflicts_noted_by_id_accounts")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_conflicts_round_id_rounds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflicts")),
    )
    with op.batch_alter_table("conflicts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conflicts_account_id"), ["account_id"], unique=False)
        batch_op.create_index(
            "uq_conflicts_holding",
            ["round_id", "account_id", "district_id"],
            unique=True,
            sqlite_where=sa.text("lifted_at is null"),
            postgresql_where=sa.text("lifted_at is null"),
        )

    op.create_table(
        "join_links",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("membership_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token_salt", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["made_by_id"], ["accounts.id"], name=op.f("fk_join_links_made_by_id_accounts")),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["memberships.id"], name=op.f("fk_join_links_membership_id_memberships")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_join_links_token_hash")),
    )
    with op.batch_alter_table("join_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_join_links_membership_id"), ["membership_id"], unique=False)

    op.create_table(
        "join_requests",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("membership_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("school", sa.String(length=80), nullable=False),
        sa.Column("fits", sa.Boolean(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("token_salt", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.CheckConstraint("outcome in ('', 'joined', 'declined')", name=op.f("ck_join_requests_outcome")),
        sa.CheckConstraint("way in ('link', 'domain')", name=op.f("ck_join_requests_way")),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["memberships.id"], name=op.f("fk_join_requests_membership_id_memberships")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by_id"], ["accounts.id"], name=op.f("fk_join_requests_settled_by_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_requests")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_join_requests_token_hash")),
    )
    with op.batch_alter_table("join_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_join_requests_membership_id"), ["membership_id"], unique=False)

    op.create_table(
        "releases",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("community_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seen", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["asked_by_id"], ["accounts.id"], name=op.f("fk_releases_asked_by_id_accounts")),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_releases_community_id_communities")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_releases_round_id_rounds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releases")),
    )
    with op.batch_alter_table("releases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_releases_round_id"), ["round_id"], unique=False)

    op.create_table(
        "review_meetings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("present", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["accounts.id"], name=op.f("fk_review_meetings_opened_by_id_accounts")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_review_meetings_round_id_rounds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_meetings")),
    )
    with op.batch_alter_table("review_meetings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_review_meetings_round_id"), ["round_id"], unique=False)

    op.create_table(
        "assignments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("letter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assigned_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_reason", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "ended_reason in ('', 'dropped_out', 'conflict', 'reassigned')", name=op.f("ck_assignments_ended_reason")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_assignments_account_id_accounts")),
        sa.ForeignKeyConstraint(
            ["assigned_by_id"], ["accounts.id"], name=op.f("fk_assignments_assigned_by_id_accounts")
        ),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_assignments_letter_id_letters")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignments")),
    )
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.create_index("ix_assignments_reader", ["account_id", "ended_at"], unique=False)
        batch_op.create_index(
            "uq_assignments_running",
            ["letter_id", "account_id"],
            unique=True,
            sqlite_where=sa.text("ended_at is null"),
            postgresql_where=sa.text("ended_at is null"),
        )

    op.create_table(
        "commitment_checks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("membership_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("commitment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["commitment_id"], ["commitments.id"], name=op.f("fk_commitment_checks_commitment_id_commitments")
        ),
        sa.ForeignKeyConstraint(["done_by_id"], ["accounts.id"], name=op.f("fk_commitment_checks_done_by_id_accounts")),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["memberships.id"], name=op.f("fk_commitment_checks_membership_id_memberships")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment_checks")),
        sa.UniqueConstraint(
            "membership_id", "commitment_id", name=op.f("uq_commitment_checks_membership_id_commitment_id")
        ),
    )
    with op.batch_alter_table("commitment_checks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_commitment_checks_commitment_id"), ["commitment_id"], unique=False)

    op.create_table(
        "feedback",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("letter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("criterion_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drafted_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["approved_by_id"], ["accounts.id"], name=op.f("fk_feedback_approved_by_id_accounts")),
        sa.ForeignKeyConstraint(["criterion_id"], ["criteria.id"], name=op.f("fk_feedback_criterion_id_criteria")),
        sa.ForeignKeyConstraint(["drafted_by_id"], ["accounts.id"], name=op.f("fk_feedback_drafted_by_id_accounts")),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_feedback_letter_id_letters")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("letter_id", "criterion_id", name=op.f("uq_feedback_letter_id_criterion_id")),
    )
    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feedback_criterion_id"), ["criterion_id"], unique=False)

    op.create_table(
        "meeting_entries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("meeting_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("letter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("rationale", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("noted_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "outcome in ('', 'accept', 'waitlist', 'decline', 'later')", name=op.f("ck_meeting_entries_outcome")
        ),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_meeting_entries_letter_id_letters")),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["review_meetings.id"], name=op.f("fk_meeting_entries_meeting_id_review_meetings")
        ),
        sa.ForeignKeyConstraint(["noted_by_id"], ["accounts.id"], name=op.f("fk_meeting_entries_noted_by_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_entries")),
        sa.UniqueConstraint("meeting_id", "letter_id", name=op.f("uq_meeting_entries_meeting_id_letter_id")),
    )
    with op.batch_alter_table("meeting_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meeting_entries_letter_id"), ["letter_id"], unique=False)

    op.create_table(
        "remarks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("letter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("audience in ('staff', 'readers')", name=op.f("ck_remarks_audience")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_remarks_account_id_accounts")),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_remarks_letter_id_letters")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remarks")),
    )
    with op.batch_alter_table("remarks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_remarks_letter_id"), ["letter_id"], unique=False)

    op.create_table(
        "reviews",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("letter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_reviews_account_id_accounts")),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_reviews_letter_id_letters")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("letter_id", "account_id", name=op.f("uq_reviews_letter_id_account_id")),
    )
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reviews_account_id"), ["account_id"], unique=False)

    op.create_table(
        "scores",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("review_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("criterion_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["criterion_id"], ["criteria.id"], name=op.f("fk_scores_criterion_id_criteria")),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_scores_review_id_reviews")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scores")),
        sa.UniqueConstraint("review_id", "criterion_id", name=op.f("uq_scores_review_id_criterion_id")),
    )
    with op.batch_alter_table("scores", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scores_criterion_id"), ["criterion_id"], unique=False)

    # A decision that is taken back leaves its number to nobody: its history must not show at the next one.
    with op.batch_alter_table("decisions", schema=None, table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.add_column(
            sa.Column("release_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(sa.Column("mail_subject", sa.String(length=200), server_default="", nullable=False))
        batch_op.add_column(sa.Column("mail_text", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("turn", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("turned_reason", sa.Text(), server_default="", nullable=False))
        batch_op.create_index(batch_op.f("ix_decisions_release_id"), ["release_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_decisions_release_id_releases"), "releases", ["release_id"], ["id"])

    with op.batch_alter_table("place_offers", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_place_offers_status"), type_="check")
        batch_op.create_check_constraint(op.f("ck_place_offers_status"), f"status in ({NEW})")
        batch_op.add_column(sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("from_waitlist", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("turn", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(
            sa.Column("replaces_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_place_offers_replaces_id_place_offers"), "place_offers", ["replaces_id"], ["id"]
        )

    with op.batch_alter_table("rounds", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_blind", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("comment_up_to", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("spread_flag", sa.Integer(), server_default="2", nullable=False))
        batch_op.add_column(sa.Column("waitlist_reply_days", sa.Integer(), server_default="7", nullable=False))
        batch_op.add_column(sa.Column("decision_texts", sa.JSON(), server_default="{}", nullable=False))

    with op.batch_alter_table("letter_exports", schema=None) as batch_op:
        batch_op.add_column(sa.Column("letters", sa.JSON(), server_default="[]", nullable=False))


def downgrade():
    op.execute("update place_offers set status = 'expired' where status = 'taken_back'")
    with op.batch_alter_table("letter_exports", schema=None) as batch_op:
        batch_op.drop_column("letters")

    with op.batch_alter_table("rounds", schema=None) as batch_op:
        batch_op.drop_column("decision_texts")
        batch_op.drop_column("waitlist_reply_days")
        batch_op.drop_column("spread_flag")
        batch_op.drop_column("comment_up_to")
        batch_op.drop_column("is_blind")

    with op.batch_alter_table("place_offers", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_place_offers_replaces_id_place_offers"), type_="foreignkey")
        batch_op.drop_column("replaces_id")
        batch_op.drop_constraint(op.f("ck_place_offers_status"), type_="check")
        batch_op.create_check_constraint(op.f("ck_place_offers_status"), f"status in ({OLD})")
        batch_op.drop_column("turn")
        batch_op.drop_column("from_waitlist")
        batch_op.drop_column("reminded_at")

    with op.batch_alter_table("decisions", schema=None, table_kwargs={"sqlite_autoincrement": False}) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_decisions_release_id_releases"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_decisions_release_id"))
        batch_op.drop_column("turned_reason")
        batch_op.drop_column("turn")
        batch_op.drop_column("mail_text")
        batch_op.drop_column("mail_subject")
        batch_op.drop_column("release_id")

    with op.batch_alter_table("scores", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_scores_criterion_id"))

    op.drop_table("scores")
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reviews_account_id"))

    op.drop_table("reviews")
    with op.batch_alter_table("remarks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_remarks_letter_id"))

    op.drop_table("remarks")
    with op.batch_alter_table("meeting_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meeting_entries_letter_id"))

    op.drop_table("meeting_entries")
    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feedback_criterion_id"))

    op.drop_table("feedback")
    with op.batch_alter_table("commitment_checks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_commitment_checks_commitment_id"))

    op.drop_table("commitment_checks")
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_assignments_running",
            sqlite_where=sa.text("ended_at is null"),
            postgresql_where=sa.text("ended_at is null"),
        )
        batch_op.drop_index("ix_assignments_reader")

    op.drop_table("assignments")
    with op.batch_alter_table("review_meetings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_review_meetings_round_id"))

    op.drop_table("review_meetings")
    with op.batch_alter_table("releases", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_releases_round_id"))

    op.drop_table("releases")
    with op.batch_alter_table("join_requests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_join_requests_membership_id"))

    op.drop_table("join_requests")
    with op.batch_alter_table("join_links", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_join_links_membership_id"))

    op.drop_table("join_links")
    with op.batch_alter_table("conflicts", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_conflicts_holding",
            sqlite_where=sa.text("lifted_at is null"),
            postgresql_where=sa.text("lifted_at is null"),
        )
        batch_op.drop_index(batch_op.f("ix_conflicts_account_id"))

    op.drop_table("conflicts")
    with op.batch_alter_table("lead_hand_overs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lead_hand_overs_district_id"))

    op.drop_table("lead_hand_overs")
