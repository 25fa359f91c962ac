package dev.postern.deploy.demo;

/** Ports of the demonstration, asked for (0: a free one) or got. */
public record DemoPorts(
    int imap, int imaps, int submission, int submissions, int pop3, int pop3s, int admin) {}
