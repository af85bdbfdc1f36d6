#include <fmt/core.h>

#include "labkit/command/options.hpp"
#include "labkit/doctor/needs.hpp"

namespace labkit {
namespace {

namespace po = boost::program_options;

struct Paint {
  bool on;
  std::string operator()(const char* colour, std::string_view text) const {
    return on ? fmt::format("\033[{}m{}\033[0m", colour, text) : std::string(text);
  }
};

std::string mark(const Diagnosis::Line& line, const Paint& paint) {
  switch (line.found.health) {
    case Health::fine:
      return paint("32", "ok     ");
    case Health::unknown:
      return paint("33", "unknown");
    case Health::missing:
      break;
  }
  return line.labs.empty() ? paint("33", "no     ") : paint("31", "MISSING");
}

std::string needed_by(const Diagnosis::Line& line) {
  if (line.probe->need == Need::checks) return "every check needs it";
  if (line.labs.empty()) return "no lab here needs it";
  std::string text = line.labs.size() == 1 ? "needed by lab" : "needed by labs";
  for (const std::string& number : line.labs) text += " " + number;
  return text;
}

void print_line(const Diagnosis::Line& line, const Paint& paint) {
  const Found& found = line.found;
  fmt::print("{}  {}{}{}\n", mark(line, paint), line.probe->title, found.what.empty() ? "" : ": ",
             found.what);
  if (found.health != Health::missing) return;
  fmt::print("         {}\n", needed_by(line));
  if (!found.mend.empty()) fmt::print("         {} {}\n", paint("1", "mend:"), found.mend);
}

void print_verdict(const Diagnosis& diagnosis) {
  int untried = 0;
  for (const Diagnosis::Line& line : diagnosis.lines)
    untried += line.found.health == Health::unknown ? 1 : 0;
  if (untried > 0)
    fmt::print("\n{} things could not be tried; as root they can: sudo lab doctor\n", untried);
  fmt::print("\n{}\n", diagnosis.ready() ? "Every lab can be checked on this machine."
                                         : "Mend what is MISSING: some labs cannot be checked "
                                           "without it.");
}

}  // namespace

int command_doctor(const Words& words) {
  Options options(
      "lab doctor [--format FORMAT]",
      "Tries out what this machine can do: makes the group, the namespace, the mount, and\n"
      "sees. For what is missing it says how to get it. Ends with 0 when every lab can be\n"
      "checked, with 3 when something is missing for that.");
  options.add()("format", po::value<std::string>()->default_value("terminal"), "terminal or json");
  if (!options.read(words, 0, 0)) return exit_pass;
  const auto format = options.get<std::string>("format");
  if (format != "terminal" && format != "json")
    throw UsageError{fmt::format("the format \"{}\" is neither terminal nor json", format)};
  const Diagnosis diagnosis = diagnose();
  if (format == "json") {
    fmt::print("{}", to_json(diagnosis));
  } else {
    const Paint paint{colours()};
    fmt::print("{}\n\n", diagnosis.machine);
    for (const Diagnosis::Line& line : diagnosis.lines) print_line(line, paint);
    print_verdict(diagnosis);
  }
  return diagnosis.ready() ? exit_pass : exit_blocked;
}

}  // namespace labkit
