import pytest
from hypothesis import given
from hypothesis import strategies as st

from glyphgen.script import Script, ScriptError, load_script

HYLIAN = load_script("hylian")


def test_hylian_has_21_shapes_and_the_space() -> None:
    assert len(HYLIAN.visible) == 21
    assert HYLIAN.canonical("GERUDOVILLAGE JAZZ WOLF") == "DERUDOVILLADE TAOO EOLR"


@pytest.mark.parametrize("pair", ["DG", "EW", "RF", "TJ", "OZ"])
def test_shared_shapes_read_as_both_letters_the_frequent_first(pair: str) -> None:
    assert HYLIAN.encode(pair[0]) == HYLIAN.encode(pair[1])
    assert HYLIAN.readings(HYLIAN.encode(pair[1])[0]) == tuple(pair)


@given(st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZabcxyz "))
def test_decode_of_encode_is_canonical(text: str) -> None:
    assert HYLIAN.decode(HYLIAN.encode(text)) == HYLIAN.canonical(text)
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
    with pytest.raises(ScriptError, match="digits, hylian"):
        load_script("klingon")
