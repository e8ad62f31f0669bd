"""How bytes on a serial line become frames."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access_gateway.drivers._text_reader import MAX_FRAME, LineFramer, StxEtxFramer

CARD = "04A1B2C3"
FRAMED = {LineFramer: b"04A1B2C3\r\n", StxEtxFramer: b"\x0204A1B2C3\x03"}
FRAMERS = pytest.mark.parametrize("framer", FRAMED)

# Bytes as they come, with those that mean something more often than chance.
rubbish = st.lists(
    st.one_of(st.sampled_from(b"\x02\x03\r\n\0A"), st.integers(0, 255)), max_size=600
).map(bytes)


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_each_line_end_ends_one_frame(end):
    assert LineFramer().feed(b"04A1" + end + b"04B2" + end) == ["04A1", "04B2"]


def test_line_ends_in_stx_etx_do_not_count():
    assert StxEtxFramer().feed(b"\x0204A1\r\n\x03\r\n\x0204B2\x03") == ["04A1", "04B2"]


def test_stx_begins_anew():
    assert StxEtxFramer().feed(b"\x0204A\x0204B2\x03") == [None, "04B2"]


@FRAMERS
def test_bytes_that_are_no_ascii_make_a_frame_unreadable(framer):
    frame = FRAMED[framer].replace(b"A1", b"\xc1\x80")
    assert framer().feed(frame + FRAMED[framer]) == [None, CARD]


@FRAMERS
def test_4_kb_with_an_end_are_one_unreadable_frame(framer):
    frame = FRAMED[framer].replace(b"A1", b"A1" * 2048)
    assert framer().feed(frame + FRAMED[framer]) == [None, CARD]


@FRAMERS
def test_4_kb_without_an_end_are_one_unreadable_frame(framer):
    assert framer().feed(FRAMED[framer][:1] + b"A" * 4096) == [None]


@FRAMERS
def test_what_never_ends_takes_no_more_room_than_one_frame(framer):
    endless = framer()
    sizes = [len(endless._frame) for _ in range(4096) if not endless.feed(b"A")]
    assert max(sizes) <= MAX_FRAME


@FRAMERS
def test_after_silence_a_half_frame_does_not_spoil_the_next(framer):
    half = framer()
    half.feed(FRAMED[framer][:4])
    assert half.silence() == [None]
    assert half.feed(FRAMED[framer]) == [CARD]


@FRAMERS
def test_silence_between_frames_is_nothing(framer):
    quiet = framer()
    quiet.feed(FRAMED[framer])
    assert quiet.silence() == []


@FRAMERS
@settings(deadline=None, max_examples=50)
@given(data=rubbish, cuts=st.lists(st.integers(0, 600)))
def test_chunks_make_no_difference(framer, data, cuts):
    whole, split = framer(), framer()
    edges = [0, *sorted(cuts), len(data)]
    chunks = [data[a:b] for a, b in zip(edges, edges[1:], strict=False)]
    found = [value for chunk in chunks for value in split.feed(chunk)]
    assert found == whole.feed(data)


@FRAMERS
@settings(deadline=None, max_examples=50)
@given(data=rubbish)
def test_a_good_frame_after_rubbish_and_silence_is_read(framer, data):
    noisy = framer()
    noisy.feed(data)
    noisy.silence()
    assert noisy.feed(FRAMED[framer]) == [CARD]


@settings(deadline=None, max_examples=50)
@given(data=rubbish)
def test_stx_needs_no_silence_after_rubbish(data):
    assert StxEtxFramer().feed(data + FRAMED[StxEtxFramer])[-1] == CARD


@settings(deadline=None, max_examples=50)
@given(data=rubbish)
def test_a_line_end_is_enough_after_rubbish(data):
    assert LineFramer().feed(data + b"\r" + FRAMED[LineFramer])[-1] == CARD
