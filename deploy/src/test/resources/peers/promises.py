"""What a submission server says to EHLO, and to a login; printed line by line, each with its place."""
import base64
import smtplib
import ssl
import sys

ca, doing, port, user = sys.argv[1:5]
password = sys.stdin.readline().strip()
tls = ssl.create_default_context(cafile=ca)


def ehlo(server, place):
    code, text = server.ehlo()
    assert code == 250, (code, text)
    for line in text.decode().split("\n")[1:]:
        print(place, line)


if doing == "starttls":
    with smtplib.SMTP("localhost", int(port), timeout=30) as server:
        ehlo(server, "clear")
        server.starttls(context=tls)
        ehlo(server, "tls")
else:
    with smtplib.SMTP_SSL("localhost", int(port), context=tls, timeout=30) as server:
        ehlo(server, "implicit")
        if doing == "login":
            response = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
            code, text = server.docmd("AUTH", "PLAIN " + response)
            print("login", code, text.decode())
        elif doing == "send":
            server.login(user, password)
            server.sendmail(user, [user], "Subject: kept\r\n\r\nas promised\r\n")
            print("sent")
