"""Two mail servers (aiosmtpd) and a reader of signed requests (standardwebhooks) that nobody here wrote. Takes a folder, a webhook's
secret, a certificate and its key; prints three ports, then writes each letter and each request that its signature confirms into the
folder, and refuses the rest. The second mail server takes letters only after STARTTLS and from `watch`, who has a password. Ends with
its standard input."""

import email
import email.policy
import http.server
import itertools
import json
import pathlib
import socket
import ssl
import sys
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from standardwebhooks import Webhook, WebhookVerificationError

folder, secret, certificate, key = pathlib.Path(sys.argv[1]), *sys.argv[2:5]
numbers = itertools.count()


def keep(kind, what):
    (folder / f"{kind}-{next(numbers)}.json").write_text(json.dumps(what))


class Letters:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 there is nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        keep("letter", {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "headers": {name.lower(): str(value) for name, value in letter.items()},
            "text": letter.get_content(),
            "tls": session.ssl is not None,
            "login": session.auth_data.login.decode() if session.authenticated else None,
        })
        return "250 taken"


class Requests(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            said = Webhook(secret).verify(body, dict(self.headers.items()))
        except WebhookVerificationError as error:
            self.send_error(401, str(error))
            return
        keep("request", {"id": self.headers["webhook-id"], "said": said})
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args):
        pass


def free_port():
    """The controller wants to know its port beforehand."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def known(server, session, envelope, mechanism, data):
    good = data.login == b"watch" and data.password == "гасло 7".encode()
    return AuthResult(success=good, handled=False, auth_data=data)


mail = Controller(Letters(), hostname="127.0.0.1", port=free_port())
mail.start()
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
guarded = Controller(
    Letters(),
    hostname="127.0.0.1",
    port=free_port(),
    tls_context=context,
    require_starttls=True,
    authenticator=known,
    auth_required=True,
)
guarded.start()
web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Requests)
threading.Thread(target=web.serve_forever, daemon=True).start()
print(mail.port, web.server_port, guarded.port, flush=True)
sys.stdin.read()
mail.stop()
guarded.stop()
