#include "labkit/verdict/conduct.hpp"

#include <signal.h>

#include <algorithm>

#include "slipway/error.hpp"

namespace labkit {
namespace {

void add_groups(const std::string& folder, std::set<std::string>& found) {
  for (const std::string& group : groups_in(folder)) {
    if (!group.ends_with("/top/slipway")) found.insert(group);
    add_groups(group, found);
  }
}

}  // namespace

void expect_status(Trial& trial, Subject& program, int status, const std::string& should,
                   const std::string& look, const std::string& cause) {
  const slipway::Exit exit =
      trial.await_end(program, 15, "The program ends when its command has ended.");
  trial.expect(exit.status() == status, {.should = should,
                                         .saw = fmt::format("it is {}", exit.status()),
                                         .where = "the program's exit status",
                                         .look = look,
                                         .cause = cause,
                                         .mend = ""});
}

Inside inside_of(Trial& trial, pid_t pid) {
  if (const auto inside = look_inside(pid)) return *inside;
  trial.fail({.should = "The command runs while it is looked at.",
              .saw = "it ended before",
              .where = fmt::format("/proc/{}", pid),
              .look = "",
              .cause = "The program's own words, below, may say why.",
              .mend = ""});
}

void expect_same_mounts_outside(Trial& trial, const std::vector<SeenMount>& before,
                                const std::string& by_hand) {
  const std::vector<SeenMount> after = inside_of(trial, trial.sandbox().init()).mounts;
  const bool same =
      std::ranges::equal(before, after, {}, &SeenMount::target, &SeenMount::target) &&
      std::ranges::equal(before, after, {}, &SeenMount::propagation, &SeenMount::propagation);
  trial.expect(
      same,
      {.should = "Outside, nothing is mounted that was not before, and each mount is "
                 "shared with whom it was.",
       .saw = fmt::format("there are {} mounts where there were {}{}", after.size(), before.size(),
                          after.size() == before.size() ? ", and not the same" : ""),
       .where = fmt::format("/proc/{}/mountinfo, outside", trial.sandbox().init()),
       .look = fmt::format("findmnt | wc -l; {} /bin/true; findmnt | wc -l", by_hand),
       .cause = "mounts-outside",
       .mend = "sudo findmnt /tmp/slipway-root   # unmount by hand what is left there"});
}

void end_payloads(Trial& trial, const std::string& token) {
  for (const Process& process : trial.payloads(token)) ::kill(process.pid, SIGKILL);
}

void expect_ended(Trial& trial, const std::string& token, const std::string& after,
                  const std::string& look) {
  size_t left = 0;
  const bool ended =
      trial.eventually(3, [&] { return (left = trial.payloads(token).size()) == 0; });
  trial.expect(ended, {.should = fmt::format("{} nothing of the command is left.", after),
                       .saw = fmt::format("{} of its processes are still running", left),
                       .where = "/proc",
                       .look = look,
                       .cause = "",
                       .mend = ""});
}

std::set<std::string> all_groups(Trial& trial) {
  std::set<std::string> found;
  for (const Tree& tree : trial.sandbox().groups().all_trees())
    add_groups(trial.sandbox().groups().folder(tree) + "/top", found);
  return found;
}

void expect_groups_removed(Trial& trial, const std::set<std::string>& before,
                           const std::string& after) {
  std::string left;
  const bool gone = trial.eventually(3, [&] {
    left.clear();
    for (const std::string& group : all_groups(trial))
      if (!before.contains(group)) left = group;
    return left.empty();
  });
  trial.expect(gone, {.should = fmt::format("{} the group is removed: one that nobody removes "
                                            "stays until the machine is started again.",
                                            after),
                      .saw = fmt::format("the folder is still there, with {} processes in it",
                                         gone ? 0 : members_below(left).size()),
                      .where = left,
                      .look = "find /sys/fs/cgroup -type d -path '*slipway*'",
                      .cause = "",
                      .mend = ""});
}

Arranged arrange(Trial& trial, const Conduct& conduct, const std::vector<std::string>& helper,
                 size_t processes) {
  const std::string token = trial.token(helper.front());
  Subject& program = conduct.run(Trial::payload(helper, token));
  Arranged all{program, trial.await_payloads(program, token, processes), token};
  conduct.arranged(all.processes.front());
  return all;
}

void expect_status_passed(Trial& trial, const Conduct& conduct) {
  const Arranged killed = arrange(trial, conduct, {"hold"}, 1);
  trial.step("end the command with SIGKILL, from outside");
  ::kill(killed.processes.front().pid, SIGKILL);
  expect_status(trial, killed.program, 128 + SIGKILL,
                "When a signal ends the command, the status is 128 + its number: 137 for SIGKILL.",
                conduct.by_hand + " sh -c 'kill -KILL $$'; echo $?", "");
  const std::string status = fmt::format("{}", trial.between(3, 90));
  expect_status(trial, conduct.run(Trial::payload({"exit", status}, trial.token("exit"))),
                std::stoi(status),
                fmt::format("The program's exit status is the command's: {}.", status),
                conduct.by_hand + " sh -c 'exit 7'; echo $?", "");
  expect_status(trial, conduct.run({"/tmp/" + trial.token("nothing")}), 127,
                "When there is no such command, the status is 127.",
                conduct.by_hand + " /nothing; echo $?", "");
}

void expect_ended_by_signals(Trial& trial, const Conduct& conduct) {
  for (const int number : {SIGTERM, SIGINT}) {
    const std::string signal = number == SIGTERM ? "SIGTERM" : "SIGINT";
    const Arranged running = arrange(trial, conduct, {"tree"}, 3);
    trial.step(fmt::format("send {} to the program", signal));
    running.program.signal(number);
    trial.await_end(running.program, 10,
                    fmt::format("{} ends the program, and it ends its command.", signal));
    expect_ended(trial, running.token, fmt::format("After {},", signal),
                 fmt::format("{} sleep 60 & sleep 1; sudo kill $!; sleep 1; pgrep -a sleep",
                             conduct.by_hand));
  }
}

}  // namespace labkit
