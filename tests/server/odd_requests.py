"""Requests that no well-meaning program sends: bodies, `Accept` headers and query strings."""

JSON = "application/json"
FORM = "multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
BODIES = [
    *[(JSON, body) for body in (b"5", b"null", b"[[1]]", b'"x"', b"true", b"1.5", b"-0", b"[]", b"1e999999", b"{}")],
    *[(JSON, body) for body in (b"", b" ", b"{", b"{}{}", b"\0", b"\xff\xfe", b"\xef\xbb\xbf{}", b"lid", b"{'a': 1}")],
    *[(JSON, body) for body in (b"NaN", b'{"a": NaN}', b"-Infinity", b'{"a": 1e999999}', b'{"a": 1, "a": 2}')],
    *[(JSON, body) for body in (b'"\\ud800"', b'{"a": "\\ud800"}', b'{"\\ud800": 1}', b'{"": 1}', b'{"\\u202e": 1}')],
    *[(JSON, body) for body in (b"[" * 100_000, b'{"a":' * 50_000, b"9" * 100_000, b'{"a": %s}' % (b"9" * 9999))],
    (JSON, b"{%s}" % b",".join(b'"k%d": 1' % key for key in range(5000))),
    *[(kind, b"5") for kind in ("", "/", "text/plain", "application/xml", "application/x-www-form-urlencoded", "é")],
    *[(kind, b"5") for kind in ("multipart/form-data", "multipart/form-data; boundary=", FORM, f"{FORM}; é=\0")],
    (FORM, b""),
    (FORM, b"--x--\r\n"),
    (FORM, PART % (b"method", b"", b"a") * 2 + b"--x--\r\n"),
    (FORM, PART % (b"archive", b'; filename="a.zip"', b"PK\x03\x04") + b"--x--\r\n"),
    (FORM, PART % (b"archive", b'; filename="a.zip"', b"PK\x03\x04") * 2 + b"--x--\r\n"),
    (FORM, PART % (b"archive", b'; filename="a.zip"', b"PK\x03\x04")),
    (FORM, PART % (b"phase", b'; filename="a.zip"', b"1") + b"--x--\r\n"),
    (FORM, PART % (b"f", b"", b"") * 1500 + b"--x--\r\n"),
    (FORM, b"--x\r\nContent-Disposition: form-data; name=archive; filename=a.zip\r\nContent-Transfer-Encoding: base64"
           b"\r\n\r\nUEsDB\r\n--x--\r\n"),
]  # fmt: skip

ACCEPTS = [
    *("text/html", "application/xml", "*/*;q=0", "a", "/", "*", ",", ";", "é", "\0", "x" * 5000),
    *("application/json;q=x", "application/json; indent=99999999999999999999", "application/json; indent=x"),
    *('application/json; version="', "application/json;;;=", "*/*, " * 500, "application/problem+json"),
]

LONG = "9" * 5000
QUERIES = [
    *("x=1", "trak=localization", "a", "=", "&&", "%", "%ed%a0%80=1", "%00", "%E2%80%AE=1", "x" * 5000, "a=1&" * 2000),
    *("page=0", "page=-1", "page=x", "page=", f"page={LONG}", "page=1&page=1", "page=%00", "page=%D9%A1", "page=last"),
    *("page_size=0", "page_size=-1", "page_size=x", "page_size=1.5", f"page_size={LONG}", "page_size=%D9%A1"),
    *("phase=x", "phase=0", "phase=-1", f"phase={LONG}", f"phase={10**20}", "phase=%00", "phase=1&phase=1"),
    *("track=none", "track=%00", "track=", "state=winning", "state=%00", "state=scored&state=queued"),
    *("curves=2", "curves=yes", "curves=1&curves=0", "curves=%00", "format=xml", "format=json", "lang=xx", "version=9"),
    *("at=x", "at=%00", "at=0051-06-08T23:59:59Z", "at=0001-01-01", "at=1999-12-31T23:59:59Z", "at=10000-01-01"),
    *("at=9999-12-31T23:59:59-14:00", "at=9999-12-31", f"at={LONG}", "at=2020-01-01&at=2021-01-01", "at=2020-02-30"),
    *("find=%00", f"find={LONG}", "find=%ed%a0%80", "sort=none", "sort=%00", "dir=up", "show=none", "show=%00"),
    *("rows=none", "rows=%00", f"rows={LONG}", "rows=a&rows=b&rows=c&rows=d&rows=e&rows=f", "zoom=x", f"zoom={LONG}"),
    *("next=//evil.example", "next=%00", "method=%E2%80%AE", "parameters=%00", "key=%00", "q=%00", "p=x", "o=x"),
]
