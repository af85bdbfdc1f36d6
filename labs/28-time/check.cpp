// What lab 28 must do, seen from outside.

#include <signal.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "labkit/observe/clock.hpp"
#include "labkit/verdict/conduct.hpp"
#include "labkit/verdict/trial.hpp"
#include "slipway/error.hpp"

using namespace labkit;

namespace {

constexpr std::int64_t second = 1'000'000'000;  // ns
constexpr char by_hand[] = "sudo build/clock-offset --boottime 86400 --";

// A command that holds: its program, and its processes, the command itself first.
struct Running {
  Subject& program;
  std::vector<Process> processes;

  pid_t command() const { return processes.front().pid; }
};

std::vector<std::string> words(std::int64_t offset, const std::vector<std::string>& helper,
                               const std::string& token) {
  std::vector<std::string> all = Trial::payload(helper, token);
  const std::vector<std::string> options = {"--boottime", fmt::format("{}", offset), "--"};
  all.insert(all.begin(), options.begin(), options.end());
  return all;
}

void expect_own_namespace(Trial& trial, const Running& running) {
  const ino_t ours = namespace_of(trial.sandbox().init(), "time");
  const ino_t first = namespace_of(running.command(), "time");
  for (const Process& process : running.processes) {
    const ino_t space = namespace_of(process.pid, "time");
    const bool command = process.pid == running.command();
    trial.expect(
        space != ours && space == first,
        {.should = "The command and its children are in a new time namespace.",
         .saw = fmt::format(
             "{} is in time:[{}], {}", command ? "the command" : "its child", space,
             space == ours ? "and so is every process outside" : "and the command in another"),
         .where =
             fmt::format("/proc/{}/ns/time (time_for_children is for the next child)", process.pid),
         .look = fmt::format("{} sleep 60 &   sudo ls -l /proc/$(pgrep -n sleep)/ns", by_hand),
         .cause = space == ours ? "born-before" : "",
         .mend = ""});
  }
}

// Starts a helper as the command, and sees it in a namespace of its own.
Running start_command(Trial& trial, std::int64_t offset, const std::vector<std::string>& helper,
                      size_t processes) {
  const std::string token = trial.token(helper[0]);
  Subject& program = trial.run(words(offset, helper, token));
  try {
    const Running running{program, trial.await_payloads(program, token, processes)};
    expect_own_namespace(trial, running);
    return running;
  } catch (Failure& failure) {
    const std::string& said = program.errors();
    // The two ways in which the kernel refuses a record.
    if (said.find("Permission denied") != std::string::npos) failure.finding.cause = "too-late";
    if (said.find("Invalid argument") != std::string::npos) failure.finding.cause = "realtime";
    throw;
  }
}

Clocks clocks_in(Trial& trial, pid_t pid) {
  if (const auto clocks = clocks_of(pid)) return *clocks;
  trial.fail({.should = "The command runs while its clocks are read.",
              .saw = "it ended before",
              .where = fmt::format("/proc/{}", pid),
              .look = "",
              .cause = "The program's own words, below, may say why.",
              .mend = ""});
}

// Draws an offset: forward by a day to three years, or back, but not behind the start of a machine
// that may just have been started.
std::int64_t draw(Trial& trial, bool forward) {
  if (forward) return trial.between(86'400, 100'000'000);
  const std::int64_t uptime = clocks_here().boottime / second;
  return -trial.between(1, std::clamp<std::int64_t>(uptime / 2, 1, 3'600));
}

double seconds(std::int64_t nanoseconds) {
  return static_cast<double>(nanoseconds) / 1e9;
}

// That a clock, read inside between two readings of it outside, is ahead by `offset`.
void expect_clock(Trial& trial, const Running& running, const char* clock, std::int64_t before,
                  std::int64_t inside, std::int64_t after, std::int64_t offset,
                  const std::string& should, const std::string& cause) {
  const std::int64_t moved = inside - offset * second;
  trial.expect(
      before <= moved && moved <= after,
      {.should = should,
       .saw = fmt::format("{} was {:.3f} s outside, and {:.3f} s inside right after: {:.0f} "
                          "s ahead",
                          clock, seconds(before), seconds(inside), seconds(inside - before)),
       .where = fmt::format("clock_gettime(2) in /proc/{}/ns/time", running.command()),
       .look = fmt::format("{} cat /proc/uptime; cat /proc/uptime", by_hand),
       .cause = cause,
       .mend = ""});
}

void expect_exit(Trial& trial, Subject& program, int status, const std::string& should,
                 const std::string& script) {
  expect_status(trial, program, status, should, fmt::format("{} {}; echo $?", by_hand, script), "");
}

// ── the checks
// ──────────────────────────────────────────────────────────────────────────────────────

void check_namespace(Trial& trial) {
  start_command(trial, draw(trial, true), {"tree"}, 3);
}

void check_boottime(Trial& trial) {
  for (const bool forward : {true, false}) {
    const std::int64_t offset = draw(trial, forward);
    const Running running = start_command(trial, offset, {"hold"}, 1);
    const std::int64_t before = clocks_here().boottime;
    const Clocks inside = clocks_in(trial, running.command());
    const std::int64_t after = clocks_here().boottime;
    const std::int64_t elsewhere = inside.monotonic - offset * second;
    const bool other_clock =
        std::llabs(elsewhere - clocks_here().monotonic) < 60 * second && inside.boottime <= after;
    trial.step("read the command's clocks, between two readings outside");
    expect_clock(trial, running, "CLOCK_BOOTTIME", before, inside.boottime, after, offset,
                 fmt::format("For the command, the machine was started {} seconds {}: "
                             "CLOCK_BOOTTIME says so.",
                             std::llabs(offset), forward ? "earlier" : "later"),
                 other_clock ? "monotonic" : "");
    ::kill(running.command(), SIGKILL);
    trial.await_end(running.program, 10, "The program ends when its command has ended.");
  }
}

void check_others(Trial& trial) {
  const std::int64_t offset = draw(trial, true);
  const Clocks outside = clocks_here();
  const Running running = start_command(trial, offset, {"hold"}, 1);
  const Clocks before = clocks_here();
  const Clocks inside = clocks_in(trial, running.command());
  const Clocks after = clocks_here();
  trial.step("read the command's clocks, between two readings outside");
  const std::string kept = "Only CLOCK_BOOTTIME moves: --boottime says nothing of the others.";
  trial.expect(inside.boottime > after.boottime,
               {.should = "CLOCK_BOOTTIME is ahead, or nothing can be said of the other clocks.",
                .saw = "it is as outside",
                .where = fmt::format("clock_gettime(2) in /proc/{}/ns/time", running.command()),
                .look = fmt::format("{} cat /proc/uptime; cat /proc/uptime", by_hand),
                .cause = "monotonic",
                .mend = ""});
  expect_clock(trial, running, "CLOCK_MONOTONIC", before.monotonic, inside.monotonic,
               after.monotonic, 0, kept, "both-clocks");
  // Somebody may set the machine's clock right meanwhile, by a little.
  const std::int64_t jump =
      (after.realtime - outside.realtime) - (after.monotonic - outside.monotonic);
  trial.expect(std::llabs(jump) < 60 * second,
               {.should = "The time of day stays what it is: no namespace has its own.",
                .saw = fmt::format("the whole machine's clock jumped by {:.0f} s", seconds(jump)),
                .where = "clock_gettime(2), CLOCK_REALTIME",
                .look = fmt::format("date; {} date; date", by_hand),
                .cause = "realtime",
                .mend = "sudo hwclock --hctosys"});
}

void check_refused(Trial& trial) {
  // Seen to be allowed first, so that a refusal is one of this offset.
  Subject& fine = trial.run(words(draw(trial, true), {"exit", "0"}, trial.token("exit")));
  expect_exit(trial, fine, 0, "The program's exit status is the command's: 0.", "true");
  const std::int64_t uptime = clocks_here().boottime / second;
  const std::int64_t before_boot = -(uptime + trial.between(86'400, 100'000'000));
  Subject& refused = trial.run(words(before_boot, {"exit", "0"}, trial.token("exit")));
  expect_exit(trial, refused, 125,
              "A clock cannot show less than zero. The kernel refuses such an offset, and so does "
              "the program, with status 125 and without running the command.",
              "true   # with --boottime -999999999");
}

void check_status(Trial& trial) {
  const std::int64_t offset = draw(trial, true);
  const int status = static_cast<int>(trial.between(3, 90));
  Subject& brief =
      trial.run(words(offset, {"exit", fmt::format("{}", status)}, trial.token("exit")));
  expect_exit(trial, brief, status,
              fmt::format("The program's exit status is the command's: {}.", status),
              "sh -c 'exit 7'");
  const Running killed = start_command(trial, offset, {"hold"}, 1);
  trial.step("end the command with SIGKILL, from outside");
  ::kill(killed.command(), SIGKILL);
  expect_exit(trial, killed.program, 128 + SIGKILL,
              "When a signal ends the command, the status is 128 + its number: 137 for SIGKILL.",
              "sh -c 'kill -KILL $$'");
  Subject& missing =
      trial.run({"--boottime", fmt::format("{}", offset), "--", "/" + trial.token("nothing")});
  expect_exit(trial, missing, 127, "Without such a command, the status is 127.", "/nothing");
}

void check_terminated(Trial& trial) {
  for (const int number : {SIGTERM, SIGINT}) {
    const std::string signal = number == SIGTERM ? "SIGTERM" : "SIGINT";
    const Running running = start_command(trial, draw(trial, true), {"hold"}, 1);
    const std::string token = running.processes.front().arguments.back();
    trial.step(fmt::format("send {} to the program", signal));
    running.program.signal(number);
    trial.await_end(running.program, 10, fmt::format("{} ends the program.", signal));
    trial.expect(
        trial.eventually(2, [&] { return trial.payloads(token).empty(); }),
        {.should = fmt::format("{} ends the command, too.", signal),
         .saw = "the command is still running",
         .where = "/proc",
         .look = fmt::format("{} sleep 60 & sleep 1; sudo kill $!; pgrep -a sleep", by_hand),
         .cause = "",
         .mend = ""});
  }
}

const Lab lab("28-time", {{"namespace", check_namespace},
                          {"boottime", check_boottime},
                          {"others", check_others},
                          {"refused", check_refused},
                          {"status", check_status},
                          {"terminated", check_terminated}});

}  // namespace
