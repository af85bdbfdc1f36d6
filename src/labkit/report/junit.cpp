#include <fmt/format.h>

#include <array>

#include "labkit/report/telling.hpp"
#include "labkit/report/text.hpp"
#include "labkit/report/writers.hpp"

/// JUnit XML as Jenkins and GitLab read it. There is no standard; tests/formats/junit.xsd is the
/// shape that we keep to.
namespace labkit::report {
namespace {

/// For an element's text; with another `newline` for an attribute, where a plain one reads as a
/// space.
std::string xml(std::string_view text, std::string_view newline = "\n") {
  std::string escaped;
  for (const char c : visible_text(text)) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\n':
        escaped += newline;
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

struct Counts {
  std::size_t tests = 0, failures = 0, errors = 0, skipped = 0;
  double seconds = 0;

  void add(const Case& one) {
    ++tests;
    failures += one.verdict == Verdict::fail;
    errors += one.verdict == Verdict::error;
    skipped += one.verdict == Verdict::blocked;
    seconds += one.seconds;
  }

  std::string attributes() const {
    return fmt::format(R"(tests="{}" failures="{}" errors="{}" skipped="{}" time="{:.3f}")", tests,
                       failures, errors, skipped, seconds);
  }
};

std::string element_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::fail:
      return "failure";
    case Verdict::blocked:
      return "skipped";
    default:
      return "error";
  }
}

std::string attribute(std::string_view text) {
  return xml(text, "&#10;");
}

std::string testcase(const Case& one) {
  std::string text = fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3f}\">\n",
                                 attribute(one.lab), attribute(one.name), one.seconds);
  if (one.verdict != Verdict::pass) {
    const std::string element = element_of(one.verdict);
    // `message` is the one line of an overview; a skipped test's is all that most readers show of
    // it.
    const std::string_view summary = one.verdict == Verdict::blocked ? one.why : one.says;
    text += fmt::format("      <{0} message=\"{1}\" type=\"{2}\">{3}</{0}>\n", element,
                        xml(summary), name_of(one.verdict), xml(one.why));
  }
  if (!one.output.empty()) {
    text += fmt::format("      <system-out>{}</system-out>\n", xml(one.output));
  }
  return text + "    </testcase>\n";
}

std::string properties(const Result& result) {
  std::string text = "    <properties>\n";
  const auto add = [&](std::string_view name, std::string_view value) {
    text += fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", name, attribute(value));
  };
  add("program", result.program);
  add("isolation", result.isolation);
  add("seed", fmt::to_string(result.seed));
  add("machine", result.machine);
  add("points", fmt::format("{}/{}", result.points(), result.max_points()));
  return text + "    </properties>\n";
}

}  // namespace

std::string write_junit(const Result& result) {
  const std::vector<Case> cases = cases_of(result);
  Counts all;
  for (const Case& one : cases) all.add(one);
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  text += fmt::format("<testsuites name=\"slipway\" {}>\n", all.attributes());
  for (std::size_t i = 0; i < cases.size();) {
    const std::size_t first = i;
    Counts counts;
    std::string tests;
    for (; i < cases.size() && cases[i].lab == cases[first].lab; ++i) {
      counts.add(cases[i]);
      tests += testcase(cases[i]);
    }
    text +=
        fmt::format("  <testsuite name=\"{}\" {}>\n{}{}  </testsuite>\n",
                    attribute(cases[first].lab), counts.attributes(), properties(result), tests);
  }
  return text + "</testsuites>\n";
}

}  // namespace labkit::report
