"""Sends a mail without a password behind the gateway, then tries to be somebody else by XCLIENT."""
import smtplib
import ssl
import sys

ca, submissions, user, client, answer = sys.argv[1:6]
password = sys.stdin.readline().strip()
tls = ssl.create_default_context(cafile=ca)

out = smtplib.SMTP_SSL("localhost", int(submissions), context=tls, timeout=30, source_address=(client, 0))
out.login(user, password)
out.sendmail(user, [user], f"From: {user}\r\nTo: {user}\r\nSubject: trusted\r\n\r\ntrusted\r\n")
try:
    code, text = out.docmd("XCLIENT", "LOGIN=somebody@example.test")
    assert answer == str(code), (code, text)
except smtplib.SMTPServerDisconnected:
    assert answer == "cut", "cut off"
