// What lab 24 must do, seen from outside.

#include <signal.h>

#include <algorithm>

#include "labkit/observe/inside.hpp"
#include "labkit/verdict/conduct.hpp"
#include "labkit/verdict/trial.hpp"
#include "slipway/error.hpp"

using namespace labkit;

namespace {

constexpr char by_hand[] = "sudo build/mount-private --";
constexpr char by_hand_receive[] = "sudo build/mount-private --receive --";

std::vector<SeenMount> mounts_of(Trial& trial, pid_t pid) {
  if (const auto inside = look_inside(pid)) return inside->mounts;
  trial.fail({.should = "The command runs while it is looked at.",
              .saw = "it ended before",
              .where = fmt::format("/proc/{}", pid),
              .look = "",
              .cause = "The program's own words, below, may say why.",
              .mend = ""});
}

// The mount that is on top of a folder, in the mount namespace of a process.
std::optional<SeenMount> mount_at(Trial& trial, pid_t pid, const std::string& folder) {
  std::optional<SeenMount> found;
  for (const SeenMount& mount : mounts_of(trial, pid))
    if (mount.target == folder) found = mount;
  return found;
}

// Changes the sandbox's own mounts, which are the outside of what the program makes.
void change_outside(Trial& trial, std::vector<std::string> actions) {
  actions.insert(actions.begin(), "mounts");
  Subject& payload = trial.start_payload(actions, trial.token("outside"));
  const slipway::Exit exit = trial.await_end(payload, 10, "The helper changes its mounts.");
  if (exit.status() != 0) throw slipway::Error("the helper could not change the sandbox's mounts");
}

// The sandbox as a machine on which systemd runs: every mount is shared with its later copies.
// There are two folders outside with a mount on each.
struct Stage {
  Trial& trial;
  std::string stays;  // a mount that nobody touches
  std::string goes;   // one that somebody will unmount
  pid_t outside;      // a process that never leaves the sandbox's own namespace
};

Stage prepare(Trial& trial) {
  trial.setting().shared_mounts = true;
  Stage stage{trial, "/tmp/" + trial.token("stays"), "/tmp/" + trial.token("goes"), 0};
  stage.outside = trial.sandbox().init();
  change_outside(trial, {"+" + stage.stays, "+" + stage.goes});
  return stage;
}

// The program with a command in a mount namespace of its own.
Conduct conduct(const Stage& stage, bool receive) {
  Trial& trial = stage.trial;
  const ino_t outside = namespace_of(stage.outside, "mnt");
  return {receive ? by_hand_receive : by_hand,
          [&trial, receive](const std::vector<std::string>& command) -> Subject& {
            std::vector<std::string> words = command;
            words.insert(words.begin(), "--");
            if (receive) words.insert(words.begin(), "--receive");
            return trial.run(words);
          },
          [&trial, outside](const Process& command) {
            trial.expect(
                namespace_of(command.pid, "mnt") != outside,
                {.should = "The command is in a mount namespace of its own.",
                 .saw = fmt::format("it is in mnt:[{}], and so is every process outside", outside),
                 .where = fmt::format("/proc/{}/ns/mnt", command.pid),
                 .look = fmt::format("{} readlink /proc/self/ns/mnt; readlink "
                                     "/proc/self/ns/mnt",
                                     by_hand),
                 .cause = "",
                 .mend = ""});
          }};
}

Arranged start_apart(const Stage& stage, bool receive, const std::vector<std::string>& helper,
                     size_t processes) {
  return arrange(stage.trial, conduct(stage, receive), helper, processes);
}

void end(Trial& trial, const Arranged& running) {
  for (const Process& process : trial.payloads(running.token)) ::kill(process.pid, SIGKILL);
  trial.await_end(running.program, 10, "The program ends when its command has ended.");
}

std::string in_words(const std::optional<SeenMount>& mount) {
  return mount ? fmt::format("a {} is mounted there", mount->type) : "nothing is mounted there";
}

bool is_shared(Trial& trial, pid_t pid, const std::string& folder) {
  const std::optional<SeenMount> mount = mount_at(trial, pid, folder);
  return mount && mount->propagation.find("shared:") != std::string::npos;
}

// What a command line shows of it, in a namespace that takes the place of the machine.
std::string by_hand_shared(bool receive, const std::string& rest) {
  return fmt::format("sudo unshare -m sh -c 'mount --make-rshared /; build/mount-private{} -- {}'",
                     receive ? " --receive" : "", rest);
}

// ── the checks
// ──────────────────────────────────────────────────────────────────────────────────────

void check_own_mounts(Trial& trial) {
  const Stage stage = prepare(trial);
  const Arranged running = start_apart(stage, false, {"tree"}, 3);
  for (const Process& process : running.processes) {
    trial.expect(
        namespace_of(process.pid, "mnt") == namespace_of(running.processes.front().pid, "mnt"),
        {.should = "The children of the command are in its mount namespace.",
         .saw = "one of them is in another",
         .where = fmt::format("/proc/{}/ns/mnt", process.pid),
         .look = "",
         .cause = "",
         .mend = ""});
    const std::optional<SeenMount> copy = mount_at(trial, process.pid, stage.stays);
    trial.expect(copy && copy->device == mount_at(trial, stage.outside, stage.stays)->device,
                 {.should = fmt::format("What was mounted outside before, on {}, is there for the "
                                        "command, too: a new mount namespace is a copy.",
                                        stage.stays),
                  .saw = in_words(copy),
                  .where = fmt::format("/proc/{}/mountinfo", process.pid),
                  .look = fmt::format("findmnt | wc -l; {} findmnt | wc -l", by_hand),
                  .cause = "Only what passes between the two is to be cut, not what is there.",
                  .mend = ""});
  }
}

// Mounts and unmounts inside, and looks whether anyone outside hears of it.
void expect_no_leak(Trial& trial, bool receive) {
  const Stage stage = prepare(trial);
  const std::string inner = "/tmp/" + trial.token("inner");
  const std::string deep = stage.stays + "/" + trial.token("deep");
  const Arranged running =
      start_apart(stage, receive, {"mounts-hold", "+" + inner, "+" + deep, "-" + stage.goes}, 2);
  const pid_t pid = running.processes.front().pid;
  const std::string look = by_hand_shared(receive, "mount -t tmpfs x /mnt; findmnt /mnt");
  for (const std::string& folder : {inner, deep}) {
    if (!mount_at(trial, pid, folder)) throw slipway::Error("the helper mounted nothing");
    const auto leaked = mount_at(trial, stage.outside, folder);
    trial.expect(!leaked, {.should = fmt::format("{}hat the command mounts, on {}, is mounted for "
                                                 "nobody outside.",
                                                 receive ? "With --receive, too, w" : "W", folder),
                           .saw = in_words(leaked) + ", for every process outside",
                           .where = fmt::format("/proc/{}/mountinfo, outside", stage.outside),
                           .look = look,
                           .cause = receive                      ? "receive-shared"
                                    : is_shared(trial, pid, "/") ? "left-shared"
                                                                 : "only-the-root",
                           .mend = fmt::format("sudo umount {}", folder)});
  }
  trial.expect(mount_at(trial, stage.outside, stage.goes).has_value(),
               {.should = fmt::format("What the command unmounts, on {}, stays mounted outside.",
                                      stage.goes),
                .saw = in_words(std::nullopt) + " any more, for every process outside",
                .where = fmt::format("/proc/{}/mountinfo, outside", stage.outside),
                .look = look,
                .cause = "",
                .mend = ""});
  end(trial, running);
}

void check_leaks_nothing(Trial& trial) {
  expect_no_leak(trial, false);
  expect_no_leak(trial, true);
}

// Mounts and unmounts outside while the command runs, and looks what of it comes in.
void expect_news(Trial& trial, bool receive) {
  const Stage stage = prepare(trial);
  const Arranged running = start_apart(stage, receive, {"hold"}, 1);
  const pid_t pid = running.processes.front().pid;
  const std::string later = "/tmp/" + trial.token("later");
  const std::string deep = stage.stays + "/" + trial.token("deep");
  change_outside(trial, {"+" + later, "+" + deep, "-" + stage.goes});
  const std::string look = by_hand_shared(
      receive,
      "sleep 9 & sleep 1; mount -t tmpfs x /mnt; grep /mnt /proc/$(pgrep -n sleep)/mountinfo");
  const std::string cause = !is_shared(trial, stage.outside, "/") ? "cuts-outside"
                            : receive                             ? "never-receives"
                            : is_shared(trial, pid, "/")          ? "left-shared"
                            : is_shared(trial, pid, stage.stays)  ? "only-the-root"
                                                                  : "always-receives";
  for (const std::string& folder : {later, deep}) {
    const auto arrived = mount_at(trial, pid, folder);
    trial.expect(arrived.has_value() == receive,
                 {.should = receive ? fmt::format("With --receive, what is mounted outside later, "
                                                  "on {}, is mounted for the command, too.",
                                                  folder)
                                    : fmt::format("Without --receive, what is mounted outside "
                                                  "later, on {}, does not come in.",
                                                  folder),
                  .saw = in_words(arrived) + ", for the command",
                  .where = fmt::format("/proc/{}/mountinfo", pid),
                  .look = look,
                  .cause = cause,
                  .mend = ""});
  }
  const auto gone = mount_at(trial, pid, stage.goes);
  trial.expect(gone.has_value() != receive,
               {.should = receive ? fmt::format("With --receive, what is unmounted outside, on {}, "
                                                "is unmounted for the command, too.",
                                                stage.goes)
                                  : fmt::format("Without --receive, what is unmounted outside, on "
                                                "{}, stays mounted for the command.",
                                                stage.goes),
                .saw = in_words(gone) + ", for the command",
                .where = fmt::format("/proc/{}/mountinfo", pid),
                .look = look,
                .cause = cause,
                .mend = ""});
  end(trial, running);
}

void check_keeps_out(Trial& trial) {
  expect_news(trial, false);
}

void check_receives(Trial& trial) {
  expect_news(trial, true);
}

void check_outside(Trial& trial) {
  for (const bool receive : {false, true}) {
    const Stage stage = prepare(trial);
    const std::vector<SeenMount> before = mounts_of(trial, stage.outside);
    const Arranged running = start_apart(stage, receive, {"hold"}, 1);
    for (const bool ended : {false, true}) {
      if (ended) end(trial, running);
      const std::vector<SeenMount> after = mounts_of(trial, stage.outside);
      const auto [was, is] = std::ranges::mismatch(before, after, {}, &SeenMount::propagation,
                                                   &SeenMount::propagation);
      const std::string saw =
          is == after.end() || was == before.end()
              ? fmt::format("there are {} mounts and not {}", after.size(), before.size())
              : fmt::format("at {} it is now \"{}\" and not \"{}\"", is->target, is->propagation,
                            was->propagation);
      trial.expect(
          was == before.end() && is == after.end(),
          {.should = "Outside, everything is as it was: the mounts, and with whom each is "
                     "shared.",
           .saw = saw,
           .where = fmt::format("/proc/{}/mountinfo, outside, before the \" - \"", stage.outside),
           .look = fmt::format("findmnt -o TARGET,PROPAGATION; {} true; findmnt -o "
                               "TARGET,PROPAGATION",
                               by_hand),
           .cause = "",
           .mend = "sudo mount --make-rshared /   # after a run by hand, where it was so"});
    }
  }
}

void check_status(Trial& trial) {
  const Stage stage = prepare(trial);
  expect_status_passed(trial, conduct(stage, false));
}

void check_terminated(Trial& trial) {
  const Stage stage = prepare(trial);
  expect_ended_by_signals(trial, conduct(stage, false));
}

const Lab lab("24-mount", {{"own-mounts", check_own_mounts},
                           {"leaks-nothing", check_leaks_nothing},
                           {"keeps-out", check_keeps_out},
                           {"receives", check_receives},
                           {"outside", check_outside},
                           {"status", check_status},
                           {"terminated", check_terminated}});

}  // namespace
