package dev.postern.gateway.dialogue;

/** What a client said; each protocol has its own sealed type of these. */
public interface ClientCommand {

  /** Wipes what it carries, where nobody is going to read it. */
  void discard();
}
