"""What `python -m glyphgen render`, `verify`, `bench` and `gallery` do, with the parsed arguments."""

from __future__ import annotations

import os
import platform
from argparse import Namespace
from pathlib import Path

from tqdm import tqdm

from glyphgen.files import DataError
from glyphgen.jobs.bench import profile, rates
from glyphgen.jobs.chunks import chunks_of, is_complete, render_set
from glyphgen.jobs.gallery import write_gallery
from glyphgen.jobs.plan import Plan
from glyphgen.jobs.verify import verify_set

_PAGES_PER_FILE = 50  # one takes as long as many lines


def plan_of(given: Namespace) -> Plan:
    """Return the plan that the arguments of `render` ask for."""
    return Plan(
        counts={"train": given.count, "val": given.val, "test": given.test},
        script=str(given.script or ("" if given.shape else "hylian")),
        fonts=tuple(str(path) for path in given.font),
        hand=given.hand,
        unit=given.unit,
        augment=given.augment,
        lacking=tuple(given.without),
        changes=tuple(given.set),
        also=tuple(given.also),
        backgrounds=str(given.backgrounds or ""),
        seed=given.seed,
        n_faces=given.n_faces,
        texts=str(given.texts or ""),
        max_graphemes=given.max_graphemes,
        direction=given.direction,
        shape=given.shape,
        size_px=given.size,
        format=given.format,
        masks=given.masks,
        per_file=given.per_file or (_PAGES_PER_FILE if given.unit == "page" else Plan.per_file),
    ).with_inputs()


def render(given: Namespace) -> None:
    """Write labelled pictures and a contact sheet, or what is left of them."""
    plan = plan_of(given)
    try:
        out = Path(given.out).resolve()
    except (OSError, RuntimeError) as error:  # a link to itself
        raise DataError(f"{given.out} cannot be a folder: {error}") from error
    if is_complete(plan, out):
        print(f"{given.out} is there already, with these settings; python -m glyphgen verify {given.out}")
        return
    if given.workers > (n := len(chunks_of(plan))):
        print(f"{n} chunks of {plan.per_file:,} pictures: no more processes than that; --per-file makes them smaller")
    with tqdm(unit=" pictures", desc="rendering", smoothing=0.05) as bar:

        def tell(n: int, total: int) -> None:
            if bar.total != total:
                bar.initial = bar.n = n  # what was there before says nothing of the rate
                bar.reset(total)
                bar.initial = bar.n = bar.last_print_n = n
            bar.update(n - bar.n)

        try:
            whole = render_set(plan, out, given.workers, given.shard, tell)
        except KeyboardInterrupt:
            bar.close()
            raise KeyboardInterrupt(
                f"at {bar.n:,} of {bar.total or 0:,}; the same command goes on after the last whole {plan.per_file:,}"
            ) from None
    if not whole:
        part = out.with_name(f"{out.name}.part")
        missing = sum(1 for chunk in chunks_of(plan) if not chunk.is_done(part))
        print(f"{part}: shard {given.shard} is done; {missing} chunks are for others, the last of which joins all")
        return
    parts = ", ".join(f"{plan.counts[split]:,} for {split}" for split in plan.folders)
    shown = Path(given.out) / "sheet.png"
    print(f"{given.out}: {sum(plan.counts.values()):,} pictures ({parts}); {shown} shows the first")


def bench(given: Namespace) -> None:
    """Print how many pictures a second are made, and where the time of a line goes."""
    if given.seconds <= 0 or given.workers < 1:
        raise DataError(f"--seconds must be more than 0 and --workers at least 1: {given.seconds}, {given.workers}")
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    print(f"lines are of 11 to 40 px and of 1 to 32 graphemes in {Plan.script}; pictures a second:")
    for rate in rates(given.seconds, given.workers):
        print(f"  {rate.name:46} {rate.per_second:9,.0f}", flush=True)
    for look in ("none", "screenshot"):
        shares = profile(Plan({"train": 10**6, "val": 0, "test": 0}, augment=look), 1000)
        said = ", ".join(f"{step} {share:.0%}" for step, share in shares.items())
        print(f"where the time of a line goes, {look}: {said}")


def gallery(given: Namespace) -> None:
    """Write contact sheets, and tell of each."""
    for path in write_gallery(given.out, given.script, given.seed, tuple(given.only), given.type):
        print(f"{path}: {path.stat().st_size // 1000:,} kB", flush=True)


def verify(given: Namespace) -> int:
    """Prove that a set is what it says; return 1 where its pictures could not be made again. Raises DataError when it
    is something else.
    """
    if given.again < 0:
        raise DataError(f"--again must be 0 or more, not {given.again}")
    with tqdm(unit=" files", desc="checking", leave=False) as bar:

        def tell(n: int, total: int) -> None:
            bar.total = total
            bar.update(n - bar.n)

        found = verify_set(given.folder, given.again, tell)
    if found.faults:
        notes = "".join(f"\n{note}" for note in found.notes)
        raise DataError(f"{given.folder} is not what it says:\n  " + "\n  ".join(found.faults) + notes)
    again = f", {found.n_again} pictures made again are the same" if found.n_again else ""
    print(f"{given.folder}: {found.n_files:,} files are as they were written{again}")
    for note in found.notes:
        print(f"not proved: {note}")
    return 1 if found.notes else 0
