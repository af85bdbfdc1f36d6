// What lab 00 must do, seen from outside.

#include <signal.h>

#include <algorithm>

#include "labkit/observe/inside.hpp"
#include "labkit/verdict/conduct.hpp"
#include "labkit/verdict/trial.hpp"
#include "slipway/error.hpp"

using namespace labkit;

namespace {

constexpr char by_hand[] = "sudo build/first-container /tmp/slipway-root";

// A container that holds: its program, its processes, and the root that it must have.
struct Container {
  Subject& program;
  std::vector<Process> processes;
  std::string rootfs;
  FileId root;  // the folder ROOTFS, whatever is done to its name afterwards
};

// An empty root, and the words that start a helper in it.
std::string prepare_root(Trial& trial) {
  const std::string rootfs = "/tmp/" + trial.token("root");
  trial.setting().furniture.roots = {rootfs};
  trial.step(fmt::format("make a root file system with one program: {}/payload", rootfs));
  trial.sandbox();
  return rootfs;
}

std::vector<std::string> words(const std::string& rootfs, std::vector<std::string> helper,
                               const std::string& token) {
  helper.insert(helper.begin(), {rootfs, "/payload"});
  helper.push_back(token);
  return helper;
}

Container start_container(Trial& trial, const std::string& rootfs,
                          const std::vector<std::string>& helper, size_t processes) {
  const FileId root = file_id(fmt::format("/proc/{}/root{}", trial.sandbox().init(), rootfs));
  const std::string token = trial.token(helper[0]);
  Subject& program = trial.run(words(rootfs, helper, token));
  try {
    return {program, trial.await_payloads(program, token, processes), rootfs, root};
  } catch (Failure& failure) {
    // The kernel lets nobody mount a proc of a pid namespace that is not his own.
    const std::string& said = program.errors();
    if (said.find("proc") != std::string::npos && said.find("not permitted") != std::string::npos)
      failure.finding.cause = "shares-pids";
    throw;
  }
}

Inside inside_of(Trial& trial, pid_t pid, const std::string& who) {
  if (const auto inside = look_inside(pid)) return *inside;
  trial.fail({.should = fmt::format("{} runs while it is looked at.", who),
              .saw = "it ended before",
              .where = fmt::format("/proc/{}", pid),
              .look = "",
              .cause = "The program's own words, below, may say why.",
              .mend = ""});
}

// That the process shares no namespace of this kind with the rest of the sandbox.
void expect_own_namespace(Trial& trial, pid_t pid, const std::string& kind, const std::string& why,
                          const std::string& cause) {
  const ino_t ours = namespace_of(trial.sandbox().init(), kind);
  trial.expect(namespace_of(pid, kind) != ours,
               {.should = fmt::format("The command is in a {} namespace of its own: {}", kind, why),
                .saw = fmt::format("it is in {}:[{}], and so is every process outside", kind, ours),
                .where = fmt::format("/proc/{}/ns/{}", pid, kind),
                .look = fmt::format("{} /bin/sleep 60 &   sudo lsns -t {}", by_hand, kind),
                .cause = cause,
                .mend = ""});
}

// ── the checks
// ──────────────────────────────────────────────────────────────────────────────────────

void check_root(Trial& trial) {
  const std::string rootfs = prepare_root(trial);
  const Inside outside = inside_of(trial, trial.sandbox().init(), "The sandbox");
  const Container container = start_container(trial, rootfs, {"hold"}, 1);
  const pid_t pid = container.processes.front().pid;
  trial.expect(file_id(fmt::format("/proc/{}/root", pid)) == container.root,
               {.should = fmt::format("The command's root is {}.", rootfs),
                .saw = "it has another root",
                .where = fmt::format("/proc/{}/root", pid),
                .look = fmt::format("{} /bin/ls /", by_hand),
                .cause = "",
                .mend = ""});
  expect_own_namespace(trial, pid, "mnt", "what is mounted in it is mounted nowhere else.",
                       "mounts-outside");
  const Inside inside = inside_of(trial, pid, "The command");
  trial.expect(inside.top == container.root,
               {.should = fmt::format(
                    "{} is the root of the command's whole mount namespace: nothing lies above "
                    "it to which a process could climb back.",
                    rootfs),
                .saw = "only the command's own root was moved; the top of its mount namespace is "
                       "still the old root",
                .where = fmt::format("/proc/{}/ns/mnt, joined; / there is not {}", pid, rootfs),
                .look = fmt::format(
                    "{} /bin/sleep 60 &   sudo nsenter -m -t $(pgrep -n sleep) ls /", by_hand),
                .cause = "chroot-only",
                .mend = ""});
  for (const SeenMount& mount : inside.mounts) {
    const bool old = std::ranges::any_of(outside.mounts, [&](const SeenMount& before) {
      return before.target == "/" && before.device == mount.device && before.root == mount.root;
    });
    trial.expect(!old, {.should = "The old root is mounted nowhere in the container.",
                        .saw = fmt::format("it is mounted at {}", mount.target),
                        .where = fmt::format("/proc/{}/mountinfo", pid),
                        .look = fmt::format("{} /bin/cat /proc/self/mountinfo", by_hand),
                        .cause = "keeps-old-root",
                        .mend = ""});
  }
}

void check_host_name(Trial& trial) {
  const std::string rootfs = prepare_root(trial);
  const pid_t init = trial.sandbox().init();
  const std::string before = inside_of(trial, init, "The sandbox").host_name;
  const Container container = start_container(trial, rootfs, {"hold"}, 1);
  const pid_t pid = container.processes.front().pid;
  const std::string after = inside_of(trial, init, "The sandbox").host_name;
  trial.expect(after == before,
               {.should = fmt::format("The host name outside stays \"{}\".", before),
                .saw = fmt::format("it is \"{}\" now, for every process", after),
                .where = "uname(2), outside the container",
                .look = fmt::format("hostname; {} /bin/true; hostname", by_hand),
                .cause = "shares-host-name",
                .mend = fmt::format("sudo hostname {}   # after a run by hand", before)});
  expect_own_namespace(trial, pid, "uts", "that is where a host name is kept.", "shares-host-name");
  trial.expect(inside_of(trial, pid, "The command").host_name != before,
               {.should = "The container has a host name of its own.",
                .saw = fmt::format("inside, too, it is \"{}\"", before),
                .where = fmt::format("uname(2), in /proc/{}/ns/uts", pid),
                .look = fmt::format("{} /bin/hostname", by_hand),
                .cause = "Nobody set it: sethostname(2), in the child.",
                .mend = ""});
}

std::string listed(const std::vector<pid_t>& pids) {
  std::string text;
  for (pid_t pid : pids) text += fmt::format("{}{}", text.empty() ? "" : ", ", pid);
  return text.empty() ? "none" : text;
}

void check_processes(Trial& trial) {
  const std::string rootfs = prepare_root(trial);
  const Container container = start_container(trial, rootfs, {"tree"}, 3);
  const pid_t pid = container.processes.front().pid;
  expect_own_namespace(trial, pid, "pid", "in it, it sees and signals only its own processes.",
                       "shares-pids");
  const std::vector<pid_t> own = own_pids(neighbours_of(pid, trial.sandbox().groups().members()));
  const auto seen = proc_seen_by(pid);
  trial.expect(seen.has_value(),
               {.should = "A proc file system is mounted at /proc in the container.",
                .saw = "there is none",
                .where = fmt::format("/proc/{}/root/proc", pid),
                .look = fmt::format("{} /bin/ls /proc", by_hand),
                .cause = "Nobody mounted it, or it was mounted before ROOTFS became the root and "
                         "was not taken along.",
                .mend = ""});
  trial.expect(*seen == own,
               {.should = fmt::format("/proc in the container shows the container's processes, by "
                                      "the pids that they have inside: {}.",
                                      listed(own)),
                .saw = fmt::format("it shows {}", listed(*seen)),
                .where = fmt::format("/proc/{}/root/proc", pid),
                .look = fmt::format("{} /bin/ps", by_hand),
                .cause = "old-proc",
                .mend = ""});
}

void expect_exit(Trial& trial, Subject& program, int status, const std::string& should,
                 const std::string& script, const std::string& cause) {
  expect_status(trial, program, status, should, fmt::format("{} {}; echo $?", by_hand, script),
                cause);
}

void check_status(Trial& trial) {
  const std::string rootfs = prepare_root(trial);
  const int status = static_cast<int>(trial.between(3, 90));
  Subject& brief =
      trial.run(words(rootfs, {"exit", fmt::format("{}", status)}, trial.token("exit")));
  expect_exit(trial, brief, status,
              fmt::format("The program's exit status is the command's: {}.", status),
              "/bin/sh -c 'exit 7'", "swallows-status");

  const Container killed = start_container(trial, rootfs, {"hold"}, 1);
  trial.step("end the command with SIGKILL, from outside");
  ::kill(killed.processes.front().pid, SIGKILL);
  expect_exit(trial, killed.program, 128 + SIGKILL,
              "When a signal ends the command, the status is 128 + its number: 137 for SIGKILL.",
              "/bin/sleep 60 & sleep 1; sudo pkill -KILL -n sleep; wait $!", "forgets-signals");

  Subject& missing = trial.run({rootfs, "/" + trial.token("nothing")});
  expect_exit(trial, missing, 127, "Without such a command in ROOTFS, the status is 127.",
              "/nothing",
              "exec fails with ENOENT then. Whatever is called between it and the look at errno "
              "may change errno.");
}

void check_terminated(Trial& trial) {
  const std::string rootfs = prepare_root(trial);
  for (const int number : {SIGTERM, SIGINT}) {
    const std::string signal = number == SIGTERM ? "SIGTERM" : "SIGINT";
    const Container container = start_container(trial, rootfs, {"tree"}, 3);
    const std::string token = container.processes.front().arguments.back();
    trial.step(fmt::format("send {} to the program", signal));
    container.program.signal(number);
    trial.await_end(container.program, 10,
                    fmt::format("{} ends the program, and it ends its container.", signal));
    const bool ended = trial.eventually(2, [&] { return trial.payloads(token).empty(); });
    trial.expect(
        ended,
        {.should = fmt::format("After {}, no process of the container is left.", signal),
         .saw = fmt::format("{} are still running", trial.payloads(token).size()),
         .where = "/proc",
         .look = fmt::format("{} /bin/sleep 60 & sleep 1; sudo kill $!; pgrep -a sleep", by_hand),
         .cause = "leaves-container",
         .mend = ""});
  }
}

const Lab lab("00-first-container", {{"root", check_root},
                                     {"host-name", check_host_name},
                                     {"processes", check_processes},
                                     {"status", check_status},
                                     {"terminated", check_terminated}});

}  // namespace
