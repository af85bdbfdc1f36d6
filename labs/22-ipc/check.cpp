// What lab 22 must do, seen from outside.

#include <signal.h>

#include "labkit/observe/queues.hpp"
#include "labkit/verdict/conduct.hpp"
#include "labkit/verdict/trial.hpp"
#include "slipway/error.hpp"

using namespace labkit;

namespace {

constexpr char by_hand[] = "sudo build/ipc --";
constexpr char window[] = "/dev/mqueue";

// A System V key and the name of a POSIX queue, which nobody else has.
struct Things {
  std::int64_t key;
  std::string name;
};

// The sandbox with queues in it, shown at /dev/mqueue, and with all mounts shared as on a machine
// with systemd; in it a helper that has made some of each kind.
struct Stage {
  Trial& trial;
  Things outer;
  pid_t outside;  // a process that never leaves the sandbox's own namespaces
};

Things draw(Trial& trial, const std::string& whose) {
  return {trial.between(1'000'000, 2'000'000'000), trial.token(whose)};
}

std::vector<std::string> helper_for(const Things& things) {
  return {"queues", fmt::format("{}", things.key), things.name};
}

Queues queues_in(Trial& trial, pid_t pid) {
  if (const auto queues = queues_of(pid)) return *queues;
  trial.fail({.should = "The command runs while it is looked at.",
              .saw = "it ended before",
              .where = fmt::format("/proc/{}", pid),
              .look = "",
              .cause = "The program's own words, below, may say why.",
              .mend = ""});
}

std::string kinds_with(const Queues& queues, const Things& things) {
  std::string kinds;
  const auto add = [&](bool there, const char* kind) {
    if (there) kinds += (kinds.empty() ? "" : ", ") + std::string(kind);
  };
  add(queues.messages.contains(things.key), "message queue");
  add(queues.semaphores.contains(things.key), "semaphores");
  add(queues.memory.contains(things.key), "shared memory");
  return kinds;
}

constexpr char all_kinds[] = "message queue, semaphores, shared memory";

Stage prepare(Trial& trial) {
  if (!has_posix_queues())
    trial.blocked("this kernel was built without POSIX message queues (CONFIG_POSIX_MQUEUE)",
                  "grep mqueue /proc/filesystems");
  trial.setting().furniture.queues = true;
  trial.setting().shared_mounts = true;
  Stage stage{trial, draw(trial, "outer"), trial.sandbox().init()};
  const std::string token = trial.token("queues");
  Subject& helper = trial.start_payload(helper_for(stage.outer), token);
  trial.await_payloads(helper, token, 2);
  const Queues queues = queues_in(trial, stage.outside);
  const auto shown = queues_seen_at(stage.outside, window);
  if (kinds_with(queues, stage.outer) != all_kinds || !queues.posix.contains(stage.outer.name) ||
      !shown || !shown->contains(stage.outer.name))
    throw slipway::Error("what the helper made in the sandbox is not to be seen there");
  return stage;
}

void expect_own_namespace(const Stage& stage, pid_t pid, const std::string& who) {
  const ino_t outside = namespace_of(stage.outside, "ipc");
  stage.trial.expect(
      namespace_of(pid, "ipc") != outside,
      {.should = fmt::format("{} is in an IPC namespace of its own.", who),
       .saw = fmt::format("it is in ipc:[{}], and so is every process outside", outside),
       .where = fmt::format("/proc/{}/ns/ipc", pid),
       .look = fmt::format("readlink /proc/self/ns/ipc; {} readlink /proc/self/ns/ipc", by_hand),
       .cause = "",
       .mend = ""});
}

Conduct conduct(const Stage& stage) {
  return {
      by_hand,
      [&trial = stage.trial](const std::vector<std::string>& command) -> Subject& {
        std::vector<std::string> words = command;
        words.insert(words.begin(), "--");
        return trial.run(words);
      },
      [stage](const Process& command) { expect_own_namespace(stage, command.pid, "The command"); }};
}

// The program with a helper as its command that makes some of each kind.
Arranged start_apart(const Stage& stage, const Things& things) {
  try {
    return arrange(stage.trial, conduct(stage), helper_for(things), 2);
  } catch (Failure& failure) {
    // The kernel lets nobody mount one and the same file system on itself.
    if (stage.trial.printed().find("busy") != std::string::npos)
      failure.finding.cause = "window-first";
    throw;
  }
}

// ── the checks
// ──────────────────────────────────────────────────────────────────────────────────────

void check_system_v(Trial& trial) {
  const Stage stage = prepare(trial);
  const Things inner = draw(trial, "inner");
  const Arranged running = start_apart(stage, inner);
  for (const Process& process : running.processes)
    expect_own_namespace(
        stage, process.pid,
        process.pid == running.processes.front().pid ? "The command" : "A child of the command");
  const pid_t pid = running.processes.front().pid;
  const Queues inside = queues_in(trial, pid);
  if (kinds_with(inside, inner) != all_kinds)
    throw slipway::Error("what the helper made is not to be seen in its own namespace");
  const auto expect_unseen = [&](pid_t where, const Queues& queues, const Things& things,
                                 const std::string& should) {
    const std::string seen = kinds_with(queues, things);
    trial.expect(seen.empty(),
                 {.should = should,
                  .saw = fmt::format("these are to be seen, with the key {}: {}", things.key, seen),
                  .where = fmt::format("/proc/sysvipc, in /proc/{}/ns/ipc", where),
                  .look = fmt::format("ipcmk -Q; {} ipcs -q; ipcrm -a", by_hand),
                  .cause = "",
                  .mend = ""});
  };
  expect_unseen(pid, inside, stage.outer,
                "System V queues, semaphores and shared memory of others are not to be seen by the "
                "command.");
  expect_unseen(stage.outside, queues_in(trial, stage.outside), inner,
                "System V queues, semaphores and shared memory of the command are not to be seen "
                "outside.");
}

void check_posix(Trial& trial) {
  const Stage stage = prepare(trial);
  const Things inner = draw(trial, "inner");
  const Arranged running = start_apart(stage, inner);
  const pid_t pid = running.processes.front().pid;
  const std::set<std::string> inside = queues_in(trial, pid).posix;
  const std::set<std::string> outside = queues_in(trial, stage.outside).posix;
  trial.expect(
      inside.contains(inner.name) && !inside.contains(stage.outer.name),
      {.should = "Of the POSIX message queues, the command can open its own and no other.",
       .saw = fmt::format("the queue /{} of another process can be opened by it", stage.outer.name),
       .where = fmt::format("mq_open(3), in /proc/{}/ns/ipc", pid),
       .look = fmt::format("{} ls {}", by_hand, window),
       .cause = "",
       .mend = ""});
  trial.expect(outside.contains(stage.outer.name) && !outside.contains(inner.name),
               {.should = "Outside, nobody can open a POSIX message queue of the command's.",
                .saw = outside.contains(inner.name)
                           ? fmt::format("the command's queue /{} can be opened", inner.name)
                           : fmt::format("the queue /{} outside is gone", stage.outer.name),
                .where = "mq_open(3), outside",
                .look = fmt::format("{} touch {}/letters; ls {}", by_hand, window, window),
                .cause = "",
                .mend = ""});
}

// What a process sees at /dev/mqueue: `shown` and not `unshown`.
void expect_window(const Stage& stage, pid_t pid, const std::string& shown,
                   const std::string& unshown, bool own_mounts) {
  const bool inside = pid != stage.outside;
  const auto seen = queues_seen_at(pid, window);
  const auto expect = [&](bool so, const std::string& saw, const std::string& cause) {
    stage.trial.expect(
        so, {.should = fmt::format("At {}, {} the POSIX message queues of {} IPC namespace, and no "
                                   "others.",
                                   window, inside ? "the command sees" : "everybody outside sees",
                                   inside ? "its own" : "their"),
             .saw = saw,
             .where = fmt::format("/proc/{}/root{}", pid, window),
             .look = fmt::format("touch {0}/letters; {1} ls {0}; ls {0}; rm {0}/letters", window,
                                 by_hand),
             .cause = cause,
             .mend = inside ? "" : fmt::format("sudo umount {}   # after a run by hand", window)});
  };
  const std::string covers = own_mounts ? "leaks-window" : "covers-outside";
  expect(seen.has_value(), "no mqueue file system is mounted there",
         inside ? "hides-window" : covers);
  expect(!seen->contains(unshown),
         fmt::format("there is the queue {} of {}", unshown,
                     inside ? "a process outside" : "the command"),
         !inside      ? covers
         : own_mounts ? "window-first"
                      : "old-window");
  expect(seen->contains(shown), fmt::format("the queue {}, which is there, is not shown", shown),
         inside ? "" : covers);
}

void check_window(Trial& trial) {
  const Stage stage = prepare(trial);
  const Things inner = draw(trial, "inner");
  const Arranged running = start_apart(stage, inner);
  const pid_t pid = running.processes.front().pid;
  const bool own_mounts = namespace_of(pid, "mnt") != namespace_of(stage.outside, "mnt");
  expect_window(stage, stage.outside, stage.outer.name, inner.name, own_mounts);
  expect_window(stage, pid, inner.name, stage.outer.name, own_mounts);
  for (const Process& process : trial.payloads(running.token)) ::kill(process.pid, SIGKILL);
  trial.await_end(running.program, 10, "The program ends when its command has ended.");
  expect_window(stage, stage.outside, stage.outer.name, inner.name, own_mounts);
}

void check_status(Trial& trial) {
  expect_status_passed(trial, conduct(prepare(trial)));
}

void check_terminated(Trial& trial) {
  expect_ended_by_signals(trial, conduct(prepare(trial)));
}

const Lab lab("22-ipc", {{"system-v", check_system_v},
                         {"posix", check_posix},
                         {"window", check_window},
                         {"status", check_status},
                         {"terminated", check_terminated}});

}  // namespace
