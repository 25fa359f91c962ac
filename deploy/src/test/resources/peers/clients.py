"""Python's imaplib, smtplib and poplib through Postern: every door, each with a right and a wrong password."""
import imaplib
import poplib
import smtplib
import ssl
import sys
import time

ca, imap, imaps, submission, submissions, pop3, pop3s, user = sys.argv[1:9]
password = sys.stdin.readline().strip()
tls = ssl.create_default_context(cafile=ca)
wrong = "0000111122223333"


def imap_starttls():
    box = imaplib.IMAP4("localhost", int(imap), timeout=30)
    assert "LOGINDISABLED" in box.capabilities, box.capabilities
    box.starttls(ssl_context=tls)
    return box


def imap_implicit():
    return imaplib.IMAP4_SSL("localhost", int(imaps), ssl_context=tls, timeout=30)


def plain(secret):
    return lambda _: b"\0" + user.encode() + b"\0" + secret.encode()


def refused(box, attempt):
    try:
        attempt()
    except imaplib.IMAP4.error as error:
        assert "AUTHENTICATIONFAILED" in str(error), error
    else:
        raise AssertionError("a wrong password was accepted")
    box.shutdown()


def smtp_starttls():
    out = smtplib.SMTP("localhost", int(submission), timeout=30)
    out.ehlo()
    assert not out.has_extn("auth"), "AUTH before TLS"
    out.starttls(context=tls)
    out.ehlo()
    return out


def smtp_implicit():
    out = smtplib.SMTP_SSL("localhost", int(submissions), context=tls, timeout=30)
    out.ehlo()
    return out


def authenticate(out, mechanism, secret, has_initial_response):
    out.user, out.password = user, secret
    out.auth(mechanism, getattr(out, "auth_" + mechanism.lower()), initial_response_ok=has_initial_response)


# Sending: both doors, both mechanisms, with and without an initial response.
sent = 0
for door in smtp_starttls, smtp_implicit:
    for mechanism in "PLAIN", "LOGIN":
        for has_initial_response in True, False:
            with door() as out:
                authenticate(out, mechanism, password, has_initial_response)
                sent += 1
                out.sendmail(
                    user,
                    [user],
                    f"From: {user}\r\nTo: {user}\r\nSubject: python {sent}\r\n\r\nnumber {sent}\r\n",
                )
        with door() as out:
            try:
                authenticate(out, mechanism, wrong, True)
            except smtplib.SMTPAuthenticationError as error:
                assert error.smtp_code == 535 and error.smtp_error.startswith(b"5.7.8"), error
            else:
                raise AssertionError("a wrong password was accepted")

# Reading: both doors, LOGIN and AUTHENTICATE.
for door in imap_starttls, imap_implicit:
    box = door()
    refused(box, lambda: box.login(user, wrong))
    box = door()
    refused(box, lambda: box.authenticate("PLAIN", plain(wrong)))
    box = door()
    box.login(user, password)
    box.logout()

box = imap_implicit()
box.authenticate("PLAIN", plain(password))
deadline = time.monotonic() + 30
subjects = set()
while len(subjects) < sent:
    assert time.monotonic() < deadline, subjects
    box.select("INBOX")
    status, found = box.search(None, "SUBJECT", "python")
    for number in found[0].split():
        status, parts = box.fetch(number, "(BODY[TEXT])")
        subjects.add(parts[0][1].strip())
assert subjects == {b"number %d" % n for n in range(1, sent + 1)}, subjects
box.close()
box.logout()


def pop3_starttls():
    box = poplib.POP3("localhost", int(pop3), timeout=30)
    assert "SASL" not in box.capa() and "USER" not in box.capa(), box.capa()
    box.stls(context=tls)
    return box


def pop3_implicit():
    return poplib.POP3_SSL("localhost", int(pop3s), context=tls, timeout=30)


# Fetching: both doors, the right and the wrong password; every message that was read above.
for door in pop3_starttls, pop3_implicit:
    box = door()
    assert box.capa()["SASL"] == ["PLAIN", "LOGIN"] and "UIDL" in box.capa(), box.capa()
    box.user(user)
    try:
        box.pass_(wrong)
    except poplib.error_proto as error:
        assert b"-ERR [AUTH] " in error.args[0], error
    else:
        raise AssertionError("a wrong password was accepted")
    box.user(user)
    box.pass_(password)
    assert len(box.uidl()[1]) == len(box.list()[1]) >= sent, box.list()
    bodies = {box.retr(number)[1][-1] for number in range(1, sent + 1)}
    assert bodies == subjects, bodies
    box.quit()
