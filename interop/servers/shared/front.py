"""Hold a contract in front of a server that has no place for one: `front.py PORT HIDDEN CONTRACT COMMAND…`.

COMMAND starts the server on port HIDDEN; what the contract admits is passed on to it, with its answer back.
"""

import http.client
import json
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend
from strict_json import refusal

PORT, HIDDEN, CONTRACT, *COMMAND = sys.argv[1:]
[(PATH, ITEM)] = json.loads(Path(CONTRACT).read_text("utf-8"))["paths"].items()


def tensors(_, names, given, __):
    listed = given if isinstance(given, list) else []
    found = [str(tensor.get("name")) if isinstance(tensor, dict) else "" for tensor in listed]
    if sorted(found) != sorted(names):
        yield ValidationError(f"there must be each of {', '.join(names)} once")


Validator = extend(Draft202012Validator, {"x-prove400-tensors": tensors})
VALIDATOR = Validator(ITEM["post"]["requestBody"]["content"]["application/json"]["schema"])


class Front(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.body()
        if self.path == PATH:
            return self.refuse(405, "send POST", ("Allow", "POST"))
        return self.pass_on(b"")

    def do_POST(self):
        body = self.body()
        if self.path != PATH:
            return self.refuse(404, "no such path")
        refused = refusal({name.lower(): value for name, value in self.headers.items()}, body)
        if refused:
            return self.refuse(*refused)
        error = next(VALIDATOR.iter_errors(json.loads(body)), None)
        if error:
            return self.refuse(400, error.message, pointer="/".join(["", *map(str, error.absolute_path)]))
        return self.pass_on(body)

    def do_other(self):
        self.body()
        self.refuse(*((405, "send POST", ("Allow", "POST")) if self.path == PATH else (404, "no such path")))

    do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_TRACE = do_other

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def refuse(self, status, detail, *headers, pointer=""):
        body = {"title": "Invalid request", "status": status, "errors": [{"pointer": pointer, "detail": detail}]}
        self.answer(status, json.dumps(body).encode(), ("Content-Type", "application/problem+json"), *headers)

    def pass_on(self, body):
        server = http.client.HTTPConnection("127.0.0.1", int(HIDDEN), timeout=60)
        try:
            server.request(self.command, self.path, body, {"Content-Type": "application/json"})
            reply = server.getresponse()
            self.answer(
                reply.status, reply.read(), ("Content-Type", reply.getheader("Content-Type", "application/json"))
            )
        except OSError:
            self.refuse(503, "the server does not answer")
        finally:
            server.close()

    def answer(self, status, body, *headers):
        self.send_response(status)
        for name, value in (*headers, ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    with subprocess.Popen(COMMAND):
        ThreadingHTTPServer(("127.0.0.1", int(PORT)), Front).serve_forever()
