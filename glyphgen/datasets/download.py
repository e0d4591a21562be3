"""Files from their publishers, checked against a checksum, whole or not at all (pooch fetches them)."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import zipfile
import zlib
from pathlib import Path

from tqdm import tqdm

from glyphgen.files import DataError, written

# Source of address and checksum: torchvision's EMNIST (NIST's own server)
EMNIST_URL = "https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip"
EMNIST_MD5 = "58c8d27c78d21e728a6bc7b3cc06412e"
_TIMEOUT_S = 20


def fetch_emnist(folder: Path) -> None:
    """Fetch EMNIST's archive into a folder, unless it lies there, and unpack the .gz files in it. Raises DataError."""
    archive = folder / "gzip.zip"
    if not archive.is_file():
        fetch(EMNIST_URL, EMNIST_MD5, archive)
    with archive.open("rb") as file:  # somebody may have put it there by hand
        if hashlib.file_digest(file, _md5).hexdigest() != EMNIST_MD5:
            raise DataError(
                f"{archive} is damaged, or another file (its checksum differs); remove it, and get it from {EMNIST_URL}"
            )
    with zipfile.ZipFile(archive) as packed:
        for name in tqdm([n for n in packed.namelist() if n.endswith(".gz")], desc="unpacking EMNIST"):
            with written(folder / Path(name).name) as part, packed.open(name) as source, part.open("wb") as target:
                shutil.copyfileobj(source, target)


def fetch(url: str, md5: str, target: Path, is_of_content: bool = False) -> None:
    """Fetch a file over HTTP, with its progress, and check it; `is_of_content`: the checksum is that of what a .gz
    holds. Raises DataError that names the address and the place.
    """
    import pooch  # only where something is missing, and with it a library for HTTP

    known = None if is_of_content else f"md5:{md5}"
    # pooch sets the total, and takes a bar that has none for no bar
    with written(target) as part, tqdm(total=1, unit="B", unit_scale=True, desc=target.name) as bar:
        loader = pooch.HTTPDownloader(progressbar=bar, timeout=_TIMEOUT_S)
        try:
            pooch.retrieve(url, known, part.name, part.parent, downloader=loader)
            if is_of_content:
                with gzip.open(part) as content:
                    # reads as files do
                    if hashlib.file_digest(content, _md5).hexdigest() != md5:
                        raise ValueError("checksum")
        except ValueError as error:  # pooch's as well
            raise DataError(f"{url} has changed (its checksum differs)") from error
        except (OSError, EOFError, zlib.error) as error:
            raise DataError(
                f"{target} is missing and could not be fetched ({url}: {error}). Get it on another machine and put it "
                "there"
            ) from error


def _md5() -> hashlib._Hash:
    return hashlib.md5(usedforsecurity=False)
