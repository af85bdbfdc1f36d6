// What lab 10 must do, seen from outside.

#include <signal.h>

#include <algorithm>
#include <map>

#include "labkit/verdict/conduct.hpp"
#include "labkit/verdict/trial.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

using namespace labkit;

namespace {

// The hierarchies in which a group for a command belongs: those that have a controller. A named v1
// tree (systemd's own) may be used or not, and so may a v2 tree without controllers beside v1.
std::vector<Tree> judged_trees(Trial& trial) {
  std::vector<Tree> judged;
  for (const Tree& tree : trial.sandbox().groups().all_trees())
    if (!tree.controllers.empty()) judged.push_back(tree);
  return judged;
}

bool in_group(const Process& process, const Tree& tree, const std::string& name) {
  const auto groups = cgroups_of(process.pid);
  const auto group = groups.find(tree.name);
  // A group below NAME is in it, too.
  return group != groups.end() && (group->second + "/").find("/" + name + "/") != std::string::npos;
}

std::string path_of(const Process& process, const Tree& tree) {
  return cgroups_of(process.pid)[tree.name];
}

bool in_any_group(Trial& trial, const Process& process, const std::string& name) {
  return std::ranges::any_of(trial.sandbox().groups().all_trees(),
                             [&](const Tree& tree) { return in_group(process, tree, name); });
}

// The folders called `name` that are left anywhere in the sandbox's groups.
std::vector<std::string> left_over(const std::string& folder, const std::string& name) {
  std::vector<std::string> found;
  try {
    for (const std::string& entry : slipway::list_folder(folder)) {
      const std::string path = folder + "/" + entry;
      if (entry == name) found.push_back(path);
      for (const std::string& below : left_over(path, name)) found.push_back(below);
    }
  } catch (const slipway::Error&) {  // a file, or a group that is just going away
  }
  return found;
}

void expect_gone(Trial& trial, const std::string& name, const std::string& after) {
  for (const Tree& tree : trial.sandbox().groups().all_trees()) {
    std::vector<std::string> left;
    trial.eventually(3, [&] {
      left = left_over(trial.sandbox().groups().folder(tree), name);
      return left.empty();
    });
    trial.expect(left.empty(),
                 {.should = fmt::format(
                      "{} the group {} is removed: a group that nobody removes stays until the "
                      "machine is started again.",
                      after, name),
                  .saw = fmt::format("the folder is still there, with {} processes in it",
                                     left.empty() ? 0 : members_below(left[0]).size()),
                  .where = left.empty() ? "" : left[0],
                  .look = fmt::format("find /sys/fs/cgroup -type d -name {}", name),
                  .cause = "",
                  .mend = ""});
  }
}

void expect_joined(Trial& trial, const std::vector<Process>& processes, const std::string& name) {
  for (const Process& process : processes) {
    for (const Tree& tree : judged_trees(trial)) {
      const bool command = process.pid == processes.front().pid;
      const std::string who = command ? "the command" : "a child of the command";
      if (in_group(process, tree, name)) continue;
      const std::string seen = path_of(process, tree);
      // One that is moved while we look on was moved too late.
      const bool late =
          trial.eventually(1, [&] { return in_group(process, tree, name); }) || !command;
      trial.fail(
          {.should = fmt::format(
               "The command and all that it starts are in the group {}: a process is born "
               "in its parent's group, so the command must be in it before it runs.",
               name),
           .saw =
               fmt::format("{} is in {}{}", who, seen, late && command ? ", and moves later" : ""),
           .where = fmt::format("/proc/{}/cgroup, the line of {}", process.pid,
                                tree.name.empty() ? "cgroup v2 (0::)" : tree.name),
           .look = fmt::format("sudo build/cgroup-tree run demo -- sh -c 'cat /proc/self/cgroup'"),
           .cause = late                                 ? "joins-after-exec"
                    : in_any_group(trial, process, name) ? "one-hierarchy"
                                                         : "only-runs",
           .mend = ""});
    }
  }
}

// Starts a command that holds, and sees it in the group: a program that makes no group has none to
// remove, and must not pass for that.
Subject& run_holding(Trial& trial, const std::string& name, const std::string& token) {
  std::vector<std::string> arguments = {"run", name, "--"};
  for (const std::string& word : Trial::payload({"hold"}, token)) arguments.push_back(word);
  Subject& program = trial.run(arguments);
  expect_joined(trial, trial.await_payloads(program, token, 1), name);
  return program;
}

void expect_status(Trial& trial, Subject& program, int status, const std::string& why) {
  labkit::expect_status(trial, program, status,
                        fmt::format("The program's exit status is {}: {}.", why, status),
                        "sudo build/cgroup-tree run demo -- sh -c 'exit 7'; echo $?");
}

// ── the checks
// ──────────────────────────────────────────────────────────────────────────────────────

struct Line {
  std::string mount;
  std::string version;
};

std::map<std::string, Line> parse_list(const std::string& output) {
  std::map<std::string, Line> lines;
  for (const std::string& line : slipway::split(output, '\n')) {
    std::vector<std::string> words;
    for (const std::string& word : slipway::split(line, ' '))
      if (!word.empty()) words.push_back(word);
    if (words.size() >= 2) lines[words[0]] = {words[1], words.size() > 2 ? words[2] : "-"};
  }
  return lines;
}

// What the list must say: the hierarchies as the sandbox has them mounted.
std::map<std::string, Line> true_list(Trial& trial, const std::string& mount) {
  std::map<std::string, Line> lines;
  const std::vector<Tree>& trees = trial.sandbox().groups().all_trees();
  // Under v2 these live on in another form or by another name: what is said of them is not judged.
  const std::vector<std::string> changed = {"blkio", "cpuacct", "devices", "freezer", "perf_event"};
  for (const std::string& line : slipway::read_lines("/proc/cgroups")) {
    const std::string name = line.substr(0, line.find('\t'));
    if (name.starts_with('#') || std::ranges::find(changed, name) != changed.end()) continue;
    lines[name] = {"-", "-"};
  }
  for (const Tree& tree : trees) {
    const bool only = trees.size() == 1 && tree.version == 2;
    const std::string place = only ? mount : mount + tree.mount.substr(tree.mount.rfind('/'));
    std::vector<std::string> controllers = tree.controllers;
    if (tree.version == 2) {
      const std::string top = trial.sandbox().groups().folder(tree) + "/top/cgroup.controllers";
      controllers =
          slipway::split(slipway::read_lines(top).empty() ? "" : slipway::read_lines(top)[0], ' ');
    }
    for (const std::string& controller : controllers)
      if (!controller.empty()) lines[controller] = {place, fmt::format("{}", tree.version)};
  }
  return lines;
}

void check_list(Trial& trial) {
  const std::string mount = "/" + trial.token("groups");
  trial.setting().furniture.cgroup_mount = mount;
  trial.step(fmt::format("mount the hierarchies under {}", mount));
  Subject& program = trial.run({"list"});
  const slipway::Exit exit = trial.await_end(program, 10, "`list` prints its lines and ends.");
  trial.expect(exit.status() == 0, {.should = "`list` ends with status 0.",
                                    .saw = fmt::format("it ended with status {}", exit.status()),
                                    .where = "the program's exit status",
                                    .look = "build/cgroup-tree list; echo $?",
                                    .cause = "The program's own words, below, say why.",
                                    .mend = ""});
  const auto said = parse_list(program.output());
  for (const auto& [controller, so] : true_list(trial, mount)) {
    const auto line = said.find(controller);
    const std::string seen =
        line == said.end()
            ? "no line for it"
            : fmt::format("{} {} {}", controller, line->second.mount, line->second.version);
    const bool right = line != said.end() && line->second.mount == so.mount &&
                       (so.mount == "-" || line->second.version == so.version);
    trial.expect(right,
                 {.should = fmt::format(
                      "`list` has a line \"{} {} {}\": the controller, where its hierarchy is "
                      "mounted, and its version.",
                      controller, so.mount, so.version),
                  .saw = "it printed: " + seen,
                  .where = "standard output, against /proc/self/mountinfo and /proc/cgroups",
                  .look = "grep cgroup /proc/self/mountinfo",
                  .cause = so.mount == "-" ? "" : "fixed-mount",
                  .mend = ""});
  }
}

void check_joined(Trial& trial) {
  // More than once, since joining too late is a race that the command may lose.
  for (int round = 0; round < 5; ++round) {
    const std::string name = trial.token("group");
    const std::string token = trial.token("tree");
    std::vector<std::string> arguments = {"run", name, "--"};
    for (const std::string& word : Trial::payload({"tree"}, token)) arguments.push_back(word);
    Subject& program = trial.run(arguments);
    expect_joined(trial, trial.await_payloads(program, token, 3), name);
    end_payloads(trial, token);
    trial.await_end(program, 10, "The program ends when its command has ended.");
  }
}

void check_own_process(Trial& trial) {
  const std::string name = trial.token("group");
  const std::string token = trial.token("hold");
  Subject& program = run_holding(trial, name, token);
  const std::vector<Process> command = trial.payloads(token);
  // A program that became the command itself (exec) cannot remove the group: other checks say so.
  if (command.empty() || command.front().pid == program.pid()) return;
  for (const Tree& tree : judged_trees(trial)) {
    const Process self{
        .pid = program.pid(), .parent = 0, .state = '?', .start_time = 0, .arguments = {}};
    trial.expect(
        trial.eventually(1, [&] { return !in_group(self, tree, name); }),
        {.should = fmt::format(
             "Only the command is in the group {}; the program, which must remove the group "
             "in the end, stays where it was started.",
             name),
         .saw = fmt::format("the program itself is in {}", path_of(self, tree)),
         .where = fmt::format("/proc/{}/cgroup", program.pid()),
         .look = "sudo build/cgroup-tree run demo -- sleep 60 & cat /proc/$!/cgroup",
         .cause = "moves-itself",
         .mend = ""});
  }
}

void check_removed(Trial& trial) {
  const std::string first = trial.token("group");
  std::string token = trial.token("hold");
  Subject& killed = run_holding(trial, first, token);
  trial.step("kill the command");
  end_payloads(trial, token);
  expect_status(trial, killed, 128 + SIGKILL, "128 and the number of the command's signal");
  expect_gone(trial, first, "When the command has ended,");

  const int status = static_cast<int>(trial.between(3, 90));
  const std::string name = trial.token("group");
  std::vector<std::string> arguments = {"run", name, "--"};
  for (const std::string& word : Trial::payload({"exit", fmt::format("{}", status)}, "token"))
    arguments.push_back(word);
  expect_status(trial, trial.run(arguments), status, "the command's");
  expect_gone(trial, name, "When the command has ended,");

  token = trial.token("daemon");
  const std::string second = trial.token("group");
  arguments = {"run", second, "--"};
  for (const std::string& word : Trial::payload({"daemon"}, token)) arguments.push_back(word);
  Subject& leaving = trial.run(arguments);
  trial.step("the command leaves a process behind in the group, and ends");
  trial.await_end(leaving, 15,
                  "The program ends when its command has ended, whatever the command left behind.");
  expect_gone(trial, second, "When the command has ended, even if it left a process behind,");
}

void check_terminated(Trial& trial) {
  for (const int number : {SIGTERM, SIGINT}) {
    const std::string signal = number == SIGTERM ? "SIGTERM" : "SIGINT";
    const std::string name = trial.token("group");
    const std::string token = trial.token("hold");
    Subject& program = run_holding(trial, name, token);
    trial.step(fmt::format("send {} to the program", signal));
    program.signal(number);
    trial.await_end(program, 10, fmt::format("{} ends the program.", signal));
    expect_gone(trial, name, fmt::format("After {}", signal));
    const bool ended = trial.eventually(2, [&] { return trial.payloads(token).empty(); });
    trial.expect(
        ended,
        {.should = fmt::format("{} ends the command, too: nothing outlives the program.", signal),
         .saw = "the command is still running",
         .where = "/proc",
         .look =
             "sudo build/cgroup-tree run demo -- sleep 60 & kill $!; sleep 1; pgrep -af 'sleep 60'",
         .cause = "",
         .mend = ""});
  }
}

const Lab lab("10-cgroup-tree", {{"list", check_list},
                                 {"joined", check_joined},
                                 {"own-process", check_own_process},
                                 {"removed", check_removed},
                                 {"terminated", check_terminated}});

}  // namespace
