// init, list, hint, reset, solution: a learner's way through a workspace.

#include <fmt/core.h>

#include "labkit/command/options.hpp"
#include "labkit/toolkit.hpp"
#include "labkit/workspace/reading.hpp"
#include "labkit/workspace/starter.hpp"
#include "labkit/workspace/workspace.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace labkit {
namespace {

const char* mark_of(const Progress& progress) {
  if (progress.passed) return "done";
  return progress.points > 0 ? "begun" : "";
}

// The first open step that has a hint left, or, when none has, the first: its number from 0.
size_t step_to_hint(const LabInfo& lab, const std::vector<int>& open, const Progress& progress) {
  for (int number : open) {
    const auto step = static_cast<size_t>(number - 1);
    const auto shown = progress.hints.find(lab.steps[step].name);
    if (shown == progress.hints.end() || shown->second < 3) return step;
  }
  return static_cast<size_t>(open.front() - 1);
}

}  // namespace

int command_init(const Words& words) {
  Options options("lab init DIR",
                  "Makes a workspace in DIR. Files that are there already are left alone.");
  if (!options.read(words, 1, 1)) return exit_pass;
  const std::string& folder = options.words()[0];
  const std::vector<std::string> written = Workspace::init(folder);
  for (const std::string& file : written) fmt::print("wrote {}/{}\n", folder, file);
  fmt::print("\nYour workspace is ready. Now:\n  cd {}\n  lab show 00\n", folder);
  return exit_pass;
}

int command_list(const Words& words) {
  Options options(
      "lab list",
      "The labs, their points, and in a workspace how far you are; what has no points is to be\n"
      "read alone.");
  if (!options.read(words, 0, 0)) return exit_pass;
  const auto workspace = Workspace::look_for();
  const std::vector<Reading> lessons = readings();
  auto next = lessons.begin();
  const auto read_before = [&](const std::string& id) {
    for (; next != lessons.end() && next->id < id; ++next)
      fmt::print("  {:<23} {:>5} {:<6} {}\n", next->id, "", "", next->title);
  };
  int part = -1;
  for (const LabInfo& lab : catalog()) {
    read_before(lab.id);
    if (lab.part != part) fmt::print("{}Part {}\n", part == -1 ? "" : "\n", lab.part);
    part = lab.part;
    const Progress progress = workspace ? workspace->progress(lab) : Progress{};
    fmt::print("  {:<23} {:>2}/{:<2} {:<6} {}\n", lab.id, progress.points, lab.points,
               mark_of(progress), lab.summary);
  }
  read_before("~");  // behind all names
  return exit_pass;
}

int command_hint(const Words& words) {
  Options options(
      "lab hint LAB",
      "The next of three hints for the first step that is still to be written; when all\n"
      "are shown, those of the next.");
  if (!options.read(words, 1, 1)) return exit_pass;
  const LabInfo lab = find_lab(options.words()[0]);
  const Workspace workspace = Workspace::find();
  const std::vector<int> open = workspace.open_steps(lab);
  if (open.empty()) {
    fmt::print(
        "No step of {} is open any more: `sudo lab check {}` says what is wrong with them.\n",
        lab.id, lab.number());
    return exit_pass;
  }
  Progress progress = workspace.progress(lab);
  const size_t place = step_to_hint(lab, open, progress);
  const LabInfo::Step& step = lab.steps[place];
  const int shown = progress.hints[step.name];
  fmt::print("Step {} of {}, {}: {}\n", place + 1, lab.steps.size(), step.name, step.todo);
  if (shown >= 3) {
    for (const std::string& hint : step.hints) fmt::print("- {}\n", hint);
    fmt::print("These were all: there is no further hint for the open steps of {}.\n", lab.id);
    return exit_pass;
  }
  workspace.record(lab, Progress{false, 0, {{step.name, shown + 1}}});
  fmt::print("Hint {} of 3: {}\n", shown + 1, step.hints[static_cast<size_t>(shown)]);
  return exit_pass;
}

int command_reset(const Words& words) {
  Options options("lab reset LAB", "Puts the starter back. What is there is kept beside it.");
  if (!options.read(words, 1, 1)) return exit_pass;
  const LabInfo lab = find_lab(options.words()[0]);
  const Workspace workspace = Workspace::find();
  const std::string kept = workspace.reset(lab);
  fmt::print("{} is the starter again.\n", workspace.source(lab));
  if (!kept.empty()) fmt::print("What was there is now {}.\n", kept);
  return exit_pass;
}

int command_solution(const Words& words) {
  Options options("lab solution LAB [--spoil]",
                  "The steps of a lab solved, once you have passed it.");
  options.add()("spoil", "show them before you have passed it");
  if (!options.read(words, 1, 1)) return exit_pass;
  const LabInfo lab = find_lab(options.words()[0]);
  const auto workspace = Workspace::look_for();
  const bool passed = workspace && workspace->progress(lab).passed;
  if (!passed && !options.has("spoil")) {
    fmt::print(stderr,
               "lab: you have not passed {} yet; `lab solution {} --spoil` shows it all the same\n",
               lab.id, lab.number());
    return exit_fail;
  }
  fmt::print("{}", solution(lab, slipway::read_file(toolkit().labs + "/" + lab.id + "/lab.cpp")));
  return exit_pass;
}

}  // namespace labkit
