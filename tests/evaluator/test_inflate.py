"""Raw deflate streams by libdeflate and by zlib: the same bytes, and the same refusals."""

import _ctypes
import zlib

import pytest
from decoders import only

from evaluator import inflate
from evaluator.inflate import inflate_all

TEXTS = [b"", b"a", b"map " * 5000, bytes(range(256)) * 40]


def deflated(text, level=6):
    deflater = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return deflater.compress(text) + deflater.flush()


@pytest.fixture(params=["Pillow", "Pillow and zlib"])
def decoder(request):
    with only(request.param):
        yield


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("level", [0, 1, 9])
def test_a_whole_stream_gives_its_bytes_back(decoder, text, level):
    found = inflate_all(deflated(text, level), len(text))
    assert (found, type(found)) == (text, bytes)


def test_no_memory_is_taken_for_more_than_a_stream_can_hold(decoder, monkeypatch):
    monkeypatch.setattr("evaluator.inflate.bytearray", lambda _: pytest.fail("it was taken"), raising=False)
    with pytest.raises(zlib.error):
        inflate_all(deflated(b"a"), 2**27)


@pytest.mark.parametrize("text", TEXTS)
def test_a_stream_of_another_length_or_with_bytes_before_or_behind_its_end_is_refused(decoder, text):
    packed, length = deflated(text), len(text)
    for stream, said in (
        (packed, length + 1),
        (packed, length - 1),
        (packed + b"\0", length),
        (packed + packed, length),
        (packed[:-1], length),
        (b"", length),
        (b"\xff" * 20, length),
    ):
        if said >= 0:
            with pytest.raises(zlib.error):
                inflate_all(stream, said)


def test_a_library_that_lacks_what_we_call_is_not_used(monkeypatch):
    monkeypatch.setattr(inflate.package, "__file__", _ctypes.__file__)
    assert inflate._libdeflate() is None
