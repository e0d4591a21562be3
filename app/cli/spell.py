"""`hylian spell`: the English of shapes that were typed in."""

from __future__ import annotations

import argparse
import json

from app.cli.exit_codes import EXIT_NOTHING, EXIT_READ, fail
from glyphgen.script import ScriptError, load_script
from recognizers.language.language import Language
from recognizers.language.lexicon import WordsError, read_words


def run(given: argparse.Namespace) -> int:
    """Print the English of each text of shapes. Returns the exit code."""
    try:
        language = Language(load_script(given.script), read_words(given.words) if given.words else [])
        # apostrophes are left out, as signs leave them out; other marks part words
        plain = ["".join(c if c.isalnum() else "" if c in "'’" else " " for c in text) for text in given.text]
        readings = [language.spell(text) for text in plain]
    except (ScriptError, WordsError) as error:
        return fail(str(error))
    if given.json:
        print(json.dumps([reading.to_dict() for reading in readings], ensure_ascii=False, indent=2))
    else:
        print("\n".join(reading.letters for reading in readings))
    return EXIT_READ if any(reading.text for reading in readings) else EXIT_NOTHING
