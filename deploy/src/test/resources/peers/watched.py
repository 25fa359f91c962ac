"""Real mail through a Postern that watches, and what it must not let through; what comes back decides."""
import imaplib
import os
import smtplib
import ssl
import sys
import time

ca, imap, imaps, submission, submissions, user, is_watched = sys.argv[1:8]
is_watched = is_watched == "watched"
password = sys.stdin.readline().strip()
tls = ssl.create_default_context(cafile=ca)


def box():
    made = imaplib.IMAP4_SSL("localhost", int(imaps), ssl_context=tls, timeout=30)
    made.login(user, password)
    return made


def out():
    made = smtplib.SMTP_SSL("localhost", int(submissions), context=tls, timeout=30)
    made.login(user, password)
    return made


def after(made, command, tag=b""):
    """The first line that answers a command, empty if the session has ended."""
    try:
        made.sock.sendall(command + b"\r\n")
        reader = made.file
        line = reader.readline()
        while line and not line.startswith(tag):
            line = reader.readline()
        return line
    except OSError:
        return b""


def message(subject, size=1_000_000):
    lines = [f"From: {user}", f"To: {user}", f"Subject: {subject}"]
    # Without these Postfix would add them.
    lines += ["Date: Tue, 24 Nov 2026 12:00:00 +0000", "Message-ID: <watched@example.test>", ""]
    lines += ["x LOGIN bob secret", "XCLIENT LOGIN=bob", "AUTH PLAIN", "..", "m AUTHENTICATE PLAIN"]
    line = "+ a line of a message, {12}, 0123456789 0123456789 0123456789"
    lines += [line] * (size // len(line))
    return ("\r\n".join(lines) + "\r\n").encode()


# Sending: DATA, and BDAT in two chunks.
data, chunks = message("by data"), message("by chunks")
with out() as server:
    server.sendmail(user, [user], data.replace(b"\r\n..\r\n", b"\r\n.\r\n"))
    server.ehlo()
    assert server.has_extn("chunking"), server.esmtp_features
    server.docmd("MAIL", f"FROM:<{user}>")
    server.docmd("RCPT", f"TO:<{user}>")
    for part, last in (chunks[:500_000], ""), (chunks[500_000:], " LAST"):
        server.send(f"BDAT {len(part)}{last}\r\n".encode() + part)
        code, text = server.getreply()
        assert code == 250, (code, text)

# Storing: a literal that waits, and one that does not.
waiting, running = message("waiting"), message("running", 100_000)
with box() as mail:
    status, answer = mail.append("INBOX", r"(\Seen)", None, waiting)
    assert status == "OK", answer
    line = after(mail, b"q APPEND INBOX (\\Seen) {%d+}\r\n" % len(running) + running, b"q ")
    assert line.startswith(b"q OK"), line
    answer = after(mail, b"q APPEND nosuch {10}", b"q ")
    assert answer.startswith(b"q NO"), answer
    mail.select("INBOX")
    line = after(mail, b"i IDLE", b"+")
    assert line.startswith(b"+"), line
    line = after(mail, b"DONE", b"i ")
    assert line.startswith(b"i OK"), line

    deadline = time.monotonic() + 60
    undotted = data.replace(b"\r\n..\r\n", b"\r\n.\r\n")
    for subject, sent in ("by data", undotted), ("by chunks", chunks), ("waiting", waiting), ("running", running):
        numbers = []
        while not numbers:
            assert time.monotonic() < deadline, subject
            mail.noop()
            numbers = mail.search(None, "SUBJECT", f'"{subject}"')[1][0].split()
        fetched = mail.fetch(numbers[0], "(BODY.PEEK[])")[1][0][1]
        assert fetched.endswith(sent), (subject, len(fetched), len(sent))

# What would make our connection another one.
for command in b"b AUTHENTICATE PLAIN", b"b LOGIN bob x", b"b COMPRESS DEFLATE":
    mail = box()
    line = after(mail, command, b"b ")
    assert (line == b"") == is_watched, (command, line)
    mail.shutdown()
for command in b"XCLIENT LOGIN=bob", b"AUTH PLAIN AGJvYgB4":
    server = out()
    line = after(server, command)
    assert (line == b"") == is_watched, (command, line)
    server.close()
