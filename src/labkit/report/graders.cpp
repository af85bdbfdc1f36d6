#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "labkit/report/telling.hpp"
#include "labkit/report/text.hpp"
#include "labkit/report/writers.hpp"

/// The JSON of three graders: Gradescope, GitHub Classroom and Exercism. They share a file because
/// nlohmann/json costs seconds in each file that includes it.
namespace labkit::report {
namespace {

using Json = nlohmann::ordered_json;

std::string dumped(const Json& document, int indent) {
  return document.dump(indent, ' ', true, Json::error_handler_t::replace);
}

std::string title_of(const Case& one) {
  return fmt::format("{}: {}", one.lab, one.name);
}

bool judged(const Case& one) {
  return one.verdict == Verdict::pass || one.verdict == Verdict::fail;
}

/// Three words for our four: none of these graders knows that a check can be blocked.
std::string_view status_of(Verdict verdict) {
  return verdict == Verdict::blocked ? name_of(Verdict::error) : name_of(verdict);
}

std::string with_output(const Case& one) {
  std::string text =
      one.verdict == Verdict::pass ? one.says : fmt::format("{}\n\n{}", one.says, one.why);
  if (one.output.empty()) return text;
  text += "\n\nit printed:";
  for (const std::string& line : visible_lines(one.output)) text += fmt::format("\n  | {}", line);
  return text;
}

/// Of a check that could not run neither score nor status is given, so that Gradescope shows
/// neither a pass nor a fail.
Json gradescope_test(const Case& one, std::size_t number) {
  Json test = {{"name", title_of(one)},
               {"number", fmt::to_string(number)},
               {"output", with_output(one)},
               {"output_format", "text"},
               {"tags", {one.lab}},
               {"visibility", "visible"},
               {"extra_data", {{"verdict", name_of(one.verdict)}, {"seconds", one.seconds}}}};
  if (!judged(one)) return test;
  test["score"] = one.points;
  test["max_score"] = one.max_points;
  test["status"] = one.verdict == Verdict::pass ? "passed" : "failed";
  return test;
}

/// GitHub's runner obeys what is printed to a log as "##[command]" anywhere in a line, or as
/// "::command::" at its beginning, and Classroom's reporter prints names and messages there.
std::string no_command(std::string text) {
  for (std::size_t at = 0; (at = text.find("##[", at)) != std::string::npos;) {
    text.replace(at, 3, "##\\x5b");
  }
  return text;
}

/// Each line behind a bar, so that none begins with "::".
std::string barred(std::string_view text, std::size_t limit) {
  std::string lines;
  for (const std::string& line : visible_lines(cut_bytes(text, limit, " [cut]"))) {
    lines += fmt::format("{}| {}", lines.empty() ? "" : "\n", line);
  }
  return no_command(lines);
}

Json classroom_document(const Result& result, const std::vector<Case>& cases, std::size_t share) {
  Json tests = Json::array();
  for (const Case& one : cases) {
    tests.push_back({{"name", no_command(cut_bytes(title_of(one), share, "..."))},
                     {"status", status_of(one.verdict)},
                     {"score", one.points},
                     {"message", barred(one.why, share)},
                     {"test_code", barred(one.says, share)},
                     {"filename", ""},
                     {"line_no", 0},
                     {"duration", one.seconds}});
  }
  return {{"version", 1},
          {"status", status_of(result.verdict())},
          {"max_score", result.max_points()},
          {"tests", tests}};
}

std::string base64(std::string_view bytes) {
  static constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    unsigned group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = (group << 8U) | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text += k <= count ? digits[(group >> (18 - 6 * k)) & 63U] : '=';
    }
  }
  return text;
}

Json exercism_test(const Case& one) {
  Json test = {{"name", title_of(one)},
               {"status", status_of(one.verdict)},
               {"message", one.why.empty() ? Json(nullptr) : Json(one.why)},
               {"test_code", one.says}};
  if (one.output.empty()) return test;
  test["output"] =
      cut_characters(one.output, 500, "\nOutput was truncated. Please limit to 500 chars");
  return test;
}

}  // namespace

std::string write_gradescope(const Result& result) {
  const std::vector<Case> cases = cases_of(result);
  double seconds = 0;
  for (const LabResult& lab : result.labs) seconds += seconds_of(lab.seconds);
  Json tests = Json::array();
  for (const Case& one : cases) tests.push_back(gradescope_test(one, tests.size() + 1));
  const std::string broken = unjudged(cases);
  const std::string seed =
      fmt::format("Seed {}; to repeat: {}", result.seed, repeat_command(result, ""));
  const Json document = {{"score", result.points()},
                         {"execution_time", seconds},
                         {"output", broken.empty() ? seed : fmt::format("{}\n\n{}", broken, seed)},
                         {"visibility", "visible"},
                         {"stdout_visibility", "hidden"},
                         {"extra_data",
                          {{"verdict", name_of(result.verdict())},
                           {"points", result.points()},
                           {"max_points", result.max_points()},
                           {"program", valid_utf8(result.program)},
                           {"isolation", result.isolation},
                           {"seed", fmt::to_string(result.seed)},
                           {"machine", valid_utf8(result.machine)}}},
                         {"tests", tests}};
  return dumped(document, 2) + "\n";
}

std::string write_classroom(const Result& result) {
  // The reporter hands all of it over in one environment variable, of which Linux allows 128 KiB
  // with its name: execve(2). So the texts get shorter until it fits.
  constexpr std::size_t most = (128 - 1) * 1024;
  const std::vector<Case> cases = cases_of(result);
  std::string encoded;
  for (std::size_t share = 4096; share >= 64; share /= 2) {
    encoded = base64(dumped(classroom_document(result, cases, share), -1));
    if (encoded.size() < most) break;
  }
  return encoded + "\n";
}

std::string write_exercism(const Result& result) {
  const std::vector<Case> cases = cases_of(result);
  const bool failed = std::any_of(cases.begin(), cases.end(),
                                  [](const Case& one) { return one.verdict == Verdict::fail; });
  // A failed check is told even when another could not run: Exercism shows no tests beside an
  // error.
  const std::string_view status = failed ? "fail" : status_of(result.verdict());
  Json tests = Json::array();
  for (const Case& one : cases) tests.push_back(exercism_test(one));
  const Json document = {{"version", 3},
                         {"status", status},
                         {"message", status == "error" ? Json(unjudged(cases)) : Json(nullptr)},
                         {"tests", tests}};
  return dumped(document, 2) + "\n";
}

}  // namespace labkit::report
