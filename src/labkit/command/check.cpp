#include <sys/random.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "labkit/command/guard.hpp"
#include "labkit/command/options.hpp"
#include "labkit/doctor/needs.hpp"
#include "labkit/observe/cgroup.hpp"
#include "labkit/report/report.hpp"
#include "labkit/subject/run.hpp"
#include "labkit/verdict/guest.hpp"
#include "labkit/verdict/judge.hpp"
#include "labkit/workspace/compile.hpp"
#include "labkit/workspace/owner.hpp"
#include "labkit/workspace/starter.hpp"
#include "labkit/workspace/workspace.hpp"
#include "slipway/error.hpp"

namespace labkit {
namespace {

namespace po = boost::program_options;

std::uint64_t draw_seed() {
  std::uint32_t seed;
  slipway::check(::getrandom(&seed, sizeof seed, 0), "draw a seed");
  return seed;
}

std::string machine() {
  utsname name;
  slipway::check(::uname(&name), "ask for the kernel's release");
  return fmt::format("{} {}", name.release, cgroup_layout());
}

int exit_code(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return exit_pass;
    case Verdict::fail:
      return exit_fail;
    case Verdict::blocked:
      return exit_blocked;
    case Verdict::error:
      break;
  }
  return exit_error;
}

// How and where the programs of one call are judged.
struct Place {
  bool guest = false;
  std::string layout;  // of the guest's cgroups

  LabResult judge(const LabInfo& lab, const JudgeOptions& options, Run& run) const {
    return guest ? judge_in_guest(lab, options, layout, run) : labkit::judge(lab, options, run);
  }
};

Place place_of(const Options& options) {
  const auto isolation = options.get<std::string>("isolation");
  const auto layout = options.get<std::string>("guest-cgroup");
  if (isolation != "namespaces" && isolation != "vm")
    throw UsageError{fmt::format("--isolation is namespaces or vm, not \"{}\"", isolation)};
  if (layout != "v2" && layout != "v1" && layout != "hybrid")
    throw UsageError{fmt::format("--guest-cgroup is v2, v1 or hybrid, not \"{}\"", layout)};
  return {isolation == "vm", layout};
}

std::string text_of(const std::vector<SourceFile>& sources, const std::string& path) {
  const auto file = std::ranges::find(sources, path, &SourceFile::path);
  return file == sources.end() ? "" : file->text;
}

// The learner's own source, compiled and then judged.
LabResult check_source(const LabInfo& lab, const Workspace& workspace, JudgeOptions options,
                       const Place& place, Run& run) {
  const bool whole = lab.checks.size() == find_lab(lab.id).checks.size();
  const auto lack = lacking(lab);
  if (lack && !place.guest) return unjudged(lab, Verdict::blocked, lack->lacks, lack->mend);
  workspace.progress(lab);  // a damaged one is better known before the check than behind it
  const std::vector<SourceFile> sources = workspace.sources(lab);
  const Compiled compiled = compile(lab, sources, run);
  if (!compiled.ok)
    return unjudged(lab, Verdict::fail, "It does not compile.\n" + compiled.messages);
  workspace.keep_program(lab, compiled.program);
  options.program = compiled.program;
  LabResult result = place.judge(lab, options, run);
  const std::vector<int> open = open_steps(lab, text_of(sources, workspace.source(lab)));
  if (result.verdict == Verdict::fail && !open.empty()) {
    const LabInfo::Step& step = lab.steps[static_cast<size_t>(open.front() - 1)];
    result.message =
        fmt::format("Do first: step {} of {} ({}), in {}: {}. `lab hint {}` helps.", open.front(),
                    lab.steps.size(), step.name, workspace.source(lab), step.todo, lab.number());
  }
  if (result.message.empty()) result.message = compiled.messages;
  if (whole) workspace.record(lab, result);
  return result;
}

void write_report(const std::string& text, const Options& options) {
  if (!options.has("output")) {
    std::cout << text << std::flush;
    return;
  }
  write_output(options.get<std::string>("output"), text);
}

// Leaves only the named checks in the lab, as if it had no others.
void keep_only(LabInfo& lab, const Words& names) {
  std::string known;
  for (const LabInfo::Check& check : lab.checks) known += " " + check.name;
  for (const std::string& name : names)
    if (std::ranges::find(lab.checks, name, &LabInfo::Check::name) == lab.checks.end())
      throw UsageError{fmt::format("lab {} has no check \"{}\"; it has:{}", lab.id, name, known)};
  std::erase_if(lab.checks, [&](const LabInfo::Check& check) {
    return std::ranges::find(names, check.name) == names.end();
  });
}

std::vector<LabInfo> chosen_labs(const Options& options) {
  if (options.has("all")) {
    if (!options.words().empty()) throw UsageError{"--all and a lab exclude each other"};
    if (options.has("only")) throw UsageError{"--only goes with one lab"};
    return catalog();
  }
  if (options.words().empty()) throw UsageError{"which lab? `lab check 10`, or `lab check --all`"};
  std::vector<LabInfo> labs;
  for (const std::string& word : options.words()) labs.push_back(find_lab(word));
  if (options.has("program") && labs.size() != 1) throw UsageError{"--program goes with one lab"};
  if (options.has("only")) {
    if (labs.size() != 1) throw UsageError{"--only goes with one lab"};
    keep_only(labs.front(), options.get<Words>("only"));
  }
  return labs;
}

report::Format format_named(const std::string& name) {
  try {
    return report::format_of(name);
  } catch (const slipway::Error& error) {
    throw UsageError{error.what()};
  }
}

Options declare() {
  Options options(
      "lab check [LAB...] [--all] [--program PATH] [OPTIONS]",
      "Compiles your source of a lab and checks it, or checks the program PATH, written in any\n"
      "language. Needs root: it makes namespaces and control groups, and judges by them.");
  options.add()("all", "every lab");
  options.add()("program", po::value<std::string>(), "check this program, not your source");
  options.add()("only", po::value<Words>()->composing(),
                "make this check alone (repeatable); no result of the lab, so not recorded");
  options.add()("with", po::value<Words>()->composing(),
                "a file or folder that the program may read, too");
  options.add()("isolation", po::value<std::string>()->default_value("namespaces"),
                "namespaces: for your own programs; vm: a throw-away guest, for other people's");
  options.add()("guest-cgroup", po::value<std::string>()->default_value("v2"),
                "the cgroup layout of that guest: v2, v1 or hybrid");
  options.add()("seed", po::value<std::uint64_t>(),
                "draw the random values of an earlier run again");
  options.add()("format", po::value<std::string>()->default_value("terminal"),
                "terminal, json, junit, gradescope, classroom or exercism");
  options.add()("output,o", po::value<std::string>(), "write the report into this file");
  return options;
}

// The file to check, or a program that was given wrongly.
std::string program_file(const std::string& given) {
  struct stat info;
  if (::stat(given.c_str(), &info) == -1)
    throw UsageError{fmt::format("there is no program {}", given)};
  if (!S_ISREG(info.st_mode)) throw UsageError{fmt::format("{} is not a file", given)};
  if ((info.st_mode & 0111) == 0)
    throw UsageError{fmt::format("{} cannot be executed: chmod +x {}", given, given)};
  return std::filesystem::canonical(given).string();
}

std::string shown_path(const std::string& given) {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::canonical(given, error);
  if (error) throw UsageError{fmt::format("--with {}: {}", given, error.message())};
  return path.string();
}

Result check_all(const std::vector<LabInfo>& labs, const Options& options, Run* run) {
  Result result;
  result.isolation = options.get<std::string>("isolation");
  result.seed = options.has("seed") ? options.get<std::uint64_t>("seed") : draw_seed();
  result.machine = machine();
  result.program = options.has("program") ? options.get<std::string>("program") : "";
  const Place place = place_of(options);
  JudgeOptions judging;
  judging.seed = result.seed;
  if (options.has("with")) judging.shown = options.get<Words>("with");
  for (std::string& path : judging.shown) path = shown_path(path);
  if (options.has("program")) judging.program = program_file(result.program);
  if (run == nullptr) {  // not even a folder for the run could be made
    for (const LabInfo& lab : labs) {
      const Blocked lack = *lacking(lab);
      result.labs.push_back(unjudged(lab, Verdict::blocked, lack.lacks, lack.mend));
    }
    return result;
  }
  judging.patience = measure_patience();
  for (const LabInfo& lab : labs) {
    result.labs.push_back(options.has("program")
                              ? place.judge(lab, judging, *run)
                              : check_source(lab, Workspace::find(), judging, place, *run));
  }
  return result;
}

}  // namespace

int command_check(const Words& words) {
  Options options = declare();
  if (!options.read(words, 0, 1000)) return exit_pass;
  const report::Format format = format_named(options.get<std::string>("format"));
  if (options.has("only") && format != report::Format::terminal && format != report::Format::json)
    throw UsageError{"--only is for your own eyes: it goes with --format terminal and json alone"};
  const std::vector<LabInfo> labs = chosen_labs(options);
  const auto work = [&](Run* run) {
    const Result result = check_all(labs, options, run);
    report::Look look;
    look.colours = colours() && !options.has("output");
    if (options.has("program")) look.options = "--program " + result.program;
    write_report(report::write(result, format, look), options);
    return exit_code(result.verdict());
  };
  if (::geteuid() != 0) return work(nullptr);
  const Interrupts interrupts;
  Run run;
  return guarded(interrupts, run, [&] { return work(&run); });
}

}  // namespace labkit
