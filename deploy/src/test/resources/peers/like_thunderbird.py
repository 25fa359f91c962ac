"""Logs in as Thunderbird does, and says what it would show: its order of mechanisms, and which replies it shows, are from its
source. On standard error is the exchange. With a letter, a file, it goes on as Thunderbird does: sends it, saves a copy, or reads it."""
import base64
import socket
import ssl
import sys

door, port, ca, user, *letter = sys.argv[1:]
password = sys.stdin.readline().strip()
plain = base64.b64encode(f"\0{user}\0{password}".encode()).decode()


def show(text):
    print(text)


def end(text, code=1):
    show(text)
    sys.exit(code)


try:
    tls = ssl.create_default_context(cafile=ca).wrap_socket(
        socket.create_connection(("localhost", int(port)), timeout=40), server_hostname="localhost")
except OSError:
    end("localhost cannot be connected to")
lines = tls.makefile("rb")


def read():
    line = lines.readline().decode().rstrip("\r\n")
    print("S: " + (line or "(end of stream)"), file=sys.stderr)
    return line


def send(text):
    print("C: " + text, file=sys.stderr)
    tls.sendall(text.encode() + b"\r\n")


def imap_reply(tag):
    """The tagged line; alerts are shown at once."""
    while line := read():
        if line.startswith(tag + " ") or line.startswith("+"):
            return line
        if "[ALERT]" in line:
            show("alert: " + line.split("[ALERT] ", 1)[1])
        elif line.startswith("* BYE"):
            end("localhost has ended the connection")
    end("localhost has ended the connection")


def imap():
    greeting = read()
    if not greeting.startswith("* OK"):
        end("localhost does not answer" + (": " + greeting.split("[ALERT] ", 1)[1] if "[ALERT]" in greeting else ""))
    send("1 capability")
    imap_reply("1")
    send("2 authenticate PLAIN")
    reply = imap_reply("2")
    if reply.startswith("+"):
        send(plain)
        reply = imap_reply("2")
    if reply.startswith("2 NO [UNAVAILABLE]"):
        end("localhost responded: " + reply.split("] ", 1)[1])
    if reply.startswith("2 NO"):
        send(f'3 login "{user}" "{password}"')
        reply = imap_reply("3")
    if " NO " in reply:
        end("asks for a password")
    if letter:
        imap_session(open(letter[0], "rb").read())
    end("logged in", 0)


def imap_session(text):
    """Saves a copy, reads it, and waits for news."""
    number = 3

    def ask(command, more=None):
        """All that is said until the tagged line, and literals."""
        nonlocal number
        number += 1
        send(f"{number} {command}")
        said, literals = [], []
        while line := read():
            if line.startswith("+") and more is not None:
                tls.sendall(more)
            elif line.startswith(f"{number} "):
                if not line.startswith(f"{number} OK"):
                    end("the current command did not succeed: " + line)
                return said, literals
            elif line.endswith("}"):
                literals.append(lines.read(int(line[line.rindex("{") + 1:-1])))
            said.append(line)
        end("localhost has ended the connection")

    ask('ID ("name" "Thunderbird" "version" "140.5.0")')
    ask("namespace")
    ask('list (subscribed) "" "*" return (special-use)')
    ask('list "" "INBOX"')
    ask('select "INBOX"')
    ask(f'append "INBOX" (\\Seen) {{{len(text)}}}', text + b"\r\n")
    uids = [line.split("UID ")[1].split()[0].rstrip(")") for line in ask("UID fetch 1:* (FLAGS)")[0] if "UID " in line]
    fields = "From To Cc Bcc Resent-Message-ID Subject Date Message-ID Priority X-Priority References Newsgroups In-Reply-To"
    ask(f"UID fetch {uids[-1]} (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS ({fields} Content-Type Reply-To)])")
    read_back = [got for uid in uids for got in ask(f"UID fetch {uid} (UID RFC822.SIZE BODY.PEEK[])")[1]]
    if text not in read_back:
        end("the copy is not what was saved")
    ask("IDLE", b"DONE\r\n")
    ask("logout")
    show("saved and read")


def pop3():
    greeting = read()
    if not greeting.startswith("+OK"):
        end("localhost responded: " + greeting.removeprefix("-ERR "))
    send("CAPA")
    while read() != ".":
        pass
    send("AUTH PLAIN")
    reply = read()
    if reply.startswith("+"):
        send(plain)
        reply = read()
    if reply.startswith("+OK"):
        if letter:
            pop3_session(open(letter[0], "rb").read())
        end("logged in", 0)
    end("localhost responded: " + reply.removeprefix("-ERR ") + ("" if "[SYS/" in reply or "[IN-USE]" in reply
        else "\nasks for a password"))


def pop3_session(text):
    """Reads the last mail."""
    def ask(command):
        send(command)
        reply = read()
        if not reply.startswith("+OK"):
            end("localhost responded: " + reply.removeprefix("-ERR "))
        return reply

    def listed(command):
        ask(command)
        got = []
        while (line := lines.readline()) not in (b".\r\n", b""):
            got.append(line.removeprefix(b"."))
        return got

    count = int(ask("STAT").split()[1])
    if len(listed("LIST")) != count or len(listed("UIDL")) != count:
        end("the lists do not agree")
    if b"".join(listed(f"RETR {count}")) != text:
        end("the mail is not what was saved")
    ask("QUIT")
    show("read")


def smtp_reply():
    line = read()
    while line[3:4] == "-":
        line = read()
    return line


def smtp():
    greeting = smtp_reply()
    if not greeting.startswith("220"):
        end("localhost responded: " + greeting[4:] if greeting else "localhost has ended the connection")
    send("EHLO [127.0.0.1]")
    smtp_reply()
    send("AUTH PLAIN " + plain)
    if smtp_reply().startswith("235"):
        if letter:
            smtp_session(open(letter[0], "rb").read())
        end("logged in", 0)
    end("Unable to authenticate to Outgoing server (SMTP) localhost\nasks for a password")


def smtp_session(text):
    """Sends to oneself."""
    def ask(command, code):
        send(command)
        reply = smtp_reply()
        if not reply.startswith(code):
            end("Sending of the message failed: " + reply)

    ask(f"MAIL FROM:<{user}> BODY=8BITMIME SIZE={len(text)}", "250")
    ask(f"RCPT TO:<{user}>", "250")
    ask("DATA", "354")
    tls.sendall(b"".join(b"." + line if line.startswith(b".") else line for line in text.splitlines(True)))
    ask(".", "250")
    ask("QUIT", "221")
    show("sent")


{"imaps": imap, "pop3s": pop3, "smtps": smtp}[door]()
