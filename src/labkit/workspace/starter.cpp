#include "labkit/workspace/starter.hpp"

#include <algorithm>

#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace labkit {
namespace {

bool is_mark(const std::string& line) {
  return slipway::trimmed(line).starts_with("//! [");
}

std::string mark(const LabInfo::Step& step) {
  return "//! [" + step.name + "]";
}

struct Region {
  size_t begin;  // the lines of the two marks
  size_t end;
};

Region find_step(const std::vector<std::string>& lines, const LabInfo& lab,
                 const LabInfo::Step& step) {
  std::vector<size_t> marks;
  for (size_t i = 0; i < lines.size(); ++i)
    if (slipway::trimmed(lines[i]) == mark(step)) marks.push_back(i);
  if (marks.size() != 2)
    throw slipway::Error(fmt::format("{}/lab.cpp: the mark {} stands {} times, it must be twice",
                                     lab.id, mark(step), marks.size()));
  return {marks[0], marks[1]};
}

std::string todo_call(int number, const LabInfo::Step& step) {
  std::string text;
  for (char letter : step.todo) {
    if (letter == '"' || letter == '\\') text += '\\';
    text += letter;
  }
  return fmt::format("frame::todo({}, \"{}\", \"{}\");", number, step.name, text);
}

}  // namespace

std::string starter(const LabInfo& lab, const std::string& reference) {
  std::vector<std::string> lines = slipway::split(reference, '\n');
  for (int number = static_cast<int>(lab.steps.size()); number > 0; --number) {
    const LabInfo::Step& step = lab.steps[static_cast<size_t>(number - 1)];
    const Region region = find_step(lines, lab, step);
    const std::string indent(lines[region.begin].find_first_not_of(' '), ' ');
    const std::vector<std::string> todo = {
        fmt::format("{}// TODO step {} of {}: {}.", indent, number, lab.steps.size(), step.todo),
        fmt::format("{}// Stuck? `lab hint {}`", indent, lab.number()),
        indent + todo_call(number, step),
    };
    const auto first = lines.begin() + static_cast<std::ptrdiff_t>(region.begin);
    const auto past = lines.begin() + static_cast<std::ptrdiff_t>(region.end) + 1;
    const auto place = lines.erase(first, past);
    lines.insert(place, todo.begin(), todo.end());
  }
  std::string text;
  for (const std::string& line : lines)
    if (!is_mark(line)) text += line + "\n";
  text.pop_back();  // split() gave an empty line behind the last newline
  return text;
}

std::string solution(const LabInfo& lab, const std::string& reference) {
  const std::vector<std::string> lines = slipway::split(reference, '\n');
  std::string text;
  int number = 0;
  for (const LabInfo::Step& step : lab.steps) {
    const Region region = find_step(lines, lab, step);
    text +=
        fmt::format("Step {} of {}, {}: {}\n\n", ++number, lab.steps.size(), step.name, step.todo);
    for (size_t i = region.begin + 1; i < region.end; ++i) text += "    " + lines[i] + "\n";
    text += "\n";
  }
  return text;
}

std::vector<int> open_steps(const LabInfo& lab, const std::string& source) {
  std::vector<int> open;
  for (size_t i = 0; i < lab.steps.size(); ++i)
    if (source.find(fmt::format("frame::todo({}, ", i + 1)) != std::string::npos)
      open.push_back(static_cast<int>(i + 1));
  return open;
}

}  // namespace labkit
