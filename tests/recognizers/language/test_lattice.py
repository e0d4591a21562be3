import numpy as np
import pytest

from glyphgen.script import load_script
from recognizers.language.lattice import find_words, places_of
from recognizers.language.lexicon import Lexicon
from recognizers.reading import Evidence
from tests.conftest import alike

HYLIAN = load_script("hylian")


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon(HYLIAN)


def found(
    lexicon: Lexicon, evidence: Evidence
) -> dict[tuple[str, int, int], tuple[float, tuple[tuple[int, int], ...]]]:
    edges = find_words(evidence, lexicon)
    rows = zip(
        edges.word.tolist(), edges.start.tolist(), edges.end.tolist(), edges.seen.tolist(), edges.changes, strict=True
    )
    return {(lexicon.words[w], s, e): (seen, changes) for w, s, e, seen, changes in rows}


def test_words_as_seen_over_every_stretch(lexicon: Lexicon) -> None:
    edges = found(lexicon, Evidence.of_text(HYLIAN.canonical("OLDKING"), HYLIAN.visible))
    assert {("OLD", 0, 3), ("KING", 3, 7), ("KIND", 3, 7), ("I", 4, 5), ("IN", 4, 6)} <= edges.keys()
    assert all(changes == () for _, changes in edges.values())
    assert alike(edges["KING", 3, 7], edges["KIND", 3, 7])


def test_words_with_a_shape_changed_left_out_or_put_in(lexicon: Lexicon) -> None:
    evidence = Evidence.of_text("HXRULE", HYLIAN.visible)
    y = HYLIAN.visible.index("Y")
    evidence.log_p[1, y] = np.log(0.2)
    seen, changes = found(lexicon, evidence)["HYRULE", 0, 6]
    assert changes == ((1, y),)
    assert seen < found(lexicon, Evidence.of_text("HYRULE", HYLIAN.visible))["HYRULE", 0, 6][0]
    stain = Evidence.of_text("HYRIULE", HYLIAN.visible)
    stain.skip[3] = 0.5
    assert found(lexicon, stain)["HYRULE", 0, 7][1] == ((3, -1),)
    clear = Evidence.of_text("HYULE", HYLIAN.visible)
    lost = Evidence(clear.log_p, clear.skip, clear.space, ((2, HYLIAN.visible.index("R"), 0.5),))
    assert found(lexicon, lost)["HYRULE", 0, 5][1] == ((2, -2 - HYLIAN.visible.index("R")),)


def test_no_word_runs_over_two_clear_spaces(lexicon: Lexicon) -> None:
    assert ("ABOUT", 0, 5) not in found(lexicon, Evidence.of_text("A BO UT", HYLIAN.visible))
    assert ("ABOUT", 0, 5) in found(lexicon, Evidence.of_text("A BOUT", HYLIAN.visible))


def test_places_of_letters() -> None:
    assert places_of(2, 5, ()) == [2, 3, 4]
    assert places_of(2, 5, ((3, -1),)) == [2, 4]
    assert places_of(2, 5, ((4, -7),)) == [2, 3, -1, 4]
