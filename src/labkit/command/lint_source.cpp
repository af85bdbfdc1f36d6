#include <algorithm>
#include <map>

#include "labkit/command/lint.hpp"
#include "labkit/workspace/starter.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace labkit {
namespace {

constexpr size_t longest_source = 160;  // lines
constexpr size_t telling_line =
    16;  // characters: a shorter line of the solution gives nothing away

// The lines of each mark, from 1.
std::map<std::string, std::vector<int>> marks_in(const std::vector<std::string>& lines) {
  std::map<std::string, std::vector<int>> marks;
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string line = slipway::trimmed(lines[i]);
    if (line.starts_with("//! [") && line.ends_with("]"))
      marks[line.substr(5, line.size() - 6)].push_back(static_cast<int>(i + 1));
  }
  return marks;
}

// A hint leads to the solution's lines; it is not one of them.
void lint_hints(const LabInfo::Step& step, const std::vector<std::string>& lines, int begin,
                int end, const std::string& toml, LintFindings& findings) {
  for (int number = begin; number < end - 1; ++number) {
    const std::string line = slipway::trimmed(lines[static_cast<size_t>(number)]);
    if (line.size() < telling_line || line.starts_with("//")) continue;
    for (size_t i = 0; i < step.hints.size(); ++i)
      if (step.hints[i].find(line) != std::string::npos)
        findings.push_back({toml, 0,
                            fmt::format("step {}: hint {} has a line of the solution: {}",
                                        step.name, i + 1, line)});
  }
}

void lint_starter(const LabInfo& lab, const std::string& file, const std::string& text,
                  LintFindings& findings) {
  const std::string made = starter(lab, text);
  if (open_steps(lab, made).size() != lab.steps.size())
    findings.push_back({file, 0, "the starter made from it does not have a TODO for each step"});
  if (open_steps(lab, text).empty()) return;
  findings.push_back({file, 0, "the reference has a frame::todo() itself"});
}

}  // namespace

void lint_source(const LabInfo& lab, const std::string& file, LintFindings& findings) {
  if (!slipway::exists(file)) return findings.push_back({file, 0, "the reference is missing"});
  const std::vector<std::string> lines = slipway::read_lines(file);
  if (lines.size() > longest_source)
    findings.push_back(
        {file, 0, fmt::format("it has {} lines; the most is {}", lines.size(), longest_source)});
  const auto marks = marks_in(lines);
  for (const auto& [name, places] : marks)
    if (places.size() != 2)
      findings.push_back({file, places.front(),
                          fmt::format("the mark [{}] stands {} times; it must be twice, before and "
                                      "behind",
                                      name, places.size())});
  int before = 0;
  bool whole = true;
  for (const LabInfo::Step& step : lab.steps) {
    const auto mark = marks.find(step.name);
    if (mark == marks.end()) {
      findings.push_back({file, 0,
                          fmt::format("step {} is not marked: //! [{}] before and behind it",
                                      step.name, step.name)});
      whole = false;
      continue;
    }
    if (mark->second.size() != 2) {
      whole = false;
      continue;
    }
    if (mark->second[0] < before)
      findings.push_back(
          {file, mark->second[0],
           fmt::format("step {} stands before the step that lab.toml has before it", step.name)});
    before = mark->second[1];
    lint_hints(step, lines, mark->second[0], mark->second[1],
               file.substr(0, file.rfind('/')) + "/lab.toml", findings);
  }
  if (whole) lint_starter(lab, file, slipway::read_file(file), findings);
}

}  // namespace labkit
