package dev.postern.deploy.cli;

import dev.postern.deploy.config.ConfigProblem;
import java.io.PrintStream;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Says things: in words for people, or one JSON object a line for programs. Results go to standard
 * output, everything else to standard error. Every line is flushed, so that what was said is out
 * even if the process is killed with the next instruction.
 */
final class Output {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private final PrintStream out;
  private final PrintStream err;
  private final BooleanSupplier isJson;

  Output(PrintStream out, PrintStream err, BooleanSupplier isJson) {
    this.out = out;
    this.err = err;
    this.isJson = isJson;
  }

  boolean isJson() {
    return isJson.getAsBoolean();
  }

  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  /** A result: the object for programs, the text (perhaps of several lines) for people. */
  void result(ObjectNode json, String text) {
    if (isJson()) {
      json(json);
    } else {
      text(text);
    }
  }

  /** A result line in JSON, whatever was asked for. */
  void json(ObjectNode json) {
    line(out, MAPPER.writeValueAsString(json));
  }

  /** Text for people; nothing for programs. */
  void text(String text) {
    if (!isJson()) {
      line(out, text);
    }
  }

  /** Something worth knowing that is neither result nor error. */
  void note(String text) {
    line(err, isJson() ? MAPPER.writeValueAsString(object().put("note", text)) : text);
  }

  void failure(String error, String detail, String remedy) {
    if (isJson()) {
      line(err, MAPPER.writeValueAsString(errorObject(error, detail, remedy)));
    } else {
      line(err, "postern: " + detail + joined(remedy));
    }
  }

  /** A problem in a configuration file, in the form editors and people know from compilers. */
  void problem(String error, ConfigProblem problem) {
    if (isJson()) {
      ObjectNode json = errorObject(error, problem.detail(), problem.remedy());
      json.put("file", problem.file().toString());
      json.put("line", problem.line());
      json.put("key", problem.key());
      line(err, MAPPER.writeValueAsString(json));
    } else {
      line(err, problem.toString());
    }
  }

  /** Some remedies are sentences, others the second half of one. */
  private static String joined(String remedy) {
    if (remedy.isEmpty()) {
      return "";
    }
    return (Character.isUpperCase(remedy.charAt(0)) ? ". " : "; ") + remedy;
  }

  private static ObjectNode errorObject(String error, String detail, String remedy) {
    return object().put("error", error).put("detail", detail).put("remedy", remedy);
  }

  private static void line(PrintStream stream, String text) {
    stream.println(text);
    stream.flush();
  }
}
