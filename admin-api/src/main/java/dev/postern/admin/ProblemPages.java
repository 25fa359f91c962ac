package dev.postern.admin;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * The body for requests that never reach a route: a broken request line, too many headers, a
 * forbidden path. Jetty's own page is HTML with the request's text in it.
 */
final class ProblemPages extends ErrorHandler {
  private static final String DETAIL = "This server cannot read the request.";

  /** Jetty's own would tell nothing to PUT, PATCH and DELETE. */
  @Override
  public boolean errorPageForMethod(String method) {
    return true;
  }

  @Override
  protected void generateResponse(
      Request request,
      Response response,
      int code,
      @Nullable String message,
      @Nullable Throwable cause,
      Callback callback)
      throws IOException {
    HttpFields.Mutable headers = response.getHeaders();
    SecurityHeaders.ALL.forEach(headers::put);
    // It ends: what else was sent is not read.
    headers.put(HttpHeader.CONNECTION, "close");
    headers.put(HttpHeader.CONTENT_TYPE, Problem.CONTENT_TYPE);
    response.write(true, ByteBuffer.wrap(new Problem(code, DETAIL).json()), callback);
  }
}
