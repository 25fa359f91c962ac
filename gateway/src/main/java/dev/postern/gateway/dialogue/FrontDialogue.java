package dev.postern.gateway.dialogue;

/**
 * The client-facing side of one protocol on one connection: takes one input, returns one step.
 * Pure: it knows no channel, clock, executor, log or database, so a conversation is a text file and
 * a test.
 *
 * <p>Used by one thread. After {@link FrontStep.Verify} and {@link FrontStep.Connect} it gets no
 * command before the event that answers them; after {@link FrontStep.Splice} and {@link
 * FrontStep.HangUp} it gets nothing more.
 *
 * @param <C> the protocol's sealed command type
 */
public interface FrontDialogue<C> {

  /** The greeting; called once, first (on an implicit-TLS listener after the handshake). */
  FrontStep greet();

  /** The client's next command. */
  FrontStep command(C command);

  /** Something that was waited for, or the end. */
  FrontStep on(FrontEvent event);
}
