"""Logs in from an address of the loopback, claims another one, and must not be believed."""
import imaplib
import poplib
import smtplib
import socket
import ssl
import sys

ca, imaps, pop3s, submissions, user, client, forged = sys.argv[1:8]
password = sys.stdin.readline().strip()
tls = ssl.create_default_context(cafile=ca)


class DropFrom(poplib.POP3_SSL):
    def _create_socket(self, timeout):
        plain = socket.create_connection((self.host, self.port), timeout, (client, 0))
        return self.context.wrap_socket(plain, server_hostname=self.host)


class ImapFrom(imaplib.IMAP4_SSL):
    def _create_socket(self, timeout):
        plain = socket.create_connection((self.host, self.port), timeout, (client, 0))
        return self.ssl_context.wrap_socket(plain, server_hostname=self.host)


imaplib.Commands["ID"] = ("NONAUTH", "AUTH", "SELECTED")
box = ImapFrom("localhost", int(imaps), ssl_context=tls, timeout=30)
box._simple_command("ID", f'("x-originating-ip" "{forged}")')
box.login(user, password)
box.select()
box.logout()

drop = DropFrom("localhost", int(pop3s), context=tls, timeout=30)
try:
    drop._shortcmd(f"XCLIENT ADDR={forged}")
    raise AssertionError("XCLIENT before the login was accepted")
except poplib.error_proto:
    pass
drop.user(user)
drop.pass_(password)
drop.quit()

out = smtplib.SMTP_SSL("localhost", int(submissions), context=tls, timeout=30, source_address=(client, 0))
code, text = out.docmd("XCLIENT", f"ADDR={forged}")
assert code == 500, (code, text)
out.login(user, password)
code, text = out.docmd("XCLIENT", f"ADDR={forged}")
assert code == 550, (code, text)
out.sendmail(user, [user], f"From: {user}\r\nTo: {user}\r\nSubject: told\r\n\r\ntold\r\n")
out.quit()
