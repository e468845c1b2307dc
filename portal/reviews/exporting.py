"""Letters put into one ZIP by the worker: a PDF of each, the files that stand in it, and an index."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import PurePosixPath
from tempfile import TemporaryFile
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from sqlalchemy import update

from portal.core import clock, pdf, storage
from portal.core.db import after_commit, db, lock, transaction
from portal.core.exports import Table, as_csv
from portal.core.history import Doer, record
from portal.core.jobs import wake
from portal.core.uploads import clean_name
from portal.letters.models import Letter, Submission
from portal.letters.printing import pdf_of_submission, print_letter
from portal.rounds.models import Round

from .blind_rules import blind_content, blind_version
from .models import LetterExport
from .queries import Asker, export_under_way, exported_letters, files_in, last_submissions, unprinted
from .tables import COLUMNS, first_cells, text_of

LEASE = timedelta(minutes=10)
KEPT_FOR = timedelta(days=7)
EVERY = 5  # letters between two notes of how far it is


def ask_export(round: Round, state: str, *, by: Doer) -> LetterExport:
    """Have the submitted letters of the round put into a ZIP. Asked for twice, it is made once."""
    assert by.account_id is not None
    with transaction():
        lock(round)  # a double press must find what the first press wrote
        found = export_under_way(round, state, by.account_id)
        if found is not None:
            return found
        export = LetterExport(
            community_id=round.community_id, round_id=round.id, state=state, asked_at=clock.now(),
            asked_by_id=by.account_id,
        )  # fmt: skip
        db.session.add(export)
        db.session.flush()
        record(export, "ask", by, community_id=round.community_id)
        after_commit(wake)
    return export


def build_export(export_id: int) -> bool:
    """Make the ZIP, unless another worker is at it. Says whether it did.

    Letters that are still to be printed are waited for, and the person is told how far that is: printing goes on letter
    by letter (letters/jobs), so that mail never waits for hundreds of pages.
    """
    if not _is_printed(export_id) or not _take(export_id):
        return False
    export = db.session.get_one(LetterExport, export_id)
    try:
        with TemporaryFile() as file:
            count, note = _fill(file, export)
            file.seek(0)
            kept = storage.keep(file)
    except Exception as error:
        _finish(export_id, failed_at=clock.now(), note=f"It could not be made: {type(error).__name__}.")
        raise
    _finish(export_id, ready_at=clock.now(), key=kept.key, size=kept.size, done=count, total=count, note=note)
    return True


def forget_export(export: LetterExport) -> None:
    """Take the file of an old export away; that it was made stays on record."""
    with transaction():
        export.forgotten_at = clock.now()
        key, export.key = export.key, ""
        after_commit(storage.forget, key)


def letter_pdf(submission: Submission) -> bytes:
    """The PDF of a letter as it was sent: the one that is kept, else made now."""
    if submission.pdf_key and storage.is_there(submission.pdf_key):
        return storage.read(submission.pdf_key)
    return pdf_of_submission(submission)


def blind_pdf(letter: Letter, submission: Submission) -> bytes:
    """The PDF of a letter for who reads it without names; never kept. Raises RuleBroken where none can be made."""
    content, version = blind_content(letter, submission.content), blind_version(letter, submission)
    return print_letter(content, version, letter.round.community, version.reference)


def _is_printed(export_id: int) -> bool:
    export = db.session.get_one(LetterExport, export_id)
    letters = exported_letters(Asker(export.asked_by_id), export.round, export.state)
    missing = unprinted([letter.id for letter in letters]) if pdf.is_available() else 0
    if missing:
        _finish(export_id, done=len(letters) - missing, total=len(letters))
    return not missing


def _take(export_id: int) -> bool:
    now = clock.now()
    with transaction():
        free = (LetterExport.leased_until.is_(None)) | (LetterExport.leased_until < now)
        mine = update(LetterExport).where(LetterExport.id == export_id, LetterExport.ready_at.is_(None), free)
        mine = mine.where(LetterExport.failed_at.is_(None)).values(leased_until=now + LEASE)
        return db.session.execute(mine.returning(LetterExport.id)).first() is not None


def _finish(export_id: int, **values: Any) -> None:
    with transaction():
        db.session.execute(update(LetterExport).where(LetterExport.id == export_id).values(**values))


def _fill(file: BinaryIO, export: LetterExport) -> tuple[int, str]:
    reader, round, export_id = Asker(export.asked_by_id), export.round, export.id
    letters = exported_letters(reader, round, export.state)
    sent, zone, makes_pdf = last_submissions([one.id for one in letters]), round.community.time_zone, pdf.is_available()
    # Noted before the file is ready: whoever comes to be in conflict with one of them is not handed the file any more.
    _finish(export_id, letters=[one.id for one in letters])
    rows: list[list[Any]] = []
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for number, letter in enumerate(letters, 1):
            submission = sent[letter.id]
            paths = list(_put(archive, submission, makes_pdf))
            rows.append([*first_cells(letter, submission), *_paths(paths)])
            if number % EVERY == 0:
                _finish(export_id, done=number, total=len(letters), leased_until=clock.now() + LEASE)
        table = Table(round.title, [*COLUMNS, "Letter", "Files"], rows, zone)
        archive.writestr("index.csv", as_csv(table))
    return len(rows), "" if makes_pdf else "This portal makes no PDFs, so the letters are in it as plain text."


def _put(archive: ZipFile, submission: Submission, makes_pdf: bool) -> Iterator[str]:
    folder = PurePosixPath(submission.reference)
    letter = str(folder / ("letter.pdf" if makes_pdf else "letter.txt"))
    content = letter_pdf(submission) if makes_pdf else text_of(submission).encode()
    archive.writestr(letter, content, ZIP_STORED if makes_pdf else ZIP_DEFLATED)
    yield letter
    for number, file in enumerate(files_in(submission), 1):
        name = str(folder / "files" / f"{number}-{clean_name(file.name)}")
        archive.writestr(name, storage.read(file.key), ZIP_STORED)
        yield name


def _paths(paths: list[str]) -> list[str]:
    return [paths[0], "; ".join(paths[1:])]
