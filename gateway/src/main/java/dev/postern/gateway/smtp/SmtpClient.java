package dev.postern.gateway.smtp;

import dev.postern.gateway.dialogue.ClientName;

/**
 * What is known of a client.
 *
 * @param name from its greeting, cleaned
 * @param help for a person whose client goes on without login
 */
record SmtpClient(String name, String help) {

  SmtpClient named(String greeting) {
    return new SmtpClient(ClientName.clean(greeting), help);
  }

  SmtpClient refused(String why) {
    return new SmtpClient(name, why);
  }
}
