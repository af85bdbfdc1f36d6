// What lab 13 must do, seen from outside.

#include <signal.h>

#include <algorithm>
#include <cstdint>
#include <set>

#include "labkit/verdict/conduct.hpp"
#include "labkit/verdict/limits.hpp"
#include "labkit/verdict/trial.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

using namespace labkit;

namespace {

constexpr std::int64_t spare = 40;  // so many more than allowed the helper tries to have
constexpr char see_bomb[] =
    "sudo build/pids-limit --max 20 -- sh -c 'for i in $(seq 30); do sleep 5 & done; wait'";

// ── the group of a command, as the kernel shows it ───────────────────────────────────────────────

std::vector<std::string> groups_of(Trial& trial, pid_t pid) {
  return labkit::groups_of(trial, pid, "pids");
}

std::string top_of(Trial& trial) {
  return trial.sandbox().groups().folder(tree_with(trial, "pids")) + "/top";
}

std::string own_file(Trial& trial, pid_t pid, const std::string& name) {
  const auto groups = groups_of(trial, pid);
  return (groups.empty() ? top_of(trial) : groups.front()) + "/" + name;
}

std::optional<std::int64_t> limit_on(Trial& trial, pid_t pid) {
  return least_of(groups_of(trial, pid), "pids.max");
}

// How often the kernel refused a task because of pids.max: counted in the group of the one who
// asked, or, on v2 since Linux 6.11, in the group whose limit it was and in those above it.
std::int64_t refusals(Trial& trial, pid_t pid) {
  std::int64_t most = 0;
  for (const std::string& group : groups_of(trial, pid))
    most = std::max(most, group_number(group + "/pids.events", "max").value_or(0));
  return most;
}

// ── running the program ──────────────────────────────────────────────────────────────────────────

std::string text(std::int64_t number) {
  return fmt::format("{}", number);
}

Subject& run_with(Trial& trial, const std::string& most, const std::vector<std::string>& command) {
  std::vector<std::string> arguments = {"--max", most, "--"};
  arguments.insert(arguments.end(), command.begin(), command.end());
  return trial.run(arguments);
}

void expect_limit(Trial& trial, const Process& process) {
  trial.expect(limit_on(trial, process.pid).has_value(),
               {.should = "The command runs in a group that has a limit on its tasks.",
                .saw = "pids.max is \"max\" in its group and in all above",
                .where = own_file(trial, process.pid, "pids.max"),
                .look = "sudo build/pids-limit --max 20 -- cat /proc/self/cgroup",
                .cause = "The check `number` says more.",
                .mend = ""});
}

// ── a command that starts whatever it is let start ───────────────────────────────────────────────

// What is seen of it: its tasks, and the error with which one of them was refused more.
struct Crowd {
  std::vector<Process> processes;
  std::int64_t tasks = 0;
  std::string refused;  // "11", or empty: nobody was
};

Crowd look_at_crowd(Trial& trial, const std::string& token) {
  Crowd crowd{trial.payloads(token), 0, ""};
  for (const Process& process : crowd.processes) {
    crowd.tasks += static_cast<std::int64_t>(threads_of(process.pid).size());
    const std::string name = status_field(process.pid, "Name");
    if (name.starts_with("refused ")) crowd.refused = name.substr(8);
  }
  return crowd;
}

void expect_no_more(Trial& trial, const Crowd& crowd, std::int64_t most) {
  std::string cause;
  for (const Process& process : crowd.processes)
    if (!limit_on(trial, process.pid)) cause = "late-limit";
  const pid_t first = crowd.processes.empty() ? 0 : crowd.processes.front().pid;
  if (first != 0 && limit_on(trial, first) > most) cause = "one-more";
  trial.expect(
      crowd.tasks <= most,
      {.should = fmt::format("With --max {} the command, and all that it starts, has {} "
                             "tasks at most, each thread counted.",
                             most, most),
       .saw = fmt::format("there are {}, of {} processes", crowd.tasks, crowd.processes.size()),
       .where = own_file(trial, first, "pids.current"),
       .look = see_bomb,
       .cause = cause,
       .mend = ""});
}

// Waits until somebody was refused, and sees that it was the kernel, because of pids.max.
Crowd expect_refusal(Trial& trial, Subject& program, const std::string& token, std::int64_t most) {
  Crowd crowd;
  trial.await_payloads(program, token, 1);
  trial.eventually(10, [&] {
    crowd = look_at_crowd(trial, token);
    return crowd.tasks > most || !crowd.refused.empty() || program.wait(0);
  });
  trial.step(fmt::format(
      "it starts whatever it is let start: {} tasks, {}", crowd.tasks,
      crowd.refused.empty() ? "and nobody was refused" : "and then error " + crowd.refused));
  expect_no_more(trial, crowd, most);
  const pid_t first = crowd.processes.empty() ? 0 : crowd.processes.front().pid;
  trial.expect(
      crowd.refused == text(EAGAIN),
      {.should = fmt::format("Who wants one more than {} is refused: fork(2) and clone(2) "
                             "say EAGAIN, which is error {}.",
                             most, EAGAIN),
       .saw = crowd.refused.empty() ? fmt::format("{} tasks, and nobody was refused", crowd.tasks)
                                    : "error " + crowd.refused,
       .where = own_file(trial, first, "pids.current"),
       .look = see_bomb,
       .cause = "The program's own words, below, may say why.",
       .mend = ""});
  trial.expect(refusals(trial, first) > 0,
               {.should = "It is the limit of a group that refuses it, and the group counts that.",
                .saw = fmt::format("`max` is 0 in pids.events; the limit there is {}",
                                   limit_on(trial, first) ? text(*limit_on(trial, first)) : "max"),
                .where = own_file(trial, first, "pids.events"),
                .look = "sudo build/pids-limit --max 20 -- sh -c 'cat /proc/self/cgroup; sleep 60'"
                        "  # then look into that folder from another terminal",
                .cause = limit_on(trial, first) ? "rlimit-exact" : "rlimit-nproc",
                .mend = ""});
  return crowd;
}

void expect_exactly(Trial& trial, const std::string& token, std::int64_t most) {
  Crowd crowd;
  const bool full = trial.eventually(3, [&] {
    crowd = look_at_crowd(trial, token);
    return crowd.tasks >= most;
  });
  const bool short_of_one = crowd.tasks + 1 == most;
  trial.expect(full, {.should = fmt::format("With --max {} the command may have {} tasks, itself "
                                            "counted and nobody else.",
                                            most, most),
                      .saw = fmt::format("it gets no more than {}", crowd.tasks),
                      .where = "its processes, and the folder task of each, in /proc",
                      .look = see_bomb,
                      .cause = short_of_one ? "itself-inside" : "",
                      .mend = ""});
  expect_no_more(trial, crowd, most);
}

constexpr char see_status[] = "sudo build/pids-limit --max 20 -- sh -c 'exit 7'; echo $?";
constexpr char see_end[] =
    "sudo build/pids-limit --max 20 -- sleep 60 & kill $!; sleep 1; pgrep -af 'sleep 60'";

void expect_status(Trial& trial, Subject& program, int status, const std::string& of) {
  labkit::expect_status(trial, program, status,
                        fmt::format("The program's exit status is {}: {}.", status, of),
                        see_status);
}

void expect_gone(Trial& trial, const std::set<std::string>& before, const std::string& token,
                 const std::string& after) {
  expect_groups_removed(trial, before, after);
  expect_ended(trial, token, after, see_end);
}

// ── the checks ───────────────────────────────────────────────────────────────────────────────────

void check_number(Trial& trial) {
  const std::int64_t most = trial.between(6, 20);
  const std::string token = trial.token("bomb");
  Subject& program =
      run_with(trial, text(most), Trial::payload({"bomb", text(most + spare)}, token));
  const Crowd crowd = expect_refusal(trial, program, token, most);
  expect_exactly(trial, token, most);
  const pid_t victim = crowd.processes.back().pid;
  if (victim == crowd.processes.front().pid) return;
  ::kill(victim, SIGKILL);
  trial.step("kill one of them: its place is free again");
  trial.eventually(5, [&] { return look_at_crowd(trial, token).tasks < most || !look_at(victim); });
  expect_exactly(trial, token, most);
}

void check_threads(Trial& trial) {
  const std::int64_t most = trial.between(6, 20);
  const std::string token = trial.token("threads");
  Subject& program =
      run_with(trial, text(most), Trial::payload({"threads", text(most + spare)}, token));
  expect_refusal(trial, program, token, most);
  expect_exactly(trial, token, most);
}

void check_one(Trial& trial) {
  const std::string token = trial.token("bomb");
  Subject& program = run_with(trial, "1", Trial::payload({"bomb", text(spare)}, token));
  expect_refusal(trial, program, token, 1);
  end_payloads(trial, token);
  trial.await_end(program, 10, "The program ends when its command has ended.");
}

void check_refused(Trial& trial) {
  const std::string status = text(trial.between(3, 90));
  Subject& good = run_with(trial, text(trial.between(2, 9)),
                           Trial::payload({"exit", status}, trial.token("exit")));
  const slipway::Exit exit =
      trial.await_end(good, 10, "The program ends when its command has ended.");
  trial.expect(
      text(exit.status()) == status,
      {.should = fmt::format("A right number is taken: the status is the command's, {}.", status),
       .saw = fmt::format("it is {}", exit.status()),
       .where = "the program's exit status",
       .look = "sudo build/pids-limit --max 20 -- sh -c 'exit 7'; echo $?",
       .cause = "The program's own words, below, may say why.",
       .mend = ""});
  for (const char* bad : {"many", "20x", "-5", "1.5", ""}) {
    const std::string token = trial.token("hold");
    Subject& program = run_with(trial, bad, Trial::payload({"hold"}, token));
    std::optional<slipway::Exit> end;
    bool started = false;
    trial.eventually(10, [&] {
      started |= !trial.payloads(token).empty();
      end = program.wait(0);
      return started || end;
    });
    trial.expect(
        !started && end && end->status() == 125,
        {.should = fmt::format("\"{}\" is not a whole number above 0: the program says so, ends "
                               "with status 125, and starts nothing.",
                               bad),
         .saw = started ? "it started the command"
                : end   ? fmt::format("it ended with status {}", end->status())
                        : "it neither started the command nor ended",
         .where = "the program's exit status, and /proc",
         .look = fmt::format("sudo build/pids-limit --max '{}' -- echo started; echo $?", bad),
         .cause = started ? "half-a-number" : "",
         .mend = ""});
  }
}

// A program that limits nothing has nothing to clean up: so the limit is seen first.
Subject& run_limited(Trial& trial, const std::vector<std::string>& words, size_t processes,
                     const std::string& token) {
  Subject& program = run_with(trial, text(trial.between(6, 20)), Trial::payload(words, token));
  expect_limit(trial, trial.await_payloads(program, token, processes).front());
  return program;
}

void check_cleaned(Trial& trial) {
  trial.sandbox();
  const std::set<std::string> before = all_groups(trial);
  std::string token = trial.token("bomb");
  Subject& killed = run_limited(trial, {"bomb", text(spare)}, 4, token);
  trial.step("kill the command, and leave the others");
  ::kill(trial.payloads(token).front().pid, SIGKILL);
  expect_status(trial, killed, 128 + SIGKILL, "128 and the number of the signal");
  expect_gone(trial, before, token, "When the command has ended and left a fork bomb behind,");

  const int status = static_cast<int>(trial.between(3, 90));
  token = trial.token("exit");
  expect_status(trial, run_with(trial, "5", Trial::payload({"exit", text(status)}, token)), status,
                "the command's");
  expect_status(trial, run_with(trial, "5", {"/tmp/" + trial.token("none")}), 127,
                "there is no such command");
  expect_gone(trial, before, token, "When there was no such command, too,");

  for (const int number : {SIGTERM, SIGINT}) {
    const std::string signal = number == SIGTERM ? "SIGTERM" : "SIGINT";
    token = trial.token("bomb");
    Subject& program = run_limited(trial, {"bomb", text(spare)}, 4, token);
    trial.pause(0.05 * trial.patience());  // for the program, too, to come to its waiting
    trial.step(fmt::format("send {} to the program", signal));
    program.signal(number);
    trial.await_end(program, 15, fmt::format("{} ends the program.", signal));
    expect_gone(trial, before, token, fmt::format("After {}", signal));
  }
}

const Lab lab("13-pids-limit", {{"number", check_number},
                                {"threads", check_threads},
                                {"one", check_one},
                                {"refused", check_refused},
                                {"cleaned", check_cleaned}});

}  // namespace
