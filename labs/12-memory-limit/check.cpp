// What lab 12 must do, seen from outside.

#include <signal.h>

#include <algorithm>
#include <optional>
#include <set>

#include "labkit/verdict/conduct.hpp"
#include "labkit/verdict/trial.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

using namespace labkit;

namespace {

constexpr std::int64_t mebibyte = 1 << 20;

// ── the group of a command, as the kernel shows it
// ───────────────────────────────────────────────────────────────────────────────────────────────

// The names that the same things have in the two versions.
struct Names {
  const char* limit;
  const char* swap;
  const char* use;
  const char* kills;  // the file with the line "oom_kill N"
};
constexpr Names names_v1 = {"memory.limit_in_bytes", "memory.memsw.limit_in_bytes",
                            "memory.usage_in_bytes", "memory.oom_control"};
constexpr Names names_v2 = {"memory.max", "memory.swap.max", "memory.current", "memory.events"};

Tree memory_tree() {
  const auto tree = tree_of("memory");
  if (!tree) throw slipway::Error("the controller memory is in no mounted hierarchy");
  return *tree;
}

const Names& names() {
  return memory_tree().version == 2 ? names_v2 : names_v1;
}

std::string group_of(pid_t pid) {
  const Tree tree = memory_tree();
  return tree.folder(cgroups_of(pid)[tree.name]);
}

std::string top_of(Trial& trial) {
  return trial.sandbox().groups().folder(memory_tree()) + "/top";
}

// The group and all above it up to what the sandbox takes for the top, which is not a program's.
std::vector<std::string> chain(Trial& trial, std::string group) {
  std::vector<std::string> groups;
  const std::string top = top_of(trial);
  for (; group.starts_with(top + "/"); group = group.substr(0, group.rfind('/')))
    groups.push_back(group);
  return groups;
}

// What holds for a group: the least number that it or a group above it has in that file.
std::optional<std::int64_t> effective(Trial& trial, const std::string& group,
                                      const std::string& file) {
  std::optional<std::int64_t> least;
  for (const std::string& each : chain(trial, group)) {
    const auto number = group_number(each + "/" + file);
    if (number && (!least || *number < *least)) least = number;
  }
  return least;
}

// How often the kernel killed in that group because of a limit. On v2 the top counts what happened
// below it, and is still there when the group is gone.
std::int64_t kills(Trial& trial, const std::string& group) {
  std::int64_t most = group_number(group + "/" + names().kills, "oom_kill").value_or(0);
  if (memory_tree().version == 2)
    most = std::max(most, group_number(top_of(trial) + "/memory.events", "oom_kill").value_or(0));
  return most;
}

// Whether the limit was reached, by page cache maybe. On v1 the highest use tells: a kernel may
// count in neither failcnt when swap has the same limit (Linux 6.18).
bool was_full(Trial& trial, const std::string& group) {
  for (const std::string& each : chain(trial, group)) {
    if (group_number(each + "/memory.events", "max").value_or(0) > 0) return true;
    const auto limit = group_number(each + "/memory.limit_in_bytes");
    const auto most = group_number(each + "/memory.max_usage_in_bytes");
    if (limit && most && *most > *limit - mebibyte) return true;
  }
  return false;
}

// ── the program under check
// ───────────────────────────────────────────────────────────────────────────────────────────────

std::vector<std::string> limited(const std::string& max, const std::vector<std::string>& words,
                                 const std::string& token) {
  std::vector<std::string> arguments = {"--max", max, "--"};
  for (const std::string& word : Trial::payload(words, token)) arguments.push_back(word);
  return arguments;
}

std::string mebibytes(std::int64_t count) {
  return fmt::format("{}M", count);
}

std::string text(std::int64_t number) {
  return fmt::format("{}", number);
}

// Whether standard error speaks of memory; the program's own name at the beginning of a line, as
// "memory-limit: ...", is not yet a word about it.
bool speaks_of_memory(Subject& program) {
  program.drain();
  for (std::string line : slipway::split(program.errors(), '\n')) {
    std::ranges::transform(line, line.begin(), [](unsigned char c) { return std::tolower(c); });
    const size_t colon = line.find(':');
    const size_t name = line.find("memory-limit");
    const size_t space = line.find(' ');
    const bool prefixed = name < colon && colon != std::string::npos && colon < space;
    if (line.find("memory", prefixed ? colon : 0) != std::string::npos) return true;
  }
  return false;
}

void expect_status(Trial& trial, const slipway::Exit& exit, int status, const std::string& should,
                   const std::string& look, const std::string& cause = "") {
  trial.expect(exit.status() == status, {.should = should,
                                         .saw = fmt::format("it is {}", exit.status()),
                                         .where = "the program's exit status",
                                         .look = look,
                                         .cause = cause,
                                         .mend = ""});
}

void expect_silence(Trial& trial, Subject& program, const std::string& what,
                    const std::string& cause) {
  trial.expect(!speaks_of_memory(program),
               {.should = fmt::format("{} is not the limit's doing: standard error says nothing of "
                                      "memory.",
                                      what),
                .saw = "the word memory in: " + program.errors().substr(0, 200),
                .where = "standard error",
                .look = "sudo build/memory-limit --max 50M -- sh -c 'kill -KILL $$'; echo $?",
                .cause = cause,
                .mend = ""});
}

// ── the checks
// ───────────────────────────────────────────────────────────────────────────────────────────────

void expect_limit(Trial& trial, const Process& process, std::int64_t bytes,
                  const std::string& typed, bool first) {
  const std::string group = group_of(process.pid);
  const auto limit = effective(trial, group, names().limit);
  const bool none = !limit || *limit > (std::int64_t{1} << 60);
  trial.expect(
      limit == bytes,
      {.should = fmt::format("--max {} is a limit of {} bytes for the command and all that "
                             "it starts, from its first instruction on.",
                             typed, bytes),
       .saw =
           fmt::format("{} is in a group {}", first ? "the command" : "a child of the command",
                       none ? "without a limit" : fmt::format("with a limit of {} bytes", *limit)),
       .where = group + "/" + names().limit,
       .look = "sudo build/memory-limit --max 50M -- cat /proc/self/cgroup",
       .cause = none && !first ? "late-limit" : "",
       .mend = ""});
}

// A program that limits nothing must get no point for a command that lives or a group that is gone:
// each check that could be met by doing nothing has seen a limit, too.
struct Seen {
  std::string group;
  bool limited = false;
};

Seen look_for_limit(Trial& trial, const Process& process) {
  const std::string group = group_of(process.pid);
  const auto limit = effective(trial, group, names().limit);
  return {group, limit && *limit < (std::int64_t{1} << 60)};
}

void expect_seen(Trial& trial, const Seen& seen) {
  trial.expect(seen.limited, {.should = "The command runs in a group that has a memory limit.",
                              .saw = "its group has none",
                              .where = seen.group + "/" + names().limit,
                              .look = "sudo build/memory-limit --max 50M -- cat /proc/self/cgroup",
                              .cause = "The check `limit` says more.",
                              .mend = ""});
}

void check_limit(Trial& trial) {
  const std::int64_t count = trial.between(20, 60);
  const std::int64_t bytes = count * mebibyte;
  const std::string ways[] = {mebibytes(count), text(count * 1024) + "K", text(bytes)};
  // More than once each, since starting before limiting is a race that the program may win.
  for (int round = 0; round < 6; ++round) {
    const std::string& typed = ways[round % 3];
    const std::string token = trial.token("tree");
    Subject& program = trial.run(limited(typed, {"tree"}, token));
    const auto processes = trial.await_payloads(program, token, 3);
    for (const Process& process : processes)
      expect_limit(trial, process, bytes, typed, process.pid == processes.front().pid);
    ::kill(processes.front().pid, SIGTERM);
    trial.await_end(program, 10, "The program ends when its command has ended.");
  }
  // More than the machine may have: a limit all the same.
  const std::string token = trial.token("hold");
  Subject& program = trial.run(limited("3G", {"hold"}, token));
  const Process command = trial.await_payloads(program, token, 1).front();
  expect_limit(trial, command, 3072 * mebibyte, "3G", true);
}

void check_swap(Trial& trial) {
  const std::int64_t count = trial.between(20, 60);
  const std::string token = trial.token("hold");
  Subject& program = trial.run(limited(mebibytes(count), {"hold"}, token));
  const Process command = trial.await_payloads(program, token, 1).front();
  const std::string group = group_of(command.pid);
  const std::string file = group + "/" + names().swap;
  if (!slipway::exists(file)) {
    trial.step("this kernel does not count swap (there is no " + file + "): nothing to judge");
    return;
  }
  const auto swap = effective(trial, group, names().swap);
  const bool v2 = memory_tree().version == 2;
  // On v1 a group whose swappiness is 0 never swaps at its own limit. Kernel: cgroup-v1/memory.
  const bool closed =
      v2 ? swap == 0 : swap == count * mebibyte || group_number(group + "/memory.swappiness") == 0;
  trial.expect(closed,
               {.should = v2 ? "The group may use no swap: memory.swap.max is 0."
                             : fmt::format("The group may use no swap: memory and swap together "
                                           "have the same limit, {} bytes.",
                                           count * mebibyte),
                .saw = swap ? fmt::format("the limit there is {}", *swap) : "no limit there (max)",
                .where = file,
                .look = fmt::format("sudo build/memory-limit --max 50M -- sleep 60 & sleep 1; "
                                    "grep . $(find /sys/fs/cgroup -name {})",
                                    names().swap),
                .cause = "swap-open",
                .mend = ""});
}

// Starts a command that fills `bytes` bytes, and waits until it has or the program has ended.
struct Filling {
  Subject& program;
  std::string token;
  std::optional<slipway::Exit> exit;
  std::int64_t most = 0;  // bytes that it had, as far as it was seen
};

Filling fill(Trial& trial, std::int64_t count, std::int64_t bytes) {
  const std::string token = trial.token("memory");
  Filling filling{
      trial.run(limited(mebibytes(count), {"memory", text(bytes)}, token)), token, {}, 0};
  trial.eventually(30, [&] {
    for (const Process& process : trial.payloads(token))
      filling.most = std::max(filling.most, resident_bytes(process.pid));
    filling.exit = filling.program.wait(0);
    return filling.exit || filling.most >= bytes;
  });
  trial.step(fmt::format("the command fills {} bytes of a limit of {}M: {}", bytes, count,
                         filling.exit ? fmt::format("ended, status {}", filling.exit->status())
                                      : fmt::format("it has {} bytes", filling.most)));
  return filling;
}

void check_below(Trial& trial) {
  const std::int64_t count = trial.between(20, 60);
  const std::int64_t bytes = count * mebibyte * trial.between(55, 75) / 100;
  Filling filling = fill(trial, count, bytes);
  if (!filling.exit) {
    trial.pause(0.05);
    filling.exit = filling.program.wait(0);
  }
  trial.expect(
      !filling.exit && filling.most >= bytes,
      {.should =
           fmt::format("A command that uses {} bytes lives below a limit of {}M.", bytes, count),
       .saw = filling.exit ? fmt::format("the program ended with status {}", filling.exit->status())
                           : fmt::format("it got {} bytes only", filling.most),
       .where = "the line VmRSS of the command's /proc/PID/status",
       .look = "sudo build/memory-limit --max 50M -- sh -c 'head -c 30M /dev/zero | tail | wc -c'",
       .cause = "The program's own words, below, may say why.",
       .mend = ""});
  expect_seen(trial, look_for_limit(
                         trial, trial.await_payloads(filling.program, filling.token, 1).front()));
}

void check_reserve(Trial& trial) {
  const std::int64_t count = trial.between(20, 60);
  const std::int64_t bytes = 1024 * mebibyte + trial.between(0, 4096) * 4096;
  const std::string token = trial.token("reserve");
  // The second process appears when the first has what it asked for.
  Subject& program = trial.run(limited(mebibytes(count), {"reserve", text(bytes)}, token));
  std::optional<slipway::Exit> exit;
  const bool reserved = trial.eventually(10, [&] {
    if (trial.payloads(token).size() == 2) return true;
    exit = program.wait(0);
    return exit.has_value();
  });
  trial.expect(reserved && !exit,
               {.should = fmt::format("A command may reserve address space, {} bytes here, as long "
                                      "as it does not touch it: the limit is for memory.",
                                      bytes),
                .saw = exit ? fmt::format("mmap(2) failed, and the command ended with status {}",
                                          exit->status())
                            : "the command came to no end",
                .where = "the command's mmap(2)",
                .look = "sudo build/memory-limit --max 50M -- grep 'Max address' /proc/self/limits",
                .cause = "rlimit-as",
                .mend = ""});
  expect_seen(trial, look_for_limit(trial, trial.await_payloads(program, token, 2).front()));
}

void check_killed(Trial& trial) {
  const std::int64_t count = trial.between(20, 60);
  const Filling filling = fill(trial, count, 2 * count * mebibyte);
  const std::string look =
      fmt::format("sudo build/memory-limit --max {}M -- tail /dev/zero; echo $?", count);
  trial.expect(
      filling.exit.has_value(),
      {.should = fmt::format("A command that needs twice its limit of {}M is killed by the "
                             "kernel.",
                             count),
       .saw = fmt::format("it lives and has {} bytes", filling.most),
       .where = "the line VmRSS of the command's /proc/PID/status",
       .look = look,
       .cause = "The limit is not set, or the command is not in the group that has it.",
       .mend = ""});
  expect_status(trial, *filling.exit, 137,
                "The kernel kills with SIGKILL, so the status is 137: 128 + 9.", look);
  trial.expect(memory_tree().version == 1 || kills(trial, top_of(trial)) > 0,
               {.should = "The kernel kills the command, because of the limit.",
                .saw = "oom_kill is still 0: somebody else killed it",
                .where = top_of(trial) + "/memory.events",
                .look = look,
                .cause = "watches-usage",
                .mend = ""});
  trial.expect(speaks_of_memory(filling.program),
               {.should = "The program says on standard error that it was the memory limit: a "
                          "status of 137 alone does not tell who sent the SIGKILL.",
                .saw = filling.program.errors().empty()
                           ? "nothing on standard error"
                           : "no word of memory in: " + filling.program.errors().substr(0, 200),
                .where = "standard error",
                .look = look,
                .cause = "",
                .mend = ""});
}

void check_family(Trial& trial) {
  const std::int64_t count = trial.between(20, 60);
  const std::int64_t each = count * mebibyte * 2 / 5;
  constexpr int children = 4;
  const std::string token = trial.token("children");
  const std::vector<std::string> words = {"memory-children", text(children), text(each)};
  Subject& program = trial.run(limited(mebibytes(count), words, token));
  const Process command = trial.await_payloads(program, token, 1).front();
  const std::string group = group_of(command.pid);
  std::optional<slipway::Exit> exit;
  std::int64_t killed = 0;
  trial.eventually(20, [&] {
    killed = kills(trial, group);
    exit = program.wait(0);
    int full = 0;
    for (const Process& process : trial.payloads(token))
      full += resident_bytes(process.pid) >= each;
    return exit || killed > 0 || full == children;
  });
  if (!exit && killed == 0) killed = kills(trial, group);
  trial.step(fmt::format("{} children fill {} bytes each", children, each));
  trial.expect(killed > 0,
               {.should = fmt::format("{} children with {} bytes each are more than {}M together: "
                                      "the kernel kills one of them, and counts it.",
                                      children, each, count),
                .saw = exit ? fmt::format("oom_kill is 0, and the program ended with status {}",
                                          exit->status())
                            : "oom_kill is 0",
                .where = group + "/" + names().kills,
                .look = "sudo build/memory-limit --max 50M -- sh -c 'for i in 1 2; do head -c 40M "
                        "/dev/zero | tail | wc -c & done; wait'",
                .cause = "each-process",
                .mend = ""});
  if (!exit) {
    ::kill(command.pid, SIGTERM);
    trial.step("send SIGTERM to the command, which has outlived its child");
    exit = trial.await_end(program, 10, "The program ends when its command has ended.");
  }
  // On v2 a program may have asked for all of the group to be killed together.
  const bool together =
      exit->status() == 137 && memory_tree().version == 2 && kills(trial, group) > 1;
  if (!together)
    expect_status(trial, *exit, 143,
                  "The status is the command's own, 143 here (128 + SIGTERM), whatever became of "
                  "its children.",
                  "sudo build/memory-limit --max 50M -- sh -c 'tail /dev/zero; exit 7'; echo $?",
                  "The counter oom_kill says that a process of the group was killed, not which.");
}

// Starts a command that reads files, half as much again as its limit, and waits until it has: then
// its second process appears.
struct Reading {
  Subject& program;
  std::string token;
};

Reading read_files(Trial& trial, std::int64_t count) {
  const std::int64_t bytes = count * mebibyte * 3 / 2;
  for (int attempt = 1;; ++attempt) {
    const std::string token = trial.token("cache");
    Subject& program = trial.run(limited(mebibytes(count), {"cache", text(bytes), "/usr"}, token));
    const Process command = trial.await_payloads(program, token, 1).front();
    const std::string group = group_of(command.pid);
    std::optional<slipway::Exit> exit;
    const bool done = trial.eventually(60, [&] {
      exit = program.wait(0);
      return exit || trial.payloads(token).size() == 2;
    });
    if (!done) throw slipway::Error("reading files took more than a minute");
    trial.expect(!exit,
                 {.should = fmt::format("A command that reads {} bytes of files lives with a "
                                        "limit of {}M: the kernel takes page cache back.",
                                        bytes, count),
                  .saw = exit ? fmt::format("it ended with status {}", exit->status()) : "",
                  .where = "the program's exit status",
                  .look = "sudo build/memory-limit --max 50M -- sh -c 'cat /usr/bin/* | wc -c'",
                  .cause = "watches-usage",
                  .mend = ""});
    const bool full = was_full(trial, group);
    trial.step(fmt::format("the command reads {} bytes of files: its group {} full of page cache",
                           bytes, full ? "was" : "was never"));
    // Another reader of the same files may have had the pages first. A file system without page
    // cache cannot fill the group at all; then the end is judged alone.
    if (full || attempt == 3) return {program, token};
    program.signal(SIGTERM);
    trial.await_end(program, 10, "SIGTERM ends the program.");
  }
}

void check_cache(Trial& trial) {
  const Reading reading = read_files(trial, trial.between(20, 25));
  trial.pause(0.1);
  trial.expect(
      !reading.program.wait(0),
      {.should = "A command whose group is full of page cache lives.",
       .saw = "it was ended a moment after it had read its files",
       .where = "the program's exit status",
       .look = "sudo build/memory-limit --max 50M -- sh -c 'cat /usr/bin/* | wc -c; sleep 2'",
       .cause = "watches-usage",
       .mend = ""});
  const Seen seen =
      look_for_limit(trial, trial.await_payloads(reading.program, reading.token, 1).front());
  reading.program.signal(SIGTERM);
  trial.await_end(reading.program, 10, "SIGTERM ends the program.");
  expect_silence(trial, reading.program, "A full page cache", "watches-usage");
  expect_seen(trial, seen);
}

void check_other_kill(Trial& trial) {
  const std::string look = "sudo build/memory-limit --max 50M -- sh -c 'kill -KILL $$'; echo $?";
  const std::int64_t count = trial.between(20, 25);
  const std::string token = trial.token("hold");
  Subject& program = trial.run(limited(mebibytes(count), {"hold"}, token));
  const Process command = trial.await_payloads(program, token, 1).front();
  const Seen seen = look_for_limit(trial, command);
  trial.step("send SIGKILL to the command");
  ::kill(command.pid, SIGKILL);
  const auto exit = trial.await_end(program, 10, "The program ends when its command has ended.");
  expect_status(trial, exit, 137, "A command that is killed by SIGKILL is status 137.", look);
  expect_silence(trial, program, "A SIGKILL sent by somebody", "any-sigkill");

  const Reading reading = read_files(trial, count);
  trial.step("send SIGKILL to the command");
  for (const Process& process : trial.payloads(reading.token)) ::kill(process.pid, SIGKILL);
  trial.await_end(reading.program, 10, "The program ends when its command has ended.");
  expect_silence(trial, reading.program,
                 "A SIGKILL sent by somebody, when the page cache had filled the group before,",
                 "limit-hit");
  expect_seen(trial, seen);
}

void check_status(Trial& trial) {
  const std::string look = "sudo build/memory-limit --max 50M -- sh -c 'exit 7'; echo $?";
  const int drawn = static_cast<int>(trial.between(3, 90));
  struct Case {
    std::vector<std::string> arguments;
    int status;
    std::string should;
  };
  const std::string end = "The program ends when its command has ended.";
  std::vector<Case> cases = {
      {limited("20M", {"exit", text(drawn)}, "token"), drawn,
       fmt::format("The program's exit status is the command's: {}.", drawn)},
      {limited("20M", {"die", text(SIGUSR1)}, "token"), 128 + SIGUSR1,
       fmt::format("A command that dies of signal {} is status {}.", SIGUSR1, 128 + SIGUSR1)},
      {{"--max", "20M", "--", "/lab/" + trial.token("missing")},
       127,
       "A command that does not exist is status 127."}};
  for (const std::string bad : {"fifty", "20Q", "M", "-20M"})
    cases.push_back(
        {limited(bad, {"exit", text(drawn)}, "token"), 125,
         fmt::format("\"{}\" is not a size: nothing is started, and the status is 125.", bad)});
  for (const Case& each : cases) {
    Subject& program = trial.run(each.arguments);
    expect_status(trial, trial.await_end(program, 10, end), each.status, each.should, look,
                  "The program's own words, below, may say why.");
  }
}

void check_removed(Trial& trial) {
  struct Case {
    std::vector<std::string> words;
    const char* after;
  };
  const Case cases[] = {
      {{"exit", "0"}, "When the command has ended,"},
      {{"memory", text(60 * mebibyte)}, "When the kernel has killed the command,"},
      {{"daemon"}, "When the command has ended and left a process behind,"}};
  const std::set<std::string> before = all_groups(trial);
  const std::string token = trial.token("hold");
  Subject& holding = trial.run(limited("20M", {"hold"}, token));
  const Process command = trial.await_payloads(holding, token, 1).front();
  const Seen seen = look_for_limit(trial, command);
  ::kill(command.pid, SIGKILL);
  trial.await_end(holding, 15, "The program ends when its command has ended.");
  expect_groups_removed(trial, before, "When the command has ended,");
  expect_seen(trial, seen);
  for (const Case& each : cases) {
    Subject& program = trial.run(limited("20M", each.words, trial.token("command")));
    trial.await_end(program, 15,
                    "The program ends when its command has ended, whatever that left behind.");
    expect_groups_removed(trial, before, each.after);
  }
}

void check_terminated(Trial& trial) {
  const std::set<std::string> before = all_groups(trial);
  for (const int number : {SIGTERM, SIGINT}) {
    const std::string signal = number == SIGTERM ? "SIGTERM" : "SIGINT";
    const std::string token = trial.token("hold");
    Subject& program = trial.run(limited("20M", {"hold"}, token));
    const Seen seen = look_for_limit(trial, trial.await_payloads(program, token, 1).front());
    trial.pause(0.05 * trial.patience());  // for the program, too, to come to its waiting
    trial.step(fmt::format("send {} to the program", signal));
    program.signal(number);
    trial.await_end(program, 10, fmt::format("{} ends the program.", signal));
    expect_groups_removed(trial, before, fmt::format("After {}", signal));
    const bool ended = trial.eventually(2, [&] { return trial.payloads(token).empty(); });
    trial.expect(ended,
                 {.should = fmt::format("{} ends the command, too: nothing outlives the "
                                        "program.",
                                        signal),
                  .saw = "the command is still running",
                  .where = "/proc",
                  .look = "sudo build/memory-limit --max 50M -- sleep 60 & kill $!; sleep 1; "
                          "pgrep -af 'sleep 60'",
                  .cause = "",
                  .mend = ""});
    expect_seen(trial, seen);
  }
}

const Lab lab("12-memory-limit", {{"limit", check_limit},
                                  {"swap", check_swap},
                                  {"below", check_below},
                                  {"reserve", check_reserve},
                                  {"killed", check_killed},
                                  {"family", check_family},
                                  {"other-kill", check_other_kill},
                                  {"cache", check_cache},
                                  {"status", check_status},
                                  {"removed", check_removed},
                                  {"terminated", check_terminated}});

}  // namespace
