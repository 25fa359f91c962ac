/**
 * What the protocols have in common, free of input and output: {@link
 * dev.postern.gateway.dialogue.FrontDialogue} takes commands and events and gives {@link
 * dev.postern.gateway.dialogue.FrontStep}s; {@link dev.postern.gateway.dialogue.UpstreamDialogue}
 * takes lines and gives {@link dev.postern.gateway.dialogue.UpstreamStep}s. {@link
 * dev.postern.gateway.dialogue.MailProtocol} is the row of a protocol in the table of all.
 */
@NullMarked
package dev.postern.gateway.dialogue;

import org.jspecify.annotations.NullMarked;
