// What lab 30 must do, seen from outside.

#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>

#include "labkit/observe/inside.hpp"
#include "labkit/verdict/conduct.hpp"
#include "labkit/verdict/escape.hpp"
#include "labkit/verdict/trap.hpp"
#include "labkit/verdict/trial.hpp"
#include "slipway/error.hpp"

using namespace labkit;

namespace {

constexpr char by_hand[] = "sudo build/pivot-root /tmp/slipway-root --";

// An empty root, and what the checks know of the outside before a program runs.
struct Stage {
  Trial& trial;
  std::string rootfs;
  FileId root;     // the folder ROOTFS
  FileId outside;  // the sandbox's own root
  RunAs as;
};

Stage prepare(Trial& trial, bool shared = false) {
  const std::string rootfs = "/tmp/" + trial.token("root");
  trial.setting().furniture.roots = {rootfs};
  trial.setting().shared_mounts = shared;
  trial.step(fmt::format("make a root file system with one program: {}/payload", rootfs));
  const std::string top = fmt::format("/proc/{}/root", trial.sandbox().init());
  return {trial, rootfs, file_id(top + rootfs), file_id(top + "/"), {}};
}

void expect_root(const Stage& stage, const Process& command) {
  Trial& trial = stage.trial;
  trial.expect(
      root_of(command.pid) == stage.root,
      {.should = fmt::format("The command's root is {}.", stage.rootfs),
       .saw = root_of(command.pid) == stage.outside ? "it is the old root" : "it is another folder",
       .where = fmt::format("/proc/{}/root", command.pid),
       .look = fmt::format("{} /bin/ls /", by_hand),
       .cause = "",
       .mend = ""});
}

Conduct conduct(const Stage& stage) {
  return {by_hand,
          [&stage](const std::vector<std::string>& command) -> Subject& {
            std::vector<std::string> words = {stage.rootfs, "--"};
            words.insert(words.end(), command.begin(), command.end());
            if (words[2] == "/lab/payload") words[2] = "/payload";  // its copy in ROOTFS
            return stage.trial.run(words, stage.as);
          },
          [&stage](const Process& command) { expect_root(stage, command); }};
}

// ── the root
// ──────────────────────────────────────────────────────────────────────────────────────

void expect_own_top(const Stage& stage, pid_t pid) {
  Trial& trial = stage.trial;
  const ino_t outside = namespace_of(trial.sandbox().init(), "mnt");
  trial.expect(namespace_of(pid, "mnt") != outside,
               {.should = "The command is in a mount namespace of its own.",
                .saw = fmt::format("it is in mnt:[{}], and so is every process outside", outside),
                .where = fmt::format("/proc/{}/ns/mnt", pid),
                .look = fmt::format("{} /bin/readlink /proc/self/ns/mnt", by_hand),
                .cause = "",
                .mend = ""});
  const FileId top = inside_of(trial, pid).top;
  trial.expect(
      top == stage.root,
      {.should = fmt::format("{} is the root of the command's whole mount namespace, and nothing "
                             "lies on top of it.",
                             stage.rootfs),
       .saw = top == stage.outside ? "at the top of the namespace is the old root"
                                   : "at the top of the namespace is another folder",
       .where = fmt::format("/proc/{}/ns/mnt, joined; / there is not {}", pid, stage.rootfs),
       .look =
           fmt::format("{} /bin/sleep 60 &   sudo nsenter -m -t $(pgrep -n sleep) ls /", by_hand),
       .cause = "Either only one process's root was moved (chroot), or the old root was never "
                "detached and lies on the new one.",
       .mend = ""});
}

void check_root(Trial& trial) {
  const Stage stage = prepare(trial, true);
  const std::vector<SeenMount> before = inside_of(trial, trial.sandbox().init()).mounts;
  const Arranged running = arrange(trial, conduct(stage), {"tree"}, 3);
  for (const Process& process : running.processes) expect_root(stage, process);
  expect_own_top(stage, running.processes.front().pid);
  expect_same_mounts_outside(trial, before, by_hand);
}

// ── what is left of the old root
// ──────────────────────────────────────────────────────────────────────────────────────

// Whether the program took it along with ROOTFS, or it is of ROOTFS's own file system.
bool is_of_root(const SeenMount& mount, const Stage& stage) {
  return mount.target == stage.rootfs || mount.target.starts_with(stage.rootfs + "/");
}

bool same_mount(const SeenMount& one, const SeenMount& other) {
  return one.device == other.device && one.root == other.root;
}

void check_old_root(Trial& trial) {
  const Stage stage = prepare(trial);
  const std::vector<SeenMount> outside = inside_of(trial, trial.sandbox().init()).mounts;
  const Arranged running = arrange(trial, conduct(stage), {"hold"}, 1);
  const pid_t pid = running.processes.front().pid;
  const std::vector<SeenMount> inside = inside_of(trial, pid).mounts;
  for (const SeenMount& mount : inside) {
    const auto is_it = [&](const SeenMount& before) { return same_mount(before, mount); };
    const auto came_along = [&](const SeenMount& before) {
      return is_it(before) && is_of_root(before, stage);
    };
    if (std::ranges::any_of(outside, came_along)) continue;
    const auto old = std::ranges::find_if(outside, is_it);
    if (old == outside.end()) continue;
    trial.fail({.should = "Nothing of what is mounted outside is mounted for the command.",
                .saw = fmt::format("at {} is what is mounted at {} outside, a {}", mount.target,
                                   old->target, old->type),
                .where = fmt::format("/proc/{}/mountinfo", pid),
                .look = fmt::format("{} /bin/cat /proc/self/mountinfo", by_hand),
                .cause = mount.target == "/" ? "old-root-on-top" : "keeps-old-root",
                .mend = ""});
  }
  const auto roots = std::ranges::count(inside, "/", &SeenMount::target);
  trial.expect(roots == 1, {.should = "The command's list of mounts has one line for /.",
                            .saw = fmt::format("it has {}", roots),
                            .where = fmt::format("/proc/{}/mountinfo", pid),
                            .look = fmt::format("{} /bin/cat /proc/self/mountinfo", by_hand),
                            .cause = "",
                            .mend = ""});
}

// ── ways out
// ──────────────────────────────────────────────────────────────────────────────────────

void stays_in(const Stage& stage, const WayOut& way) {
  expect_stays_in(stage.trial, conduct(stage), {stage.rootfs, stage.as, stage.root}, way);
}

void check_break_out(Trial& trial) {
  const Stage stage = prepare(trial);
  stays_in(stage, {"chroot", "chroot to a folder below the working folder, and up from there", ""});
  stays_in(stage, {"join", "unmount what lies on /, and join its own mount namespace once more",
                   "moves-over"});
}

void check_descriptors(Trial& trial) {
  Stage stage = prepare(trial);
  stage.as.folder = static_cast<int>(trial.between(3, 900));
  trial.step(fmt::format("hand down to the program: / of outside, open, as descriptor {}",
                         stage.as.folder));
  stays_in(stage, {"descriptor", "through any open folder that it was born with", ""});
}

// ── /proc
// ──────────────────────────────────────────────────────────────────────────────────────

std::vector<pid_t> neighbours(Trial& trial, pid_t pid) {
  return neighbours_of(pid, trial.sandbox().groups().members());
}

void check_proc(Trial& trial) {
  const Stage stage = prepare(trial);
  const Arranged running = arrange(trial, conduct(stage), {"tree"}, 3);
  const pid_t pid = running.processes.front().pid;
  std::optional<std::vector<pid_t>> seen;
  const bool right = trial.eventually(1, [&] {  // somebody may just have come or gone
    seen = proc_seen_by(pid);
    return seen == own_pids(neighbours(trial, pid));
  });
  const bool apart = namespace_of(pid, "pid") != namespace_of(trial.sandbox().init(), "pid");
  trial.expect(apart && right,
               {.should = "The command has a pid namespace of its own, and a /proc that shows it.",
                .saw = !apart ? "it is in the pid namespace of everybody outside"
                       : seen ? "its /proc shows other processes"
                              : "there is no proc at /proc",
                .where = fmt::format("/proc/{}/ns/pid, /proc/{}/root/proc", pid, pid),
                .look = fmt::format("{} /bin/ps", by_hand),
                .cause = "",
                .mend = ""});
  for (const pid_t member : neighbours(trial, pid)) {
    const auto process = look_at(member);
    if (!process || process->state == 'Z') continue;
    trial.expect(root_of(member) == stage.root,
                 {.should = "Every process that the command sees in its /proc has the new root: "
                            "/proc/PID/root is a door to it.",
                  .saw = fmt::format("process {} there has the old one",
                                     pids_inside(member).empty() ? 0 : pids_inside(member).back()),
                  .where = fmt::format("/proc/{}/root", member),
                  .look = fmt::format("{} /bin/ls /proc/1/root/", by_hand),
                  .cause = "init-outside",
                  .mend = ""});
  }
  stays_in(stage, {"proc", "through /proc/PID/root of any process that it sees", ""});
}

// ── a root file system that sets a trap
// ──────────────────────────────────────────────────────────────────────────────────────

void check_link(Trial& trial) {
  const Stage stage = prepare(trial);
  end_payloads(trial, arrange(trial, conduct(stage), {"hold"}, 1).token);  // no link: it runs
  expect_link_stays_inside(trial, conduct(stage), {stage.rootfs, "/proc", "proc"});
}

void check_status(Trial& trial) {
  const Stage stage = prepare(trial);
  expect_status_passed(trial, conduct(stage));
}

void check_terminated(Trial& trial) {
  const Stage stage = prepare(trial);
  expect_ended_by_signals(trial, conduct(stage));
}

const Lab lab("30-pivot-root", {{"root", check_root},
                                {"old-root", check_old_root},
                                {"break-out", check_break_out},
                                {"descriptors", check_descriptors},
                                {"proc", check_proc},
                                {"link", check_link},
                                {"status", check_status},
                                {"terminated", check_terminated}});

}  // namespace
