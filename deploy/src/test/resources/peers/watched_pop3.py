"""Mail read by POP3 through a Postern that watches, and what it must not let through; what comes back decides."""
import imaplib
import poplib
import ssl
import sys

ca, imaps, pop3, pop3s, user, is_watched = sys.argv[1:7]
is_watched = is_watched == "watched"
password = sys.stdin.readline().strip()
tls = ssl.create_default_context(cafile=ca)
poplib._MAXLINE = 65536


def box(begin="implicit"):
    if begin == "implicit":
        made = poplib.POP3_SSL("localhost", int(pop3s), context=tls, timeout=30)
    else:
        made = poplib.POP3("localhost", int(pop3), timeout=30)
        made.stls(context=tls)
    made.user(user)
    made.pass_(password)
    return made


def after(made, pieces):
    """The line that answers what is sent in these pieces, empty if the session has ended."""
    try:
        for piece in pieces:
            made.sock.sendall(piece)
        return made.file.readline()
    except OSError:
        return b""


def message(subject, size):
    lines = [f"From: {user}", f"To: {user}", f"Subject: {subject}", ""]
    lines += ["USER bob", "PASS secret", "AUTH PLAIN AGJvYgB4", "STLS", "XCLIENT ADDR=192.0.2.1"]
    lines += [".", "..", "+OK", "-ERR [AUTH] no", ".QUIT", ""]
    line = "a line of a message, {12}, 0123456789 0123456789 0123456789"
    lines += [line] * (size // len(line))
    return ("\r\n".join(lines) + "\r\n").encode()


stored = [message("small", 0), message("large", 1_000_000), message("last", 100)]
with imaplib.IMAP4_SSL("localhost", int(imaps), ssl_context=tls, timeout=30) as mail:
    mail.login(user, password)
    for text in stored:
        status, answer = mail.append("INBOX", None, None, text)
        assert status == "OK", answer

# Reading: all of it, and then all of it in one write.
for begin in "implicit", "stls":
    mail = box(begin)
    count, size = mail.stat()
    assert (count, size) == (3, sum(map(len, stored))), (count, size)
    assert [int(line.split()[1]) for line in mail.list()[1]] == [len(text) for text in stored]
    uids = [line.split()[1] for line in mail.uidl()[1]]
    assert len(set(uids)) == 3, uids
    for number, text in enumerate(stored, 1):
        fetched = b"\r\n".join(mail.retr(number)[1]) + b"\r\n"
        assert fetched == text, (number, len(fetched), len(text))
        top = b"\r\n".join(mail.top(number, 7)[1]) + b"\r\n"
        assert text.startswith(top) and top.count(b"\r\n") == 11, top
    mail.dele(1)
    assert mail.stat()[0] == 2
    mail.rset()
    assert mail.noop().startswith(b"+OK")
    mail.quit()

mail = box()
mail.sock.sendall(b"STAT\r\nNOOP\r\nUIDL 2\r\nTOP 3 0\r\nDELE 1\r\nQUIT\r\n")
replies = mail.file.read()
assert replies.count(b"+OK") == 6, replies
mail = box()
assert mail.stat()[0] == 2
mail.quit()

# What would make our connection another one.
for command in b"USER bob", b"PASS x", b"AUTH PLAIN AGJvYgB4", b"AUTH", b"STLS", b"XCLIENT ADDR=192.0.2.1", b"APOP bob 0":
    whole = command + b"\r\n"
    for pieces in [whole], [b"NOOP\r\n" + whole.lower()], [whole[i : i + 1] for i in range(len(whole))]:
        mail = box()
        line = after(mail, pieces)
        assert (line == b"") == is_watched, (pieces, line)
        mail.close()
