"""Refuse what is not JSON as RFC 8259 and RFC 7493 have it, before a framework reads it: ASGI, and a function for others."""

import json


def refusal(headers, body):
    """Give (status, detail) where a body is refused, else None; `headers` maps lower-case names to values."""
    kind, _, rest = headers.get("content-type", "").partition(";")
    charset = rest.partition("charset=")[2].strip().strip('"').lower() or "utf-8"
    if kind.strip().lower() != "application/json" or charset != "utf-8":
        return 415, "send application/json in UTF-8"
    if headers.get("content-encoding", "identity") != "identity":
        return 415, "send it without a content coding"
    if len(body) < int(headers.get("content-length", len(body))):
        return 400, "the body is shorter than its Content-Length"
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_members, parse_constant=_constant)
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # a lone surrogate is no text
    except (ValueError, RecursionError):
        return 400, "the body is not strict JSON"
    return None


def _members(pairs):
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name occurs twice")
    return dict(pairs)


def _constant(name):
    raise ValueError(f"{name} is not JSON")


class StrictJSON:
    """ASGI middleware that refuses the bodies of POST requests, and passes on what is strict JSON.

    `answer` gives the error as the contract documents it.
    """

    def __init__(self, app, answer=lambda status, detail: {"status": status, "detail": detail}):
        self.app = app
        self.answer = answer

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or scope["method"] != "POST":
            return await self.app(scope, receive, send)
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        refused = refusal(headers, body)
        if refused is None:
            return await self.app(scope, _replayed(body, receive), send)
        answer = json.dumps(self.answer(*refused)).encode()
        kind = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": refused[0], "headers": kind})
        await send({"type": "http.response.body", "body": answer})


def _replayed(body, receive):
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def again():
        return messages.pop() if messages else await receive()

    return again
