"""IDLE through Postern announces a message that was sent through Postern (RFC 2177)."""
import imaplib
import smtplib
import ssl
import sys

ca, imap, imaps, submission, submissions, pop3, pop3s, user = sys.argv[1:9]
password = sys.stdin.readline().strip()
tls = ssl.create_default_context(cafile=ca)

box = imaplib.IMAP4_SSL("localhost", int(imaps), ssl_context=tls, timeout=30)
box.login(user, password)
status, count = box.select("INBOX")
before = int(count[0])

box.send(b"i1 IDLE\r\n")
answer = box.readline()
assert answer.startswith(b"+"), answer

with smtplib.SMTP("localhost", int(submission), timeout=30) as out:
    out.starttls(context=tls)
    out.login(user, password)
    out.sendmail(user, [user], f"From: {user}\r\nTo: {user}\r\nSubject: idle\r\n\r\nhello\r\n")

wanted = b"* %d EXISTS" % (before + 1)
line = box.readline()  # raises after 30 seconds of silence
while not line.startswith(wanted):
    assert line, "the session ended before the announcement"
    line = box.readline()

box.send(b"DONE\r\n")
while not line.startswith(b"i1 "):
    line = box.readline()
assert line.startswith(b"i1 OK"), line
box.logout()
