"""LMDB as PARSeq and the deep-text-recognition benchmarks read it: `num-samples`, `image-000000001` (a PNG) and
`label-000000001`, counted from 1.

Chunks are tars until all of them are there, for one process writes the database. Source: `create_lmdb_dataset.py` of
those projects.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from glyphgen.files import DataError
from glyphgen.formats.format import TEMPORARY, Format, Numbered, Row, SetFacts
from glyphgen.formats.webdataset import read_member, write_tar

_ROOM_BYTES = 1 << 40  # that the file may grow to; a database takes up what is in it


class Lmdb(Format):
    name = "lmdb"

    def write(self, numbered: Numbered, folder: Path, chunk: int, facts: SetFacts) -> Iterator[Row]:
        return write_tar(numbered, folder, folder / TEMPORARY / f"lmdb-{chunk:06d}.tar")

    def finish(self, rows: Iterable[Row], folder: Path, facts: SetFacts) -> None:
        import lmdb

        try:
            self._fill(rows, folder)
        except lmdb.Error as error:
            raise DataError(f"cannot write {folder / 'data.mdb'}: {error}; is the disk full?") from error

    def _fill(self, rows: Iterable[Row], folder: Path) -> None:
        import lmdb

        data = folder / "data.mdb"
        data.unlink(missing_ok=True)
        n = 0
        # without a lock file, whose bytes are of one machine: nobody else writes, and readers need none
        with lmdb.open(str(folder), map_size=_ROOM_BYTES, lock=False, sync=False) as database:
            for path in sorted((folder / TEMPORARY).glob("lmdb-*.tar")):
                with tarfile.open(path) as tar, database.begin(write=True) as transaction:
                    for name in tar.getnames():
                        if name.endswith(".png"):
                            n += 1
                            transaction.put(b"image-%09d" % n, read_member(tar, name))
                        elif name.endswith(".txt"):
                            transaction.put(b"label-%09d" % n, read_member(tar, name))
            with database.begin(write=True) as transaction:
                transaction.put(b"num-samples", str(n).encode())
            database.sync(True)
        if n != sum(1 for _ in rows):
            raise DataError(f"{folder / TEMPORARY} holds {n} pictures, not those of its rows; remove {folder}")

    def stored(self, folder: Path, n: int, chunk: int, facts: SetFacts) -> bytes:
        import lmdb

        if not (folder / "data.mdb").is_file():
            raise DataError(f"{folder} has no data.mdb")
        with lmdb.open(str(folder), readonly=True, lock=False) as database, database.begin() as transaction:
            if (data := transaction.get(b"image-%09d" % (n + 1))) is None:
                raise DataError(f"{folder / 'data.mdb'} has no picture {n + 1}")
            return bytes(data)
