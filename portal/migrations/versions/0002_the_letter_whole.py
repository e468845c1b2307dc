"""The letter whole: builder, desk, passing on, co-editors, files, returns, extensions.

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-23 22:36:21.932170

"""

import sqlalchemy as sa
from alembic import op

from portal.districts.rules import domain_of
from portal.districts.search import create_search, drop_search

# revision identifiers, used by Alembic.
revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NEW = "'short_text', 'long_text', 'number', 'date', 'single_choice', 'multiple_choice', 'ranking', 'district_profile', 'contact', 'roster', 'file', 'commitments', 'endorsement'"
OLD = "'district_profile', 'contact', 'long_text', 'multiple_choice', 'ranking', 'roster', 'single_choice', 'number', 'endorsement'"


def fill_domains(connection):
    """Know the districts that are there by the domain of their website."""
    districts = sa.table("districts", sa.column("id"), sa.column("website"), sa.column("domain"))
    rows = connection.execute(sa.select(districts.c.id, districts.c.website).where(districts.c.website != "")).all()
    known = [{"key": key, "found": domain_of(website)} for key, website in rows if domain_of(website)]
    if known:
        changed = sa.update(districts).where(districts.c.id == sa.bindparam("key"))
        connection.execute(changed.values(domain=sa.bindparam("found")), known)


def upgrade():
    op.create_table(
        "extensions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_extensions_district_id_districts")),
        sa.ForeignKeyConstraint(["granted_by_id"], ["accounts.id"], name=op.f("fk_extensions_granted_by_id_accounts")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_extensions_round_id_rounds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extensions")),
    )
    with op.batch_alter_table("extensions", schema=None) as batch_op:
        batch_op.create_index("ix_extensions_district", ["round_id", "district_id"], unique=False)

    op.create_table(
        "letter_exports",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("community_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by_id"], ["accounts.id"], name=op.f("fk_letter_exports_asked_by_id_accounts")),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_letter_exports_community_id_communities")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_letter_exports_round_id_rounds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_exports")),
    )
    with op.batch_alter_table("letter_exports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_letter_exports_round_id"), ["round_id"], unique=False)

    op.create_table(
        "answer_requests",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("community_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("role", sa.String(length=120), nullable=False),
        sa.Column("fits", sa.Boolean(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("invitation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("token_salt", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "outcome in ('', 'started', 'approved', 'declined')", name=op.f("ck_answer_requests_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_answer_requests_community_id_communities")
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_answer_requests_district_id_districts")
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitations.id"], name=op.f("fk_answer_requests_invitation_id_invitations")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_answer_requests_round_id_rounds")),
        sa.ForeignKeyConstraint(
            ["settled_by_id"], ["accounts.id"], name=op.f("fk_answer_requests_settled_by_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_requests")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_answer_requests_token_hash")),
    )
    with op.batch_alter_table("answer_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answer_requests_round_id"), ["round_id"], unique=False)

    op.create_table(
        "asked_questions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("community_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("invitation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("public_text", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["accounts.id"], name=op.f("fk_asked_questions_answered_by_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_asked_questions_community_id_communities")
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_asked_questions_district_id_districts")
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitations.id"], name=op.f("fk_asked_questions_invitation_id_invitations")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_asked_questions_round_id_rounds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asked_questions")),
    )
    with op.batch_alter_table("asked_questions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_asked_questions_invitation_id"), ["invitation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_asked_questions_round_id"), ["round_id"], unique=False)

    op.create_table(
        "comments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("letter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("section_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_comments_account_id_accounts")),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_comments_letter_id_letters")),
        sa.ForeignKeyConstraint(["section_id"], ["sections.id"], name=op.f("fk_comments_section_id_sections")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    with op.batch_alter_table("comments", schema=None) as batch_op:
        batch_op.create_index("ix_comments_section", ["letter_id", "section_id"], unique=False)

    op.create_table(
        "editors",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("letter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("invited_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token_salt", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_editors_account_id_accounts")),
        sa.ForeignKeyConstraint(["invited_by_id"], ["accounts.id"], name=op.f("fk_editors_invited_by_id_accounts")),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_editors_letter_id_letters")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_editors")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_editors_token_hash")),
    )
    with op.batch_alter_table("editors", schema=None) as batch_op:
        batch_op.create_index("ix_editors_account", ["account_id", "letter_id"], unique=False)
        batch_op.create_index(
            "uq_editors_current",
            ["letter_id", "email"],
            unique=True,
            sqlite_where=sa.text("removed_at is null"),
            postgresql_where=sa.text("removed_at is null"),
        )

    op.create_table(
        "handovers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("invitation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("old_token_hash", sa.String(length=64), nullable=True),
        sa.Column("from_name", sa.String(length=120), nullable=False),
        sa.Column("from_email", sa.String(length=254), nullable=False),
        sa.Column("to_name", sa.String(length=120), nullable=False),
        sa.Column("to_email", sa.String(length=254), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("kind in ('passed_on', 'readdressed')", name=op.f("ck_handovers_kind")),
        sa.ForeignKeyConstraint(["by_account_id"], ["accounts.id"], name=op.f("fk_handovers_by_account_id_accounts")),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitations.id"], name=op.f("fk_handovers_invitation_id_invitations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
    )
    with op.batch_alter_table("handovers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handovers_invitation_id"), ["invitation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_handovers_old_token_hash"), ["old_token_hash"], unique=False)

    op.create_table(
        "info_sign_ups",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("info_session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("community_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("district_text", sa.String(length=160), nullable=False),
        sa.Column("signed_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token_salt", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_info_sign_ups_community_id_communities")
        ),
        sa.ForeignKeyConstraint(
            ["info_session_id"], ["info_sessions.id"], name=op.f("fk_info_sign_ups_info_session_id_info_sessions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_info_sign_ups")),
        sa.UniqueConstraint("info_session_id", "email", name=op.f("uq_info_sign_ups_info_session_id_email")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_info_sign_ups_token_hash")),
    )
    op.create_table(
        "inquiries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("community_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("role", sa.String(length=120), nullable=False),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("district_text", sa.String(length=160), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("came_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("invitation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("state in ('open', 'answered', 'invited', 'set_aside')", name=op.f("ck_inquiries_state")),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_inquiries_community_id_communities")
        ),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_inquiries_district_id_districts")),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitations.id"], name=op.f("fk_inquiries_invitation_id_invitations")
        ),
        sa.ForeignKeyConstraint(["settled_by_id"], ["accounts.id"], name=op.f("fk_inquiries_settled_by_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiries")),
    )
    with op.batch_alter_table("inquiries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inquiries_community_id"), ["community_id"], unique=False)

    op.create_table(
        "presences",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("letter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("section_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_presences_account_id_accounts")),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_presences_letter_id_letters")),
        sa.ForeignKeyConstraint(["section_id"], ["sections.id"], name=op.f("fk_presences_section_id_sections")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presences")),
        sa.UniqueConstraint("letter_id", "account_id", name=op.f("uq_presences_letter_id_account_id")),
    )
    op.create_table(
        "returns",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("letter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sections", sa.JSON(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("returned_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_returns_letter_id_letters")),
        sa.ForeignKeyConstraint(["returned_by_id"], ["accounts.id"], name=op.f("fk_returns_returned_by_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_returns")),
    )
    with op.batch_alter_table("returns", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_returns_letter_id"), ["letter_id"], unique=False)

    op.create_table(
        "section_tasks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("letter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("section_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("done_digest", sa.String(length=64), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["done_by_id"], ["accounts.id"], name=op.f("fk_section_tasks_done_by_id_accounts")),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_section_tasks_letter_id_letters")),
        sa.ForeignKeyConstraint(["owner_id"], ["accounts.id"], name=op.f("fk_section_tasks_owner_id_accounts")),
        sa.ForeignKeyConstraint(["section_id"], ["sections.id"], name=op.f("fk_section_tasks_section_id_sections")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_section_tasks")),
        sa.UniqueConstraint("letter_id", "section_id", name=op.f("uq_section_tasks_letter_id_section_id")),
    )
    op.create_table(
        "letter_files",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("letter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("question_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_letter_files_letter_id_letters")),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name=op.f("fk_letter_files_question_id_questions")),
        sa.ForeignKeyConstraint(
            ["uploaded_by_id"], ["accounts.id"], name=op.f("fk_letter_files_uploaded_by_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_files")),
        sa.UniqueConstraint("key", name=op.f("uq_letter_files_key")),
    )
    with op.batch_alter_table("letter_files", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_letter_files_letter_id"), ["letter_id"], unique=False)

    with op.batch_alter_table("districts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("domain", sa.String(length=120), server_default="", nullable=False))
        batch_op.create_index(batch_op.f("ix_districts_domain"), ["domain"], unique=False)
    fill_domains(op.get_bind())

    with op.batch_alter_table("info_sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("place", sa.String(length=200), server_default="", nullable=False))
        batch_op.add_column(sa.Column("join_link", sa.String(length=300), server_default="", nullable=False))

    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("bounce_note", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("passed_on_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("mails", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    # What was sent before anybody kept count left long ago.
    op.execute("UPDATE invitations SET mailed_at = sent_at WHERE sent_at IS NOT NULL")

    with op.batch_alter_table("letters", schema=None) as batch_op:
        batch_op.add_column(sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("questions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("condition", sa.JSON(), server_default="{}", nullable=False))
        batch_op.drop_constraint(batch_op.f("ck_questions_kind"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_questions_kind"), f"kind in ({NEW})")

    with op.batch_alter_table("rounds", schema=None) as batch_op:
        batch_op.add_column(sa.Column("withdraw_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("file_limit_mb", sa.Integer(), server_default="10", nullable=False))
        batch_op.add_column(
            sa.Column("copied_from_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_foreign_key(batch_op.f("fk_rounds_copied_from_id_rounds"), "rounds", ["copied_from_id"], ["id"])
        batch_op.create_check_constraint(batch_op.f("ck_rounds_file_limit"), "file_limit_mb > 0")

    with op.batch_alter_table("submissions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("pdf_key", sa.String(length=80), server_default="", nullable=False))
        batch_op.add_column(sa.Column("pdf_tries", sa.Integer(), server_default="0", nullable=False))


def downgrade():
    with op.batch_alter_table("submissions", schema=None) as batch_op:
        batch_op.drop_column("pdf_tries")
        batch_op.drop_column("pdf_key")

    with op.batch_alter_table("rounds", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_rounds_copied_from_id_rounds"), type_="foreignkey")
        batch_op.drop_column("copied_from_id")
        batch_op.drop_constraint(batch_op.f("ck_rounds_file_limit"), type_="check")
        batch_op.drop_column("file_limit_mb")
        batch_op.drop_column("withdraw_until")

    with op.batch_alter_table("questions", schema=None) as batch_op:
        batch_op.drop_column("condition")
        batch_op.drop_constraint(batch_op.f("ck_questions_kind"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_questions_kind"), f"kind in ({OLD})")

    with op.batch_alter_table("letters", schema=None) as batch_op:
        batch_op.drop_column("withdrawn_at")

    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.drop_column("withdrawn_at")
        batch_op.drop_column("mails")
        batch_op.drop_column("passed_on_at")
        batch_op.drop_column("reminded_at")
        batch_op.drop_column("bounce_note")
        batch_op.drop_column("bounced_at")
        batch_op.drop_column("mailed_at")

    with op.batch_alter_table("info_sessions", schema=None) as batch_op:
        batch_op.drop_column("join_link")
        batch_op.drop_column("place")

    with op.batch_alter_table("districts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_districts_domain"))
        batch_op.drop_column("domain")
    # Without the column SQLite has a new table of districts, and the triggers of the old one are gone.
    drop_search(op.get_bind())
    create_search(op.get_bind())

    with op.batch_alter_table("letter_files", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_letter_files_letter_id"))

    op.drop_table("letter_files")
    op.drop_table("section_tasks")
    with op.batch_alter_table("returns", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_returns_letter_id"))

    op.drop_table("returns")
    op.drop_table("presences")
    with op.batch_alter_table("inquiries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_inquiries_community_id"))

    op.drop_table("inquiries")
    op.drop_table("info_sign_ups")
    with op.batch_alter_table("handovers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_handovers_old_token_hash"))
        batch_op.drop_index(batch_op.f("ix_handovers_invitation_id"))

    op.drop_table("handovers")
    with op.batch_alter_table("editors", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_editors_current",
            sqlite_where=sa.text("removed_at is null"),
            postgresql_where=sa.text("removed_at is null"),
        )
        batch_op.drop_index("ix_editors_account")

    op.drop_table("editors")
    with op.batch_alter_table("comments", schema=None) as batch_op:
        batch_op.drop_index("ix_comments_section")

    op.drop_table("comments")
    with op.batch_alter_table("asked_questions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_asked_questions_round_id"))
        batch_op.drop_index(batch_op.f("ix_asked_questions_invitation_id"))

    op.drop_table("asked_questions")
    with op.batch_alter_table("answer_requests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_answer_requests_round_id"))

    op.drop_table("answer_requests")
    with op.batch_alter_table("letter_exports", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_letter_exports_round_id"))

    op.drop_table("letter_exports")
    with op.batch_alter_table("extensions", schema=None) as batch_op:
        batch_op.drop_index("ix_extensions_district")

    op.drop_table("extensions")
