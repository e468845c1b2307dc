"""Every door × every kind of person, on the demo world. A new door that is not in the table fails.

Columns: a visitor, an educator of a member district, the lead whose letter it is, another district's lead, a reviewer,
staff, an admin, and the admin of another community. “in” sends to the sign-in page, “·” is the person's own affair and
tried by the feature's tests. Doors that act are tried only by those whom they must refuse.
"""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.accounts.operations import start_sign_in
from portal.accounts.queries import find_account
from portal.core.db import db
from portal.core.history import History
from portal.core.tokens import Tokened, token_of
from portal.letters.models import Editor, Endorsement
from portal.rounds.models import AnswerRequest, InfoSignUp, Invitation

PEOPLE = (
    "",
    "teacher-general.beverly",
    "superintendent.example-harbor",
    "assistant-superintendent.sample-river",
    "reviewer-a.hub",
    "coordinator.hub",
    "director.hub",
    "director.ecet2",
)
VALUES = {
    "community": "eclc", "letter_id": 1, "question_id": 3, "row_id": 1, "section_slug": "your-team", "round_id": 1,
    "seat_id": 1, "experience": "fall-gathering-2026", "token": "x" * 43, "name": "none.eml", "sign_in_id": 999_999,
    "info_session_id": 1, "district_id": 1, "criterion_id": 1, "meeting_id": 999_999, "entry_id": 999_999,
    "number": 1, "answer": "signature", "pressed": "scores", "session_id": 999_999,
    "group": "submitted", "form": "csv", "invitation_id": 1, "inquiry_id": 1, "request_id": 1,
    "account_id": 999_999, "assignment_id": 999_999, "conflict_id": 999_999,
    "release_id": 999_999, "outcome": "accept",
    "job_id": 999_999, "membership_id": 1, "promise_id": 1, "cohort": "eclc-c1",
    "hold_id": 999_999, "enrollment_id": 999_999, "team_id": 999_999, "export_id": 999_999, "offer_id": 999_999,
    "file_id": 999_999, "editor_id": 999_999, "comment_id": 999_999,
    "person": "gf-arts", "year": "eclc-agenda-2026-27", "day_id": 999_999, "invitee_id": 999_999,
    "chapter": "rubric", "shelf": "commitments", "item_id": 1, "section_id": 1, "kind": "number", "code": "r1",
}  # fmt: skip
OWN_VALUES: dict[str, dict[str, object]] = {
    "agenda.plan_chapter": {"chapter": "seats"}, "agenda.plan_save": {"chapter": "seats"},
    "agenda.plan_question": {"question_id": 999_999},
    "rounds.build_rule": {"question_id": 7}, "letters.desk_question": {"question_id": 4},
    "cohorts.join_settling": {"outcome": "joined"}, "cohorts.member_request": {"outcome": "joined"},
    "enrollments.changes": {"session_id": 3},
    "enrollments.moving": {"session_id": 3},
    "enrollments.moved": {"session_id": 3},
    "enrollments.going_online": {"session_id": 3},
    "enrollments.gone_online": {"session_id": 3},
    "enrollments.going_to_room": {"experience": "para-calm", "session_id": 11},
    "enrollments.gone_to_room": {"experience": "para-calm", "session_id": 11},
    "enrollments.session_cancellation": {"session_id": 3},
    "enrollments.session_cancelled": {"session_id": 3},
}  # fmt: skip
# The doors of private links, each with whose link it is. Only looked at: a press would do what the link is for.
LINKS: dict[str, tuple[type[Tokened], str]] = {
    "letters.invitation": (Invitation, "invitation"),
    "letters.editor": (Editor, "editor"),
    "letters.answer_request": (AnswerRequest, "answer-request"),
    "letters.endorsement": (Endorsement, "endorsement"),
    "rounds.info_seat": (InfoSignUp, "info-seat"),
}
EVERYONE, NOBODY = "200 200 200 200 200 200 200 200", "404 404 404 404 404 404 404 404"
SIGNED_IN, OWN = "in 200 200 200 200 200 200 200", "in 404 200 404 404 404 404 404"
STAFF, READERS = "in 403 403 403 403 200 200 403", "in 403 403 403 200 200 200 403"
LEADERS = "in 404 404 404 404 200 200 404"  # staff, and the facilitator of the experience
GIVEN = "in 403 403 403 404 200 200 403"  # a reviewer knows only of letters that were given to them; this one was not
GET = {
    "home.portal": EVERYONE,
    "home.community": EVERYONE,
    "home.members": EVERYONE,
    "home.live": EVERYONE,
    "home.ready": "· · · · · · · ·",
    "home.mailbox": EVERYONE,
    "home.mailbox_mail": NOBODY,
    "accounts.sign_in": "200 303 303 303 303 303 303 303",
    "accounts.link": EVERYONE,
    "accounts.link_sent": EVERYONE,
    "accounts.account": SIGNED_IN,
    "rounds.letter": EVERYONE,
    "rounds.build_list": STAFF,
    "rounds.build_new": STAFF,
    "rounds.build_show": STAFF,
    "rounds.build_chapter": STAFF,
    "rounds.build_copy": STAFF,
    "rounds.build_publish": STAFF,
    "rounds.build_item_new": STAFF,
    "rounds.build_item": STAFF,
    "rounds.build_item_removal": STAFF,
    "rounds.build_question_kinds": STAFF,
    "rounds.build_question_new": STAFF,
    "rounds.build_question": STAFF,
    "rounds.build_question_removal": STAFF,
    "rounds.build_kinds": STAFF,
    "rounds.build_kind": STAFF,
    "rounds.build_rule": STAFF,
    "enrollments.planned": STAFF,
    "agenda.plan_new": STAFF,
    "agenda.plan_show": STAFF,
    "agenda.plan_chapter": STAFF,
    "agenda.plan_invited": STAFF,
    "agenda.plan_publish": STAFF,
    "agenda.plan_removal": STAFF,
    "agenda.plan_withdrawal": STAFF,
    "agenda.plan_sessions": STAFF,
    "agenda.plan_session_new": STAFF,
    "agenda.plan_session": "in 403 403 403 403 404 404 403",
    "agenda.plan_weekly": STAFF,
    "agenda.plan_questions": STAFF,
    "agenda.plan_question_new": STAFF,
    "agenda.plan_question": "in 403 403 403 403 404 404 403",
    "agenda.copy": STAFF,
    "agenda.years": STAFF,
    "agenda.year_copy": STAFF,
    "agenda.school": STAFF,
    "agenda.school_day": "in 403 403 403 403 404 404 403",
    "agenda.faculty_list": STAFF,
    "agenda.faculty_new": STAFF,
    "agenda.faculty": STAFF,
    "agenda.picture": NOBODY,
    "letters.preview": STAFF,
    "reviews.archive": STAFF,
    "cohorts.opening": STAFF,
    "rounds.question": EVERYONE,
    "rounds.contact": EVERYONE,
    "rounds.info_session": EVERYONE,
    "rounds.info_seat": EVERYONE,
    "rounds.info_session_guests": STAFF,
    "rounds.info_session_table": STAFF,
    "enrollments.agenda": EVERYONE,
    "enrollments.experience": EVERYONE,
    "enrollments.giving_up": "in 404 404 404 404 404 404 404",
    "enrollments.declining": "in 404 404 404 404 404 404 404",
    "enrollments.changes": STAFF,
    "enrollments.closings": STAFF,
    "enrollments.closing_end": "in 403 403 403 403 404 404 403",
    "enrollments.moving": STAFF,
    "enrollments.going_online": STAFF,
    "enrollments.going_to_room": STAFF,
    "enrollments.session_cancellation": "in 403 403 403 403 303 303 403",
    "enrollments.calling_off": STAFF,
    "enrollments.sending_colleague": "in 404 404 404 404 404 404 404",
    "enrollments.seat_confirmation": "in 404 404 404 404 404 404 404",
    "enrollments.changed_date": NOBODY,
    "enrollments.preview": STAFF,
    "enrollments.sizing": STAFF,
    "enrollments.my": SIGNED_IN,
    "enrollments.agenda_calendar": EVERYONE,
    "enrollments.faculty": EVERYONE,
    "enrollments.faculty_member": EVERYONE,
    "enrollments.experience_calendar": EVERYONE,
    "enrollments.seat_calendar": "in 404 404 404 404 404 404 404",
    "enrollments.my_calendar": SIGNED_IN,
    "enrollments.private_calendar": NOBODY,
    "enrollments.district_seats": "in 404 404 404 404 404 404 404",
    "enrollments.enrolling": "in 404 404 404 404 404 404 404",
    "enrollments.hold": "in 404 404 404 404 404 404 404",
    "enrollments.hold_return": "in 404 404 404 404 404 404 404",
    "enrollments.team_leaving": "in 404 404 404 404 404 404 404",
    "enrollments.approval_refusal": "in 404 404 404 404 404 404 404",
    "enrollments.substitution": "in 404 404 404 404 404 404 404",
    "enrollments.cancelling_for": "in 404 404 404 404 404 404 404",
    "enrollments.roster": LEADERS,
    "enrollments.adding": LEADERS,
    "enrollments.removal": "in 404 404 404 404 404 404 404",
    "enrollments.shares": STAFF,
    "enrollments.roster_file": LEADERS,
    "enrollments.roster_answers": LEADERS,
    "letters.invitation": EVERYONE,
    "letters.answering_start": EVERYONE,
    "letters.answering_district": EVERYONE,
    "letters.answering_sent": EVERYONE,
    "letters.answer_request": EVERYONE,
    "letters.endorsement_again": "303 303 303 303 303 303 303 303",
    "letters.signing_again": "in 303 303 303 303 303 303 303",
    "letters.endorsement": EVERYONE,
    "letters.show": "in 404 303 404 404 404 404 404",
    "letters.section": OWN,
    "letters.team": OWN,
    "letters.roster_import": OWN,
    "letters.token": OWN,
    "letters.editor": EVERYONE,
    "letters.check": OWN,
    "letters.signing": OWN,
    "letters.receipt": OWN,
    "letters.whole": OWN,
    "letters.glance": STAFF,
    "letters.closing": STAFF,
    "letters.sending": STAFF,
    "letters.progress": STAFF,
    "letters.reminders": STAFF,
    "letters.calls": STAFF,
    "letters.invited": STAFF,
    "letters.invited_file": STAFF,
    "letters.invited_one": STAFF,
    "letters.invited_contact": STAFF,
    "letters.choosing": STAFF,
    "letters.contacts": STAFF,
    "letters.listing": STAFF,
    "letters.desk": STAFF,
    "letters.own_question": STAFF,
    "letters.desk_question": STAFF,
    "letters.desk_inquiry": STAFF,
    "letters.desk_request": STAFF,
    "districts.index": STAFF,
    "reviews.letters": READERS,
    "reviews.letter": GIVEN,
    "reviews.letter_file": GIVEN,
    "reviews.letters_file": STAFF,
    "reviews.downloads": STAFF,
    "reviews.download": "in 403 403 403 403 404 404 403",
    "reviews.agenda": STAFF,
    "reviews.minutes": "in 403 403 403 403 404 404 403",
    "reviews.meeting_letter": "in 403 403 403 403 404 404 403",
    "reviews.meeting_decisions": "in 403 403 403 403 404 404 403",
    "reviews.token": "in 403 403 403 404 200 200 403",
    "reviews.versions": GIVEN,
    "reviews.scores_again": "in 403 403 403 404 303 303 403",
    "reviews.queue": READERS,
    "reviews.conflict": GIVEN,
    "reviews.conflicts": STAFF,
    "reviews.readers": STAFF,
    "reviews.readers_telling": STAFF,
    "reviews.reader_leaving": "in 403 403 403 403 404 404 403",
    "reviews.letter_readers": STAFF,
    "reviews.letter_taking": "in 403 403 403 403 404 404 403",
    "reviews.conflict_question": "in 403 403 403 403 404 404 403",
    "reviews.returning": STAFF,
    "reviews.extension": STAFF,
    "reviews.exceptions": STAFF,
    "reviews.exceptions_file": STAFF,
    "cohorts.timeline": STAFF,
    "reports.funnel": STAFF,
    "reports.funnel_file": STAFF,
    "reports.group": STAFF,
    "reports.group_file": STAFF,
    "cohorts.standing": OWN,
    "cohorts.withdrawal": OWN,
    "letters.file": "in 404 404 404 404 404 404 404",
    "letters.file_to_sign": NOBODY,
    "reviews.letter_attachment": "in 403 403 403 404 404 404 403",
    "letters.versions": OWN,
    "letters.version": OWN,
    "letters.version_file": "in 404 404 404 404 404 404 404",
    "cohorts.refusal": "in 404 404 404 404 404 404 404",
    "cohorts.deferral": "in 404 404 404 404 404 404 404",
    "cohorts.offers": STAFF,
    "cohorts.offer_reminders": STAFF,
    "cohorts.places": STAFF,
    "cohorts.offer_time": "in 403 403 403 403 404 404 403",
    "cohorts.offer_removal": "in 403 403 403 403 404 404 403",
    "cohorts.district": SIGNED_IN,
    "cohorts.join": NOBODY,
    "cohorts.join_start": EVERYONE,
    "cohorts.join_sent": EVERYONE,
    "cohorts.join_by": NOBODY,
    "cohorts.join_request": NOBODY,
    "cohorts.hand_over": NOBODY,
    "cohorts.people": "in 404 404 404 404 404 404 404",
    "cohorts.leaving": "in 404 404 404 404 404 404 404",
    "cohorts.own_leaving": "in 303 404 404 404 404 404 404",
    "cohorts.seat_return": "in 404 404 404 404 404 404 404",
    "cohorts.district_history": "in 200 404 404 404 404 404 404",
    "cohorts.cohorts": EVERYONE,
    "cohorts.cohort": EVERYONE,
    "cohorts.members": STAFF,
    "cohorts.member": STAFF,
    "cohorts.member_ending": STAFF,
    "cohorts.moving": "in 403 403 403 403 404 404 403",
    "cohorts.decision": STAFF,
    "cohorts.board": STAFF,
    "cohorts.rehearsal": STAFF,
    "cohorts.releases": STAFF,
    "cohorts.release_progress": "in 403 403 403 403 404 404 403",
    "cohorts.round_mail": STAFF,
    "cohorts.letter_mail": "in 403 403 403 403 404 404 403",
    "cohorts.turn": "in 403 403 403 403 303 303 403",
    "cohorts.feedback": STAFF,
    "cohorts.release": "in 403 403 403 403 303 303 403",
}
NO_STAFF, OTHERS = "in 403 403 403 403 · · 403", "in 404 · 404 404 404 404 404"
POST = {
    "accounts.link_request": "· · · · · · · ·",
    "accounts.link_use": "· · · · · · · ·",
    "accounts.link_renewal": "· · · · · · · ·",
    "accounts.password_sign_in": "· · · · · · · ·",
    "accounts.sign_out": "· · · · · · · ·",
    "accounts.password": "in · · · · · · ·",
    "accounts.sign_in_end": "in 404 404 404 404 404 404 404",
    "accounts.other_sign_ins_end": "in · · · · · · ·",
    "enrollments.seat": "in · 303 303 303 303 303 303",
    "enrollments.my_calendar_making": "in · · · · · · ·",
    "enrollments.my_calendar_renewal": "in · · · · · · ·",
    "enrollments.seat_cancellation": "in 404 404 404 404 404 404 404",
    "enrollments.seat_answers": "in 404 404 404 404 404 404 404",
    "enrollments.seat_mode": "in 404 404 404 404 404 404 404",
    "enrollments.seat_online": "in 404 404 404 404 404 404 404",
    "enrollments.seat_line": "in 404 404 404 404 404 404 404",
    "enrollments.seat_line_cancellation": "in 404 404 404 404 404 404 404",
    "enrollments.seat_offer": "in 404 404 404 404 404 404 404",
    "enrollments.joining": "in 404 404 404 404 404 404 404",
    "enrollments.moved": NO_STAFF,
    "enrollments.closing_noted": NO_STAFF,
    "enrollments.closing_ended": NO_STAFF,
    "enrollments.gone_online": NO_STAFF,
    "enrollments.gone_to_room": NO_STAFF,
    "enrollments.session_cancelled": NO_STAFF,
    "enrollments.called_off": NO_STAFF,
    "enrollments.colleague_sent": "in 404 404 404 404 404 404 404",
    "enrollments.seat_confirmed": "in 404 404 404 404 404 404 404",
    "enrollments.changed_date_answer": NOBODY,
    "enrollments.added": "in 404 404 404 404 · · 404",
    "enrollments.removed": "in 404 404 404 404 404 404 404",
    "enrollments.approved": "in 403 403 403 403 404 404 403",
    "enrollments.shared": NO_STAFF,
    "enrollments.share_sized": NO_STAFF,
    "enrollments.share_released": NO_STAFF,
    "enrollments.enrolled": "in 404 404 404 404 404 404 404",
    "enrollments.colleagues_found": "in 404 404 404 404 404 404 404",
    "enrollments.team_left": "in 404 404 404 404 404 404 404",
    "enrollments.hold_made": "in 404 404 404 404 404 404 404",
    "enrollments.hold_named": "in 404 404 404 404 404 404 404",
    "enrollments.hold_sized": "in 404 404 404 404 404 404 404",
    "enrollments.hold_returned": "in 404 404 404 404 404 404 404",
    "enrollments.approval": "in 404 404 404 404 404 404 404",
    "enrollments.approval_refused": "in 404 404 404 404 404 404 404",
    "enrollments.substituted": "in 404 404 404 404 404 404 404",
    "enrollments.cancelled_for": "in 404 404 404 404 404 404 404",
    "enrollments.team_split": "in 404 404 404 404 404 404 404",
    "letters.invitation_answer": NOBODY,
    "rounds.question_asked": "422 422 422 422 422 422 422 422",
    "rounds.contact_made": "422 422 422 422 422 422 422 422",
    "rounds.info_session_seat": "422 422 422 422 422 422 422 422",
    "rounds.info_seat_cancellation": NOBODY,
    "letters.invitation_opening": NOBODY,
    "letters.invitation_link": NOBODY,
    "letters.invitation_news": NOBODY,
    "letters.answering_address": "422 422 422 422 422 422 422 422",
    "letters.answering_request": "422 422 422 422 422 422 422 422",
    "letters.answer_confirmation": NOBODY,
    "letters.answer_link": NOBODY,
    "letters.endorsement_signature": NOBODY,
    "letters.endorsement_refusal": NOBODY,
    "letters.answers": OTHERS,
    "letters.line": OTHERS,
    "letters.section_save": OTHERS,
    "letters.editor_joining": NOBODY,
    "letters.editor_link": NOBODY,
    "letters.editor_link_renewal": NOBODY,
    "letters.editor_invitation": OTHERS,
    "letters.editor_renewal": OTHERS,
    "letters.editor_removal": OTHERS,
    "letters.plan": OTHERS,
    "letters.done": OTHERS,
    "letters.done_removal": OTHERS,
    "letters.comment": OTHERS,
    "letters.earlier": OTHERS,
    "letters.comment_removal": OTHERS,
    "letters.seen": OTHERS,
    "letters.roster_preview": OTHERS,
    "letters.roster_confirmation": OTHERS,
    "letters.endorsement_request": OTHERS,
    "letters.own_signature": OTHERS,
    "letters.endorsement_withdrawal": OTHERS,
    "letters.submission": OTHERS,
    "rounds.build_begin": NO_STAFF,
    "rounds.build_save": NO_STAFF,
    "rounds.build_letter_preview": NO_STAFF,
    "rounds.build_copied": NO_STAFF,
    "rounds.build_published": NO_STAFF,
    "rounds.build_item_add": NO_STAFF,
    "rounds.build_item_save": NO_STAFF,
    "rounds.build_item_remove": NO_STAFF,
    "rounds.build_order": NO_STAFF,
    "rounds.build_question_add": NO_STAFF,
    "rounds.build_question_save": NO_STAFF,
    "rounds.build_question_remove": NO_STAFF,
    "rounds.build_kind_save": NO_STAFF,
    "rounds.build_rule_save": NO_STAFF,
    "rounds.build_rule_remove": NO_STAFF,
    "enrollments.sized": NO_STAFF,
    "agenda.plan_begin": NO_STAFF,
    "agenda.plan_save": NO_STAFF,
    "agenda.plan_invite": NO_STAFF,
    "agenda.plan_uninvite": NO_STAFF,
    "agenda.plan_published": NO_STAFF,
    "agenda.plan_remove": NO_STAFF,
    "agenda.plan_withdrawn": NO_STAFF,
    "agenda.plan_session_add": NO_STAFF,
    "agenda.plan_session_save": NO_STAFF,
    "agenda.plan_session_remove": NO_STAFF,
    "agenda.plan_weekly_add": NO_STAFF,
    "agenda.plan_question_add": NO_STAFF,
    "agenda.plan_question_save": NO_STAFF,
    "agenda.plan_question_order": NO_STAFF,
    "agenda.plan_question_remove": NO_STAFF,
    "agenda.copy_make": NO_STAFF,
    "agenda.year_begin": NO_STAFF,
    "agenda.year_published": NO_STAFF,
    "agenda.year_copied": NO_STAFF,
    "agenda.school_note": NO_STAFF,
    "agenda.school_change": NO_STAFF,
    "agenda.school_removal": NO_STAFF,
    "agenda.faculty_add": NO_STAFF,
    "agenda.faculty_save": NO_STAFF,
    "agenda.faculty_picture": NO_STAFF,
    "agenda.faculty_picture_removal": NO_STAFF,
    "agenda.faculty_removal": NO_STAFF,
    "reviews.archived": NO_STAFF,
    "reviews.readers_spread": NO_STAFF,
    "reviews.reader_left": NO_STAFF,
    "reviews.readers_told": NO_STAFF,
    "reviews.conflict_setting": NO_STAFF,
    "reviews.conflict_lifting": NO_STAFF,
    "reviews.scores": "in 403 403 403 404 · · 403",
    "reviews.score": "in 403 403 403 404 · · 403",
    "reviews.score_whole": "in 403 403 403 404 · · 403",
    "reviews.affirmation": "in 403 403 403 404 · · 403",
    "reviews.remark": "in 403 403 403 404 · · 403",
    "reviews.meeting_opening": NO_STAFF,
    "reviews.meeting_note": NO_STAFF,
    "reviews.meeting_letters_added": NO_STAFF,
    "reviews.meeting_closing": NO_STAFF,
    "reviews.meeting_decided": NO_STAFF,
    "reviews.conflict_declaration": "in 403 403 403 404 · · 403",
    "reviews.letter_assignment": NO_STAFF,
    "reviews.letter_unassignment": NO_STAFF,
    "cohorts.opened": NO_STAFF,
    "reviews.waiver": NO_STAFF,
    "reviews.returned": NO_STAFF,
    "reviews.extension_start": NO_STAFF,
    "letters.closing_start": NO_STAFF,
    "letters.sending_start": NO_STAFF,
    "letters.reminders_start": NO_STAFF,
    "letters.invited_resending": NO_STAFF,
    "letters.invited_call": NO_STAFF,
    "letters.invited_refusal": NO_STAFF,
    "letters.invited_bounce": NO_STAFF,
    "letters.invited_withdrawal": NO_STAFF,
    "letters.invited_contact_start": NO_STAFF,
    "letters.contacts_start": NO_STAFF,
    "letters.listing_start": NO_STAFF,
    "letters.own_question_start": NO_STAFF,
    "letters.question_answer": NO_STAFF,
    "letters.question_publication": NO_STAFF,
    "letters.question_removal": NO_STAFF,
    "letters.inquiry_answer": NO_STAFF,
    "letters.inquiry_aside": NO_STAFF,
    "letters.inquiry_return": NO_STAFF,
    "letters.inquiry_invitation": NO_STAFF,
    "letters.request_approval": NO_STAFF,
    "letters.request_refusal": NO_STAFF,
    "reviews.download_request": NO_STAFF,
    "cohorts.preparation": NO_STAFF,
    "cohorts.letter_lead": NO_STAFF,
    "cohorts.board_preparation": NO_STAFF,
    "cohorts.board_line": NO_STAFF,
    "cohorts.release_request": NO_STAFF,
    "cohorts.round_mail_words": NO_STAFF,
    "cohorts.letter_mail_words": NO_STAFF,
    "cohorts.turned": NO_STAFF,
    "cohorts.feedback_words": NO_STAFF,
    "cohorts.released": NO_STAFF,
    "cohorts.reopening": OTHERS,
    "cohorts.withdrawn": OTHERS,
    "cohorts.withdrawal_undone": OTHERS,
    "cohorts.acceptance": "in 404 404 404 404 404 404 404",
    "cohorts.refused": "in 404 404 404 404 404 404 404",
    "cohorts.deferred": "in 404 404 404 404 404 404 404",
    "cohorts.offered_next": NO_STAFF,
    "cohorts.offers_reminded": NO_STAFF,
    "cohorts.places_changed": NO_STAFF,
    "cohorts.deferred_invited": NO_STAFF,
    "cohorts.offer_extended": NO_STAFF,
    "cohorts.offer_removed": NO_STAFF,
    "cohorts.offer_renewal": NO_STAFF,
    "cohorts.seat_invitation": "in 404 404 404 404 404 404 404",
    "cohorts.joining": NOBODY,
    "cohorts.join_renewal": NOBODY,
    "cohorts.join_ask": "422 422 422 422 422 422 422 422",
    "cohorts.join_by_ask": NOBODY,
    "cohorts.join_confirmation": NOBODY,
    "cohorts.hand_over_accepted": NOBODY,
    "cohorts.join_link": "in 404 404 404 404 404 404 404",
    "cohorts.join_link_ending": "in 404 404 404 404 404 404 404",
    "cohorts.join_settling": "in 404 404 404 404 404 404 404",
    "cohorts.left": "in 404 404 404 404 404 404 404",
    "cohorts.seat_returned": "in 404 404 404 404 404 404 404",
    "cohorts.lead_asked": "in 404 404 404 404 404 404 404",
    "cohorts.lead_taken_back": "in 404 404 404 404 404 404 404",
    "cohorts.lead_given_up": "in 404 404 404 404 404 404 404",
    "cohorts.promise": "in 404 404 404 404 404 404 404",
    "cohorts.promise_reopened": "in 404 404 404 404 404 404 404",
    "cohorts.member_promise": NO_STAFF,
    "cohorts.member_promise_reopened": NO_STAFF,
    "cohorts.member_request": NO_STAFF,
    "cohorts.member_lead": NO_STAFF,
    "cohorts.member_lead_ended": NO_STAFF,
    "cohorts.member_ended": NO_STAFF,
    "cohorts.member_kept": NO_STAFF,
    "cohorts.moved": NO_STAFF,
}


@pytest.fixture(scope="module")
def tokens() -> dict[str, str]:
    """The sign-in of each person, made once: it stays in the demo world, and signing in takes longer than a door."""
    return {}


@pytest.fixture
def people(demo: Flask, tokens: dict[str, str]) -> list[FlaskClient]:
    """A browser for each column of the table."""
    clients = [demo.test_client() for _ in PEOPLE]
    for client, name in zip(clients, PEOPLE, strict=True):
        account = find_account(f"{name}@example.org") if name else None
        if account is not None:
            tokens[name] = tokens.get(name) or start_sign_in(account, way="password", browser="Tests")
            with client.session_transaction() as session:
                session["_user_id"] = tokens[name]
    return clients


def answers(app: Flask, people: list[FlaskClient], endpoint: str, method: str, expected: str) -> str:
    """What each person gets at the door, in the words of the table."""
    path = path_to(app, endpoint, method)
    told = zip(people, expected.split(), strict=True)
    return " ".join("·" if word == "·" else answer(client, path, method) for client, word in told)


def answer(client: FlaskClient, path: str, method: str) -> str:
    response = client.open(path, method=method)
    return "in" if (response.location or "").startswith("/sign-in?") else str(response.status_code)


def path_to(app: Flask, endpoint: str, method: str) -> str:
    [rule] = [rule for rule in app.url_map.iter_rules(endpoint) if method in (rule.methods or ())]
    values = {name: VALUES[name] for name in rule.arguments} | OWN_VALUES.get(endpoint, {})
    if method != "POST" and endpoint in LINKS:
        values["token"] = link_of(*LINKS[endpoint])
    return str(app.url_map.bind("localhost").build(endpoint, values, method=method))


def link_of(model: type[Tokened], purpose: str) -> str:
    """The secret part of the newest private link of this kind."""
    newest = select(model).where(model.token_hash.is_not(None)).order_by(model.id.desc()).limit(1)
    return token_of(db.session.scalars(newest).one(), purpose)


def test_every_door_is_in_the_table(app: Flask) -> None:
    doors = {(rule.endpoint, "POST" in (rule.methods or ())) for rule in app.url_map.iter_rules()}
    told = {(name, False) for name in GET} | {(name, True) for name in POST}
    assert doors - told == {("static", False)}
    assert told - doors == set()


def changes() -> int:
    return db.session.scalar(select(func.count()).select_from(History)) or 0


@pytest.mark.parametrize("endpoint", GET)
def test_a_page_opens_for_those_it_is_for_and_no_look_at_it_changes_anything(
    demo: Flask, people: list[FlaskClient], endpoint: str
) -> None:
    before = changes()
    for method in ("GET", "HEAD"):
        assert (method, answers(demo, people, endpoint, method, GET[endpoint])) == (method, GET[endpoint])
    assert changes() == before


@pytest.mark.parametrize("endpoint", POST)
def test_a_button_refuses_those_it_is_not_for(demo: Flask, people: list[FlaskClient], endpoint: str) -> None:
    before = changes()
    assert answers(demo, people, endpoint, "POST", POST[endpoint]) == POST[endpoint]
    assert changes() == before


def test_a_community_without_staff_of_ones_own_is_closed_to_another_communitys_admin(
    demo: Flask, people: list[FlaskClient]
) -> None:
    assert people[6].get("/ecet2/staff/letters").status_code == 403
    assert people[7].get("/ecet2/staff/letters").status_code == 200
