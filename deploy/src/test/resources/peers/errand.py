"""One errand through Postern: sends a letter, or fetches a mailbox; what went wrong is printed, and ends it with 1."""
import imaplib
import pathlib
import poplib
import smtplib
import ssl
import sys

door, port, ca, user, letter, inbox = sys.argv[1:]
port = int(port)
password = sys.stdin.readline().strip()
tls = ssl.create_default_context(cafile=ca)


def send():
    if door == "smtps":
        out = smtplib.SMTP_SSL("localhost", port, context=tls, timeout=30)
    else:
        out = smtplib.SMTP("localhost", port, timeout=30)
    with out:
        out.set_debuglevel(1)
        if door == "smtp":
            out.starttls(context=tls)
        out.login(user, password)
        out.sendmail(user, [user], pathlib.Path(letter).read_bytes())


def fetch_by_imap():
    imaplib.Debug = 4
    if door == "imaps":
        box = imaplib.IMAP4_SSL("localhost", port, ssl_context=tls, timeout=30)
    else:
        box = imaplib.IMAP4("localhost", port, timeout=30)
        box.starttls(ssl_context=tls)
    with box:
        box.login(user, password)
        box.select("INBOX", readonly=True)
        for number in box.search(None, "ALL")[1][0].split():
            yield box.fetch(number, "(BODY.PEEK[])")[1][0][1]


def fetch_by_pop3():
    if door == "pop3s":
        box = poplib.POP3_SSL("localhost", port, context=tls, timeout=30)
    else:
        box = poplib.POP3("localhost", port, timeout=30)
        box.stls(context=tls)
    box.user(user)
    box.pass_(password)
    for number in range(1, box.stat()[0] + 1):
        yield b"\r\n".join(box.retr(number)[1]) + b"\r\n"
    box.quit()


try:
    if door.startswith("smtp"):
        send()
    else:
        mails = fetch_by_imap() if door.startswith("imap") else fetch_by_pop3()
        for number, mail in enumerate(mails):
            (pathlib.Path(inbox) / str(number)).write_bytes(mail)
except (imaplib.IMAP4.error, poplib.error_proto, smtplib.SMTPException) as error:
    print(f"{type(error).__module__}.{type(error).__qualname__}: {error}")
    sys.exit(1)
