#include "labkit/command/lint.hpp"

#include <fmt/core.h>

#include "labkit/command/options.hpp"
#include "labkit/toolkit.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace labkit {
namespace {

void lint_lab(const std::string& id, LintFindings& findings) {
  const std::string folder = toolkit().labs + "/" + id;
  try {
    const LabInfo lab =
        parse_lab(slipway::read_file(folder + "/lab.toml"), folder + "/lab.toml", id);
    lint_description(lab, folder, findings);
    lint_source(lab, folder + "/lab.cpp", findings);
    lint_lesson(lab, toolkit().lessons + "/" + id + ".md", findings);
  } catch (const slipway::Error& error) {
    findings.push_back({folder, 0, error.what()});
  }
}

std::vector<Reading> chosen_readings(const Words& words) {
  if (words.empty()) return readings();
  const auto one = find_reading(words[0]);
  return one ? std::vector{*one} : std::vector<Reading>{};
}

// Every folder with a lab.toml, whatever stands in it: catalog() would end at the first bad one.
std::vector<std::string> chosen(const Words& words) {
  std::vector<std::string> all;
  std::string known;
  for (const std::string& id : slipway::list_folder(toolkit().labs)) {
    if (!slipway::exists(toolkit().labs + "/" + id + "/lab.toml")) continue;
    known += "\n  " + id;
    const size_t dash = id.find('-');
    if (words.empty() || words[0] == id || words[0] == id.substr(0, dash) ||
        (dash != std::string::npos && words[0] == id.substr(dash + 1)))
      all.push_back(id);
  }
  if (all.empty())
    throw UsageError{words.empty()
                         ? fmt::format("{} has no labs", toolkit().labs)
                         : fmt::format("there is no lab \"{}\"; the labs are:{}", words[0], known)};
  return all;
}

std::string amount_of(const std::vector<std::string>& labs, const std::vector<Reading>& lessons) {
  const auto count = [](size_t number, const char* word) {
    return fmt::format("{} {}{}", number, word, number == 1 ? "" : "s");
  };
  if (lessons.empty()) return count(labs.size(), "lab");
  const std::string read = count(lessons.size(), "lesson") + " without a lab";
  return labs.empty() ? read : count(labs.size(), "lab") + " and " + read;
}

}  // namespace

int command_lint(const Words& words) {
  Options options(
      "lab lint [LAB]",
      "Holds a lab, or every lab, to the shape that labs have: steps, hints, points,\n"
      "checks, wrong and right programs, lesson; and the lessons without a lab to theirs.\n"
      "For those who write labs.");
  if (!options.read(words, 0, 1)) return exit_pass;
  const std::vector<Reading> lessons = chosen_readings(options.words());
  const bool only_lesson = !options.words().empty() && !lessons.empty();
  const std::vector<std::string> labs = only_lesson ? Words{} : chosen(options.words());
  LintFindings findings;
  for (const std::string& id : labs) lint_lab(id, findings);
  for (const Reading& one : lessons)
    lint_reading(one, toolkit().lessons + "/" + one.id + ".md", findings);
  for (const LintFinding& finding : findings)
    fmt::print("{}{}: {}\n", finding.file,
               finding.line == 0 ? "" : fmt::format(":{}", finding.line), finding.what);
  if (!findings.empty()) {
    fmt::print("\n{} to mend in {}\n", findings.size(), amount_of(labs, lessons));
    return exit_fail;
  }
  fmt::print("{} in shape\n", amount_of(labs, lessons));
  return exit_pass;
}

}  // namespace labkit
