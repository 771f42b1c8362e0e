"""Requests that no well-meaning program sends: bodies, `Accept` headers and query strings."""

JSON = "application/json"
FORM = "multipart/form-data; boundary=x"
END = b"--x--\r\n"


def part(name: bytes, value: bytes, about: bytes = b"") -> bytes:
    return b'--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n' % (name, about, value)


FILE = part(b"archive", b"PK\x03\x04", b'; filename="a.zip"')
BASE64 = part(b"archive", b"UEsDB", b'; filename="a.zip"\r\nContent-Transfer-Encoding: base64')

JSON_BODIES = [
    *rb'5 null [[1]] "x" true 1.5 -0 [] 1e999999 {} { {}{} lid NaN -Infinity {"a":NaN} {"a":1e999999}'.split(),
    *rb'{"a":1,"a":2} "\ud800" {"a":"\ud800"} {"\ud800":1} {"":1} {"\u202e":1} {1:2}'.split(),
    *(b"", b" ", b"\0", b"\xff\xfe", b"\xef\xbb\xbf{}", b"[" * 100_000, b'{"a":' * 50_000),
    *(b"9" * 100_000, b'{"a": %s}' % (b"9" * 9999), b"{%s}" % b",".join(b'"%d": 1' % key for key in range(5000))),
]
FORM_BODIES = [
    *(b"", b"5", END, part(b"method", b"a") * 2 + END, FILE + END, FILE * 2 + END, FILE, BASE64 + END),
    *(
        part(b"phase", b"1", b'; filename="a.zip"') + END,
        part(b"f", b"") * 1500 + END,
        part(b"method", b"\xff") + END,
    ),
]
KINDS = ["", "/", "text/plain", "application/xml", "application/x-www-form-urlencoded", "é", "multipart/form-data"]
BODIES = [
    *((JSON, body) for body in JSON_BODIES),
    *((FORM, body) for body in FORM_BODIES),
    *((kind, b"5") for kind in (*KINDS, "multipart/form-data; boundary=", f"{FORM}; é=\0")),
]

ACCEPTS = [
    *("text/html", "application/xml", "*/*;q=0", "a", "/", "*", ",", ";", "é", "\0", "x" * 5000, "*/*, " * 500),
    *("application/json;q=x", "application/json; indent=99999999999999999999", "application/json; indent=x"),
    *('application/json; version="', "application/json;;;=", "application/problem+json"),
]

LONG = "9" * 5000
SHORT_QUERIES = """
x=1 trak=localization a = && % %ed%a0%80=1 %00 %E2%80%AE=1 format=xml format=json lang=xx version=9 script=1
page=0 page=-1 page=x page= page=1&page=1 page=%00 page=%D9%A1 page=last
page_size=0 page_size=-1 page_size=x page_size=1.5 page_size=%D9%A1
phase=x phase=0 phase=-1 phase=%00 phase=1&phase=1
track=none track=%00 track= state=winning state=%00 state=scored&state=queued
curves=2 curves=yes curves=1&curves=0 curves=%00 at=x at=%00 at=0051-06-08T23:59:59Z at=0001-01-01 at=10000-01-01
at=1999-12-31T23:59:59Z at=9999-12-31T23:59:59-14:00 at=9999-12-31 at=2020-01-01&at=2021-01-01 at=2020-02-30
find=%00 find=%ed%a0%80 sort=none sort=%00 dir=up show=none show=%00 zoom=x key=%00 q=%00 p=x o=x
rows=none rows=%00 rows=a&rows=b&rows=c&rows=d&rows=e&rows=f next=//evil.example next=%00 method=%E2%80%AE
"""
LONG_QUERIES = [f"{name}={LONG}" for name in ("page", "page_size", "phase", "at", "find", "rows", "zoom", LONG)]
QUERIES = [*SHORT_QUERIES.split(), *LONG_QUERIES, "a=1&" * 2000]
