// What lab 18 must do, seen from outside: each cost is known beforehand.

#include <signal.h>

#include <algorithm>
#include <cmath>

#include "labkit/subject/disk.hpp"
#include "labkit/verdict/conduct.hpp"
#include "labkit/verdict/trial.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

using namespace labkit;

namespace {

constexpr std::int64_t mebibyte = 1 << 20;

// ── what the program reported
// ─────────────────────────────────────────────────────────────────────

struct Report {
  double user = 0;  // seconds
  double system = 0;
  double memory = 0;  // bytes
  double read = 0;
  double written = 0;
  double processes = 0;
};

struct Line {
  const char* begin;
  const char* end;
  bool fraction;
  double Report::*value;
};
constexpr Line lines[] = {{"cpu user: ", " s", true, &Report::user},
                          {"cpu system: ", " s", true, &Report::system},
                          {"memory peak: ", " bytes", false, &Report::memory},
                          {"io read: ", " bytes", false, &Report::read},
                          {"io written: ", " bytes", false, &Report::written},
                          {"processes at most: ", "", false, &Report::processes}};

std::optional<double> value_in(const std::string& text, const Line& line) {
  const std::string_view begin = line.begin;
  const std::string_view end = line.end;
  if (!text.starts_with(begin) || !text.ends_with(end) || text.size() <= begin.size() + end.size())
    return std::nullopt;
  const std::string number = text.substr(begin.size(), text.size() - begin.size() - end.size());
  const char* digits = line.fraction ? "0123456789." : "0123456789";
  if (number.find_first_not_of(digits) != std::string::npos || number.size() > 20 ||
      std::ranges::count(number, '.') > 1 || number == ".")
    return std::nullopt;
  return std::stod(number);
}

Report read_report(Trial& trial, Subject& program) {
  program.drain();
  const std::vector<std::string> printed = slipway::split(program.errors(), '\n');
  Report report;
  for (const Line& line : lines) {
    int found = 0;
    for (const std::string& text : printed) {
      const auto value = value_in(text, line);
      if (value) report.*line.value = *value;
      found += value.has_value();
    }
    trial.expect(
        found == 1,
        {.should = fmt::format("Standard error has one line \"{}N{}\".", line.begin, line.end),
         .saw = program.errors().empty()
                    ? "nothing is there"
                    : fmt::format("{} such lines in: {}", found, program.errors().substr(0, 300)),
         .where = "standard error",
         .look = "sudo build/metering -- true",
         .cause = "",
         .mend = ""});
  }
  return report;
}

void expect_between(Trial& trial, const char* line, double value, double least, double most,
                    const std::string& should, const std::string& cause) {
  least = std::round(least * 1000) / 1000;  // to be read by a person
  most = std::round(most * 1000) / 1000;
  trial.expect(value >= least && value <= most,
               {.should = fmt::format("{} So \"{}\" is between {:.10g} and {:.10g}.", should, line,
                                      least, most),
                .saw = fmt::format("it is {:.10g}", value),
                .where = "standard error",
                .look = "sudo build/metering -- sh -c '(setsid sh -c \"head -c 1G /dev/zero | tail "
                        "-c 30M | wc -c\" &) ; sleep 2'",
                .cause = cause,
                .mend = ""});
}

// ── running the program
// ───────────────────────────────────────────────────────────────────────────

// The kernel must count, or no program can tell.
void need_counters(Trial& trial) {
  const auto need = [&](const char* v1, const char* v2) -> Tree {
    for (const char* name : {v1, v2})
      if (const auto tree = tree_of(name)) return *tree;
    trial.blocked(fmt::format("no hierarchy has the controller {} or {}", v1, v2), "lab doctor");
  };
  const auto folder = [&](const Tree& tree) { return trial.sandbox().groups().folder(tree); };
  need("cpuacct", "cpu");
  need("blkio", "io");
  const Tree memory = need("memory", "memory");
  const bool memory_peak = memory.version == 1 || slipway::exists(folder(memory) + "/memory.peak");
  if (!memory_peak || !slipway::exists(folder(need("pids", "pids")) + "/pids.peak"))
    trial.blocked("this kernel has no memory.peak or no pids.peak", "Linux 6.1 or newer has both");
}

std::vector<std::string> metered(const std::vector<std::string>& words, const std::string& token) {
  std::vector<std::string> arguments = {"--"};
  for (const std::string& word : Trial::payload(words, token)) arguments.push_back(word);
  return arguments;
}

constexpr char see_status[] = "sudo build/metering -- sh -c 'exit 7'; echo $?";

void expect_status(Trial& trial, Subject& program, int status, const std::string& should) {
  labkit::expect_status(trial, program, status, should, see_status);
}

void expect_gone(Trial& trial, const std::set<std::string>& before, const std::string& token,
                 const std::string& after) {
  expect_groups_removed(trial, before, after);
  expect_ended(trial, token, after,
               "sudo build/metering -- sleep 60 & sleep 1; sudo kill $!; sleep 1; pgrep -a sleep");
}

// What the program says of a command that does as it is told, and ends with status 0.
Report meter(Trial& trial, const std::vector<std::string>& words, const std::string& what) {
  need_counters(trial);
  Subject& program = trial.run(metered(words, trial.token("command")));
  trial.step("the command: " + what);
  expect_status(trial, program, 0, "The program's exit status is the command's: 0.");
  return read_report(trial, program);
}

// ── the checks
// ────────────────────────────────────────────────────────────────────────────────────

void check_report(Trial& trial) {
  need_counters(trial);
  const int status = static_cast<int>(trial.between(3, 90));
  Subject& program = trial.run(metered({"exit", fmt::format("{}", status)}, "token"));
  expect_status(trial, program, status,
                fmt::format("The program's exit status is the command's: {}.", status));
  const Report report = read_report(trial, program);
  const std::string should = "One process that ends at once is a process, and has memory.";
  expect_between(trial, "processes at most", report.processes, 1, 1, should, "");
  expect_between(trial, "memory peak", report.memory, 1, 16 * mebibyte, should, "");
}

void check_cpu(Trial& trial) {
  const std::int64_t user = trial.between(250, 400);
  const std::int64_t system = trial.between(150, 220);
  const Report report =
      meter(trial, {"burn", fmt::format("{}", user), fmt::format("{}", system)},
            fmt::format("a grandchild that nobody waits for uses {} ms of CPU time, half of it in "
                        "ten children, and {} ms in the kernel",
                        user, system));
  const std::string should = fmt::format(
      "The command's processes, all together, used {} ms of CPU time in user mode and {} ms in the "
      "kernel.",
      user, system);
  // The kernel knows the sum exactly, and divides it by samples. Starting a process costs, too.
  const double all = static_cast<double>(user + system) / 1000;
  const double start = 0.1 * trial.patience();
  const std::string cause = report.user + report.system < all / 3 ? "getrusage" : "";
  expect_between(trial, "cpu user", report.user, 0.5 * static_cast<double>(user) / 1000,
                 1.4 * static_cast<double>(user) / 1000 + start, should, cause);
  expect_between(trial, "cpu system", report.system, 0.5 * static_cast<double>(system) / 1000,
                 1.8 * static_cast<double>(system) / 1000 + start, should, cause);
}

void check_memory(Trial& trial) {
  const std::int64_t count = trial.between(3, 5);
  const std::int64_t each = trial.between(8, 12) * mebibyte;
  const Report report = meter(
      trial, {"memory-passing", fmt::format("{}", count), fmt::format("{}", each)},
      fmt::format("{} children fill {} bytes each, hold them together, and end", count, each));
  const auto all = static_cast<double>(count * each);
  expect_between(trial, "memory peak", report.memory, all, 1.1 * all + 12 * mebibyte,
                 fmt::format("{} processes had {} bytes each at the same time.", count, each),
                 report.memory < static_cast<double>(each)       ? "now-not-peak"
                 : report.memory < static_cast<double>(2 * each) ? "biggest-process"
                                                                 : "");
}

void check_io(Trial& trial) {
  constexpr std::int64_t block = 65'536;
  try {
    const Disk disks[] = {Disk(4 * mebibyte), Disk(4 * mebibyte)};
    const std::int64_t read = trial.between(10, 20) * block;
    const std::int64_t written = trial.between(30, 60) * block;
    std::vector<std::string> words = {"transfer", fmt::format("{}", read),
                                      fmt::format("{}", written)};
    for (const Disk& disk : disks) {
      words.push_back(disk.path());
      trial.setting().furniture.devices.push_back(disk.path());
    }
    const Report report = meter(
        trial, words,
        fmt::format("a grandchild reads {} bytes from each of two disks, past the page cache, "
                    "and writes {} to each",
                    read, written));
    const std::string should = fmt::format(
        "From both disks {} bytes were read, and {} were written.", 2 * read, 2 * written);
    const auto least = static_cast<double>(2 * written);
    expect_between(trial, "io written", report.written, least, least + mebibyte, should,
                   report.written >= least / 2 ? "first-disk" : "");
    // The command's own file may have been read from a disk as well.
    expect_between(trial, "io read", report.read, static_cast<double>(2 * read),
                   static_cast<double>(2 * read + 32 * mebibyte), should, "");
  } catch (const slipway::Error& error) {
    if (error.code() != ENOENT && error.code() != EPERM) throw;
    trial.blocked(fmt::format("no disk can be made for the check: {}", error.what()),
                  "modprobe loop");
  }
}

void check_processes(Trial& trial) {
  const std::int64_t count = trial.between(8, 30);
  const Report report = meter(trial, {"crowd", fmt::format("{}", count)},
                              fmt::format("{} children at once, which then end", count));
  expect_between(trial, "processes at most", report.processes, static_cast<double>(count + 1),
                 static_cast<double>(count + 1),
                 fmt::format("The command and {} children lived at the same time.", count),
                 report.processes < 2 ? "processes-left" : "");
}

// A program that measures nothing has nothing to remove: so what it says is looked at, too.
void check_cleaned(Trial& trial) {
  need_counters(trial);
  const std::set<std::string> before = all_groups(trial);
  std::string token = trial.token("daemon");
  Subject& leaving = trial.run(metered({"daemon"}, token));
  expect_status(trial, leaving, 0, "The program's exit status is the command's: 0.");
  expect_gone(trial, before, token, "When the command has ended and left a process behind,");
  expect_status(trial, trial.run({"--", "/lab/" + trial.token("no")}), 127,
                "A command that does not exist is status 127.");

  const std::int64_t bytes = trial.between(20, 40) * mebibyte;
  for (const int number : {SIGTERM, SIGINT}) {
    const std::string signal = number == SIGTERM ? "SIGTERM" : "SIGINT";
    token = trial.token("memory");
    Subject& program = trial.run(metered({"memory", fmt::format("{}", bytes)}, token));
    const pid_t command = trial.await_payloads(program, token, 1).front().pid;
    trial.eventually(10, [&] {  // until it has filled it, and sleeps
      const std::string resident = status_field(command, "VmRSS");
      return std::atoll(resident.c_str()) * 1024 >= bytes;
    });
    trial.pause(0.05 * trial.patience());  // for the program, too, to come to its waiting
    trial.step(fmt::format("send {} to the program", signal));
    program.signal(number);
    trial.await_end(program, 10, fmt::format("{} ends the program and its command.", signal));
    expect_gone(trial, before, token, fmt::format("After {}", signal));
    expect_between(trial, "memory peak", read_report(trial, program).memory,
                   static_cast<double>(bytes), 1.1 * static_cast<double>(bytes) + 12 * mebibyte,
                   fmt::format("After {}, too, the program says what the command cost; it had {} "
                               "bytes.",
                               signal, bytes),
                   "");
  }
}

const Lab lab("18-metering", {{"report", check_report},
                              {"cpu", check_cpu},
                              {"memory", check_memory},
                              {"io", check_io},
                              {"processes", check_processes},
                              {"cleaned", check_cleaned}});

}  // namespace
