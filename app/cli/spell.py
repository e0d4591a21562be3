"""`hylian spell`: the English of shapes that were typed in."""

from __future__ import annotations

import argparse
import json
import sys

from app.cli.exit_codes import EXIT_NOTHING, EXIT_READ, fail
from glyphgen.script import ScriptError, load_script
from recognizers.language.language import Language, spells_english
from recognizers.language.lexicon import WordsError, read_words
from recognizers.reading import SCHEMA


def run(given: argparse.Namespace) -> int:
    """Print the English of each text of shapes. Returns the exit code."""
    try:
        language = Language(load_script(given.script), read_words(given.words) if given.words else [])
        # apostrophes are left out, as signs leave them out; other marks that the script has not part words
        has = language.script.can_write
        plain = ["".join(c if c.isalnum() or has(c) else "" if c in "'’" else " " for c in text) for text in given.text]
        readings = [language.spell(text) for text in plain]
    except (ScriptError, WordsError) as error:
        return fail(str(error))
    is_english = spells_english(language.script)
    for text, reading in zip(given.text, readings, strict=True):
        if not reading.text:
            print(f"nothing to spell in {text!r}; type shapes, such as DERUDOVILLADE", file=sys.stderr)
        elif is_english and reading.words and not any(word.is_known for word in reading.words):
            print(f"no word of {text!r} is known; {reading.letters} is a guess", file=sys.stderr)
    if not is_english:
        print(
            f"no language is known for the script {language.script.name!r}; letters that share a shape are a guess",
            file=sys.stderr,
        )
    if given.json:
        found = [{"schema": SCHEMA, **reading.to_dict()} for reading in readings]
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        print("\n".join(reading.letters for reading in readings))
    return EXIT_READ if any(reading.text for reading in readings) else EXIT_NOTHING
