"""Logs in as Thunderbird does, and says what it would show: its order of mechanisms, and which replies it shows, are from its
source. On standard error is the exchange."""
import base64
import socket
import ssl
import sys

door, port, ca, user = sys.argv[1:]
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
    end("logged in", 0)


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
        end("logged in", 0)
    end("localhost responded: " + reply.removeprefix("-ERR ") + ("" if "[SYS/" in reply or "[IN-USE]" in reply
        else "\nasks for a password"))


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
        end("logged in", 0)
    end("Unable to authenticate to Outgoing server (SMTP) localhost\nasks for a password")


{"imaps": imap, "pop3s": pop3, "smtps": smtp}[door]()
