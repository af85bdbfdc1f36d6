// What lab 27 must do, seen from outside.

#include <signal.h>

#include <algorithm>

#include "labkit/observe/cgroup_view.hpp"
#include "labkit/verdict/conduct.hpp"
#include "labkit/verdict/trial.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

using namespace labkit;

namespace {

constexpr char by_hand[] = "sudo build/cgroup-view --";

// A command that holds: its program, and its processes, the command itself first.
struct Running {
  Subject& program;
  std::vector<Process> processes;

  pid_t command() const { return processes.front().pid; }
};

// The hierarchies in which a group for a command belongs: those that have a controller.
std::vector<Tree> judged_trees(Trial& trial) {
  std::vector<Tree> judged;
  for (const Tree& tree : trial.sandbox().groups().all_trees())
    if (!tree.controllers.empty()) judged.push_back(tree);
  return judged;
}

std::string line_of(const Tree& tree) {
  return tree.name.empty() ? "0:: (cgroup v2)" : tree.name;
}

std::vector<std::string> words(const std::vector<std::string>& helper, const std::string& token) {
  std::vector<std::string> all = Trial::payload(helper, token);
  all.insert(all.begin(), "--");
  return all;
}

// That nobody of outside is in the group, nor in one below it.
bool is_own_group(Trial& trial, const Tree& tree, const std::string& group) {
  const std::vector<pid_t> members = members_below(tree.folder(group));
  return std::ranges::find(members, trial.sandbox().init()) == members.end();
}

void expect_joined(Trial& trial, const Running& running) {
  for (const Process& process : running.processes) {
    for (const Tree& tree : judged_trees(trial)) {
      const std::string group = cgroups_of(process.pid)[tree.name];
      const std::string who = process.pid == running.command() ? "the command" : "its child";
      trial.expect(
          is_own_group(trial, tree, group),
          {.should = "The command and all that it starts are in a group of their own, in "
                     "every hierarchy.",
           .saw = fmt::format("{} is in {}, with processes of outside", who, group),
           .where = fmt::format("/proc/{}/cgroup, the line of {}", process.pid, line_of(tree)),
           .look = fmt::format("{} sleep 60 &   cat /proc/$(pgrep -n sleep)/cgroup", by_hand),
           .cause =
               namespace_of(process.pid, "cgroup") == namespace_of(trial.sandbox().init(), "cgroup")
                   ? "pretends"
                   : "no-group",
           .mend = ""});
    }
  }
}

// What the kernel's refusals tell of the order in which things were done.
std::string cause_of(const std::string& said) {
  const auto has = [&](const char* words) { return said.find(words) != std::string::npos; };
  if (has("cgroup.procs") && has("No such file")) return "unshare-first";
  if (has("mount") && has("not permitted")) return "mounts-first";
  if (has("mount") && has("busy"))
    return "The old mount is still in its place, and the same file system cannot be mounted on it "
           "once more: unmount it first, or put a tmpfs between.";
  return "";
}

// Starts a helper as the command, and sees it in a group of its own.
Running start_command(Trial& trial, const std::vector<std::string>& helper, size_t processes) {
  trial.setting().furniture.loose_cgroups = true;
  trial.setting().shared_mounts = true;  // as systemd has them: a mount travels unless it is kept
  const std::string token = trial.token(helper[0]);
  Subject& program = trial.run(words(helper, token));
  try {
    const Running running{program, trial.await_payloads(program, token, processes)};
    expect_joined(trial, running);
    return running;
  } catch (Failure& failure) {
    const std::string cause = cause_of(program.errors());
    if (!cause.empty()) failure.finding.cause = cause;
    throw;
  }
}

CgroupView view_of(Trial& trial, pid_t pid) {
  if (const auto view = cgroup_view_of(pid)) return *view;
  trial.fail({.should = "The command runs while it is looked at.",
              .saw = "it ended before",
              .where = fmt::format("/proc/{}", pid),
              .look = "",
              .cause = "The program's own words, below, may say why.",
              .mend = ""});
}

std::vector<std::string> folders_of(Trial& trial, const Running& running) {
  std::vector<std::string> folders;
  for (const Tree& tree : judged_trees(trial))
    folders.push_back(tree.folder(cgroups_of(running.command())[tree.name]));
  return folders;
}

void expect_gone(Trial& trial, const std::vector<std::string>& folders, const std::string& after,
                 const std::string& cause) {
  for (const std::string& folder : folders)
    trial.expect(
        trial.eventually(3, [&] { return !slipway::exists(folder); }),
        {.should = fmt::format("{} the command's groups are removed.", after),
         .saw = fmt::format("the folder is still there, with {} processes in it",
                            members_below(folder).size()),
         .where = folder,
         .look = fmt::format("{} true; find /sys/fs/cgroup -name 'cgroup-view-*'", by_hand),
         .cause = cause,
         .mend = ""});
}

void expect_exit(Trial& trial, Subject& program, int status, const std::string& should,
                 const std::string& script) {
  expect_status(trial, program, status, should, fmt::format("{} {}; echo $?", by_hand, script), "");
}

// ── the checks
// ──────────────────────────────────────────────────────────────────────────────────────

void check_joined(Trial& trial) {
  const Running running = start_command(trial, {"tree"}, 3);
  const ino_t own = namespace_of(running.command(), "cgroup");
  for (const Process& process : running.processes)
    trial.expect(
        namespace_of(process.pid, "cgroup") == own &&
            own != namespace_of(trial.sandbox().init(), "cgroup"),
        {.should = "The command and its children are in a new cgroup namespace.",
         .saw = fmt::format("a process is in cgroup:[{}]", namespace_of(process.pid, "cgroup")),
         .where = fmt::format("/proc/{}/ns/cgroup", process.pid),
         .look = fmt::format("{} sleep 60 &   sudo lsns -t cgroup", by_hand),
         .cause = "binds-folder",
         .mend = ""});
}

void check_names(Trial& trial) {
  const Running running = start_command(trial, {"hold"}, 1);
  const auto outside = cgroups_of(running.command());
  const bool same =
      namespace_of(running.command(), "cgroup") == namespace_of(trial.sandbox().init(), "cgroup");
  for (const auto& [name, own] : view_of(trial, running.command()).own) {
    const auto group = outside.find(name);
    trial.expect(
        own == "/",
        {.should = "The command reads \"/\" for its group: the cgroup namespace begins there.",
         .saw = fmt::format("it reads {}, where one outside reads {}", own,
                            group == outside.end() ? "?" : group->second),
         .where =
             fmt::format("/proc/{}/cgroup, the line of {}, read in /proc/{}/ns/cgroup",
                         running.command(), name.empty() ? "cgroup v2" : name, running.command()),
         .look = fmt::format("{} cat /proc/self/cgroup", by_hand),
         .cause = same ? "binds-folder" : "unshare-first",
         .mend = ""});
  }
}

// At every place where a hierarchy is mounted outside, the command finds it, and its own group.
void expect_mounted_anew(Trial& trial, const Running& running, const CgroupView& outside,
                         const CgroupView& inside) {
  auto own = cgroups_of(running.command());
  for (const SeenCgroupMount& mount : outside.mounts) {
    const auto here = std::ranges::find_if(inside.mounts, [&](const SeenCgroupMount& other) {
      return other.target == mount.target && other.tree == mount.tree;
    });
    trial.expect(here != inside.mounts.end() && here->group == own[mount.tree],
                 {.should = fmt::format("{} shows the command its own group, and those below.",
                                        mount.target),
                  .saw = here == inside.mounts.end() ? "nothing is mounted there"
                                                     : fmt::format("it shows {}", here->group),
                  .where = fmt::format("/proc/{}/mountinfo, the fourth field", running.command()),
                  .look = fmt::format("{} ls {}", by_hand, mount.target),
                  .cause = "old-mounts",
                  .mend = ""});
  }
  for (const SeenCgroupMount& mount : inside.mounts)
    trial.expect(mount.group == own[mount.tree],
                 {.should = "No path leads the command to a group above its own.",
                  .saw = fmt::format("{} shows {}", mount.target, mount.group),
                  .where = fmt::format("/proc/{}/mountinfo, the fourth field", running.command()),
                  .look = fmt::format("{} ls {}", by_hand, mount.target),
                  .cause = "old-mounts",
                  .mend = ""});
}

void check_mounts(Trial& trial) {
  trial.setting().furniture.loose_cgroups = true;
  trial.setting().shared_mounts = true;
  const CgroupView before = view_of(trial, trial.sandbox().init());
  const Running running = start_command(trial, {"hold"}, 1);
  expect_mounted_anew(trial, running, before, view_of(trial, running.command()));
  const CgroupView after = view_of(trial, trial.sandbox().init());
  trial.expect(
      before.mounts == after.mounts,
      {.should = "Outside, the groups stay mounted as they were.",
       .saw = "the mounts of every process have changed",
       .where = fmt::format("/proc/{}/mountinfo", trial.sandbox().init()),
       .look = "sudo unshare -m --propagation private sh -c 'mount --make-rshared /; "
               "build/cgroup-view -- true; grep cgroup /proc/self/mountinfo'",
       .cause = "mounts-for-all",
       .mend =
           "sudo umount /sys/fs/cgroup; sudo mount -t cgroup2 none /sys/fs/cgroup   # on v1 each "
           "hierarchy, or start the machine again"});
  const std::vector<std::string> held = cgroups_held_open_by(running.command());
  trial.expect(
      held.empty(),
      {.should = "The command has no open folder of the groups: it would lead past what "
                 "is mounted.",
       .saw = held.empty() ? "" : held.front(),
       .where = fmt::format("/proc/{}/fd, /proc/{}/cwd", running.command(), running.command()),
       .look = fmt::format("{} ls -l /proc/self/fd", by_hand),
       .cause = "leaks-folder",
       .mend = ""});
}

void check_removed(Trial& trial) {
  const Running killed = start_command(trial, {"tree"}, 3);
  const std::vector<std::string> folders = folders_of(trial, killed);
  trial.step("end the command with SIGKILL; its children end with it");
  ::kill(killed.command(), SIGKILL);
  expect_exit(trial, killed.program, 128 + SIGKILL,
              "When a signal ends the command, the status is 128 + its number: 137 for SIGKILL.",
              "sh -c 'kill -KILL $$'");
  expect_gone(trial, folders, "When the command has ended,", "leaves-group");
  const int status = static_cast<int>(trial.between(3, 90));
  Subject& brief = trial.run(words({"exit", fmt::format("{}", status)}, trial.token("exit")));
  expect_exit(trial, brief, status,
              fmt::format("The program's exit status is the command's: {}.", status),
              "sh -c 'exit 7'");
  Subject& missing = trial.run({"--", "/" + trial.token("nothing")});
  expect_exit(trial, missing, 127, "Without such a command, the status is 127.", "/nothing");
}

void check_terminated(Trial& trial) {
  for (const int number : {SIGTERM, SIGINT}) {
    const std::string signal = number == SIGTERM ? "SIGTERM" : "SIGINT";
    const Running running = start_command(trial, {"hold"}, 1);
    const std::string token = running.processes.front().arguments.back();
    const std::vector<std::string> folders = folders_of(trial, running);
    trial.step(fmt::format("send {} to the program", signal));
    running.program.signal(number);
    trial.await_end(running.program, 10, fmt::format("{} ends the program.", signal));
    trial.expect(
        trial.eventually(2, [&] { return trial.payloads(token).empty(); }),
        {.should = fmt::format("{} ends the command, too.", signal),
         .saw = "the command is still running",
         .where = "/proc",
         .look = fmt::format("{} sleep 60 & sleep 1; sudo kill $!; pgrep -a sleep", by_hand),
         .cause = "dies-of-sigterm",
         .mend = ""});
    expect_gone(trial, folders, fmt::format("After {}", signal), "dies-of-sigterm");
  }
}

const Lab lab("27-cgroup", {{"joined", check_joined},
                            {"names", check_names},
                            {"mounts", check_mounts},
                            {"removed", check_removed},
                            {"terminated", check_terminated}});

}  // namespace
