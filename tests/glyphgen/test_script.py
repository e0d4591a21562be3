import pytest
from hypothesis import given
from hypothesis import strategies as st

from glyphgen.script import Grapheme, Script, ScriptError, load_script

HYLIAN = load_script("hylian")


def test_hylian_has_21_shapes_and_the_space() -> None:
    assert len(HYLIAN.visible) == 21
    assert HYLIAN.canonical("GERUDOVILLAGE JAZZ WOLF") == "DERUDOVILLADE TAOO EOLR"


@pytest.mark.parametrize("pair", ["DG", "EW", "RF", "TJ", "OZ"])
def test_shared_shapes_read_as_both_letters_the_frequent_first(pair: str) -> None:
    assert HYLIAN.encode(pair[0]) == HYLIAN.encode(pair[1])
    assert HYLIAN.readings(HYLIAN.encode(pair[1])[0]) == tuple(pair)


@st.composite
def scripts_with_texts(draw: st.DrawFn) -> tuple[list[str], str]:
    """Groups of capitals drawn alike, and a text of theirs."""
    letters = draw(st.permutations("ABCDEFGHIJKL"))
    cuts = sorted(draw(st.sets(st.integers(1, 11), max_size=8)))
    groups = ["".join(letters[a:b]) for a, b in zip([0, *cuts], [*cuts, 12], strict=True)]
    return groups, draw(st.text(alphabet="ABCDEFGHIJKLabcdefghijkl", max_size=30))


@given(scripts_with_texts())
def test_canonical_text_has_the_first_letter_of_each_group(case: tuple[list[str], str]) -> None:
    groups, text = case
    script = Script("random", tuple(Grapheme(g[0], tuple(g[1:])) for g in groups))
    first = {letter: group[0] for group in groups for letter in group}
    wanted = "".join(first[char.upper()] for char in text)
    assert script.canonical(text) == wanted
    assert script.decode(script.encode(text)) == wanted
    assert script.encode(text) == [1 + [g[0] for g in groups].index(char) for char in wanted]


@given(st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZabcxyz "))
def test_canonical_text_stays_as_it_is_and_holds_no_blank(text: str) -> None:
    assert HYLIAN.canonical(HYLIAN.canonical(text)) == HYLIAN.canonical(text)
    assert 0 not in HYLIAN.encode(text)


def test_an_unknown_character_is_named() -> None:
    with pytest.raises(ScriptError, match="'7'"):
        HYLIAN.encode("LINK 7")


@pytest.mark.parametrize("bad", [0, 23, -1])
def test_an_id_out_of_range_is_an_error(bad: int) -> None:
    with pytest.raises(ScriptError, match="no grapheme with id"):
        HYLIAN.decode([bad])


def test_plain_dict_round_trip() -> None:
    assert Script.from_dict(HYLIAN.to_dict()) == HYLIAN


def test_an_unknown_script_lists_those_there_are() -> None:
    with pytest.raises(ScriptError, match="digits, gerudo, hylian, hylian_ss, hylian_tp, sheikah"):
        load_script("klingon")


def test_a_direction_that_nothing_draws_and_an_unknown_safe_transform_are_refused() -> None:
    graphemes = (Grapheme("A"),)
    assert Script("toy", graphemes, safe_transforms=("rotation",)).safe_transforms == ("rotation",)
    with pytest.raises(ScriptError, match="direction 'rtl' cannot be drawn yet"):
        Script("toy", graphemes, direction="rtl")
    with pytest.raises(ScriptError, match="no transform 'flip' that could be declared safe; there is rotation"):
        Script("toy", graphemes, safe_transforms=("flip",))


def test_a_title_is_what_people_call_a_script_and_makes_no_other_script() -> None:
    script = load_script("hylian_ss")
    assert script.shown_name == "Hylian of Skyward Sword"
    assert Script.from_dict(script.to_dict()).shown_name == script.shown_name
    assert Script(script.name, script.graphemes) == script
    assert HYLIAN.shown_name == "Hylian"


@pytest.mark.parametrize(
    ("name", "n_shapes", "shared"),
    [
        ("sheikah", 40, []),
        ("gerudo", 32, []),
        ("hylian_ss", 20, ["DW", "EK", "GQ", "IX", "OZ", "TP"]),
        ("hylian_tp", 26, []),
    ],
)
def test_the_scripts_of_other_games_have_their_shapes(name: str, n_shapes: int, shared: list[str]) -> None:
    script = load_script(name)
    assert len(script.visible) == n_shapes
    assert sorted("".join(g.letters) for g in script.graphemes if g.others) == sorted(shared)
    assert script.can_write("THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG")
