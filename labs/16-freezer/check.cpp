// What lab 16 must do, seen from outside.

#include <signal.h>

#include <algorithm>

#include "labkit/observe/freezer.hpp"
#include "labkit/verdict/conduct.hpp"
#include "labkit/verdict/trial.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

using namespace labkit;

namespace {

constexpr char see_frozen[] =
    "sudo build/freezer run demo -- sleep 60 & sudo build/freezer pause demo; cat "
    "/sys/fs/cgroup/slipway/demo/cgroup.events  # v1: freezer/slipway/demo/freezer.state";

// ── running the program
// ───────────────────────────────────────────────────────────────────────────

Subject& run_in(Trial& trial, const std::string& name, const std::vector<std::string>& words,
                const std::string& token) {
  std::vector<std::string> arguments = {"run", name, "--"};
  for (const std::string& word : Trial::payload(words, token)) arguments.push_back(word);
  return trial.run(arguments);
}

int status_of(Trial& trial, const std::vector<std::string>& arguments) {
  Subject& program = trial.run(arguments);
  return trial.await_end(program, 15, fmt::format("`{}` ends.", arguments.front())).status();
}

void expect_done(Trial& trial, const std::string& action, const std::string& name) {
  const int status = status_of(trial, {action, name});
  trial.expect(status == 0, {.should = fmt::format("`{} {}` ends with status 0.", action, name),
                             .saw = fmt::format("it ended with status {}", status),
                             .where = "the program's exit status",
                             .look = fmt::format("sudo build/freezer {} demo; echo $?", action),
                             .cause = "The program's own words, below, may say why.",
                             .mend = ""});
}

// ── what the processes do
// ─────────────────────────────────────────────────────────────────────────

double used_by(const std::vector<Process>& processes) {
  double seconds = 0;
  for (const Process& process : processes) seconds += cpu_seconds(process.pid);
  return seconds;
}

// Each of them, and not only their sum, has used CPU time since now.
bool all_run(Trial& trial, const std::vector<Process>& processes) {
  return std::ranges::all_of(processes, [&](const Process& process) {
    const double before = cpu_seconds(process.pid);
    return trial.eventually(5, [&] { return cpu_seconds(process.pid) > before; });
  });
}

void expect_running(Trial& trial, const std::vector<Process>& processes, const std::string& why) {
  const bool run = all_run(trial, processes);
  const Freezing seen = freezing_of(processes.front().pid);
  trial.expect(run, {.should = why,
                     .saw = "one of its processes uses no CPU time",
                     .where = fmt::format("/proc/PID/schedstat; {}: {}", seen.file, seen.says),
                     .look = see_frozen,
                     .cause = "",
                     .mend = ""});
}

std::string who(const std::vector<Process>& processes, const Process& process) {
  if (process.pid == processes.front().pid) return "the command";
  return process.parent == processes.front().pid ? "a child of the command"
                                                 : "a descendant of the command";
}

// All are in a frozen group at this very moment, and stay so while nobody thaws it.
void expect_frozen(Trial& trial, const std::vector<Process>& processes) {
  for (const Process& process : processes) {
    const Freezing seen = freezing_of(process.pid);
    const std::optional<Process> at = look_at(process.pid);
    const bool stopped = at && (at->state == 'T' || at->state == 't');
    const bool first = process.pid == processes.front().pid;
    trial.expect(
        seen.state == Freezing::yes,
        {.should = "When `pause` has ended, the command and all that it has started are in a group "
                   "that the kernel calls frozen.",
         .saw = fmt::format("{} is in a group that is {} ({}){}", who(processes, process),
                            seen.state == Freezing::partly ? "not frozen yet" : "not frozen",
                            seen.says, stopped ? ", and it is stopped by a signal: state T" : ""),
         .where = seen.file,
         .look = see_frozen,
         .cause = seen.state == Freezing::partly ? "returns-early"
                  : stopped                      ? "sigstop"
                  : first                        ? ""
                                                 : "first-process",
         .mend = ""});
    trial.expect(!stopped, {.should = "A frozen process is not a stopped one: neither it nor its "
                                      "parent notices anything.",
                            .saw = fmt::format("{} is in state {}", who(processes, process),
                                               at ? at->state : '?'),
                            .where = fmt::format("/proc/{}/stat", process.pid),
                            .look = "ps -o pid,stat,args",
                            .cause = "sigstop",
                            .mend = ""});
  }
}

void expect_still(Trial& trial, const std::vector<Process>& processes) {
  const double before = used_by(processes);
  trial.pause(0.1);
  const double used = used_by(processes) - before;
  trial.step(fmt::format("let 0.1 seconds pass: they use {:.3f} ms of CPU time", used * 1e3));
  trial.expect(used < 0.001, {.should = "While it is paused, no CPU time passes for the command.",
                              .saw = fmt::format("its processes used {:.1f} ms", used * 1e3),
                              .where = "/proc/PID/task/*/schedstat of all its processes",
                              .look = see_frozen,
                              .cause = "",
                              .mend = ""});
}

// ── what is left
// ──────────────────────────────────────────────────────────────────────────────────

// ── the checks
// ────────────────────────────────────────────────────────────────────────────────────

void check_paused(Trial& trial) {
  const std::string name = trial.token("group");
  const std::string token = trial.token("toil");
  Subject& program = run_in(trial, name, {"toil"}, token);
  const std::vector<Process> processes = trial.await_payloads(program, token, 3);
  expect_running(trial, processes, "Before it is paused, the command runs.");
  expect_done(trial, "pause", name);
  expect_frozen(trial, processes);
  expect_still(trial, processes);
  expect_done(trial, "pause", name);  // what is frozen already is no error, and stays so
  expect_frozen(trial, processes);
}

void check_waited(Trial& trial) {
  const std::string name = trial.token("group");
  const std::string token = trial.token("absorbed");
  // Long beside the end of a program, on a slow machine too, and short beside ten seconds.
  const int milliseconds = static_cast<int>(100 * std::clamp(trial.patience(), 1.0, 8.0));
  Subject& program = run_in(trial, name, {"absorbed", fmt::format("{}", milliseconds)}, token);
  const std::vector<Process> processes = trial.await_payloads(program, token, 2);
  trial.step(fmt::format("both are in system calls of {} ms, and freeze only at the end of one",
                         milliseconds));
  // A program that does not wait may be lucky, but hardly each time.
  for (int round = 0; round < 3; ++round) {
    trial.pause(0.001 * trial.patience() * static_cast<double>(trial.between(5, 50)));
    expect_done(trial, "pause", name);
    expect_frozen(trial, processes);
    expect_done(trial, "resume", name);
    expect_running(trial, processes, "After `resume`, the command runs again.");
  }
}

void check_alone(Trial& trial) {
  struct Run {
    std::string name;
    Subject* program = nullptr;
    std::vector<Process> processes;
  };
  Run runs[2];
  for (Run& run : runs) {
    run.name = trial.token("group");
    const std::string token = trial.token("toil");
    run.program = &run_in(trial, run.name, {"toil"}, token);
    run.processes = trial.await_payloads(*run.program, token, 3);
  }
  const std::string token = trial.token("neighbour");
  Subject& neighbour = trial.start_payload({"toil"}, token);
  const std::vector<Process> neighbours = trial.await_payloads(neighbour, token, 3);
  expect_done(trial, "pause", runs[0].name);
  expect_frozen(trial, runs[0].processes);
  expect_running(trial, runs[1].processes,
                 fmt::format("`pause {}` freezes that command alone; {} runs on.", runs[0].name,
                             runs[1].name));
  expect_running(trial, neighbours, "What was started from the same place runs on, too.");
  const Freezing own = freezing_of(runs[0].program->pid());
  // A program that became the command itself (exec) is the command.
  const bool became = runs[0].program->pid() == runs[0].processes.front().pid;
  trial.expect(became || own.state == Freezing::no,
               {.should = "The program itself is not frozen with its command: it has to answer "
                          "signals, and to clean up.",
                .saw = fmt::format("it is in a frozen group ({})", own.says),
                .where = own.file,
                .look = "sudo build/freezer run demo -- sleep 60 & cat /proc/$!/cgroup",
                .cause = "",
                .mend = ""});
  const std::string nobody = trial.token("nobody");
  for (const char* action : {"pause", "resume"}) {
    const int status = status_of(trial, {action, nobody});
    trial.expect(status == 125,
                 {.should = fmt::format("`{} {}` ends with status 125: there is no such group.",
                                        action, nobody),
                  .saw = fmt::format("it ended with status {}", status),
                  .where = "the program's exit status",
                  .look = fmt::format("sudo build/freezer {} nobody; echo $?", action),
                  .cause = "",
                  .mend = ""});
  }
  expect_running(trial, runs[1].processes, "A wrong name freezes nobody.");
}

void check_resumed(Trial& trial) {
  const std::string name = trial.token("group");
  const std::string token = trial.token("toil");
  Subject& program = run_in(trial, name, {"toil"}, token);
  const std::vector<Process> processes = trial.await_payloads(program, token, 3);
  expect_done(trial, "resume", name);  // what is not frozen may be let go on
  for (int round = 0; round < 2; ++round) {
    expect_done(trial, "pause", name);
    expect_frozen(trial, processes);
    expect_done(trial, "resume", name);
    const Freezing seen = freezing_of(processes.front().pid);
    trial.expect(trial.eventually(2, [&] { return freezing_of(processes[0].pid).state == 0; }),
                 {.should = "After `resume` the group is not frozen any more.",
                  .saw = fmt::format("it is ({})", seen.says),
                  .where = seen.file,
                  .look = see_frozen,
                  .cause = "",
                  .mend = ""});
    expect_running(trial, processes, "After `resume`, all processes of the command run again.");
  }
}

constexpr char see_status[] = "sudo build/freezer run demo -- sh -c 'exit 7'; echo $?";

void expect_status(Trial& trial, Subject& program, int status, const std::string& should) {
  labkit::expect_status(trial, program, status, should, see_status);
}

void expect_gone(Trial& trial, const std::set<std::string>& before, const std::string& token,
                 const std::string& after) {
  expect_groups_removed(trial, before, after);
  expect_ended(
      trial, token, after,
      "sudo build/freezer run demo -- sleep 60 & sleep 1; sudo kill $!; sleep 1; pgrep -a sleep");
}

void check_killed(Trial& trial) {
  const std::string name = trial.token("group");
  const std::string token = trial.token("toil");
  Subject& program = run_in(trial, name, {"toil"}, token);
  const std::vector<Process> processes = trial.await_payloads(program, token, 3);
  expect_done(trial, "pause", name);
  expect_frozen(trial, processes);
  const bool v1 = freezing_of(processes.front().pid).file.ends_with("freezer.state");
  trial.step("send SIGKILL to the command, and to no other");
  ::kill(processes.front().pid, SIGKILL);
  // On v1 a frozen task does not die before it is thawed.
  if (v1) expect_done(trial, "resume", name);
  expect_status(trial, program, 128 + SIGKILL,
                fmt::format("A command that is killed while it is frozen is status 137, {}.",
                            v1 ? "once it is thawed" : "at once"));
}

void check_cleaned(Trial& trial) {
  const std::set<std::string> before = all_groups(trial);
  const int drawn = static_cast<int>(trial.between(3, 90));
  const std::string status = fmt::format("{}", drawn);
  expect_status(trial, run_in(trial, trial.token("group"), {"exit", status}, "token"), drawn,
                fmt::format("The program's exit status is the command's: {}.", drawn));
  expect_status(trial, trial.run({"run", trial.token("group"), "--", "/lab/" + trial.token("no")}),
                127, "A command that does not exist is status 127.");
  std::string token = trial.token("daemon");
  expect_status(trial, run_in(trial, trial.token("group"), {"daemon"}, token), 0,
                "The program's exit status is the command's: 0.");
  expect_gone(trial, before, token, "When the command has ended and left a process behind,");

  for (const bool paused : {false, true}) {
    for (const int number : {SIGTERM, SIGINT}) {
      const std::string signal = number == SIGTERM ? "SIGTERM" : "SIGINT";
      const std::string name = trial.token("group");
      token = trial.token("polite");
      Subject& program = run_in(trial, name, {"polite", status}, token);
      const std::vector<Process> processes = trial.await_payloads(program, token, 2);
      if (paused) expect_done(trial, "pause", name);
      if (paused) expect_frozen(trial, processes);
      trial.step(fmt::format("send {} to `run`", signal));
      program.signal(number);
      const std::string after = fmt::format("{}{}", signal, paused ? " while it is paused" : "");
      trial.await_end(program, 5, after + " ends `run` and its command, which handles the signal.");
      expect_gone(trial, before, token, fmt::format("After {}", after));
    }
  }
}

const Lab lab("16-freezer", {{"paused", check_paused},
                             {"waited", check_waited},
                             {"alone", check_alone},
                             {"resumed", check_resumed},
                             {"killed", check_killed},
                             {"cleaned", check_cleaned}});

}  // namespace
