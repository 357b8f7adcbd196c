"""Secrets: found in every spelling, masked by field and by value, and nothing else with them."""

from __future__ import annotations

import base64
import gzip
import html
import json
import urllib.parse
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import prove400
from prove400.contract import load
from prove400.engine.masking import ALTERED, MASK, fields, pairs, values
from prove400.engine.redaction import Redaction, redacted
from prove400.engine.settings import Settings
from prove400.errors import SettingsError
from prove400.model import Reply, Request

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

HIDDEN = 's3cr"et/+é <x>&😀y'
SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "latin-1": lambda s: s.encode().decode("latin-1"),
    "percent": urllib.parse.quote,
    "percent-all": lambda s: urllib.parse.quote(s, safe=""),
    "percent-lower": lambda s: "".join(f"%{octet:02x}" for octet in s.encode()),
    "plus": urllib.parse.quote_plus,
    "percent-twice": lambda s: urllib.parse.quote(urllib.parse.quote(s)),
    "json": lambda s: json.dumps(s)[1:-1],
    "json-unicode": lambda s: json.dumps(s, ensure_ascii=False)[1:-1],
    "json-in-json": lambda s: json.dumps(json.dumps(s)[1:-1])[1:-1],
    "json-slash": lambda s: json.dumps(s)[1:-1].replace("/", "\\/"),
    "json-for-html": lambda s: json.dumps(s)[1:-1].replace("<", "\\u003c").replace("&", "\\u0026"),
    "html": html.escape,
    "html-numbers": lambda s: "".join(f"&#{ord(c)};" for c in s),
    "html-hexadecimal": lambda s: "".join(f"&#x{ord(c):X};" for c in s),
    "repr": lambda s: repr(s)[1:-1],
    "repr-bytes": lambda s: repr(s.encode())[2:-1],
    "base64": lambda s: base64.b64encode(s.encode()).decode(),
    "base64-url": lambda s: base64.urlsafe_b64encode(s.encode()).decode().rstrip("="),
    "base64-percent": lambda s: urllib.parse.quote(base64.b64encode(s.encode()).decode(), safe=""),
}


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
def test_spellings(spell: Callable[[str], str]) -> None:
    """A secret is masked whole in each spelling, and what stands around it stays."""
    assert values([(HIDDEN, MASK)])(f"a {spell(HIDDEN)}, b") == f"a {MASK}, b"


@pytest.mark.parametrize("before", ["", "u", "uu", "uuu"])
@pytest.mark.parametrize("after", ["", "t", "tail"])
def test_inside_base64(before: str, after: str) -> None:
    """In base64 a secret is masked wherever it begins: what is left does not hold it."""
    text = base64.b64encode(f"{before}{HIDDEN}{after}".encode()).decode()
    left = values([(HIDDEN, MASK)])(f"<{text}>")
    assert MASK in left
    assert len(left) - len(MASK) < len(text) - len(HIDDEN)


def test_what_is_not_secret_stays() -> None:
    """Texts without a secret stay as they are, escapes in them too; so does what looks like part of one."""
    mask = values([(HIDDEN, MASK), ("abc", MASK)])
    for text in ("", "a%20b", '{"a": "\\u00e9"}', "abc", HIDDEN[:-1], "&amp;"):
        assert mask(text) == text


MEMBERS = [
    ('{"password":"x","a":1}', f'{{"password":"{MASK}","a":1}}'),
    (
        '{"a":{"PASSWORD": {"v":["q",1,null,""]}},"b":2}',
        f'{{"a":{{"PASSWORD": {{"v":["{MASK}","{MASK}",null,""]}}}},"b":2}}',
    ),
    ("{'password': 'it\"s', 'b':1}", f"{{'password': '{MASK}', 'b':1}}"),
    ('{"password": "trunc', f'{{"password": "{MASK}'),
    ('{"password": "a\\"b", "c": "d"}', f'{{"password": "{MASK}", "c": "d"}}'),
    ('{"password": 12, "b":3}', f'{{"password": "{MASK}", "b":3}}'),
    ('{"password": NaN}', f'{{"password": "{MASK}"}}'),
    ('{"pass\\u0077ord": "x"}', f'{{"pass\\u0077ord": "{MASK}"}}'),
    (
        '{"d":"{\\"password\\": \\"a\\\\\\"b\\", \\"k\\": 1}"}',
        f'{{"d":"{{\\"password\\": \\"{MASK}\\", \\"k\\": 1}}"}}',
    ),
    ('{"password": null, "api token": true, "b": 1}', '{"password": null, "api token": true, "b": 1}'),
    ('{"password": "", "b": "c"}', '{"password": "", "b": "c"}'),
    ('{"password" : ,"b":1}', '{"password" : ,"b":1}'),
    ('{"password"/* it */: "x"}', f'{{"password"/* it */: "{MASK}"}}'),
    ('{"password": [1, {"x": "y"}], "z": "keep"}', f'{{"password": ["{MASK}", {{"x": "{MASK}"}}], "z": "keep"}}'),
    ('{"password": "a", "password": "b"}', f'{{"password": "{MASK}", "password": "{MASK}"}}'),
    ('{"passwords": "a", "xpassword": "b"}', '{"passwords": "a", "xpassword": "b"}'),
    ("password=abc&x=1", f"password={MASK}&x=1"),
    ("/a?b=1&api%20token=xx%20y&c", f"/a?b=1&api%20token={MASK}&c"),
    ("filter[password]=v&filter%5Bpassword%5D=w", f"filter[password]={MASK}&filter%5Bpassword%5D={MASK}"),
    ("password=&x=1, xpassword=3", "password=&x=1, xpassword=3"),
    (
        '--b\r\nContent-Disposition: form-data; name="password"\r\nX: y\r\n\r\nse\r\ncret\r\n--b--\r\n',
        f'--b\r\nContent-Disposition: form-data; name="password"\r\nX: y\r\n\r\n{MASK}\r\n--b--\r\n',
    ),
]


@pytest.mark.parametrize(("text", "shown"), MEMBERS)
def test_named_fields(text: str, shown: str) -> None:
    """The value of a named member or pair is masked, in broken JSON too; structure, and what tells nothing, stay."""
    assert fields(["password", "api token"])(text) == shown


def test_pairs_of_queries() -> None:
    """A query parameter of a scheme is masked in any URL, and nowhere else."""
    mask = pairs(["key"])
    assert mask("GET /x?key=a%20b&c=d, then key=e") == f"GET /x?key={MASK}&c=d, then key=e"
    assert mask("/x?c=d&key=") == "/x?c=d&key="


def test_cost_without_secrets() -> None:
    """Where nothing is secret, texts and bodies come back as the same objects."""
    plain = Redaction()
    sent = Request("POST", "/a?b=c", (("Accept", "*/*"),), b'{"password": "x"}')
    assert plain.is_plain
    assert plain.request(sent) is sent
    assert plain.body(sent.body) is sent.body


HEADERS = [
    ("Authorization", "Bearer abcd", f"Bearer {MASK}"),
    ("authorization", "bearer ab cd", f"bearer {MASK} {MASK}"),
    ("Authorization", "Basic", "Basic"),
    ("Authorization", "abcd", MASK),
    ("Authorization", "", ""),
    ("Proxy-Authorization", "Basic eHg6eXk=", f"Basic {MASK}"),
    ("Cookie", "a=b; sid=c d ; e=; junk", f"a={MASK}; sid={MASK}; e=; {MASK}"),
    ("Set-Cookie", "sid=abc; Path=/; HttpOnly", f"sid={MASK}; Path=/; HttpOnly"),
    ("Set-Cookie", "sid=; Max-Age=0", "sid=; Max-Age=0"),
    ("Accept", "*/*", "*/*"),
]


@pytest.mark.parametrize(("name", "value", "shown"), HEADERS)
def test_headers(name: str, value: str, shown: str) -> None:
    """Credentials and cookies are masked, names, attributes and the scheme's word stay, and what is empty stays so."""
    assert Redaction().fields(((name, value),)) == ((name, shown),)


SCHEMES = {
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "api key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
    "basic": {"type": "http", "scheme": "basic"},
}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {},
    "paths": {
        "/x": {
            "get": {
                "responses": {},
                "security": [{name: []} for name in SCHEMES],
                "parameters": [{"name": "colour", "in": "cookie", "schema": {"type": "string"}}],
            }
        }
    },
    "components": {"securitySchemes": SCHEMES},
}


def test_fields_of_schemes() -> None:
    """The field of each scheme is masked in its own part, whatever its value; a declared cookie is none and stays."""
    redaction = Redaction.of(load(DOCUMENT))
    sent = Request("GET", "/x?api%20key=wrong&X-Key=1", (("x-key", "wrong"), ("Cookie", "colour=red; sid=wrong")))
    shown = redaction.request(sent)
    assert shown.target == f"/x?api%20key={MASK}&X-Key=1"
    assert shown.headers == (("x-key", MASK), ("Cookie", f"colour=red; sid={MASK}"))
    named = Redaction.of(load(DOCUMENT), names=["Colour"])
    assert named.request(sent).headers[1] == ("Cookie", f"colour={MASK}; sid={MASK}")


def test_examples_of_named_fields() -> None:
    """What the contract gives as an example of a named field is masked where an API echoes it under no name."""
    schema = {"properties": {"Password": {"default": "from-default", "examples": ["from-examples", 5], "maxLength": 9}}}
    document = {**DOCUMENT, "components": {**DOCUMENT["components"], "schemas": {"A": schema}}}
    document["x-example"] = [{"password": "from-member", "other": "stays"}]
    redaction = Redaction.of(load(document), names=["PASSWORD"])
    assert redaction.text("from-default, from-examples, from-member, stays") == f"{MASK}, {MASK}, {MASK}, stays"


def test_broken_secrets() -> None:
    """What is sent of a secret when it is broken is masked as well: the altered one, and the password alone."""
    redaction = Redaction.of(load(DOCUMENT), [("key", "0123456789"), ("basic", "anna:hunter22")])
    assert redaction.text("not 0123456780 nor 0123456789") == f"not {ALTERED} nor {MASK}"
    assert redaction.text("password hunter22 of anna, hunter20, annahunter22") == (
        f"password {MASK} of anna, {ALTERED}, {ALTERED}"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_bodies_keep_their_encoding(encoding: str) -> None:
    """A body is masked in the encoding that it has."""
    redaction = Redaction(names=frozenset({"password"}))
    shown = redaction.body('{"password": "é", "b": "ü"}'.encode(encoding))
    assert shown.decode(encoding) == f'{{"password": "{MASK}", "b": "ü"}}'


def test_bytes_that_are_no_text() -> None:
    """Bytes in no encoding are masked, and the others stay."""
    redaction = Redaction(secrets=(("tops3cret", MASK),))
    assert redaction.body(b"\xff\x00 tops3cret \xfe") == b"\xff\x00 " + MASK.encode() + b" \xfe"
    assert redaction.body(b"\xff\xfe tops3cret \xfe") == b"\xff\xfe " + MASK.encode() + b" \xfe"


PACKED = gzip.compress(b'{"echo": "tops3cret"}', mtime=0)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (PACKED, f"{MASK}: {len(PACKED)} compressed bytes".encode()),
        (
            gzip.compress(b"{}", mtime=0) + PACKED,
            f"{MASK}: {len(gzip.compress(b'{}', mtime=0) + PACKED)} compressed bytes".encode(),
        ),
        (PACKED[:-9], f"{MASK}: {len(PACKED) - 9} compressed bytes".encode()),
        (zlib.compress(b"tops3cret"), f"{MASK}: {len(zlib.compress(b'tops3cret'))} compressed bytes".encode()),
        (b"\xce\xb2rotli", f"{MASK}: 7 compressed bytes".encode()),
        (b"no gzip: tops3cret", b"no gzip: " + MASK.encode()),
        (gzip.compress(b"{}", mtime=0), gzip.compress(b"{}", mtime=0)),
        (b"", b""),
    ],
)
def test_compressed_replies(body: bytes, shown: bytes) -> None:
    """A compressed body that holds a secret, or that cannot be looked into, is told by its size; another one stays."""
    redaction = Redaction(secrets=(("tops3cret", MASK),))
    assert redaction.reply(Reply(200, (("Content-Encoding", "gzip"),), body)).body == shown
    assert Redaction().reply(Reply(200, (("Content-Encoding", "gzip"),), body)).body == body


def test_a_whole_run(service: ModuleType) -> None:
    """Every text of a run that may hold a secret is masked, and what the contract says stays."""
    run = prove400.prove(service.Service("silent"))
    held = replace(
        run,
        target="http://anna:hunter22@x/",
        notes=("hunter22",),
        settings=(("a", "hunter22"),),
        model=(("b", "hunter22"),),
        contract=replace(run.contract, source="https://anna:hunter22@x/openapi.json"),
    )
    shown = redacted(held, Redaction(secrets=(("hunter22", MASK),)))
    assert "hunter22" not in repr(shown)
    assert shown.target == "http://redacted@x/"
    assert shown.findings == run.findings
    assert shown.outcomes == run.outcomes


def test_settings() -> None:
    """`redact` is a list of names; what is no table of credentials is refused, and not shown."""
    assert Settings.of({"redact": ["password"]}).redact == ("password",)
    assert Settings.of({"redact": "password"}).redact == ("password",)
    for wrong in ([1], 5, [""]):
        with pytest.raises(SettingsError, match="redact"):
            Settings.of({"redact": wrong})
    with pytest.raises(SettingsError, match="credentials is no table") as refused:
        Settings.of({"credentials": "hunter22"})
    assert "hunter22" not in str(refused.value)
    with pytest.raises(SettingsError, match="no variable") as unknown:
        Settings.of({"credentials": {"key": "$hunter-22"}})
    assert "hunter" not in str(unknown.value)
