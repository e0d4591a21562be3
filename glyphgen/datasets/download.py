"""Files from their publishers, checked against a checksum, whole or not at all."""

from __future__ import annotations

import hashlib
import shutil
import urllib.error
import urllib.request
import zipfile
from http.client import HTTPException
from pathlib import Path

from tqdm import tqdm

from glyphgen.files import DataError, written

# Source of address and checksum: torchvision's EMNIST (NIST's own server)
EMNIST_URL = "https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip"
EMNIST_MD5 = "58c8d27c78d21e728a6bc7b3cc06412e"


def fetch_emnist(folder: Path) -> None:
    archive = folder / "gzip.zip"
    if not archive.is_file():
        fetch(EMNIST_URL, EMNIST_MD5, archive)
    with archive.open("rb") as file:  # somebody may have put it there by hand
        if hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest() != EMNIST_MD5:
            raise DataError(
                f"{archive} is damaged, or another file (its checksum differs); remove it, and get it from {EMNIST_URL}"
            )
    with zipfile.ZipFile(archive) as packed:
        for name in tqdm([n for n in packed.namelist() if n.endswith(".gz")], desc="unpacking EMNIST"):
            with written(folder / Path(name).name) as part, packed.open(name) as source, part.open("wb") as target:
                shutil.copyfileobj(source, target)


def fetch(url: str, md5: str, target: Path) -> None:
    """Fetch a file, with its progress, and check it. Raises DataError that names the address and the place."""
    digest = hashlib.md5(usedforsecurity=False)
    try:
        with urllib.request.urlopen(url, timeout=20) as reply, written(target) as part, part.open("wb") as file:
            with tqdm(
                total=int(reply.headers.get("Content-Length", 0)), unit="B", unit_scale=True, desc=target.name
            ) as bar:
                while chunk := reply.read(1 << 20):
                    digest.update(chunk)
                    file.write(chunk)
                    bar.update(len(chunk))
            if digest.hexdigest() != md5:
                raise DataError(f"{url} has changed (its checksum differs)")
    except (urllib.error.URLError, HTTPException, OSError) as error:
        raise DataError(
            f"{target} is missing and could not be fetched ({url}: {error}). Get it on another machine and put it there"
        ) from error
