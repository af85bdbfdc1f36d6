// init, list, hint, reset, solution: a learner's way through a workspace.

#include <fmt/core.h>

#include "labkit/command/options.hpp"
#include "labkit/toolkit.hpp"
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

// The hint number `shown` + 1 of a lab: first the three of its first open step, and so on.
void print_hint(const LabInfo& lab, const std::vector<int>& open, int shown) {
  const int place = shown % static_cast<int>(3 * open.size());
  const int number = open[static_cast<size_t>(place / 3)];
  const LabInfo::Step& step = lab.steps[static_cast<size_t>(number - 1)];
  fmt::print("Step {} of {}, {}: {}\nHint {} of 3: {}\n", number, lab.steps.size(), step.name,
             step.todo, place % 3 + 1, step.hints[static_cast<size_t>(place % 3)]);
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
  Options options("lab list", "The labs, their points, and in a workspace how far you are.");
  if (!options.read(words, 0, 0)) return exit_pass;
  const auto workspace = Workspace::look_for();
  int part = -1;
  for (const LabInfo& lab : catalog()) {
    if (lab.part != part) fmt::print("{}Part {}\n", part == -1 ? "" : "\n", lab.part);
    part = lab.part;
    const Progress progress = workspace ? workspace->progress(lab) : Progress{};
    fmt::print("  {:<20} {:>2}/{:<2} {:<6} {}\n", lab.id, progress.points, lab.points,
               mark_of(progress), lab.summary);
  }
  return exit_pass;
}

int command_hint(const Words& words) {
  Options options("lab hint LAB", "The next hint for the first step that is still to be written.");
  if (!options.read(words, 1, 1)) return exit_pass;
  const LabInfo lab = find_lab(options.words()[0]);
  const Workspace workspace = Workspace::find();
  const std::vector<int> open = open_steps(lab, slipway::read_file(workspace.source(lab)));
  if (open.empty()) {
    fmt::print(
        "No step of {} is open any more: `sudo lab check {}` says what is wrong with them.\n",
        lab.id, lab.number());
    return exit_pass;
  }
  Progress progress = workspace.progress(lab);
  print_hint(lab, open, progress.hints++);
  workspace.record(lab, progress);
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
