/**
 * Channels and pipelines, here and nowhere else: executes the steps of dialogues and decides
 * nothing. Everything runs on the event loop of its connection unless it says otherwise.
 *
 * <p>Read {@link dev.postern.gateway.net.FrontPipeline} (order of handlers), {@link
 * dev.postern.gateway.net.LoginHandler} (the client's side), {@link
 * dev.postern.gateway.net.UpstreamLogin} (the server's), then {@link
 * dev.postern.gateway.net.Splice} and {@link dev.postern.gateway.net.Relay}.
 */
@NullMarked
package dev.postern.gateway.net;

import org.jspecify.annotations.NullMarked;
