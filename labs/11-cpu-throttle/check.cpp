// What lab 11 must do, seen from outside.

#include <signal.h>

#include <cmath>
#include <set>

#include "labkit/verdict/conduct.hpp"
#include "labkit/verdict/limits.hpp"
#include "labkit/verdict/trial.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

using namespace labkit;

namespace {

constexpr char see_limit[] =
    "sudo build/cpu-throttle --cpus 0.25 -- sh -c 'cat /proc/self/cgroup; sleep 60'  # then look "
    "into that folder from another terminal";

// ── the limit on a process, as the kernel has it
// ──────────────────────────────────────────────────

std::string group_folder(Trial& trial, pid_t pid) {
  const Tree tree = tree_with(trial, "cpu");
  return tree.folder(cgroups_of(pid)[tree.name]);
}

std::string in_words(const std::optional<CpuLimit>& limit) {
  if (!limit) return "no limit";
  return fmt::format("{:.0f} of every {:.0f} microseconds, which is {:.3f} processors",
                     limit->quota * 1e6, limit->period * 1e6, limit->cpus());
}

std::string files_of(Trial& trial, const std::string& folder) {
  const bool v2 = tree_with(trial, "cpu").version == 2;
  return folder + (v2 ? "/cpu.max" : "/cpu.cfs_quota_us and cpu.cfs_period_us");
}

// The limit on the process once it is `cpus` (a rounded quota is as good); fails when it is not.
CpuLimit expect_limit(Trial& trial, const Process& process, double cpus, const std::string& who,
                      const std::string& cause) {
  std::optional<CpuLimit> limit;
  const bool right = trial.eventually(1, [&] {
    limit = cpu_limit_on(trial, process.pid);
    return limit && std::abs(limit->cpus() / cpus - 1) < 0.01;
  });
  trial.expect(right,
               {.should = fmt::format("{} may use {:.3f} processors: its group's quota is "
                                      "{:.3f} times the period, whatever the period is.",
                                      who, cpus, cpus),
                .saw = "its group has " + in_words(limit),
                .where = files_of(trial, limit ? limit->folder : group_folder(trial, process.pid)),
                .look = see_limit,
                .cause = cause,
                .mend = ""});
  return *limit;
}

// ── running the program
// ───────────────────────────────────────────────────────────────────────────

Subject& run_with(Trial& trial, const std::string& cpus, const std::vector<std::string>& command) {
  std::vector<std::string> arguments = {"--cpus", cpus, "--"};
  arguments.insert(arguments.end(), command.begin(), command.end());
  return trial.run(arguments);
}

// A number of processors, drawn in thousandths, and the text of it.
struct Asked {
  double cpus;
  std::string text;
};

Asked draw(Trial& trial, std::int64_t least, std::int64_t most) {
  const double cpus = static_cast<double>(trial.between(least, most)) / 1000;
  return {cpus, fmt::format("{:.3f}", cpus)};
}

// A program that limits nothing has nothing to clean up and nobody to leave alone: so each check
// sees the limit first.
Subject& run_limited(Trial& trial, const std::vector<std::string>& words, size_t processes,
                     const std::string& token) {
  const Asked asked = draw(trial, 100, 900);
  Subject& program = run_with(trial, asked.text, Trial::payload(words, token));
  const Process command = trial.await_payloads(program, token, processes).front();
  expect_limit(trial, command, asked.cpus, "The command", "");
  return program;
}

// ── what is left
// ──────────────────────────────────────────────────────────────────────────────────

constexpr char see_status[] = "sudo build/cpu-throttle --cpus 0.5 -- sh -c 'exit 7'; echo $?";
constexpr char see_end[] =
    "sudo build/cpu-throttle --cpus 0.5 -- sleep 60 & kill $!; sleep 1; pgrep -af 'sleep 60'";

void expect_status(Trial& trial, Subject& program, int status, const std::string& of) {
  labkit::expect_status(trial, program, status,
                        fmt::format("The program's exit status is {}: {}.", of, status),
                        see_status);
}

// ── the checks
// ────────────────────────────────────────────────────────────────────────────────────

void check_quota(Trial& trial) {
  for (const auto& [least, most] : {std::pair{30, 950}, std::pair{1050, 1950}}) {
    const Asked asked = draw(trial, least, most);
    const std::string token = trial.token("hold");
    Subject& program = run_with(trial, asked.text, Trial::payload({"hold"}, token));
    const Process command = trial.await_payloads(program, token, 1).front();
    const bool many = asked.cpus > 1;
    const std::optional<CpuLimit> limit = cpu_limit_on(trial, command.pid);
    const bool cut = many && limit && limit->cpus() < 1.01;
    expect_limit(trial, command, asked.cpus, "The command", cut ? "one-cpu-at-most" : "");
    end_payloads(trial, token);
    trial.await_end(program, 10, "The program ends when its command has ended.");
  }
}

// All CPU time that these processes have used, in seconds.
double used_by(const std::vector<Process>& processes) {
  double seconds = 0;
  for (const Process& process : processes) seconds += cpu_seconds(process.pid);
  return seconds;
}

// Lets the command run for a second and more, until it was throttled often enough to be believed.
// What it got is then told by the kernel's clocks; how fast the machine is plays no part.
void expect_throttled(Trial& trial, const std::vector<Process>& processes, const CpuLimit& limit,
                      double seconds) {
  const std::string stat = limit.folder + "/cpu.stat";
  const auto throttled = [&] { return group_number(stat, "nr_throttled").value_or(0); };
  const double begin = now();
  const std::int64_t times_before = throttled();
  const double used_before = used_by(processes);
  bool stopped = false;
  // Twice what is due, and one period more: room for the kernel's slices and for rounding. Where
  // the machine's processors are themselves taken away for long (a busy host), the kernel lets them
  // use more at first, and collects the debt later.
  double used = 0;
  double wall = 0;
  const auto most = [&] { return 2 * limit.cpus() * wall + limit.quota + 0.1; };
  constexpr double time_for_debts = 6;  // seconds
  const auto often = [&] { return throttled() >= times_before + 2; };
  trial.eventually(seconds, [&] {
    const std::optional<Process> first = look_at(processes.front().pid);
    stopped |= first && first->state == 'T';
    used = used_by(processes) - used_before;
    wall = now() - begin;
    return wall > 1.2 && often() && (used <= most() || wall > time_for_debts);
  });
  trial.step(
      fmt::format("let them run for {:.1f} seconds: they use {:.2f} s of CPU time", wall, used));
  trial.expect(often(), {.should = "The kernel itself throttles the group, again and again: it "
                                   "wants more than it may have.",
                         .saw = fmt::format("nr_throttled went from {} to {} in {:.0f} seconds",
                                            times_before, throttled(), wall),
                         .where = stat,
                         .look = see_limit,
                         .cause = stopped ? "stop-and-continue" : "",
                         .mend = ""});
  trial.expect(
      used <= most(),
      {.should = fmt::format("All processes of the command together use {:.3f} processors: "
                             "{:.2f} s of CPU time in {:.1f} s.",
                             limit.cpus(), limit.cpus() * wall, wall),
       .saw = fmt::format("they used {:.2f} s", used),
       .where = "/proc/PID/task/*/schedstat of all its processes",
       .look = "sudo build/cpu-throttle --cpus 0.1 -- sh -c 'yes >/dev/null & yes "
               ">/dev/null' & top",
       .cause = "first-process",
       .mend = ""});
}

void check_everyone(Trial& trial) {
  // Little, so that it is less than what a very busy machine would give them anyway.
  const Asked asked = draw(trial, 40, 120);
  const std::int64_t count = trial.between(3, 5);
  const std::string token = trial.token("busy");
  Subject& program =
      run_with(trial, asked.text, Trial::payload({"busy", fmt::format("{}", count)}, token));
  const std::vector<Process> processes =
      trial.await_payloads(program, token, static_cast<size_t>(count));
  trial.step(fmt::format("{} processes, none of which ever rests", count));
  std::optional<CpuLimit> shared;
  for (const Process& process : processes) {
    const bool command = process.pid == processes.front().pid;
    // Without any limit the counters tell more than the files.
    if (command &&
        !trial.eventually(1, [&] { return cpu_limit_on(trial, process.pid).has_value(); }))
      expect_throttled(trial, processes, {group_folder(trial, process.pid), "", asked.cpus, 1}, 2);
    const CpuLimit limit =
        expect_limit(trial, process, asked.cpus, command ? "The command" : "A child of the command",
                     command ? "" : "first-process");
    trial.expect(!shared || shared->folder == limit.folder,
                 {.should = "One limit holds for all together: they are in one group.",
                  .saw = fmt::format("a child has a limit of its own, in {}", limit.folder),
                  .where = fmt::format("/proc/{}/cgroup", process.pid),
                  .look = see_limit,
                  .cause = "A group for each process gives each of them the whole limit.",
                  .mend = ""});
    shared = limit;
  }
  expect_throttled(trial, processes, *shared, 15);
}

void check_alone(Trial& trial) {
  const std::string neighbour_token = trial.token("neighbour");
  Subject& neighbour = trial.start_payload({"hold"}, neighbour_token);
  trial.await_payloads(neighbour, neighbour_token, 1);
  const std::string token = trial.token("hold");
  Subject& program = run_limited(trial, {"hold"}, 1, token);
  const auto expect_free = [&](pid_t pid, const std::string& who, const std::string& why) {
    std::optional<CpuLimit> limit;
    const bool free = trial.eventually(1, [&] { return !(limit = cpu_limit_on(trial, pid)); });
    trial.expect(free, {.should = fmt::format("{} has no limit: {}", who, why),
                        .saw = "its group has " + in_words(limit),
                        .where = limit ? limit->file : "",
                        .look = "sudo build/cpu-throttle --cpus 0.25 -- sleep 60 & cat "
                                "/proc/$!/cgroup",
                        .cause = "limits-itself",
                        .mend = ""});
  };
  expect_free(neighbour.pid(), "A process that was started from the same place",
              "the limit is the command's, not its neighbours'.");
  // A program that became the command (exec) is the command.
  const Process command = trial.payloads(token).front();
  if (command.pid != program.pid())
    expect_free(program.pid(), "The program itself",
                "it has to answer signals and to clean up, however busy the command is.");
}

void check_refused(Trial& trial) {
  const std::string status = fmt::format("{}", trial.between(3, 90));
  const Asked asked = draw(trial, 100, 900);
  Subject& good = run_with(trial, asked.text, Trial::payload({"exit", status}, "token"));
  const slipway::Exit exit =
      trial.await_end(good, 10, "The program ends when its command has ended.");
  trial.expect(
      fmt::format("{}", exit.status()) == status,
      {.should = fmt::format("A right number is taken: the status is the command's, {}.", status),
       .saw = fmt::format("it is {}", exit.status()),
       .where = "the program's exit status",
       .look = "sudo build/cpu-throttle --cpus 0.5 -- sh -c 'exit 7'; echo $?",
       .cause = "The program's own words, below, may say why.",
       .mend = ""});
  for (const char* text : {"0", "-0.5", "many", "0.5x", "", "nan"}) {
    const std::string token = trial.token("hold");
    Subject& program = run_with(trial, text, Trial::payload({"hold"}, token));
    std::optional<slipway::Exit> end;
    bool started = false;
    trial.eventually(10, [&] {
      started |= !trial.payloads(token).empty();
      end = program.wait(0);
      return started || end;
    });
    trial.expect(
        !started && end && end->status() == 125,
        {.should = fmt::format("\"{}\" is not a number above 0: the program says so, ends "
                               "with status 125, and starts nothing.",
                               text),
         .saw = started ? "it started the command"
                : end   ? fmt::format("it ended with status {}", end->status())
                        : "it neither started the command nor ended",
         .where = "the program's exit status, and /proc",
         .look = fmt::format("sudo build/cpu-throttle --cpus '{}' -- echo started; echo $?", text),
         .cause = started ? "half-a-number" : "",
         .mend = ""});
  }
}

void check_cleaned(Trial& trial) {
  trial.sandbox();
  const std::set<std::string> before = all_groups(trial);
  std::string token = trial.token("hold");
  Subject& killed = run_limited(trial, {"hold"}, 1, token);
  trial.step("kill the command");
  end_payloads(trial, token);
  expect_status(trial, killed, 128 + SIGKILL, "128 and the number of the signal");
  expect_groups_removed(trial, before, "When the command has ended,");

  const int status = static_cast<int>(trial.between(3, 90));
  Subject& brief =
      run_with(trial, "0.5", Trial::payload({"exit", fmt::format("{}", status)}, "token"));
  expect_status(trial, brief, status, "the command's");
  expect_status(trial, run_with(trial, "0.5", {"/tmp/" + trial.token("none")}), 127,
                "that of a command which does not exist");
  expect_groups_removed(trial, before, "When there was no such command, too,");

  token = trial.token("daemon");
  Subject& leaving = run_with(trial, "0.5", Trial::payload({"daemon"}, token));
  expect_status(trial, leaving, 0, "the command's");
  trial.step("the command has left a process behind");
  expect_groups_removed(trial, before,
                        "When the command has ended, even if it left a process behind,");

  for (const int number : {SIGTERM, SIGINT}) {
    const std::string after = number == SIGTERM ? "After SIGTERM" : "After SIGINT";
    token = trial.token("busy");
    Subject& program = run_limited(trial, {"busy", "2"}, 2, token);
    trial.step(fmt::format("send {} to the program", after.substr(6)));
    program.signal(number);
    trial.await_end(program, 15, fmt::format("{} ends the program.", after.substr(6)));
    expect_ended(trial, token, after, see_end);
    expect_groups_removed(trial, before, after);
  }
}

const Lab lab("11-cpu-throttle", {{"quota", check_quota},
                                  {"everyone", check_everyone},
                                  {"alone", check_alone},
                                  {"refused", check_refused},
                                  {"cleaned", check_cleaned}});

}  // namespace
